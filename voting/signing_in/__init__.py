"""With whom voters sign in. A provider is one class; the setting `SIGN_IN_PROVIDER` names it.

`openid.OpenIDConnect` speaks to any OpenID Connect provider. Another one is a subclass of `Provider`
with three functions; docs/operations.md shows it for WeChat's silent sign-in.
"""

from typing import NamedTuple

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

GOOD_FOR = 600  # seconds that a voter may take at the provider


class SignInFailed(Exception):
    """Nobody was signed in. The message is a sentence for the voter or, from `check`, for the clerk."""


class Start(NamedTuple):
    """Where the voter is sent, and what has to be remembered until they come back.

    `kept` holds short texts; `state` is among them and is compared before `finish` is called.
    """

    url: str
    kept: dict[str, str]


class Subject(NamedTuple):
    """Whose account it was: the provider's own name, and its name of the account."""

    issuer: str
    name: str


class Provider:
    """What a way to sign in offers. `back` is the address that voters come back to."""

    def check(self):
        """Raise SignInFailed where something is missing on this server; asks nobody."""
        raise NotImplementedError

    def start(self, back: str) -> Start:
        """Return the way to the provider; SignInFailed where it cannot be reached."""
        raise NotImplementedError

    def finish(self, back: str, answer: dict[str, str], kept: dict[str, str]) -> Subject:
        """Return who signed in, from the query that came back; SignInFailed for anything doubtful."""
        raise NotImplementedError


def provider() -> Provider:
    """Return the provider that the settings name; SignInFailed where there is none."""
    try:
        return import_string(settings.SIGN_IN_PROVIDER)()
    except ImportError as error:
        raise SignInFailed(
            _("The provider “%(path)s” cannot be loaded: %(reason)s.")
            % {"path": settings.SIGN_IN_PROVIDER, "reason": error}
        ) from None


def not_reached() -> str:
    """Return what voters read while the provider is away."""
    return _("The sign-in service cannot be reached at present. Please try again in a few minutes.")


def not_believed() -> str:
    """Return what voters read whose answer from the provider does not fit."""
    return _("The sign-in could not be confirmed. Please sign in once more.")
