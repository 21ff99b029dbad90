from django.urls import include, path, register_converter

from .views import (
    attachments,
    ballots,
    casting,
    challenges,
    compare,
    documents,
    entrance,
    ledger,
    lists,
    notices,
    papers,
    proofs,
    receipts,
    results,
    sign_in,
    turns,
)


class CandidateCode:
    """Three digits, the first not 0."""

    regex = "[1-9][0-9]{2}"

    def to_python(self, value):
        return value

    to_url = to_python


class Sha256(CandidateCode):
    """64 hex digits in lower case."""

    regex = "[0-9a-f]{64}"


class CategoryDigit(CandidateCode):
    """The digit of a category."""

    regex = "[1-9]"


register_converter(CandidateCode, "candidate")
register_converter(Sha256, "sha256")
register_converter(CategoryDigit, "digit")

app_name = "voting"
urlpatterns = [
    path("", lists.home, name="home"),
    path("sign-in/", sign_in.come_back, name="sign_in"),
    path("p/<slug:slug>/", lists.show_list, name="list"),
    path("p/<slug:slug>/<candidate:code>/", lists.show_candidate, name="candidate"),
    path("p/<slug:slug>/compare/", compare.compare, name="compare"),
    path("p/<slug:slug>/manifest.json", lists.show_manifest, name="manifest"),
    path("p/<slug:slug>/files/<sha256:sha256>/<str:name>", attachments.show_attachment, name="attachment"),
    path("p/<slug:slug>/files/<sha256:sha256>/<int:width>/<str:name>", attachments.show_small, name="small"),
    path("p/<slug:slug>/ballot/", ballots.show_ballot, name="ballot"),
    path("p/<slug:slug>/challenge/", challenges.show_challenge, name="challenge"),
    path("p/<slug:slug>/enter/", entrance.enter, name="enter"),
    path("p/<slug:slug>/review/", ballots.review, name="review"),
    path("p/<slug:slug>/cast/", casting.cast, name="cast"),
    path("p/<slug:slug>/next/", turns.next_voter, name="next"),
    path("p/<slug:slug>/receipt/", receipts.show_receipt, name="receipt"),
    path("p/<slug:slug>/receipt/pledge.txt", receipts.download_pledge, name="pledge"),
    path("p/<slug:slug>/receipt/receipt.png", receipts.show_picture, name="picture"),
    path("p/<slug:slug>/receipt/proof-<digit:category>.tlog-proof", proofs.download_proof, name="proof"),
    path("p/<slug:slug>/find/", receipts.find, name="find"),
    path(
        "p/<slug:slug>/find/proof-<digit:category>.tlog-proof",
        proofs.download_found_proof,
        name="found_proof",
    ),
    path("p/<slug:slug>/check/", proofs.check_pledge, name="check"),
    path("p/<slug:slug>/ledger/", ledger.show_ledger, name="ledger"),
    path("p/<slug:slug>/ledger/head/", ledger.show_head, name="head"),
    path("p/<slug:slug>/ledger/entry/", ledger.show_entry, name="entry"),
    path("p/<slug:slug>/poster/", papers.show_poster, name="poster"),
    path("p/<slug:slug>/paper-ballot/", papers.show_paper_ballot, name="paper_ballot"),
    path("p/<slug:slug>/privacy/", papers.show_privacy, name="privacy"),
    path("p/<slug:slug>/share.png", papers.show_share_picture, name="share"),
    path("p/<slug:slug>/result/", results.show_result, name="result"),
    path("p/<slug:slug>/notice/", notices.show_notice, name="notice"),
    path("p/<slug:slug>/objections/", notices.show_objections, name="objections"),
    path("p/<slug:slug>/documents/<str:name>", documents.show_document, name="document"),
    path("", include("voting.exports.urls")),
]
