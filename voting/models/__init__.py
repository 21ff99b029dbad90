from .ballot import Ballot, ChannelFile, Participation, PendingEnvelope
from .holder import Holder
from .ledger import Entry
from .poll import Manifest, Poll
from .result import Tally

__all__ = [
    "Ballot",
    "ChannelFile",
    "Entry",
    "Holder",
    "Manifest",
    "Participation",
    "PendingEnvelope",
    "Poll",
    "Tally",
]
