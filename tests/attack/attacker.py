"""The attacker's script: from what was taken (`loot.py`) to guesses of who chose what.

Each attack is a function of the loot alone; it sees no truth. It returns `{digest: guess}` where the
guess is a ballot's commitments (the voter is linked to a ballot) or a `Guess` with the marks.
"""

import base64
import functools
import hashlib
import hmac
import itertools
import re
import struct
from collections import Counter
from typing import NamedTuple

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox

from voting.envelope import open_envelope, open_inner
from voting.ledger.canonical import parse_canonical
from voting.ledger.commitment import commitment
from voting.manifest import parse_manifest
from voting.marks import codes_from_marks

from .search import around, find_all

plan_of = functools.cache(parse_manifest)
NEAR = 200  # bytes between a digest and what is taken to belong to it


class Guess(NamedTuple):
    """The codes that a voter is said to have chosen, and how sure the attacker is, from 0 to 1."""

    codes: tuple[str, ...]
    confidence: float


# --- Who sent which envelope -------------------------------------------------------------------


def link_envelopes(loot) -> dict[bytes, bytes]:
    """Return whose each pending envelope was (sealed → digest): by transaction, else by order of arrival.

    This always succeeds, for one transaction writes both: all secrecy lies behind this step.
    """
    linked = {}
    for batch in loot.batches:
        by_xid = {guard.xid: guard.digest for guard in batch.guards if guard.xid}
        waiting = sorted(batch.waiting, key=lambda row: row.id)
        linked |= {row.sealed: by_xid[row.xid] for row in waiting if row.xid in by_xid}
        rest = [row.sealed for row in waiting if row.sealed not in linked]
        fresh = {guard.digest for guard in batch.guards} - set(linked.values())
        arrived = [digest for digest in loot.play.voters if digest in fresh]
        linked |= dict(zip(rest, arrived, strict=True))
    return linked


def link_by_log(loot) -> dict[bytes, bytes]:
    """Link as `link_envelopes` does, from pg_waldump's records alone: the same transaction, two tables."""
    places = {row.place: row.sealed for batch in loot.batches for row in batch.waiting}
    guards = {guard.place: guard.digest for guard in loot.guards}
    found, linked = {}, {}
    for table, kind, xid, place in loot.waldump:
        if kind == "INSERT" and table == "voting_participation":
            found[xid] = guards.get(place)
        elif kind == "INSERT" and table == "voting_pendingenvelope" and found.get(xid) and place in places:
            linked[places[place]] = found[xid]
    return linked


# --- Which envelope became which ballot --------------------------------------------------------


def link_by_orders(loot):
    """Yield (name, {digest: commitments}, batch sizes) for every order of envelopes against ballots."""
    owners = link_envelopes(loot)
    envelopes, ballots = envelope_orders(loot, owners), ballot_orders(loot)
    for (first, left), (second, right), turned in itertools.product(
        envelopes.items(), ballots.items(), (False, True)
    ):
        linked, sizes = {}, []
        for batch in loot.batches:
            if not batch.ballots:
                continue
            rows = sorted(batch.waiting, key=left)
            targets = sorted(batch.ballots, key=right, reverse=turned)
            linked |= {
                owners[row.sealed]: ballot.commitments for row, ballot in zip(rows, targets, strict=True)
            }
            sizes.append(len(rows))
        yield f"{first} / {second}{' reversed' if turned else ''}", linked, sizes


def envelope_orders(loot, owners):
    """Return everything by which the envelopes of a batch can be put in order."""
    guards = {guard.digest: guard for batch in loot.batches for guard in batch.guards}
    removed = {
        place: at
        for at, (table, kind, _xid, place) in enumerate(loot.waldump)
        if table == "voting_pendingenvelope" and kind == "DELETE"
    }
    seen = first_seen(loot, {row.sealed for batch in loot.batches for row in batch.waiting})
    return {
        "arrival": lambda row: row.id,
        "place of the guard": lambda row: guards[owners[row.sealed]].place,
        "credential": lambda row: owners[row.sealed],
        "number of the card": lambda row: loot.play.cards.get(owners[row.sealed], 0),
        "retry tag": lambda row: guards[owners[row.sealed]].tag,
        "sealed bytes": lambda row: row.sealed,
        "removal": lambda row: (removed.get(row.place, 0), row.id),
        "first seen on disk": lambda row: seen.get(row.sealed, 0),
    }


def ballot_orders(loot):
    """Return everything by which the ballots of a batch can be put in order."""
    places = {}
    for at, leaf in enumerate(loot.play.entries):
        content = parse_canonical(leaf)
        if content["type"] == "ballot":
            places[base64.b64decode(content["commitment"])] = at
    seen = first_seen(loot, {ballot.inner for ballot in loot.ballots})
    return {
        "number": lambda ballot: ballot.number,
        "place": lambda ballot: ballot.place,
        "inner box": lambda ballot: ballot.inner,
        "code": lambda ballot: ballot.code,
        "first leaf": lambda ballot: places[ballot.commitments[:32]],
        "last leaf": lambda ballot: places[ballot.commitments[-32:]],
        "first seen on disk": lambda ballot: seen.get(ballot.inner, 0),
    }


def first_seen(loot, values):
    """Return where each value stands first on the disk."""
    seen = {}
    for offset, value in find_all(loot.disk, values):
        seen[value] = min(offset, seen.get(value, offset))
    return seen


def link_by_neighbourhood(loot) -> dict[bytes, bytes]:
    """Link voters to ballots whose commitments stand beside their digest anywhere on the disk."""
    ballots = {}
    for ballot in loot.ballots:
        for at in range(0, len(ballot.commitments), 32):
            ballots[ballot.commitments[at : at + 32]] = ballot.commitments
    votes = {}
    # The same page was written many times.
    for (digest, gap, window), times in Counter(around(loot.disk, set(loot.play.voters), NEAR)).items():
        hits = [
            (abs(at - gap), ballots[window[at : at + 32]])
            for at in range(len(window) - 31)
            if window[at : at + 32] in ballots
        ]
        if hits:
            votes.setdefault(digest, Counter())[min(hits)[1]] += times
    return {digest: counter.most_common(1)[0][0] for digest, counter in votes.items()}


def link_by_tags(loot) -> dict[bytes, bytes]:
    """Recompute every retry tag with every key that is there, for each ballot of the voter's batch."""
    linked = {}
    for batch in loot.batches:
        for key, guard, ballot in itertools.product(set(loot.keys.values()), batch.guards, batch.ballots):
            mac = hmac.new(key, loot.play.uid.encode(), hashlib.sha256)
            for part in (guard.digest, *halves(ballot.commitments)):
                mac.update(len(part).to_bytes(4, "big") + part)
            if mac.digest() == guard.tag:
                linked[guard.digest] = ballot.commitments
    return linked


def halves(commitments):
    return [commitments[at : at + 32] for at in range(0, len(commitments), 32)]


# --- Opening what is sealed --------------------------------------------------------------------


class NoSeal:
    """A key that opens what was never sealed."""

    decrypt = staticmethod(bytes)


def openers(loot):
    """Return everything that might open a box: nothing at all, and each key both ways."""
    keys = [key for key in set(loot.keys.values()) if len(key) == 32]
    return [
        NoSeal,
        *(SealedBox(PrivateKey(key)) for key in keys),
        *(SecretBox(key) for key in keys),
    ]


def open_everything(loot):
    """Try every key on every sealed string; return ({digest: commitments}, {digest: Guess})."""
    owners = link_envelopes(loot)
    plan = plan_of(loot.play.manifest)
    sealed = {**dict.fromkeys(carve(loot)), **dict.fromkeys(owners)}
    linked, guesses = {}, {}
    for box in openers(loot):
        keys = type("Keys", (), {"keeper_box": box})
        for text in sealed:
            try:
                envelope = open_envelope(keys, text)
            except (ValueError, CryptoError, UnicodeDecodeError):
                continue
            digest = owners.get(text)
            if digest is None:
                continue
            linked[digest] = b"".join(envelope.commitments)
            codes = open_marks(loot, plan, envelope.inner)
            if codes:
                guesses[digest] = Guess(codes, 1.0)
    return linked, guesses


def open_marks(loot, plan, inner):
    """Return the codes in an inner box that some key opens, None where none does."""
    for box in openers(loot):
        try:
            found = open_inner(box, inner, marks_bytes=plan.marks_bytes, categories=len(plan.sections))
            return tuple(codes_from_marks(plan, found.marks))
        except (ValueError, CryptoError):
            continue
    return None


def open_ballots_alone(loot) -> list[tuple[str, ...]]:
    """Try every key on the inner box of every ballot; return the marks that were read."""
    plan = plan_of(loot.play.manifest)
    return [codes for ballot in loot.ballots if (codes := open_marks(loot, plan, ballot.inner))]


def carve(loot) -> set[bytes]:
    """Cut envelopes out of pages and logs by the shape of their rows, deleted ones too."""
    lengths = {len(row.sealed) for batch in loot.batches for row in batch.waiting}
    found = set()
    for length in lengths:
        # PostgreSQL: a four-byte length, then the value. SQLite: the length as a type in the row's header.
        row = struct.pack("<I", (length + 4) << 2)
        kind = 12 + 2 * length
        header = bytes([0x80 | kind >> 7, kind & 0x7F])
        for match in re.finditer(re.escape(row), loot.disk):
            found.add(loot.disk[match.end() : match.end() + length])
        for match in re.finditer(re.escape(header), loot.disk):
            found |= {loot.disk[at : at + length] for at in range(match.end(), match.end() + 4)}
    return {text for text in found if len(text) in lengths}


# --- Commitments without nonces ----------------------------------------------------------------


def recompute(loot) -> dict[bytes, tuple[str, ...]]:
    """Try every selection that the rules allow under every nonce that a poor maker might have used."""
    plan = plan_of(loot.play.manifest)
    targets = {half for ballot in loot.ballots for half in halves(ballot.commitments)}
    found = {}
    for category in plan.sections:
        codes = [candidate.code for candidate in category.candidates]
        nonces = poor_nonces(loot.play.uid, category.code)
        for size in range(category.min_choices, category.max_choices + 1):
            for picks in itertools.combinations(codes, size):
                for nonce in nonces:
                    value = commitment(loot.play.uid, category.code, list(picks), nonce)
                    if value in targets:
                        found[value] = picks
    return found


def poor_nonces(uid, category):
    """Return nonces that could be guessed: constants and what is public."""
    return [
        bytes(32),
        b"\xff" * 32,
        hashlib.sha256(uid.encode()).digest(),
        category.encode().ljust(32, b"\0"),
    ]


# --- From a ballot to its marks ----------------------------------------------------------------


def read_marks(loot, linked) -> dict[bytes, Guess]:
    """Turn links into guesses, by the opened rows or by the reveals."""
    plan = plan_of(loot.play.manifest)
    rows = {ballot.commitments: ballot.marks for ballot in loot.ballots}
    guesses = {}
    for digest, commitments in linked.items():
        marks = rows.get(commitments)
        if marks is not None:
            guesses[digest] = Guess(tuple(sorted(codes_from_marks(plan, marks))), 1.0)
        elif all(half in loot.reveals for half in halves(commitments)):
            codes = [code for half in halves(commitments) for code in loot.reveals[half]]
            guesses[digest] = Guess(tuple(sorted(codes)), 1.0)
    return guesses
