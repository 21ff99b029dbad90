"""A small OpenID Connect provider of our own: discovery, authorization with PKCE, tokens, RS256 keys.

It follows OpenID Connect Core 1.0 (code flow), RFC 7636 and RFC 8414 as far as a client can see, and
refuses what they tell a provider to refuse. Tests can let it lie: in the claims, by another key, in words.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

from .stub_server import StubServer

CLIENT, SECRET = "ballot", "a client secret"


class Provider:
    """A provider at `issuer` where `user` is signed in and agrees to everything; a context manager."""

    def __init__(self, back):
        self.back, self.user = back, "user-0001"
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig", "alg": "RS256"})
        self.codes, self.tokens = {}, []
        self.claims, self.sign_with, self.header = {}, None, {}
        self.metadata, self.broken = {}, False
        self.server = StubServer(self.answer)
        self.issuer = self.server.url

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *arguments):
        self.server.__exit__(*arguments)

    def answer(self, method, path, headers, body):
        """Serve one request of the browser or of the client."""
        parts = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        pages = {
            ("GET", "/.well-known/openid-configuration"): lambda: self.said(self.description()),
            ("GET", "/jwks"): lambda: self.said({"keys": [self.key.as_dict(private=False)]}),
            ("GET", "/authorize"): lambda: self.authorize(query),
            ("POST", "/token"): lambda: self.exchange(headers, form),
        }
        if self.broken:
            return 500, {}, b"broken"
        return pages.get((method, parts.path), lambda: (404, {}, b""))()

    def said(self, content, status=200):
        return status, {"Content-Type": "application/json"}, json.dumps(content).encode()

    def description(self):
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            **self.metadata,
        }

    def authorize(self, query):
        """Send the signed-in user back with a code. An unknown client or address gets no redirect at all."""
        if query.get("client_id") != CLIENT or query.get("redirect_uri") != self.back:
            return self.said({"error": "invalid_client"}, 400)
        wanted = query.get("response_type") == "code" and "openid" in query.get("scope", "").split()
        if not wanted or query.get("code_challenge_method") != "S256" or not query.get("nonce"):
            return self.sent_back({"error": "invalid_request", "state": query.get("state", "")})
        if self.user is None:
            return self.sent_back({"error": "access_denied", "state": query.get("state", "")})
        code = secrets.token_urlsafe(24)
        self.codes[code] = (self.user, query["nonce"], query["code_challenge"])
        return self.sent_back({"code": code, "state": query.get("state", "")})

    def sent_back(self, values):
        return 302, {"Location": f"{self.back}?{urlencode(values)}"}, b""

    def exchange(self, headers, form):
        """Give an ID token for a code: once, to the client that has the secret and the verifier."""
        given = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if headers.get("Authorization") not in (f"Basic {given}", f"Basic {plain}"):
            return self.said({"error": "invalid_client"}, 401)
        user, nonce, challenge = self.codes.pop(form.get("code"), (None, None, None))
        hashed = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proven = base64.urlsafe_b64encode(hashed).decode().rstrip("=") == challenge
        if user is None or not proven or form.get("redirect_uri") != self.back:
            return self.said({"error": "invalid_grant"}, 400)
        claims = {
            "iss": self.issuer,
            "sub": user,
            "aud": CLIENT,
            "iat": int(time.time()),
            "exp": int(time.time()) + 300,
            "nonce": nonce,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        token = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        self.tokens += [token["access_token"]]
        if "id_token" not in self.metadata:
            token["id_token"] = self.signed(claims)
            self.tokens += [token["id_token"]]
        return self.said(token)

    def signed(self, claims):
        header = {"alg": "RS256", "kid": "first", **self.header}
        if header["alg"] == "none":
            parts = [json.dumps(part).encode() for part in (header, claims)] + [b""]
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        if header["alg"] == "HS256":
            # The classic mistake: the public key taken for a shared secret.
            parts = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=") for p in (header, claims)]
            mac = hmac.digest(self.key.as_pem(private=False), b".".join(parts), "sha256")
            return b".".join([*parts, base64.urlsafe_b64encode(mac).rstrip(b"=")]).decode()
        return jwt.encode(header, claims, self.sign_with or self.key, algorithms=["RS256"])
