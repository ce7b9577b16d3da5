"""Assertions of clients: for this server, from this client, for a moment."""

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth_service.protocol.client_assertion import (
    check_alg,
    check_client_assertion,
    read_client_assertion,
)
from auth_service.protocol.registered_keys import find_key
from tests.builders.auth import ISSUER
from tests.builders.client_keys import ClientKey
from tests.builders.protocol import client
from valetkey.errors import InvalidClient

KEY = ClientKey()


def check(key: ClientKey = KEY, **changes: Any) -> tuple[str, int]:
    assertion = read_client_assertion(key.assertion("app", **changes))
    check_alg(assertion, client())
    found = find_key(key.jwks["keys"], assertion.jws.kid, assertion.jws.alg)
    assert found is not None
    now = datetime.now(UTC)
    used = check_client_assertion(assertion, found, issuer=ISSUER, now=now)
    return used.jti, used.seconds


def at(seconds: float) -> int:
    return int((datetime.now(UTC) + timedelta(seconds=seconds)).timestamp())


@pytest.mark.parametrize("alg", ["ES256", "RS256", "PS256", "EdDSA"])
def test_an_assertion_of_each_algorithm_is_taken(alg: str) -> None:
    assert check(ClientKey(alg), jti="its-name")[0] == "its-name"


@pytest.mark.parametrize("typ", ["JWT", "client-authentication+jwt", None])
def test_a_typ_of_its_own_is_taken(typ: str | None) -> None:
    check(header={"typ": typ})


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "oauth-authz-req+jwt"])
def test_another_kind_of_token_is_no_assertion(typ: str) -> None:
    with pytest.raises(InvalidClient):
        check(header={"typ": typ})


@pytest.mark.parametrize(
    "aud",
    [
        [ISSUER],
        [ISSUER, "https://other.example"],
        f"{ISSUER}/oauth/token",
        f"{ISSUER}/",
        "https://other.example",
        "",
        None,
        {},
    ],
)
def test_aud_is_the_issuer_as_one_string(aud: Any) -> None:
    with pytest.raises(InvalidClient):
        check(aud=aud)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_clock_may_be_ten_seconds_ahead_and_not_a_minute(claim: str) -> None:
    check(**{claim: at(10)})
    with pytest.raises(InvalidClient):
        check(**{claim: at(61)})


def test_iat_may_be_missing() -> None:
    check(iat=None)


def test_CA12_an_assertion_lives_for_five_minutes_at_most() -> None:
    check(exp=at(300))
    assert check(exp=at(3600))[1] <= 300 + 32
    for seconds in (-60, 3700, 48 * 3600):
        with pytest.raises(InvalidClient):
            check(exp=at(seconds))
    for iat, exp in ((-340, 300), (None, 400)):
        with pytest.raises(InvalidClient):
            check(iat=None if iat is None else at(iat), exp=at(exp))


def test_its_name_is_remembered_for_longer_than_it_lives() -> None:
    assert 60 + 30 <= check(exp=at(60))[1] <= 60 + 32


@pytest.mark.parametrize("claim", ["exp", "jti"])
def test_CA12_without_end_or_name_it_is_refused(claim: str) -> None:
    with pytest.raises(InvalidClient):
        check(**{claim: None})


@pytest.mark.parametrize(
    ("iss", "sub"),
    [("app", "other"), ("other", "app"), ("app", None), (None, "app"), ("app", 1)],
)
def test_CA14_issuer_and_subject_are_the_client(iss: Any, sub: Any) -> None:
    with pytest.raises(InvalidClient):
        check(iss=iss, sub=sub)


def test_CA14_the_client_id_beside_it_is_the_same() -> None:
    parameters = KEY.assertion("app")
    assert read_client_assertion({**parameters, "client_id": "app"})
    with pytest.raises(InvalidClient):
        read_client_assertion({**parameters, "client_id": "other"})


@pytest.mark.parametrize(
    "type_",
    [
        "urn:ietf:params:oauth:client-assertion-type:saml2-bearer",
        "urn:ietf:params:oauth:client-assertion-type:JWT-bearer",
        "jwt-bearer",
        None,
    ],
)
def test_its_type_is_compared_letter_by_letter(type_: str | None) -> None:
    parameters = {**KEY.assertion("app"), "client_assertion_type": type_}
    with pytest.raises(InvalidClient):
        read_client_assertion({n: v for n, v in parameters.items() if v is not None})


def segment(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "app",
        1,
        {"sub": None},
        {"sub": {}},
        {"sub": "a\0b"},
        {"sub": "a" * 2049},
        b"{",
        b"\xff",
        b"[" * 3000,
        b'{"sub":"\\ud800"}',
        b'{"sub":"app","sub":"other"}',
    ],
)
def test_CA15_a_payload_that_is_no_object_is_refused(payload: Any) -> None:
    text = f"{segment({'alg': 'ES256'})}.{segment(payload)}.{segment(b'x')}"
    with pytest.raises(InvalidClient):
        read_client_assertion({**KEY.assertion("app"), "client_assertion": text})


def test_the_registered_algorithm_is_the_only_one() -> None:
    assertion = read_client_assertion(KEY.assertion("app"))
    check_alg(assertion, client(token_endpoint_auth_signing_alg="ES256"))
    for other in ("PS256", "HS256", "none"):
        with pytest.raises(InvalidClient):
            check_alg(assertion, client(token_endpoint_auth_signing_alg=other))
