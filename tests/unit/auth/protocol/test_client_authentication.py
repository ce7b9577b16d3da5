"""Credentials are read one way, strictly, and checked without a hint."""

from base64 import b64encode
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.client_authentication import (
    check_secret,
    read_credentials,
)
from tests.builders.protocol import SECRET, client
from valetkey.errors import InvalidClient, InvalidRequest, OAuthError
from valetkey.opaque import fingerprint


def basic(text: str | bytes) -> str:
    text = text.encode() if isinstance(text, str) else text
    return f"Basic {b64encode(text).decode()}"


def test_the_header_is_form_urlencoded_before_base64() -> None:
    found = read_credentials({}, basic("my+app:a%3Ab%25+%C3%A9"))
    assert (found.client_id, found.client_secret) == ("my app", "a:b% é")
    assert found.method == "client_secret_basic"


def test_the_body_carries_a_secret_or_only_a_name() -> None:
    posted = read_credentials({"client_id": "app", "client_secret": "s"}, None)
    named = read_credentials({"client_id": "app"}, None)
    assert (posted.method, posted.client_secret) == ("client_secret_post", "s")
    assert (named.method, named.client_secret) == ("none", None)


@given(st.text(), st.text())
def test_whatever_is_encoded_right_is_read_back(name: str, secret: str) -> None:
    try:
        sent = f"{quote_plus(name)}:{quote_plus(secret)}"
    except UnicodeEncodeError:  # a lone surrogate cannot be sent
        return
    try:
        found = read_credentials({}, basic(sent))
    except InvalidClient:
        assert "\0" in name + secret
    else:
        assert (found.client_id, found.client_secret) == (name, secret)


@given(st.text())
def test_no_header_breaks_the_reader(header: str) -> None:
    for authorization in (header, f"Basic {header}"):
        try:
            read_credentials({}, authorization)
        except OAuthError as error:
            assert isinstance(error, InvalidClient)  # noqa: PT017 - any or none


@given(st.binary())
def test_no_bytes_in_base64_break_the_reader(raw: bytes) -> None:
    try:
        read_credentials({}, basic(raw))
    except OAuthError as error:
        assert isinstance(error, InvalidClient)  # noqa: PT017 - any or none


@pytest.mark.parametrize(
    ("parameters", "authorization"),
    [
        ({"client_secret": "s"}, basic("app:s")),
        ({"client_assertion": "a"}, basic("app:s")),
        ({"client_assertion_type": "a"}, basic("app:s")),
        ({"client_id": "app", "client_secret": "s", "client_assertion": "a"}, None),
        ({"client_id": "other"}, basic("app:s")),
    ],
)
def test_CA07_two_ways_are_one_too_many(
    parameters: dict[str, str], authorization: str | None
) -> None:
    with pytest.raises(InvalidRequest):
        read_credentials(parameters, authorization)


@pytest.mark.parametrize(
    ("parameters", "authorization"),
    [({}, None), ({"client_secret": "s"}, None), ({"client_assertion": "a"}, None)],
)
def test_nothing_that_names_a_client_is_refused(
    parameters: dict[str, str], authorization: str | None
) -> None:
    with pytest.raises(InvalidClient):
        read_credentials(parameters, authorization)


def test_credentials_do_not_show_themselves() -> None:
    assert "my-secret" not in repr(read_credentials({}, basic("app:my-secret")))


def test_each_live_secret_is_accepted() -> None:
    two = client(secret_fingerprints=(fingerprint("old"), fingerprint("new")))
    for secret in ("old", "new"):
        check_secret(read_credentials({}, basic(f"app:{secret}")), two)
    with pytest.raises(InvalidClient):
        check_secret(read_credentials({}, basic("app:older")), two)


@pytest.mark.parametrize(
    ("registered", "parameters", "authorization"),
    [
        ("client_secret_basic", {"client_id": "app", "client_secret": SECRET}, None),
        ("client_secret_post", {}, basic(f"app:{SECRET}")),
        ("client_secret_basic", {"client_id": "app"}, None),
        ("none", {"client_id": "app", "client_secret": SECRET}, None),
        ("none", {}, basic(f"app:{SECRET}")),
        ("private_key_jwt", {}, basic(f"app:{SECRET}")),
    ],
)
def test_CA08_only_the_registered_method_counts(
    registered: str, parameters: dict[str, str], authorization: str | None
) -> None:
    app = client(token_endpoint_auth_method=registered)
    with pytest.raises(InvalidClient):
        check_secret(read_credentials(parameters, authorization), app)


def test_a_public_client_only_says_who_it_is() -> None:
    app = client(token_endpoint_auth_method="none", secret_fingerprints=())
    check_secret(read_credentials({"client_id": "app"}, None), app)


def test_CA09_no_secret_matches_where_there_is_none() -> None:
    bare = client(secret_fingerprints=())
    for secret in ("", "x"):
        with pytest.raises(InvalidClient):
            check_secret(read_credentials({}, basic(f"app:{secret}")), bare)


def test_CA02_every_reason_has_the_same_words() -> None:
    """What is wrong stands in the log's detail only."""
    wrong = read_credentials({}, basic("app:wrong"))
    told, details = set(), set()
    for app in (None, client(), client(token_endpoint_auth_method="none")):
        with pytest.raises(InvalidClient) as refusal:
            check_secret(wrong, app)
        told.add(repr(refusal.value.parameters()))
        details.add(refusal.value.detail)
    assert told == {"{'error': 'invalid_client'}"}
    assert len(details) == 3
