"""OpenID Connect by Authlib's Django client: code flow with PKCE, state and nonce.

Authlib's own way keeps state, nonce and verifier in Django's session, which is a row in the database.
Here its parts are used one by one: the address is made, what must come back is handed to the caller, who
keeps it in the voter's sealed cookie; no session is opened. OpenID Connect Core 1.0, section 3.1.
"""

import logging
import time

from django.conf import settings
from django.utils.translation import gettext as _

from . import Provider, SignInFailed, Start, Subject, not_believed, not_reached

# With symmetric keys a leaked client secret would sign for anybody; `none` signs for everybody.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
SECONDS = 5
LEEWAY = 60  # seconds that the two clocks may differ
KEPT_FOR = 3600  # seconds after which the provider's description is read again
logger = logging.getLogger(__name__)
_clients = {}


class OpenIDConnect(Provider):
    """The provider at `OIDC_ISSUER`."""

    def check(self):
        """Say which setting is missing, or that Authlib is."""
        for name in ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET"):
            if not getattr(settings, name):
                raise SignInFailed(_("%(name)s is not set; voters cannot sign in.") % {"name": name})
        _oauth()

    def start(self, back):
        """Return the way to the provider, with a challenge whose answer only this server knows."""
        begun = self._ask(lambda client: client.create_authorization_url(back))
        kept = {name: begun[name] for name in ("state", "nonce", "code_verifier")}
        return Start(begun["url"], kept)

    def finish(self, back, answer, kept):
        """Exchange the code for an ID token and return its subject. No token is kept."""
        if "code" not in answer:
            raise SignInFailed(_("You did not sign in. Without it nobody can vote here."))

        def exchange(client):
            token = client.fetch_access_token(
                redirect_uri=back, code=answer["code"], code_verifier=kept["code_verifier"]
            )
            if "id_token" not in token:
                raise ValueError("no ID token")
            return client.parse_id_token(
                token, nonce=kept["nonce"], claims_options=self._claims(), leeway=LEEWAY
            )

        claims = self._ask(exchange)
        if not isinstance(claims.get("sub"), str) or not claims["sub"]:
            raise SignInFailed(not_believed())
        return Subject(claims["iss"], claims["sub"])

    def _claims(self):
        """Return what the token must say, beyond what Authlib asks for by itself."""
        return {
            "iss": {"essential": True, "value": settings.OIDC_ISSUER},
            "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
            "sub": {"essential": True},
            "exp": {"essential": True},
        }

    def _ask(self, act):
        """Run `act` on the client; whatever goes wrong becomes a sentence, and a log line without values."""
        from requests import RequestException

        try:
            return act(self._client())
        except RequestException as error:
            logger.error("The sign-in provider cannot be reached: %s", type(error).__name__)
            raise SignInFailed(not_reached()) from None
        except SignInFailed:
            raise
        except Exception as error:  # noqa: BLE001  (Authlib, joserfc and broken answers raise what they like)
            logger.warning("A sign-in was not believed: %s", type(error).__name__)
            raise SignInFailed(not_believed()) from None

    def _client(self):
        """Return Authlib's client with the provider's description, which is read again each hour."""
        self.check()
        key = (settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
        made_at, client = _clients.get(key, (0, None))
        if client is None or time.monotonic() - made_at > KEPT_FOR:
            client = _oauth()().register(
                "provider",
                client_id=settings.OIDC_CLIENT_ID,
                client_secret=settings.OIDC_CLIENT_SECRET,
                server_metadata_url=f"{settings.OIDC_ISSUER.rstrip('/')}/.well-known/openid-configuration",
                client_kwargs={
                    "scope": "openid",
                    "code_challenge_method": "S256",
                    "default_timeout": SECONDS,
                },
            )
            self._check_description(client.load_server_metadata())
            _clients.clear()
            _clients[key] = time.monotonic(), client
        return client

    def _check_description(self, metadata):
        """Refuse a description of another provider (OpenID Connect Discovery 1.0, section 4.3)."""
        if metadata.get("issuer") != settings.OIDC_ISSUER:
            logger.error("The description at OIDC_ISSUER names another issuer")
            raise SignInFailed(not_reached())
        offered = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [a for a in offered if a in ALGORITHMS]


def _oauth():
    """Return Authlib's registry; SignInFailed where the optional packages are absent."""
    try:
        from authlib.integrations.django_client import OAuth
    except ImportError:
        raise SignInFailed(
            _(
                "Signing in needs the packages Authlib and requests. "
                "Install them: pip install -r requirements-optional.txt"
            )
        ) from None
    return OAuth
