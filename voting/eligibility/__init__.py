"""Who may vote. Each kind is one small module behind one protocol (`protocol.Kind`)."""

from . import code, device, roll, sign_in

KINDS = {"device": device, "code": code, "roll": roll, "sign_in": sign_in}


def kind_of(plan):
    """Return the module that decides who may vote under this plan."""
    return KINDS[plan.rules["eligibility"]]
