"""What the attacker holds of one poll, as plain data that a scene writes and an attack reads."""

from typing import NamedTuple


class Guard(NamedTuple):
    """A participation as its table shows it: `place` is ctid or rowid, `xid` its xmin (0 on SQLite)."""

    digest: bytes
    tag: bytes
    xid: int
    place: tuple


class Waiting(NamedTuple):
    """A pending envelope as its table shows it."""

    id: int
    sealed: bytes
    xid: int
    place: tuple


class Entered(NamedTuple):
    """A ballot as its table shows it; `marks` are None before the opening."""

    number: int
    id: int
    code: str
    commitments: bytes
    inner: bytes
    marks: bytes | None
    place: tuple


class Batch(NamedTuple):
    """The tables at a batch: new guards and the waiting envelopes just before, new ballots just after."""

    guards: list[Guard]
    waiting: list[Waiting]
    ballots: list[Entered]


class Vote(NamedTuple):
    """The truth about one voter, which no attacker gets: the test compares guesses with it."""

    digest: bytes
    codes: tuple[str, ...]
    nonces: dict[str, bytes]
    commitments: dict[str, bytes]
    code: str
    pledge: str
    traces: tuple[str, ...]


class Play(NamedTuple):
    """One poll of a scene: the truth, and what its tables, files and publications showed.

    `voters` are the credential digests in the order in which the voters were seen voting: the
    attacker is told who is behind each. `kept` are the keys that were destroyed, which the sound
    attacker does not get. `cards` are the numbers of the voting codes by digest, where one votes by code,
    and `typed` what stood on them; of known people, their places on the roll and what they typed.
    """

    uid: str
    pk: int
    manifest: bytes
    votes: list[Vote]
    batches: list[Batch]
    guards: list[Guard]
    ballots: list[Entered]
    entries: list[bytes]
    keys: dict[str, bytes]
    kept: dict[str, bytes]
    published: dict[str, list[str]]
    reveals: dict[bytes, list[str]]
    cards: dict[bytes, int]
    typed: list[str]

    @property
    def voters(self):
        return [vote.digest for vote in self.votes]


class Piece(NamedTuple):
    """A page of a file, a log segment or a dump, as it was first seen at a moment of the scene."""

    moment: str
    name: str
    data: bytes


class Loot(NamedTuple):
    """What the attacker owns at one moment. `keys` are empty before the close."""

    play: Play
    disk: bytes
    waldump: list[tuple]
    batches: list[Batch]
    guards: list[Guard]
    ballots: list[Entered]
    keys: dict[str, bytes]
    reveals: dict[bytes, list[str]]
    published: dict[str, list[str]]


SEPARATOR = bytes(256)


def disk_of(pieces, *, before_close) -> bytes:
    """Return all pieces that were there, far enough apart to be no neighbours."""
    return SEPARATOR.join(piece.data for piece in pieces if not before_close or piece.moment != "after")


def before_close(play, disk, waldump) -> Loot:
    """Return what there is to take while the last ballots still wait: no key, no marks, no reveals."""
    *entered, last = play.batches
    batches = [
        Batch(batch.guards, batch.waiting, [b._replace(marks=None) for b in batch.ballots])
        for batch in entered
    ]
    batches.append(last._replace(ballots=[]))
    return Loot(
        play,
        disk,
        waldump,
        batches,
        [guard for batch in batches for guard in batch.guards],
        [ballot for batch in batches for ballot in batch.ballots],
        {},
        {},
        {},
    )


def after_all(play, disk, waldump) -> Loot:
    """Return what there is to take at the end: the keys that are left, marks, and all reveals."""
    return Loot(
        play,
        disk,
        waldump,
        play.batches,
        [guard for batch in play.batches for guard in batch.guards] + play.guards,
        play.ballots,
        play.keys,
        play.reveals,
        play.published,
    )
