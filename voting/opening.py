"""Opening the ballots: the inner boxes give up marks and nonces to the holder of the election key."""

from django.db import transaction
from nacl.exceptions import CryptoError
from nacl.public import SealedBox

from .envelope import open_inner
from .ledger.commitment import commitment
from .marks import by_section, codes_from_marks, find_faults
from .models import Ballot

CHUNK = 500


def open_ballot(ballot, plan, box):
    """Set the marks of one ballot, or its fault where it breaks a rule. Saves nothing.

    Faults: `unreadable` (the box does not open or holds something else), `limits` (the picks break
    the plan's rules), `commitment` (they are not what the ledger holds). What sealed bytes hide
    was checked before sealing; here it is checked again.
    """
    try:
        marks, nonces = open_inner(
            box, ballot.inner, marks_bytes=plan.marks_bytes, categories=len(plan.sections)
        )
        codes = codes_from_marks(plan, marks)
    except (ValueError, CryptoError):
        ballot.fault = "unreadable"
        return
    if find_faults(plan, codes):
        ballot.fault = "limits"
        return
    picks = by_section(plan, codes)
    proven = b"".join(
        commitment(plan.uid, category, chosen, nonce)
        for (category, chosen), nonce in zip(picks.items(), nonces, strict=True)
    )
    if proven != bytes(ballot.commitments):
        ballot.fault = "commitment"
        return
    ballot.marks = marks


def open_ballots(poll, plan, secret):
    """Open what is still under seal, 500 ballots a transaction; yield how many each time.

    An interrupted run goes on where it stopped.
    """
    box = SealedBox(secret)
    after = 0
    while True:
        sealed = Ballot.objects.filter(poll=poll, number__gt=after).unopened().order_by("number")
        chunk = list(sealed.only("pk", "number", "commitments", "inner")[:CHUNK])
        if not chunk:
            return
        for ballot in chunk:
            open_ballot(ballot, plan, box)
        with transaction.atomic():
            Ballot.objects.bulk_update(chunk, ["marks", "fault"])
        after = chunk[-1].number
        yield len(chunk)
