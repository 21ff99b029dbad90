"""Whoever has a one-time code (投票码). The link code is the credential; a typed code leads to it.

Whether a code may vote is told in one sentence for all that may not: unknown, void and used ones get
the same answer, after the same work.
"""

import hashlib
import secrets

from django.utils.translation import gettext as _

from ..keyring import load_keyring
from ..models import Code, Participation
from . import code_text
from .protocol import Admission, NotAdmitted
from .right import forget_right, recall_right

ENTRANCE = True
# scrypt (RFC 7914): 16 MiB and some 40 ms for each typed code that is made or tried.
COST = {"n": 2**14, "r": 8, "p": 1}


def ballots(plan):
    """Return 1: a code has one turn."""
    return 1


def credentials(request, plan):
    """Return the credential that the caller has shown, if any."""
    known = credential(request, plan)
    return [known] if known else []


def credential(request, plan):
    """Return the credential that the caller has shown at the entrance."""
    return recall_right(request, plan)


def admit(request, plan):
    """Return the caller's credential; NotAdmitted without one, or where its code was voided since."""
    known = credential(request, plan)
    if known is None:
        raise NotAdmitted
    digest = load_keyring(plan.uid).digest("credential", known)
    if not Code.objects.filter(poll__uid=plan.uid, credential=digest, voided_at=None).exists():
        raise NotAdmitted(_("This voting code is void. Please ask whoever gave it to you."))
    return Admission(known, lambda response: None)


def take_turn(response, plan, turn):
    """Forget the code: the next voter shows one of their own."""
    forget_right(response, plan)


def how_limited(plan):
    """Return the label that stands on every page."""
    return (
        _("One ballot a day for each voting code")
        if plan.rules["daily"]
        else _("One ballot for each voting code")
    )


def draw_entrance(request, poll, plan, codes, *, sentence, status):
    """Draw the page that asks for a code."""
    from ..views.codes import draw_code_form  # The pages know the kinds, not the other way.

    return draw_code_form(request, poll, plan, codes, sentence=sentence, status=status)


def enter(request, poll, plan, codes, at):
    """Answer a code that was typed or read from a card."""
    from ..views.codes import take_code

    return take_code(request, poll, plan, codes, at)


def make_code(digest, serial):
    """Return a new link code, typed code and the row (unsaved) that alone stays of them.

    `digest` works out a credential's digest under the poll's credential key.
    """
    link, typed, salt = code_text.new_link(), code_text.new_typed(serial), secrets.token_bytes(16)
    row = Code(
        serial=serial,
        credential=digest(link.encode()),
        typed_salt=salt,
        typed_mask=_masked(typed, salt, link.encode()),
    )
    return link, typed, row


def find_right(poll, keys, text, at) -> bytes | None:
    """Return the credential of a code that may vote now, None for any other text that `parse` lets pass.

    The same look-ups are made and the same slow hash is worked out whether the code is unknown, void or
    used, so that the time tells them apart as little as the answer does.
    """
    if len(text) == code_text.LINK:
        known = text.encode()
    else:
        row = Code.objects.filter(poll=poll, serial=code_text.serial_of(text)).first()
        salt, mask = (row.typed_salt, row.typed_mask) if row else (bytes(16), bytes(code_text.LINK))
        known = _masked(text, bytes(salt), bytes(mask))
    digest = keys.digest("credential", known)
    issued = Code.objects.filter(poll=poll, credential=digest, voided_at=None).exists()
    used = Participation.objects.filter(poll_id=poll.pk, credential=digest, period=poll.period(at)).exists()
    return known if issued and not used else None


def _masked(typed, salt, text):
    """Return the text under the slow hash of a typed code, or, given that, the text again."""
    stream = hashlib.scrypt(typed.encode(), salt=salt, dklen=code_text.LINK, **COST)
    return bytes(a ^ b for a, b in zip(stream, text, strict=True))
