"""Attacks on private_key_jwt, at every endpoint that asks (attacks, 1.7)."""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections import Counter
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.clients import provision_service
from tests.e2e.refusals import refused, told

GRANT = {"grant_type": "client_credentials"}
endpoints = pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke"])
KEY = ClientKey()
NAME = "jwt-app"


@pytest.fixture(scope="module", autouse=True)
async def app(auth: AuthorizationServer) -> str:
    return await provision_service(auth, NAME, "private_key_jwt", jwks=KEY.jwks)


async def ask(
    auth: AuthorizationServer,
    parameters: dict[str, str],
    endpoint: str = "token",
    http: httpx.AsyncClient | None = None,
) -> httpx.Response:
    good = GRANT if endpoint == "token" else {"token": "a-token"}
    http = http or auth.http()
    return await http.post(f"/oauth/{endpoint}", data={**good, **parameters})


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_text(text: str) -> dict[str, str]:
    return {**KEY.assertion(NAME), "client_assertion": text}


@endpoints
@pytest.mark.parametrize("more", [{}, {"client_id": NAME}])
async def test_an_assertion_authenticates_everywhere(
    auth: AuthorizationServer, endpoint: str, more: dict[str, str]
) -> None:
    answer = await ask(auth, {**KEY.assertion(NAME), **more}, endpoint)
    assert answer.status_code == 200, answer.text


def forged() -> dict[str, str]:
    """By alg none, by HS256 with the public key, by a key of its own."""
    claims = jwt.decode(KEY.sign(NAME), options={"verify_signature": False})
    public = KEY.private.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = segment(claims)
    other = ClientKey(kid="the-key")
    return {
        "none": f"{segment({'alg': 'none', 'kid': 'the-key'})}.{payload}.",
        "None": f"{segment({'alg': 'None', 'kid': 'the-key'})}.{payload}.eA",
        "HS256": _hs256(claims, pem),
        "HS256 with the client's name": _hs256(claims, NAME.encode()),
        "another key": other.sign(NAME),
        "embedded jwk": other.sign(NAME, header={"jwk": other.jwk, "kid": None}),
        "jku": other.sign(NAME, header={"jku": "https://evil.example/jwks"}),
        "no signature": KEY.sign(NAME).rpartition(".")[0] + ".",
    }


def _hs256(claims: dict[str, Any], secret: bytes) -> str:
    text = f"{segment({'alg': 'HS256', 'kid': 'the-key'})}.{segment(claims)}"
    mac = hmac.digest(secret, text.encode(), "sha256")
    return f"{text}.{segment(mac)}"


@pytest.mark.parametrize("how", sorted(forged()))
async def test_CA10_a_forged_assertion_is_refused(
    auth: AuthorizationServer, how: str
) -> None:
    refused(await ask(auth, with_text(forged()[how])), 401, "invalid_client")


async def test_CA11_an_assertion_is_used_once(auth: AuthorizationServer) -> None:
    assertion = KEY.assertion(NAME)
    assert (await ask(auth, assertion)).status_code == 200
    refused(await ask(auth, assertion), 401, "invalid_client")
    refused(await ask(auth, assertion, "introspect"), 401, "invalid_client")


async def test_CA11_of_twenty_at_once_one_wins(auth: AuthorizationServer) -> None:
    http = auth.http()
    assertion = KEY.assertion(NAME)
    answers = await asyncio.gather(
        *(ask(auth, assertion, http=http) for _ in range(20))
    )
    found = Counter(answer.status_code for answer in answers)
    assert found == {200: 1, 401: 19}


async def test_CA11_a_refused_assertion_uses_no_name_up(
    auth: AuthorizationServer,
) -> None:
    """Else whoever guesses names could spoil the client's next assertion."""
    stranger = ClientKey().assertion(NAME, jti="the-next-one")
    refused(await ask(auth, stranger), 401, "invalid_client")
    good = KEY.assertion(NAME, jti="the-next-one")
    assert (await ask(auth, good)).status_code == 200


@pytest.mark.parametrize(
    "changes",
    [{"jti": None}, {"exp": None}, {"exp": 2**40}, {"jti": ""}, {"jti": "x" * 256}],
)
async def test_CA12_without_name_or_end_it_is_refused(
    auth: AuthorizationServer, changes: dict[str, Any]
) -> None:
    refused(await ask(auth, KEY.assertion(NAME, **changes)), 401, "invalid_client")


@pytest.mark.parametrize(
    ("issued", "ends", "status"),
    [
        (0, 3600, 200),
        (-290, 3000, 200),
        (-340, 3000, 401),
        (0, 48 * 3600, 401),
        (None, 290, 200),
        (None, 400, 401),
    ],
)
async def test_CA12_five_minutes_from_its_making_and_no_more(
    auth: AuthorizationServer, issued: int | None, ends: int, status: int
) -> None:
    """So long its name is remembered; that it says an hour does not matter."""
    now = int(time.time())
    iat = None if issued is None else now + issued
    assertion = KEY.assertion(NAME, iat=iat, exp=now + ends)
    assert (await ask(auth, assertion)).status_code == status


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "web-app"},
        {"iss": "web-app"},
        {"sub": "web-app", "iss": "web-app"},
        {"sub": "nobody", "iss": "nobody"},
    ],
)
async def test_CA14_an_assertion_about_another_client_is_refused(
    auth: AuthorizationServer, changes: dict[str, Any]
) -> None:
    answer = await ask(auth, KEY.assertion(NAME, **changes))
    refused(answer, 401, "invalid_client")
    answer = await ask(auth, {**KEY.assertion(NAME), "client_id": "web-app"})
    refused(answer, 401, "invalid_client")


@pytest.mark.parametrize("part", [0, 1])
@pytest.mark.parametrize(
    "value",
    [None, [], "x", 0, b"{", b"\xff", b"[" * 2000, {"alg": {}}, {"sub": "a\0b"}, b""],
)
async def test_CA15_a_part_that_is_no_object_is_refused(
    auth: AuthorizationServer, part: int, value: Any
) -> None:
    parts = KEY.sign(NAME).split(".")
    parts[part] = segment(value)
    refused(await ask(auth, with_text(".".join(parts))), 401, "invalid_client")


async def test_every_refusal_looks_the_same(auth: AuthorizationServer) -> None:
    good = KEY.assertion(NAME)
    answers = [
        await ask(auth, with_text("a.b.c")),
        await ask(auth, KEY.assertion("nobody")),
        await ask(auth, ClientKey().assertion(NAME)),
        await ask(auth, KEY.assertion(NAME, aud="https://id.example/oauth/token")),
        await ask(auth, {"client_assertion": good["client_assertion"]}),
        await ask(auth, {"client_assertion_type": good["client_assertion_type"]}),
        await ask(auth, {"client_id": NAME}),
        await ask(auth, {"client_id": NAME, "client_secret": "x"}),
        await ask(auth, KEY.assertion("post-app")),
    ]
    for answer in answers:
        refused(answer, 401, "invalid_client")
        assert told(answer) == told(answers[0])


async def test_CA08_keys_do_not_replace_the_registered_method(
    auth: AuthorizationServer,
) -> None:
    """An app may have keys for its request objects, and a secret for itself."""
    for method in ("client_secret_basic", "none"):
        name = await provision_service(
            auth, f"{method}-with-keys", method, jwks=KEY.jwks
        )
        refused(await ask(auth, KEY.assertion(name)), 401, "invalid_client")


async def test_client_secret_jwt_is_refused(auth: AuthorizationServer) -> None:
    name = await provision_service(auth, "secret-jwt-app", "client_secret_jwt")
    claims = jwt.decode(KEY.sign(name), options={"verify_signature": False})
    signed = {**KEY.assertion(name), "client_assertion": _hs256(claims, b"s" * 32)}
    refused(await ask(auth, signed), 401, "invalid_client")


async def test_the_registered_algorithm_is_the_only_one(
    auth: AuthorizationServer,
) -> None:
    key = ClientKey("PS256")
    name = await provision_service(
        auth,
        "ps256-jwt-app",
        "private_key_jwt",
        jwks=key.jwks,
        token_endpoint_auth_signing_alg="PS256",
    )
    assert (await ask(auth, key.assertion(name))).status_code == 200
    key.alg = "RS256"
    refused(await ask(auth, key.assertion(name)), 401, "invalid_client")
