"""The post that casts. Everything that can go wrong ends in a page that still holds the picks."""

from django.http import HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ..casting import CastRefused, cast_ballot
from ..current import poll_remembered
from ..eligibility import kind_of
from ..forms import CastForm, ballot_of, read_confirmed
from ..holds.tags import traits_of
from ..keyring import KeyringError
from ..manifest import ManifestError, plan_of
from ..receipt import Receipt, receipt_cookie, remember_receipt
from .ballots import (
    busy_sentence,
    draw_already,
    draw_ballot,
    draw_closed,
    draw_confirm,
    draw_review,
    posted_codes,
)
from .order import in_some_order
from .public import logger, now, of_poll

NEVER_KEPT = "private, no-store"  # the Cache-Control of what leads to a receipt


@require_POST
@of_poll
@in_some_order
def cast(request, poll, plan):
    """Cast the confirmed ballot and lead to its receipt, whose address holds no code."""
    at = now()
    form = CastForm(poll, plan, request.POST, again=True)
    if not form.is_valid():
        return draw_again(request, poll, plan, sentence=stale_sentence(), status=409)
    codes = form.cleaned_data["codes"]
    try:
        done = cast_ballot(
            poll=poll,
            plan=plan,
            credential=kind_of(plan).credential(request, plan),
            ticket=form.cleaned_data["ticket"],
            codes=codes,
            nonces=form.nonces,
            traits=traits_of(request),
            at=at,
        )
    except CastRefused as refused:
        return draw_refusal(request, poll, plan, form, codes, refused, at)
    except KeyringError as error:
        logger.error("Keys of poll %s cannot be used: %s", poll.uid, error)
        return draw_confirm(request, poll, plan, form, codes, sentence=busy_sentence(), status=503)
    return to_receipt(request, poll, Receipt(done.pledge, at, form.own_nonces))


def cast_at_once(request, slug):
    """Cast the confirmed ballot where there is nothing to say but its receipt; return None otherwise.

    Returns the receipt's address and the header of its cookie. This is the way of nearly every ballot,
    without the form that would draw what is wrong and without a query for the poll. Whoever gets None asks
    `cast`, which does it again with all its sentences: a ballot that was stored is found and not stored
    twice, and one that was refused is refused again.
    """
    at, poll = now(), poll_remembered(slug)
    if poll is None:
        return None
    try:
        plan = plan_of(poll)
        post = read_confirmed(plan, request.POST)
        if post is None:
            return None
        done = cast_ballot(
            poll=poll,
            plan=plan,
            credential=kind_of(plan).credential(request, plan),
            traits=traits_of(request),
            at=at,
            **post._asdict(),
        )
    except (CastRefused, KeyringError, ManifestError):
        return None
    receipt = Receipt(done.pledge, at, request.POST["nonces_by"] == "device")
    return receipt_address(request.path), receipt_cookie(poll, receipt)


def to_receipt(request, poll, receipt):
    """Lead to the receipt, which rides in a cookie, by an address without any code."""
    response = HttpResponseRedirect(receipt_address(request.path), status=303)
    response["Cache-Control"] = NEVER_KEPT
    remember_receipt(response, poll, receipt)
    return response


def receipt_address(path):
    """Return where the receipt stands, in the language of the cast's own address."""
    return path.removesuffix("cast/") + "receipt/"


def draw_refusal(request, poll, plan, form, codes, refused, at):
    """Draw what a voter can do after a refusal, by its code."""
    if refused.code == "marks":
        ballot = ballot_of(poll, plan, codes, refused.faults)
        return draw_ballot(request, poll, plan, ballot, status=422)
    if refused.code == "already":
        return draw_already(request, poll, plan, at)
    if refused.code == "not_open":
        poll.refresh_from_db()
        return draw_closed(request, poll, plan, codes, at)
    if refused.code in ("unconfirmed", "busy"):
        return draw_confirm(request, poll, plan, form, codes, sentence=str(refused), status=503)
    return draw_review(request, poll, plan, codes, sentence=stale_sentence(), status=409)


@of_poll
@in_some_order
def draw_without_token(request, poll, plan):
    """Answer a confirmation that came without a valid token: the page again, with a fresh one."""
    sentence = _(
        "This page was out of date; nothing was lost and nothing was sent. Please confirm once more. "
        "Should this come again, allow cookies for this site."
    )
    return draw_again(request, poll, plan, sentence=sentence, status=403)


def draw_again(request, poll, plan, *, sentence, status):
    """Draw the page to confirm anew from the posted picks, or the ballot where they break a rule."""
    codes = [code for code in posted_codes(request) if code in plan.index]
    ballot = ballot_of(poll, plan, codes)
    if not ballot.is_valid():
        return draw_ballot(request, poll, plan, ballot, status=422)
    return draw_review(request, poll, plan, codes, sentence=sentence, status=status)


def stale_sentence():
    """Return what a voter reads whose page was too old, or made for another device."""
    return _("This page was out of date; nothing was lost and nothing was sent. Please confirm once more.")
