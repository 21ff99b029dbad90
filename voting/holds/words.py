"""What people read of held ballots."""

from django.utils.translation import gettext as _

from . import ADDRESS, ALIKE, BURST, NETWORK, PROGRAM
from .groups import REVIEWED, UNDECIDED


def rule_label(rule: str) -> str:
    """Return the name of a rule in words."""
    return {
        BURST: _("many in a few minutes"),
        ADDRESS: _("many from one address"),
        NETWORK: _("many from one network"),
        ALIKE: _("alike ballots"),
        PROGRAM: _("signs of a program"),
    }[rule]


def reason_label(reason: str) -> str:
    """Return a reason in words: those of rules are translated, people's own are not."""
    return {
        REVIEWED: _("by rule: as varied as other ballots"),
        UNDECIDED: _("not decided in time, therefore counted"),
    }.get(reason, reason)


def evidence_label(name: str) -> str:
    """Return in words what speaks against a group."""
    return {
        "alike": _("the very same marks"),
        "near": _("nearly the same marks"),
        "far": _("marks unlike those of all others"),
        "pulled": _("all pick or all avoid the same candidates"),
        "same_number": _("always the same number of picks"),
        "client": _("one kind of browser far more often than elsewhere"),
        "program": _("sent as programs send"),
        "quiet": _("many at hours at which hardly anybody votes"),
        "steady": _("as regular as a clock"),
        "rate": _("very many within ten minutes"),
        "company": _("nearly all others from there are held"),
    }.get(name, name)
