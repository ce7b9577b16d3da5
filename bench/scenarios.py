"""What is measured: each scenario's one unit of work, as a real client sends it."""

import json
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

from bench.generator import Answer, Unit
from valetkey.pkce import new_code_verifier, s256

API = "http://localhost:9001"
REDIRECT_URI = "http://127.0.0.1:9500/cb"
SCOPE = "openid profile offline_access notes:read"
SECRET = "a-secret-for-the-benchmark-only"


def get(host: str, path: str, **headers: str) -> bytes:
    """A GET as bytes."""
    return _request("GET", host, path, headers, b"")


def post(host: str, path: str, form: dict[str, str], **headers: str) -> bytes:
    """A form POST as bytes."""
    body = urlencode(form).encode()
    more = {
        "content-type": "application/x-www-form-urlencoded",
        "content-length": str(len(body)),
    }
    return _request("POST", host, path, {**headers, **more}, body)


def _request(
    method: str, host: str, path: str, headers: dict[str, str], body: bytes
) -> bytes:
    lines = "".join(f"{n}: {v}\r\n" for n, v in headers.items())
    return f"{method} {path} HTTP/1.1\r\nhost: {host}\r\n{lines}\r\n".encode() + body


def basic(client_id: str) -> str:
    """The Authorization header of a client of the benchmark."""
    return "Basic " + b64encode(f"{client_id}:{SECRET}".encode()).decode()


def repeated(request: bytes, says: bytes = b"") -> Callable[[], Unit]:
    """The same request every time; 200 is right where the answer says this."""

    def unit() -> Unit:
        answer = yield request
        return answer.status == 200 and says in answer.body

    return unit


def client_credentials(host: str) -> bytes:
    """A service asks for a token."""
    return post(
        host,
        "/oauth/token",
        {"grant_type": "client_credentials"},
        authorization=basic("service"),
    )


def introspection(host: str, token: str) -> bytes:
    """An API asks about a token."""
    return post(host, "/oauth/introspect", {"token": token}, authorization=basic("api"))


def bearer(host: str, path: str, token: str) -> bytes:
    """A GET with an access token."""
    return get(host, path, authorization=f"Bearer {token}")


def each(requests: Iterator[bytes]) -> Callable[[], Unit]:
    """Another request every time; 200 is right."""

    def unit() -> Unit:
        answer = yield next(requests)
        return answer.status == 200

    return unit


@dataclass(frozen=True, slots=True)
class SignedInBrowser:
    """A browser with a live session whose person has consented before."""

    host: str
    cookies: str
    client_id: str = "web"
    scope: str = SCOPE

    def code_flow(self) -> Unit:
        """Authorize without a page, then exchange the code with its verifier."""
        return (yield from self.exchange()) is not None

    def exchange(self) -> Generator[bytes, Answer, Answer | None]:
        """The same; the token endpoint's answer, if it is as it should be."""
        verifier = new_code_verifier()
        query = urlencode(
            {
                "client_id": self.client_id,
                "redirect_uri": REDIRECT_URI,
                "response_type": "code",
                "scope": self.scope,
                "state": verifier,
                "nonce": verifier,
                "code_challenge": s256(verifier),
                "code_challenge_method": "S256",
            }
        )
        answer = yield get(self.host, f"/oauth/authorize?{query}", cookie=self.cookies)
        code = _code(answer)
        if code is None:
            return None
        answer = yield post(
            self.host,
            "/oauth/token",
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": verifier,
            },
            authorization=basic(self.client_id),
        )
        well = answer.status == 200 and b"id_token" in answer.body
        return answer if well else None


def _code(answer: Answer) -> str | None:
    if answer.status != 303:
        return None
    query = urlsplit(answer.header(b"location")).query
    return dict(parse_qsl(query)).get("code")


def refresh_chains(host: str, refresh_tokens: list[str]) -> Callable[[], Unit]:
    """Rotate: each answer's token is what some later request presents."""
    ready = list(refresh_tokens)

    def unit() -> Unit:
        presented = ready.pop(0)
        answer = yield post(
            host,
            "/oauth/token",
            {"grant_type": "refresh_token", "refresh_token": presented},
            authorization=basic("web"),
        )
        if answer.status != 200:
            return False
        ready.append(json.loads(answer.body)["refresh_token"])
        return True

    return unit
