"""What developers see of a refusal: what came, what was expected, and no secret."""

from datetime import UTC, datetime

import pytest

from auth_service.protocol.client import Client
from auth_service.protocol.refusal import (
    MAX_VALUE,
    Difference,
    Refusal,
    describe_refusal,
    differences,
    is_worth_noting,
)
from valetkey.errors import (
    AuthorizationPending,
    InvalidClient,
    InvalidRequest,
    InvalidScope,
    PollSlower,
    SlowDown,
    TemporarilyUnavailable,
    UseDpopNonce,
)

APP = Client(
    client_id="app_1",
    client_name="Garden",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code"}),
    scopes=frozenset({"openid", "email"}),
    redirect_uris=("https://other.example/", "https://garden.example/cb"),
)
SECRETS = {
    "client_secret": "s3cret",
    "client_assertion": "s3cret",
    "code": "s3cret",
    "code_verifier": "s3cret",
    "refresh_token": "s3cret",
    "device_code": "s3cret",
    "subject_token": "s3cret",
    "id_token_hint": "s3cret",
    "request": "s3cret",
    "state": "s3cret",
    "nonce": "s3cret",
    "login_hint": "s3cret",
    "password": "s3cret",
    "s3cret": "x",
}


def refused(method: str | None = None, **parameters: str) -> Refusal:
    return describe_refusal(
        InvalidScope("no"),
        parameters,
        endpoint="/oauth/authorize",
        method=method,
        ip="192.0.2.1",
        now=datetime(2026, 11, 21, tzinfo=UTC),
    )


def test_no_secret_is_kept_and_no_name_that_nobody_knows() -> None:
    kept = refused(**SECRETS, scope="openid")
    assert "s3cret" not in repr(kept)
    assert kept.came == {"scope": "openid"}
    assert {"client_secret", "code", "code_verifier", "state"} <= set(kept.names)
    assert "password" not in kept.names


def test_a_value_is_kept_up_to_a_length() -> None:
    kept = refused(redirect_uri="https://x.example/" + "x" * 5000)
    assert len(kept.came["redirect_uri"]) == MAX_VALUE


def test_a_redirect_uri_is_held_against_the_nearest_one() -> None:
    (found,) = differences(refused(redirect_uri="https://garden.example/cb/"), APP)
    assert found == Difference("redirect_uri", "https://garden.example/cb", "/", "")
    (found,) = differences(refused(redirect_uri="https://Garden.example/cb"), APP)
    assert (found.same, found.came[0]) == ("https://", "G")
    assert differences(refused(redirect_uri="https://garden.example/cb"), APP) == []


@pytest.mark.parametrize(
    ("name", "came", "wrong", "expected"),
    [
        ("scope", "openid admin root", "admin root", "email openid"),
        ("grant_type", "password", "password", "authorization_code"),
        ("response_type", "token", "token", "code"),
        ("code_challenge_method", "plain", "plain", "S256"),
    ],
)
def test_what_is_not_registered_stands_beside_what_is(
    name: str, came: str, wrong: str, expected: str
) -> None:
    found = differences(refused(**{name: came}, code_challenge="x"), APP)
    assert Difference(name, "", wrong, expected) in found


def test_a_missing_code_challenge_is_told() -> None:
    asked = {"response_type": "code"}
    (found,) = differences(refused(**asked), APP)
    assert (found.name, found.came, found.expected) == ("code_challenge", "", "S256")
    assert differences(refused(**asked, code_challenge="x"), APP) == []


def test_another_way_to_authenticate_is_told() -> None:
    (found,) = differences(refused("client_secret_post"), APP)
    assert (found.came, found.expected) == ("client_secret_post", "client_secret_basic")
    assert differences(refused("client_secret_basic"), APP) == []


def test_an_app_without_redirect_uris_has_nothing_to_compare_with() -> None:
    service = Client(
        client_id="app_2",
        client_name="Service",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"client_credentials"}),
        scopes=frozenset(),
    )
    (found,) = differences(refused(redirect_uri="https://x.example/"), service)
    assert found == Difference("redirect_uri", "", "https://x.example/", "")


@pytest.mark.parametrize(
    ("error", "noted"),
    [
        (InvalidRequest("x"), True),
        (InvalidClient(), True),
        (AuthorizationPending("x"), False),
        (PollSlower("x"), False),
        (UseDpopNonce("n"), False),
        (SlowDown(retry_after=1), False),
        (TemporarilyUnavailable(), False),
    ],
)
def test_what_a_developer_cannot_mend_is_not_noted(
    error: Exception, noted: bool
) -> None:
    assert is_worth_noting(error) is noted
