"""The receipt: what the voter takes home. It holds no picks and no nonces."""

import json
import secrets
from datetime import datetime
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from django.conf import settings
from django.core import signing

from .ledger.code import receipt_code
from .ledger.note import parse_note
from .ledger.pledge import parse_pledge
from .signed import mac

PREFIX = "receipt-"
NONCE_BYTES = 12


class Receipt(NamedTuple):
    """The signed pledge, when the ballot was received, and whether the device made the nonces."""

    pledge: str
    received_at: datetime
    own_nonces: bool

    @property
    def promise(self):
        return parse_pledge(parse_note(self.pledge)[0])

    @property
    def code(self):
        """Return the code by which the voter finds the ballot again."""
        return receipt_code(self.promise.commitments)


def remember_receipt(response, poll, receipt: Receipt):
    """Let the receipt ride in a cookie that this server alone can read, for `RECEIPT_SECONDS`."""
    response.set_cookie(
        PREFIX + poll.uid,
        _sealed(receipt),
        max_age=settings.RECEIPT_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def receipt_cookie(poll, receipt: Receipt) -> str:
    """Return the header that `remember_receipt` leads to, for the lane that makes no response of Django's.

    Without the date that Django adds for browsers that do not know Max-Age.
    """
    secure = "; Secure" if settings.HTTPS else ""
    return (
        f"{PREFIX}{poll.uid}={_sealed(receipt)}; HttpOnly; Max-Age={settings.RECEIPT_SECONDS};"
        f" Path=/; SameSite=Lax{secure}"
    )


def forget_receipt(response, poll):
    """Let the voter's side forget the receipt: the next person at this device does not see it."""
    response.delete_cookie(PREFIX + poll.uid, samesite="Lax")


def recall_receipt(request, poll) -> Receipt | None:
    """Return the receipt that the request's cookie carries, None without a readable one."""
    try:
        sealed = signing.b64_decode(request.COOKIES[PREFIX + poll.uid].encode())
        content = _box().decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], None)
        pledge, received_at, own_nonces = json.loads(content)
        return Receipt(pledge, datetime.fromisoformat(received_at), own_nonces)
    except (KeyError, ValueError, InvalidTag):
        return None


def _sealed(receipt):
    content = json.dumps([receipt.pledge, receipt.received_at.isoformat(), receipt.own_nonces]).encode()
    nonce = secrets.token_bytes(NONCE_BYTES)
    return signing.b64_encode(nonce + _box().encrypt(nonce, content, None)).decode()


def _box():
    return ChaCha20Poly1305(mac("voting.receipt", "cookie"))
