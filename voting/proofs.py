"""What voters can prove: that their leaves are under a signed head, or that a promise was not kept."""

import functools
import logging
from datetime import datetime

from django.utils.translation import gettext as _

from .heads import latest_head, node_of
from .ledger.note import parse_note
from .ledger.pledge import Pledge, parse_pledge, verify_pledge
from .ledger.proof import Proof, format_proof
from .ledger.tree import inclusion_proof
from .models import Ballot
from .standing import places_of

logger = logging.getLogger(__name__)


class PledgeRefused(ValueError):
    """The text is no pledge of this poll. The message says why, `code` in one word."""

    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


def proof_file(poll, plan, commitments: bytes, category: str) -> str | None:
    """Return the proof file of one category's leaf under the latest head; None while none covers it."""
    head = latest_head(poll)
    places = places_of(poll, plan, commitments, head.size if head else 0)
    number = next((number for section, number in places if section.code == category), None)
    if number is None:
        return None
    index, node = number - 1, node_of(poll, number - 1, head.size - 1)
    return format_proof(Proof(index, inclusion_proof(index, head.size, node), head.note))


def commitments_of(plan, pledge: Pledge) -> bytes:
    """Return a pledge's commitments in the order of the manifest, as ballots hold them."""
    return b"".join(pledge.commitments[category.code] for category in plan.sections)


def commitments_by_code(poll, code) -> bytes:
    """Return the commitments of the entered ballot with this receipt code; nothing where there is none."""
    row = Ballot.objects.filter(poll=poll, code=code).values_list("commitments", flat=True).first()
    return bytes(row or b"")


def read_pledge(plan, text: str) -> Pledge:
    """Return the pledge that somebody saved or copied; PledgeRefused unless this poll's key has signed it.

    Line ends of other systems, blank lines around and a byte order mark do no harm.
    """
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").strip().split("\n")
    note = "".join(f"{line.rstrip()}\n" for line in lines)
    try:
        claimed = parse_pledge(parse_note(note)[0])
    except ValueError:
        message = _(
            "This is no signed confirmation. Give the whole file pledge.txt, from its first line to its last."
        )
        raise PledgeRefused(message, "form") from None
    if claimed.poll != plan.uid:
        raise PledgeRefused(_("This confirmation belongs to another vote."), "poll")
    try:
        pledge = verify_pledge(note, plan.uid, bytes.fromhex(plan.keys["pledge"]))
    except ValueError:
        message = _("The signature does not fit: this confirmation was changed, or it is not from us.")
        raise PledgeRefused(message, "signature") from None
    if pledge.manifest != plan.sha256 or set(pledge.commitments) != {part.code for part in plan.sections}:
        message = _(
            "The signature is ours, but the voting plan that it names is not the published one. "
            "Keep this file and complain."
        )
        raise PledgeRefused(message, "manifest")
    return pledge


def is_overdue(poll, standing, pledge: Pledge, at: datetime) -> bool:
    """Say whether a promise was broken: the time is past and the leaves are under no signed head.

    The log says so once for each head that comes without them. It names the poll, nothing of the voter.
    """
    if standing or at <= pledge.due:
        return False
    head = latest_head(poll)
    _report_overdue(poll.uid, head.size if head else 0)
    return True


@functools.lru_cache(maxsize=1024)
def _report_overdue(uid, size):
    logger.error("A pledge of poll %s is overdue: its entries are not under the head of size %d", uid, size)
