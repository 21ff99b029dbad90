"""The sheet of answers (应答单): ten likely challenges, answered from the poll's own data."""

from django.utils.translation import gettext as _

from . import layout
from .answers import answers_of

ANSWER = 12


def hindrance(facts) -> str:
    """Return why there are no answers yet."""
    return "" if facts.poll.frozen else _("The poll was not opened yet.")


def write(facts):
    """Return the sheet of answers, as things stand at its moment."""
    title = _("Answers to likely questions")
    paper = layout.new_paper(title, mark=facts.mark, author=facts.plan.shortlist.organiser)
    layout.add_title(paper, title)
    layout.add_subtitle(paper, facts.plan.title)
    layout.add_text(
        paper,
        _("As of %(at)s, from the data of this vote.") % {"at": facts.time(facts.at)},
        size=12,
        indent=0,
        alignment=layout.CENTRE,
    )
    for number, answer in enumerate(answers_of(facts), 1):
        layout.add_heading(paper, number, answer.question)
        layout.add_text(paper, answer.text, size=ANSWER)
        for name, address in answer.links:
            layout.add_text(paper, f"{name}　{address}", size=10.5, indent=2)
    return paper
