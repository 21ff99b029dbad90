"""How a one-time password reaches a voter. A sender is one class; a setting names it.

`ONE_TIME_PASSWORD_SENDER` is `console`, `file`, `http`, or the dotted path of a class of one's own that
has `send(message)` and raises `SendFailed`. Neither a number or address nor a password may get into a
log line: what `SendFailed` says is logged, so it names the cause alone.
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

SHIPPED = {
    "console": "voting.senders.console.ConsoleSender",
    "file": "voting.senders.file.FileSender",
    "http": "voting.senders.http.HttpSender",
}
# Where they write, whoever reads it can vote for others: good for a trial, never for a vote.
FOR_TRIALS = ("console", "file")


class Message(NamedTuple):
    """What is to be sent: where to, the password alone, and the whole sentence around it."""

    contact: str
    password: str
    text: str


class SendFailed(Exception):
    """The message was not handed over. The text says why, without number, address or password."""


def sender():
    """Return the sender that the settings name; SendFailed where there is none or it cannot be used."""
    name = settings.ONE_TIME_PASSWORD_SENDER
    if not name:
        raise SendFailed(_("No sender is set: name one in ONE_TIME_PASSWORD_SENDER."))
    path = SHIPPED.get(name, name)
    try:
        return import_string(path)()
    except ImportError as error:
        raise SendFailed(
            _("The sender “%(path)s” cannot be loaded: %(reason)s.") % {"path": path, "reason": error}
        ) from None


def sender_fault(*, trial) -> str:
    """Return what stands against sending, '' where nothing does. A `trial` may use console and file."""
    try:
        sender()
    except SendFailed as error:
        return str(error)
    if settings.PRODUCTION and settings.ONE_TIME_PASSWORD_SENDER in FOR_TRIALS and not trial:
        return _(
            "The sender “%(name)s” only writes passwords down on the server. "
            "Set ONE_TIME_PASSWORD_SENDER to one that sends them."
        ) % {"name": settings.ONE_TIME_PASSWORD_SENDER}
    return ""
