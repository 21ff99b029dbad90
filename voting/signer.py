"""The signer: it alone uses the ledger keys, and it remembers the last head that it signed.

It signs only what extends that head, and writes its memory down durably before it answers, so that
a restored or altered database can never lead to a second history. It runs as a process of its own
(`python -m voting.signer`), without Django and without the database, and speaks one JSON line for
each JSON line that it reads:

{"act": "last", "poll": UID}                                    → {"head": NOTE}
{"act": "sign", "poll": UID, "size": N, "root": B64, "proof": [B64, …]}  → {"head": NOTE}

or {"refused": SENTENCE}. NOTE is a signed head, or the text of an empty tree's checkpoint, without
signature, where none was signed yet. Its memory is a file for each poll, made with the poll's keys:
where it is missing nothing is signed, for nobody can tell then what was signed before.
"""

import argparse
import base64
import contextlib
import fcntl
import json
import os
import re
import sys
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .ledger.checkpoint import Checkpoint, format_checkpoint, parse_checkpoint
from .ledger.head import open_head, sign_head
from .ledger.tree import EMPTY_ROOT, verify_consistency

UID = re.compile(r"[0-9a-f]{20}")


class Refused(Exception):
    """The signer will not sign. The message says why, for the log and the staff."""


class Signer:
    """Sign heads with the keys of one folder, remembering them in another."""

    def __init__(self, keys: Path, memory: Path):
        self.keys, self.memory = keys, memory

    def last(self, uid: str) -> str:
        """Return the last head that was signed for a poll, or the empty tree's checkpoint."""
        try:
            return _path(self.memory, uid).read_text()
        except FileNotFoundError:
            raise Refused(
                f"The signer has no memory of the ledger {uid}. Without it nothing is signed."
            ) from None

    def sign(self, uid: str, size: int, root: bytes, proof: list[bytes]) -> str:
        """Sign the head (size, root) if `proof` shows that it extends the last one, and remember it.

        The head that was signed last is answered again as it is. Raises Refused.
        """
        note, key = self.last(uid), self._key(uid)
        last = _read(note, key)
        if (size, root) == (last.size, last.root) and size:
            return note
        if size <= last.size:
            raise Refused(f"A head of size {last.size} was signed; one of size {size} does not extend it.")
        if last.size:
            try:
                verify_consistency(last.size, size, proof, last.root, root)
            except ValueError as error:
                raise Refused(
                    f"The head of size {size} does not extend that of {last.size}: {error}"
                ) from None
        signed = sign_head(Checkpoint(last.origin, size, root), key, max(_now(), _time(note, key)))
        _write(_path(self.memory, uid), signed)
        return signed

    def _key(self, uid):
        folder = self.keys / uid
        secret = bytes.fromhex((folder / "ledger.key").read_text())
        key = Ed25519PrivateKey.from_private_bytes(secret)
        if key.public_key().public_bytes_raw().hex() != (folder / "ledger.pub").read_text().strip():
            raise Refused(f"ledger.key in {folder} does not belong to ledger.pub. Put the right file back.")
        return key


def begin_memory(memory: Path, uid: str, origin: str):
    """Let the signer know a new ledger: nothing was signed of it yet. Never touches a memory that exists."""
    path = _path(memory, uid)
    if not path.exists():
        memory.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, format_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT)))


def restore_memory(memory: Path, uid: str, note: str):
    """Give a signer that lost its memory the last head known to the public. For `recover_ledger` alone."""
    path = _path(memory, uid)
    if path.exists():
        raise Refused(f"The signer remembers the ledger {uid}; its memory is never replaced.")
    memory.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(path, note)


def _path(memory, uid):
    if not UID.fullmatch(uid):
        raise Refused(f"{uid!r} is no poll's uid.")
    return memory / f"{uid}.head"


def _now():
    return datetime.now(UTC)


def _time(note, key) -> datetime:
    """Return when a memory was signed, so that heads never run backwards when the clock does."""
    if "\n\n" not in note:
        return datetime.min.replace(tzinfo=UTC)
    return open_head(note, note.partition("\n")[0], key.public_key().public_bytes_raw()).at


def _read(note, key) -> Checkpoint:
    """Return what a memory says; Refused where the signer did not write it."""
    try:
        if "\n\n" not in note:
            empty = parse_checkpoint(note)
            if empty.size:
                raise ValueError("a head without a signature")
            return empty
        origin = note.partition("\n")[0]
        return open_head(note, origin, key.public_key().public_bytes_raw()).checkpoint
    except ValueError as error:
        raise Refused(f"The signer's memory is damaged: {error}") from None


def _write(path, text):
    """Write a file whole or not at all, and durably, before anything is said of it."""
    draft = path.with_name(f".{path.name}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextlib.contextmanager
def alone(memory: Path):
    """Hold the memory for one signer; Refused where another one has it."""
    memory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(memory / ".lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another signer uses {memory}. Only one may run.") from None
        yield


def answer(signer: Signer, line: str) -> dict:
    """Return the answer to one line of the protocol."""
    try:
        asked = json.loads(line)
        if asked["act"] == "last":
            return {"head": signer.last(asked["poll"])}
        if asked["act"] == "sign":
            proof = [base64.b64decode(value, validate=True) for value in asked["proof"]]
            root = base64.b64decode(asked["root"], validate=True)
            return {"head": signer.sign(asked["poll"], int(asked["size"]), root, proof)}
        raise Refused(f"The signer knows no act {asked['act']!r}.")
    except Refused as refused:
        return {"refused": str(refused)}
    except (ValueError, KeyError, TypeError, OSError) as error:
        return {"refused": f"The signer cannot do this: {error!r}"}


def main():
    """Answer line by line until the input ends."""
    parser = argparse.ArgumentParser(prog="python -m voting.signer", description="Signs heads of ledgers.")
    parser.add_argument("--keys", type=Path, required=True)
    parser.add_argument("--memory", type=Path, required=True)
    options = parser.parse_args()
    signer = Signer(options.keys, options.memory)
    try:
        with alone(options.memory):
            for line in sys.stdin:
                print(json.dumps(answer(signer, line)), flush=True)
    except Refused as refused:
        print(json.dumps({"refused": str(refused)}), flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
