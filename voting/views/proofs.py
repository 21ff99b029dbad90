"""Proof files for voters, and the check of a saved confirmation."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..forms import FindForm
from ..ledger.code import receipt_code
from ..proof_forms import PledgeForm
from ..proofs import commitments_by_code, commitments_of, is_overdue, proof_file
from ..receipt import recall_receipt
from ..standing import standing_of
from .public import draw, now, of_poll


@require_safe
@of_poll
def download_proof(request, poll, plan, category):
    """Hand out the proof file of one category of the receipt that the voter's cookie carries."""
    receipt = recall_receipt(request, poll)
    if receipt is None:
        raise Http404
    return _file(poll, plan, commitments_of(plan, receipt.promise), category)


@require_POST
@of_poll
def download_found_proof(request, poll, plan, category):
    """Hand out the proof file of one category by the receipt code, which is posted and in no address."""
    form = FindForm(request.POST)
    if not form.is_valid():
        raise Http404
    return _file(poll, plan, commitments_by_code(poll, form.cleaned_data["code"]), category)


@require_http_methods(["GET", "HEAD", "POST"])
@of_poll
def check_pledge(request, poll, plan):
    """Check a saved confirmation: its signature, and whether its promise was kept. It holds no picks."""
    if not plan.sha256:
        raise Http404
    form = PledgeForm(plan, request.POST, request.FILES) if request.method == "POST" else PledgeForm(plan)
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form}
    status = 200
    if form.is_bound:
        if form.is_valid():
            pledge, at = form.pledge, now()
            code = receipt_code(pledge.commitments)
            standing = standing_of(poll, plan, code, commitments_of(plan, pledge))
            context |= {
                "checked": True,
                "due": pledge.due,
                "code": code,
                "standing": standing,
                "overdue": is_overdue(poll, standing, pledge, at),
            }
        else:
            status = 422
    return draw(request, "voting/check.html", context, status=status)


def _file(poll, plan, commitments, category):
    proof = proof_file(poll, plan, commitments, category) if commitments else None
    if proof is None:
        raise Http404
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="proof-{category}.tlog-proof"'
    response["Cache-Control"] = "private, no-store"
    return response
