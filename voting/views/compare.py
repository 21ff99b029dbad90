"""Candidates side by side."""

from django.views.decorators.http import require_safe

from ..compare import CompareForm, rows_of
from .order import in_some_order
from .public import draw, of_poll


@require_safe
@of_poll
@in_some_order
def compare(request, poll, plan):
    """Show the candidates that the address names beside each other, or let them be chosen.

    Drawn each time: there are thousands of selections, which would push all other pages from the store.
    """
    form = CompareForm(plan, request.GET.getlist("codes"))
    chosen = form.chosen
    context = {"poll": poll, "plan": plan, "phase": poll.phase(), "form": form, "chosen": chosen}
    if form.is_enough:
        context |= {
            "rows": rows_of(chosen),
            "columns": [(candidate, plan.section_of[candidate.code]) for candidate in chosen],
        }
    codes = ",".join(candidate.code for candidate in chosen)
    here = f"{request.path}?codes={codes}" if codes else request.path
    template = "voting/compare.html" if form.is_enough else "voting/choose_to_compare.html"
    return draw(request, template, context, here=here, status=200 if form.is_valid() else 422)
