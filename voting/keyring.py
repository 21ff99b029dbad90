"""A poll's keys: files outside the database.

Each key is a file of 64 hex digits, 0600, in `KEY_DIR/<poll uid>/`. Of the election key only the
public half lies there (`election.pub`) unless the poll is unsealed: the secret half belongs to the
key holder. What each key is for:

election    seals nonces and marks until the count        X25519
keeper      seals a whole ballot until it is entered      X25519
ledger      signs the heads of the ledger                 Ed25519
pledge      signs the promise to enter a ballot           Ed25519
credential  digests what a voter votes with               HMAC-SHA256
retry       recognises a ballot that is posted again      HMAC-SHA256
tag         digests what doubtful ballots have in common  HMAC-SHA256
"""

import functools
import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.translation import gettext as _
from nacl.public import PrivateKey, PublicKey, SealedBox

BOXES = ("keeper",)
SIGNERS = ("ledger", "pledge")
DIGESTS = ("credential", "retry", "tag")
ROLES = BOXES + SIGNERS + DIGESTS


class KeyringError(Exception):
    """A key is missing, unreadable or not the one that the manifest names. The message says which."""


@dataclass(frozen=True)
class Keyring:
    """The keys that one poll's server needs, ready for use."""

    uid: str
    election: PublicKey
    election_secret: PrivateKey | None
    keeper: PrivateKey
    ledger: Ed25519PrivateKey
    pledge: Ed25519PrivateKey
    credential: bytes
    retry: bytes
    tag: bytes

    def digest(self, role: str, *parts: bytes) -> bytes:
        """Return HMAC-SHA256 under a digest key over parts whose lengths are told apart."""
        mac = hmac.new(getattr(self, role), self.uid.encode(), hashlib.sha256)
        for part in parts:
            mac.update(len(part).to_bytes(4, "big") + part)
        return mac.digest()

    @functools.cached_property
    def election_box(self):
        """Seal to the election key."""
        return SealedBox(self.election)

    @functools.cached_property
    def keeper_box(self):
        """Seal to the keeper key, and open."""
        return SealedBox(self.keeper)

    @functools.cached_property
    def fingerprints(self) -> dict[str, str]:
        """Return what the manifest says of each key, in hex: public halves whole, secrets as digests."""
        public = {
            "election": bytes(self.election),
            "keeper": bytes(self.keeper.public_key),
            "ledger": self.ledger.public_key().public_bytes_raw(),
            "pledge": self.pledge.public_key().public_bytes_raw(),
        }
        for role in DIGESTS:
            public[role] = self.digest(role, b"shortlist/fingerprint/v1")
        return {role: value.hex() for role, value in public.items()}


def make_keys(uid: str):
    """Make those of the server's keys that do not exist yet. Never replaces one."""
    for role in ROLES:
        _write_once(_folder(uid) / f"{role}.key", secrets.token_hex(32))


def make_election_key(uid: str, *, lend_to_server: bool) -> str:
    """Make the election key and return its secret half in hex, for the holder.

    The public half is kept. The secret half is kept only where the poll is unsealed. A second call
    raises KeyringError: ballots may be sealed to the first key already.
    """
    secret = PrivateKey.generate()
    if not _write_once(_folder(uid) / "election.pub", bytes(secret.public_key).hex()):
        raise KeyringError(_("This poll has an election key already; it cannot be replaced."))
    if lend_to_server:
        _write_once(_folder(uid) / "election.key", bytes(secret).hex())
    return bytes(secret).hex()


def has_election_key(uid: str) -> bool:
    """Say whether a holder has made the election key."""
    return (_folder(uid) / "election.pub").exists()


def read_election_secret(uid: str, text: str) -> PrivateKey:
    """Read a holder's secret; KeyringError if it is no key or another poll's."""
    try:
        secret = PrivateKey(bytes.fromhex(text.strip()))
    except Exception:
        raise KeyringError(_("This is no key file: it must hold 64 hexadecimal digits.")) from None
    if bytes(secret.public_key) != _read(uid, "election.pub"):
        raise KeyringError(_("This key belongs to another poll. Ask the key holder for the right file."))
    return secret


def write_private(path, text):
    """Write a file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(f"{text}\n")


@functools.lru_cache(maxsize=64)
def _load(uid, folder):
    lent = folder / "election.key"
    return Keyring(
        uid=uid,
        election=PublicKey(_read(uid, "election.pub")),
        election_secret=PrivateKey(_read(uid, "election.key")) if lent.exists() else None,
        keeper=PrivateKey(_read(uid, "keeper.key")),
        ledger=Ed25519PrivateKey.from_private_bytes(_read(uid, "ledger.key")),
        pledge=Ed25519PrivateKey.from_private_bytes(_read(uid, "pledge.key")),
        **{role: _read(uid, f"{role}.key") for role in DIGESTS},
    )


def load_keyring(uid: str, expected: dict[str, str] | None = None) -> Keyring:
    """Return a poll's keys; KeyringError if one is missing or differs from the `expected` prints."""
    keys = _load(uid, _folder(uid))
    if expected is not None and keys.fingerprints != expected:
        wrong = sorted(role for role, value in keys.fingerprints.items() if expected.get(role) != value)
        raise KeyringError(
            _("Keys of poll %(uid)s are not those of its manifest: %(roles)s. Put the right files back.")
            % {"uid": uid, "roles": ", ".join(wrong)}
        )
    return keys


def _folder(uid) -> Path:
    return settings.KEY_DIR / uid


def _read(uid, name) -> bytes:
    path = _folder(uid) / name
    try:
        value = bytes.fromhex(path.read_text().strip())
    except FileNotFoundError:
        raise KeyringError(
            _("The key file %(path)s is missing. Put it back from its second place.") % {"path": path}
        ) from None
    except (OSError, ValueError):
        raise KeyringError(_("The key file %(path)s cannot be read.") % {"path": path}) from None
    if len(value) != 32:
        raise KeyringError(_("The key file %(path)s is damaged: it must hold 32 bytes.") % {"path": path})
    return value


def _write_once(path, text) -> bool:
    """Write a new file durably, 0600, whole or not at all; return False if it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, f"{text}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True
