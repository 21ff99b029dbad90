"""The public ledger for people: what it is, its acts, its heads, one entry."""

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..bundle import has_bundle
from ..heads import latest_head
from ..ledger.note import format_vkey
from ..mode import in_other_mode, is_elder
from ..proof_forms import DayForm, EntryForm
from ..register import acts_of, ballots_in_each_category, days_of, entry_of, head_of_day, headline
from .public import draw, draw_for_all, of_poll
from .receipts import qr_drawing


@require_safe
@of_poll
def show_ledger(request, poll, plan):
    """Show the latest head, every act, the heads of the days, and how to check all that."""
    head = latest_head(poll) if plan.sha256 else None

    def context():
        size = head.size if head else 0
        acts = acts_of(poll, size)
        found = {
            "head": head,
            "bundle": has_bundle(poll),
            "acts": acts,
            "days": days_of(poll, plan),
            "form": EntryForm(poll),
        }
        if head:
            found |= {
                "line": headline(plan, head),
                "ballots": ballots_in_each_category(plan, size, acts),
                "ballot_entries": size - len(acts),
            }
            found |= how_to_check(request, poll, plan, found["line"])
        return found

    mark = (head and head.size, bool(poll.ledger_alarm), has_bundle(poll))
    return draw_for_all(request, poll, plan, "voting/ledger.html", context, mark=mark)


def how_to_check(request, poll, plan, line):
    """Return the ledger's key and address for other programs, and the commands of our verifier."""
    address = reverse("tlog:checkpoint", args=[poll.slug]).removesuffix("checkpoint")
    if is_elder(request):
        address = in_other_mode(request, address)
    return {
        "vkey": format_vkey(plan.origin, bytes.fromhex(plan.keys["ledger"])),
        # The host of the request is not asked: this page is kept for everyone.
        "prefix": settings.SITE["url"] + address,
        "commands": [
            f"python3 -m voting.ledger verify bundle.zip --manifest {plan.sha256}",
            f'python3 -m voting.ledger verify bundle.zip --head "{line}"',
            "python3 -m voting.ledger verify bundle.zip --pledge pledge.txt --proof proof-1.tlog-proof",
        ],
    }


@require_safe
@of_poll
def show_head(request, poll, plan):
    """Show one head for paper: the latest, or the last one of the day in `?date=`."""
    form = DayForm(request.GET)
    if not plan.sha256 or not form.is_valid():
        raise Http404
    shown = head_of_day(poll, plan, form.cleaned_data["date"])
    if shown is None:
        raise Http404

    def context():
        return {"shown": shown, "qr": qr_drawing(shown.line)}

    return draw_for_all(request, poll, plan, "voting/head.html", context, mark=(shown.head.size, shown.day))


@require_safe
@of_poll
def show_entry(request, poll, plan):
    """Show one entry by the number that receipts name."""
    form = EntryForm(poll, request.GET or None)
    head = latest_head(poll) if plan.sha256 else None
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form, "head": head}
    status = 200
    if form.is_bound:
        if form.is_valid():
            number = form.cleaned_data["number"]
            leaf = entry_of(poll, number, head.size if head else 0)
            status = 200 if leaf else 404
            context |= {"asked": number, "leaf": leaf}
        else:
            status = 422
    return draw(request, "voting/entry.html", context, status=status)
