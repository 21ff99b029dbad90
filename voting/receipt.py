"""The receipt: what the voter takes home. It holds no picks and no nonces."""

import json
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac
from nacl.exceptions import CryptoError
from nacl.secret import SecretBox

from .ledger.code import receipt_code
from .ledger.note import parse_note
from .ledger.pledge import parse_pledge

PREFIX = "receipt-"


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
    content = json.dumps([receipt.pledge, receipt.received_at.isoformat(), receipt.own_nonces]).encode()
    response.set_cookie(
        PREFIX + poll.uid,
        signing.b64_encode(_box().encrypt(content)).decode(),
        max_age=settings.RECEIPT_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def forget_receipt(response, poll):
    """Let the voter's side forget the receipt: the next person at this device does not see it."""
    response.delete_cookie(PREFIX + poll.uid, samesite="Lax")


def recall_receipt(request, poll) -> Receipt | None:
    """Return the receipt that the request's cookie carries, None without a readable one."""
    try:
        sealed = signing.b64_decode(request.COOKIES[PREFIX + poll.uid].encode())
        pledge, received_at, own_nonces = json.loads(_box().decrypt(sealed))
        return Receipt(pledge, datetime.fromisoformat(received_at), own_nonces)
    except (KeyError, ValueError, CryptoError):
        return None


def _box():
    return SecretBox(salted_hmac("voting.receipt", "cookie", algorithm="sha256").digest())
