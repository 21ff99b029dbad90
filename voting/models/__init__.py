from .ballot import Ballot, ChannelFile, Participation, PendingEnvelope
from .brakes import Counter, SpentChallenge
from .credential import Code, CodeBatch, OneTimePassword, RollEntry
from .desk import Approval, Event, Holiday, Proposal
from .hold import BallotTag, HeldBallot, HoldGroup
from .holder import Holder
from .ledger import Checkpoint, Entry, Tile
from .poll import Manifest, Poll
from .result import Correction, Objection, Result, Tally

__all__ = [
    "Approval",
    "Ballot",
    "BallotTag",
    "ChannelFile",
    "Checkpoint",
    "Code",
    "CodeBatch",
    "Correction",
    "Counter",
    "Entry",
    "Event",
    "HeldBallot",
    "HoldGroup",
    "Holder",
    "Holiday",
    "Manifest",
    "Objection",
    "OneTimePassword",
    "Participation",
    "PendingEnvelope",
    "Poll",
    "Proposal",
    "Result",
    "RollEntry",
    "SpentChallenge",
    "Tally",
    "Tile",
]
