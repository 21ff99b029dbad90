"""A poll's keys: files outside the database.

Each key is a file of 64 hex digits, 0600, in `KEY_DIR/<poll uid>/` and once more in `KEY_COPY_DIR`,
for a lost keeper key loses acknowledged ballots. Neither place belongs in a backup, for what is
destroyed must be gone. Of the election key only the public half lies there (`election.pub`) unless
the poll is unsealed: the secret half belongs to the key holders (`holders.py`). The ledger key is used
by the signer alone (`signer.py`); all others read its public half (`ledger.pub`). What each key is for:

election    seals nonces and marks until the count        X25519
keeper      seals a whole ballot until it is entered      X25519
ledger      signs the heads of the ledger                 Ed25519
pledge      signs the promise to enter a ballot           Ed25519
credential  digests what a voter votes with               HMAC-SHA256
retry       recognises a ballot that is posted again      HMAC-SHA256
tag         digests what doubtful ballots have in common  HMAC-SHA256
roll        digests who stands on a roll or signs in      HMAC-SHA256
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

from .pledge_key import PledgeKey

BOXES = ("keeper",)
SIGNERS = ("ledger", "pledge")
DIGESTS = ("credential", "retry", "tag", "roll")
ROLES = BOXES + SIGNERS + DIGESTS
# What is destroyed once the last ballot is entered (`destruction.py`).
MORTAL = ("keeper", "retry")
# What the plan of deletion destroys later still, each at its own date (`forget.py`).
LATE = ("tag", "roll", "credential")


class KeyringError(Exception):
    """A key is missing, unreadable or not the one that the manifest names. The message says which."""


@dataclass(frozen=True)
class Keyring:
    """The keys that one poll's server needs, ready for use."""

    uid: str
    election: PublicKey
    election_secret: PrivateKey | None
    keeper: PrivateKey | None
    ledger: bytes
    pledge: PledgeKey
    credential: bytes
    retry: bytes | None
    tag: bytes | None
    roll: bytes | None = None

    def digest(self, role: str, *parts: bytes) -> bytes:
        """Return HMAC-SHA256 under a digest key over parts whose lengths are told apart.

        Raises KeyringError where the key was destroyed.
        """
        key = getattr(self, role)
        if key is None:
            raise KeyringError(
                _("The key “%(role)s” of poll %(uid)s was destroyed.") % {"role": role, "uid": self.uid}
            )
        return _digest(key, self.uid, parts)

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
        """Return what the manifest says of each key, in hex: public halves whole, secrets as digests.

        A key that was destroyed has none.
        """
        public = {
            "election": bytes(self.election),
            "ledger": self.ledger,
            "pledge": self.pledge.public_key().public_bytes_raw(),
        }
        if self.keeper is not None:
            public["keeper"] = bytes(self.keeper.public_key)
        for role in DIGESTS:
            if getattr(self, role) is not None:
                public[role] = self.digest(role, b"shortlist/fingerprint/v1")
        return {role: value.hex() for role, value in public.items()}


def make_keys(uid: str):
    """Make those of the server's keys that do not exist yet, in both places. Never replaces one."""
    for role in ROLES:
        _write_in_both(uid, f"{role}.key", secrets.token_hex(32))
    ledger = Ed25519PrivateKey.from_private_bytes(_read(uid, "ledger.key"))
    _write_in_both(uid, "ledger.pub", ledger.public_key().public_bytes_raw().hex())


def make_election_key(uid: str, *, lend_to_server: bool) -> str:
    """Make the election key and return its secret half in hex, for the holder.

    The public half is kept. The secret half is kept only where the poll is unsealed. A second call
    raises KeyringError: ballots may be sealed to the first key already.
    """
    secret = PrivateKey.generate()
    if not _write_in_both(uid, "election.pub", bytes(secret.public_key).hex()):
        raise KeyringError(_("This poll has an election key already; it cannot be replaced."))
    if lend_to_server:
        _write_in_both(uid, "election.key", bytes(secret).hex())
    return bytes(secret).hex()


def early_digest(uid: str, role: str):
    """Return a function that digests as `Keyring.digest` does, before the poll has its election key.

    Makes the server's keys where they are missing.
    """
    make_keys(uid)
    key = _read(uid, f"{role}.key")
    return lambda *parts: _digest(key, uid, parts)


def election_public(uid: str) -> bytes:
    """Return the public half of the election key."""
    return _read(uid, "election.pub")


def has_election_key(uid: str) -> bool:
    """Say whether a holder has made the election key."""
    return (_folder(uid) / "election.pub").exists()


def write_private(path, text):
    """Write a file that its owner alone can read."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        file.write(f"{text}\n")


def load_keyring(uid: str, expected: dict[str, str] | None = None, *, without=()) -> Keyring:
    """Return a poll's keys; KeyringError if one is missing or differs from the `expected` prints.

    `without` names the roles that may be missing because they were destroyed. Keys are kept in
    memory until the folder changes, so that a destroyed key leaves memory as well.
    """
    # Text, not a Path: this is asked for each ballot, and making paths costs more than looking.
    folder = f"{settings.KEY_DIR}/{uid}"
    try:
        changed = os.stat(folder).st_mtime_ns
    except FileNotFoundError:
        changed = None
    known = _loaded.get(uid)
    if known is None or known[0] != (changed, folder, without):
        known = _loaded[uid] = [(changed, folder, without), _load(uid, without), None]
    keys = known[1]
    # The very prints that were compared before, not only equal ones: comparing costs more than this.
    if expected is not None and expected is not known[2]:
        wanted = {role: value for role, value in expected.items() if role not in without}
        wrong = sorted(role for role in wanted if keys.fingerprints.get(role) != wanted[role])
        if wrong or not wanted:
            raise KeyringError(
                _("Keys of poll %(uid)s are not those of its manifest: %(roles)s. Put the right files back.")
                % {"uid": uid, "roles": ", ".join(wrong)}
            )
        known[2] = expected
    return keys


def keys_of(poll, plan) -> Keyring:
    """Return the keys of an opened poll, each the one that its manifest names, or destroyed by rule."""
    return load_keyring(poll.uid, plan.keys, without=_perhaps_destroyed(poll))


def compare_copies(uid: str, *, without=()):
    """Raise KeyringError where the second place lacks a key or holds another one."""
    for path in sorted(_folder(uid).iterdir()):
        copy = _folder(uid, settings.KEY_COPY_DIR) / path.name
        if not copy.exists() or copy.read_bytes() != path.read_bytes():
            raise KeyringError(
                _("The key file %(path)s is missing in its second place or differs there: %(copy)s.")
                % {"path": path, "copy": copy}
            )


def destroy_keys(uid: str, roles):
    """Overwrite and remove keys in both places, durably."""
    for place in (settings.KEY_DIR, settings.KEY_COPY_DIR):
        folder = _folder(uid, place)
        for role in roles:
            path = folder / f"{role}.key"
            if path.exists():
                with path.open("r+b") as file:
                    file.write(bytes(path.stat().st_size))
                    file.flush()
                    os.fsync(file.fileno())
                path.unlink()
        _flush_folder(folder)
    _loaded.pop(uid, None)


def forget_loaded():
    """Let this process forget all keys: one that others are forked from would hold them for good."""
    _loaded.clear()


_loaded: dict = {}


def _perhaps_destroyed(poll):
    """Return the roles whose keys may be gone by rule; the tag key goes before any marks are published."""
    if poll.secrets_destroyed_at:
        return MORTAL + LATE
    return ("tag",) if poll.closed_at else ()


def _digest(key, uid, parts):
    mac = hmac.new(key, uid.encode(), hashlib.sha256)
    for part in parts:
        mac.update(len(part).to_bytes(4, "big") + part)
    return mac.digest()


def _load(uid, without):
    def secret(role):
        path = _folder(uid) / f"{role}.key"
        # Polls from before there were rolls have no key for them; where one is named, its absence is found.
        absent = role == "roll" or role in without
        return None if absent and not path.exists() else _read(uid, f"{role}.key")

    keeper, lent = secret("keeper"), _folder(uid) / "election.key"
    return Keyring(
        uid=uid,
        election=PublicKey(_read(uid, "election.pub")),
        election_secret=PrivateKey(_read(uid, "election.key")) if lent.exists() else None,
        keeper=PrivateKey(keeper) if keeper else None,
        ledger=_read(uid, "ledger.pub"),
        pledge=PledgeKey(_read(uid, "pledge.key")),
        **{role: secret(role) for role in DIGESTS},
    )


def _folder(uid, place=None) -> Path:
    return (place or settings.KEY_DIR) / uid


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


def _write_in_both(uid, name, text) -> bool:
    """Write a new key in both places, the copy first; return False if it is there already."""
    copy = _folder(uid, settings.KEY_COPY_DIR) / name
    if not _write_once(copy, text):
        text = copy.read_text().strip()
    return _write_once(_folder(uid) / name, text)


def _write_once(path, text) -> bool:
    """Write a new file durably, 0600, whole or not at all; return False if it is there already."""
    if path.exists():
        return False
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
    _flush_folder(path.parent)
    return True


def _flush_folder(path):
    """Make the names in a folder durable."""
    if path.exists():
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
