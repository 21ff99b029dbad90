"""Acts that are refused, with a message that is fit for whoever asked for them."""


class ActRefused(Exception):
    """The act is not possible now. The message says why and what to do."""


class LedgerStopped(ActRefused):
    """The database's ledger is not the one whose heads were signed; nothing may be added to it."""
