"""What a provider says of a voter is believed where its token holds in every part, and not otherwise."""

import time
from unittest import mock

from django.test import Client

from voting.signing_in import openid

from .pages import english
from .signing_in import CLIENT, SignInCase

try:
    from joserfc.jwk import RSAKey
except ImportError:  # Without it the cases here are skipped.
    RSAKey = None


class TokensThatLie(SignInCase):
    def refused(self, **lies):
        """Say whether an answer with these lies is refused with a sentence, and no right given."""
        for name, value in lies.items():
            setattr(self.provider, name, value)
        client = Client()
        with self.assertLogs("voting.signing_in.openid"):
            page = self.go(client)
        self.assertContains(page, "The sign-in could not be confirmed")
        self.assertNotIn(f"right-{self.poll.uid}", client.cookies)

    def test_the_control_the_same_way_without_a_lie_is_believed(self):
        self.assertContains(self.go(), "You can vote")
        self.provider.claims = {"aud": ["another", CLIENT], "azp": CLIENT}
        self.assertContains(self.go(Client()), "You can vote")

    def test_another_issuer(self):
        self.refused(claims={"iss": "https://other.example"})

    def test_no_issuer(self):
        self.refused(claims={"iss": None})

    def test_another_audience(self):
        self.refused(claims={"aud": "another"})
        self.refused(claims={"aud": ["another", CLIENT], "azp": "another"})

    def test_no_audience(self):
        self.refused(claims={"aud": None})

    def test_expired(self):
        self.refused(claims={"exp": int(time.time()) - 3600})
        self.refused(claims={"exp": None})

    def test_issued_in_the_future(self):
        self.refused(claims={"iat": int(time.time()) + 3600})

    def test_another_nonce(self):
        self.refused(claims={"nonce": "another"})
        self.refused(claims={"nonce": None})

    def test_no_subject(self):
        self.refused(claims={"sub": None})
        self.refused(claims={"sub": ""})
        self.refused(claims={"sub": 7})

    def test_a_forged_signature(self):
        self.refused(sign_with=RSAKey.generate_key(2048))

    def test_no_signature_and_one_by_the_public_key(self):
        self.refused(header={"alg": "none"})
        self.refused(header={"alg": "HS256"})
        self.provider.metadata = {"id_token_signing_alg_values_supported": ["RS256", "HS256", "none"]}
        openid._clients.clear()
        self.refused(header={"alg": "none"})
        self.refused(header={"alg": "HS256"})

    def test_no_id_token(self):
        self.refused(metadata={"id_token": "absent"})

    def test_the_control_unchecked_claims_let_a_lie_through(self):
        self.provider.claims = {"aud": "another"}
        with mock.patch("authlib.oidc.core.CodeIDToken.validate"):
            self.assertContains(self.go(), "You can vote")

    def test_a_description_that_names_another_issuer(self):
        self.provider.metadata = {"issuer": "https://other.example"}
        with self.assertLogs("voting.signing_in.openid", "ERROR"):
            page = self.client.get(english("enter", self.poll))
        self.assertContains(page, "cannot be reached", status_code=503)

    def test_a_new_key_of_the_provider_is_fetched(self):
        self.go()
        self.provider.key = RSAKey.generate_key(2048, {"kid": "second", "use": "sig", "alg": "RS256"})
        self.provider.header = {"kid": "second"}
        self.assertContains(self.go(Client()), "You can vote")
