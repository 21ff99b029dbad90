from .ballot import Ballot, ChannelFile, Participation, PendingEnvelope
from .holder import Holder
from .ledger import Checkpoint, Entry, Tile
from .poll import Manifest, Poll
from .result import Tally

__all__ = [
    "Ballot",
    "ChannelFile",
    "Checkpoint",
    "Entry",
    "Holder",
    "Manifest",
    "Participation",
    "PendingEnvelope",
    "Poll",
    "Tally",
    "Tile",
]
