"""Who may vote. Each kind is one small module behind one protocol (`protocol.Kind`)."""

from . import device

KINDS = {"device": device}


def kind_of(plan):
    """Return the module that decides who may vote under this plan."""
    return KINDS[plan.rules["eligibility"]]
