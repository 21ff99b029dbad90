"""The key holder's file: what stands in it, and how the secret is found again."""

import os
import re
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _
from nacl.public import PrivateKey

from .keyring import KeyringError, load_keyring, make_election_key, read_election_secret
from .manifest import plan_of

SECRET = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{64}(?![0-9A-Fa-f])")
LARGEST = 100_000  # bytes; the file itself has about a thousand


def make_holder_file(poll) -> bytes | None:
    """Make the poll's election key and return the holder's file; None where the server borrows the key.

    On the demo the file also goes to `HOLDER_DIR`. KeyringError if there is a key already.
    """
    secret = make_election_key(poll.uid, lend_to_server=not poll.sealed)
    if not poll.sealed:
        return None
    text = holder_text(poll, secret)
    if settings.HOLDER_DIR:
        _keep(_demo_path(poll), text)
    return text


def holder_text(poll, secret: str) -> bytes:
    """Write the file with its instructions, so that the oldest text editor on Windows shows it."""
    lines = [
        _("KEY FILE of the key holder"),
        _("Poll: %(title)s (%(slug)s)") % {"title": poll.title, "slug": poll.slug},
        "",
        _("Whoever has this file can open all ballots of this poll. The server keeps no copy."),
        _("1. Copy this file to two memory sticks and lock them away in two places."),
        _("2. Delete it from this computer, also from the download folder and the waste bin."),
        _("3. Show it to nobody and do not send it, before the count or after."),
        _("4. Bring it when the poll is closed: without this file nobody can count."),
        _("5. Do not change the line below."),
        "",
        secret,
        "",
    ]
    return "\r\n".join(lines).encode("utf-8-sig")


def read_holder_bytes(poll, data: bytes) -> PrivateKey:
    """Find the secret in a holder's file, however an editor may have stored it.

    KeyringError if there is none, several, or another poll's.
    """
    # An editor may have turned it into UTF-16; the digits survive without the zero bytes.
    text = data[:LARGEST].replace(b"\0", b"").decode("ascii", "ignore")
    found = set(SECRET.findall(text))
    return read_election_secret(poll.uid, found.pop() if len(found) == 1 else "")


def known_secret(poll) -> PrivateKey | None:
    """Return the secret where this machine has it: kept by the demo, or lent by an unsealed poll."""
    path = _demo_path(poll)
    if path is not None and path.exists():
        return read_holder_bytes(poll, path.read_bytes())
    plan = plan_of(poll)
    return None if plan.rules["sealed"] else load_keyring(poll.uid, plan.keys).election_secret


def read_holder_file(poll, path: Path) -> PrivateKey:
    """Read a holder's file from a path; KeyringError with a sentence where that fails."""
    try:
        return read_holder_bytes(poll, path.read_bytes())
    except OSError as error:
        raise KeyringError(
            _("The key file %(path)s cannot be read: %(why)s.") % {"path": path, "why": error.strerror}
        ) from None


def _demo_path(poll):
    return settings.HOLDER_DIR / f"{poll.uid}.key" if settings.HOLDER_DIR else None


def _keep(path, text):
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
