"""A provider and an API to sign in with: right until a test changes something."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

CLIENT_ID = "the app"
CLIENT_SECRET = "s:e+c%r e&t-" + "x" * 32
API = "https://api.example"


@dataclass
class StoppedClock:
    """A clock that stands still until a test moves it."""

    moment: datetime = datetime(2030, 1, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def advance(self, **by: float) -> None:
        self.moment += timedelta(**by)


#: What a provider advertises that can do everything.
OFFERED = {
    "pushed_authorization_request_endpoint": "https://op.example/par",
    "device_authorization_endpoint": "https://op.example/device",
    "dpop_signing_alg_values_supported": ["ES256"],
    "grant_types_supported": [
        "authorization_code",
        "refresh_token",
        "client_credentials",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ],
}


@dataclass
class Peer:
    """
    An OpenID provider and a notes API, reached through `transport()`.

    `metadata`, `claims` and `answer` replace what it would say; a claim of None is
    left out. `requests` has the paths that were called, in order.
    """

    clock: StoppedClock
    issuer: str = "https://op.example"
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    userinfo: bytes | None = None
    away: set[str] = field(default_factory=set)
    requests: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access_tokens: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    secrets_given: list[str] = field(default_factory=list)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)
    #: What the token endpoint answers next, in place of what it would.
    says: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    #: The forms that the token endpoint got, and the DPoP headers of all requests.
    forms: list[dict[str, str]] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    #: Who called the token endpoint, by client_id.
    callers: list[str] = field(default_factory=list)
    #: What the device authorization endpoint says besides, or in place of that.
    device: dict[str, Any] = field(default_factory=dict)
    #: The nonce that proofs must have.
    dpop_nonce: str | None = None
    #: What the API wants before it deletes everything.
    challenge: str | None = None
    pushed: dict[str, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())

    def sign_in(self, url: str, **changes: str) -> dict[str, str]:
        """What a person's browser brings back from an authorization request."""
        asked = dict(parse_qsl(urlsplit(url).query))
        if "request_uri" in asked:
            asked = self.pushed.pop(asked["request_uri"])
        code = self._secret("code")
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return {name: v for name, v in (answer | changes).items() if v}

    def document(self) -> dict[str, Any]:
        told = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "revocation_endpoint": f"{self.issuer}/revoke",
            "end_session_endpoint": f"{self.issuer}/logout",
            "jwks_uri": f"{self.issuer}/jwks",
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return {name: value for name, value in told.items() if value is not None}

    def transport(self) -> httpx.AsyncBaseTransport:
        """The network, as far as it reaches."""
        return _Network(self)

    def serve(self, request: httpx.Request) -> httpx.Response:
        origin = f"{request.url.scheme}://{request.url.host}"
        path = request.url.path
        self.requests.append(path)
        if path in self.away or origin in self.away:
            raise httpx.ConnectError("away")
        if origin == API:
            return self._api(request)
        assert origin == self.issuer, origin
        match path:
            case "/.well-known/openid-configuration":
                return httpx.Response(200, json=self.document())
            case "/jwks":
                jwk = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
                key = {**jwk, "kid": "k1", "alg": "ES256", "use": "sig"}
                return httpx.Response(200, json={"keys": [key]})
            case "/par":
                request_uri = f"urn:ietf:params:oauth:request_uri:{len(self.requests)}"
                self.pushed[request_uri] = _form(request)
                told = {"request_uri": request_uri, "expires_in": 60}
                return httpx.Response(201, json=told)
            case "/device":
                told = {**self._device(), **self.device}
                return httpx.Response(400 if "error" in told else 200, json=told)
            case "/token":
                return self._token(request)
            case "/userinfo":
                return self._userinfo(request)
            case "/revoke":
                self.refresh_tokens.discard(_form(request)["token"])
                return httpx.Response(200)
        return httpx.Response(404)

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = _form(request)
        self.forms.append(form)
        self.callers.append(_credentials(request, form)[0])
        if self._lacks_nonce(request):
            headers = {"dpop-nonce": str(self.dpop_nonce)}
            return httpx.Response(
                400, json={"error": "use_dpop_nonce"}, headers=headers
            )
        if self.says:
            status, told = self.says.pop(0)
            return httpx.Response(status, json=told)
        if _credentials(request, form) != (CLIENT_ID, CLIENT_SECRET):
            return httpx.Response(401, json={"error": "invalid_client"})
        nonce = None
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            proof = hashlib.sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
            if asked is None or asked["code_challenge"] != challenge:
                return httpx.Response(400, json={"error": "invalid_grant"})
            nonce = asked["nonce"]
        elif form["grant_type"].startswith(("urn:", "client_credentials")):
            pass
        elif form["refresh_token"] in self.refresh_tokens:
            self.refresh_tokens.discard(form["refresh_token"])
            self.access_tokens.clear()
        else:
            # A refresh token that comes twice ends its family.
            self.refresh_tokens.clear()
            return httpx.Response(400, json={"error": "invalid_grant"})
        return httpx.Response(200, json=self._tokens(nonce))

    def _tokens(self, nonce: str | None) -> dict[str, Any]:
        access_token = self._secret("access")
        refresh_token = self._secret("refresh")
        self.access_tokens.add(access_token)
        self.refresh_tokens.add(refresh_token)
        tokens = {
            "access_token": access_token,
            "refresh_token": refresh_token,
            "token_type": "Bearer",
            "expires_in": 600,
            "scope": "openid notes:read",
            "id_token": self.id_token(access_token, nonce),
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
            **self.answer,
        }
        return {name: value for name, value in tokens.items() if value is not None}

    def _device(self) -> dict[str, Any]:
        return {
            "device_code": self._secret("device"),
            "user_code": "WDJB-MJHT",
            "verification_uri": f"{self.issuer}/device",
            "expires_in": 600,
            "interval": 1,
        }

    def _lacks_nonce(self, request: httpx.Request) -> bool:
        proof = request.headers.get("dpop")
        if proof is None:
            return False
        self.proofs.append(proof)
        claims = jwt.decode(proof, options={"verify_signature": False})
        return claims.get("nonce") != self.dpop_nonce

    def id_token(self, access_token: str, nonce: str | None) -> str:
        now = int(self.clock.now().timestamp())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        claims = {
            "iss": self.issuer,
            "sub": "alice",
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 600,
            "nonce": nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.claims,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(told, self.key, "ES256", {"kid": "k1"})
        self.secrets_given.append(token)
        return token

    def _userinfo(self, request: httpx.Request) -> httpx.Response:
        if not self._holds_token(request):
            return httpx.Response(401)
        said = self.userinfo
        body = (
            said if said is not None else b'{"sub": "alice", "name": "Alice <b>A</b>"}'
        )
        return httpx.Response(200, content=body)

    def _api(self, request: httpx.Request) -> httpx.Response:
        if not self._holds_token(request):
            return httpx.Response(401, headers={"www-authenticate": "Bearer"})
        match request.method, request.url.path:
            case "GET", "/me":
                return httpx.Response(200, json={"sub": "alice"})
            case "GET", "/notes":
                return httpx.Response(200, json={"items": [*self.notes.values()]})
            case "POST", "/notes":
                note = {**json.loads(request.content), "id": f"n{len(self.notes)}"}
                self.notes[note["id"]] = note
                return httpx.Response(201, json=note)
            case "DELETE", "/notes" if self.challenge is not None:
                challenge = {"www-authenticate": self.challenge}
                return httpx.Response(401, headers=challenge)
            case "DELETE", "/notes":
                self.notes.clear()
                return httpx.Response(204)
            case "DELETE", path:
                self.notes.pop(path.removeprefix("/notes/"))
                return httpx.Response(204)
        return httpx.Response(404)

    def _holds_token(self, request: httpx.Request) -> bool:
        scheme, _, token = request.headers["authorization"].partition(" ")
        if scheme == "DPoP":
            self.proofs.append(request.headers["dpop"])
        return scheme in {"Bearer", "DPoP"} and token in self.access_tokens

    def _secret(self, kind: str) -> str:
        secret = f"{kind}-{secrets.token_urlsafe(24)}"
        self.secrets_given.append(secret)
        return secret


@dataclass
class _Network(httpx.AsyncBaseTransport):
    peer: Peer

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        answer = self.peer.serve(request)
        # A stream, as from a network: what is made in one piece cannot be streamed.
        return httpx.Response(
            answer.status_code,
            headers=answer.headers,
            stream=httpx.ByteStream(answer.content),
        )


def _form(request: httpx.Request) -> dict[str, str]:
    form = parse_qs(request.content.decode(), strict_parsing=True)
    assert all(len(values) == 1 for values in form.values())
    return {name: values[0] for name, values in form.items()}


def _credentials(request: httpx.Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    pair = base64.b64decode(encoded).decode().split(":")
    name, secret = (parse_qs(f"v={half}")["v"][0] for half in pair)
    return name, secret


def query(parameters: dict[str, str]) -> str:
    """Parameters as a query."""
    return urlencode(parameters)
