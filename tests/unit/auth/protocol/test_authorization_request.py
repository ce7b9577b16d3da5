"""Each check of an authorization request, alone and in its order."""

from dataclasses import replace

import pytest

from auth_service.protocol.authorization_request import (
    CHECKS,
    AuthorizationRequest,
    check_grant_type,
    check_max_age,
    check_pkce,
    check_prompt,
    check_response_type,
    check_scope,
    read_authorization_request,
    reject_unsupported,
)
from auth_service.protocol.client import Client
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.protocol.scopes import Catalogue, Resource, Scope
from tests.builders.auth import CODE_CHALLENGE, ISSUER, authorize_parameters
from valetkey.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    RequestNotSupported,
    RequestUriNotSupported,
    UnauthorizedClient,
    UnsupportedResponseType,
)

NOTES = Resource(
    identifier="https://api.example",
    name="Notes",
    scopes=(
        Scope(name="notes:read", description="Read"),
        Scope(name="notes:write", description="Write"),
    ),
)
OTHER = Resource(
    identifier="https://other.example",
    name="Other",
    scopes=(Scope(name="other:read", description="Read"),),
)
CATALOGUE = Catalogue((NOTES, OTHER))
CLIENT = Client(
    client_id="web-app",
    client_name="Web App",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code"}),
    scopes=frozenset({"openid", "profile", "notes:read", "notes:write", "other:read"}),
    redirect_uris=("https://app.example/cb",),
)


def reply(parameters: dict[str, str]) -> ReplyAddress:
    return match_reply_address(parameters, CLIENT, issuer=ISSUER)


def read(client: Client = CLIENT, **changes: str | None) -> AuthorizationRequest:
    parameters = authorize_parameters(**changes)
    return read_authorization_request(parameters, client, CATALOGUE, reply(parameters))


def test_a_request_is_read_to_the_letter() -> None:
    request = read(prompt="login consent", max_age="60", login_hint="alice")

    assert request == AuthorizationRequest(
        client_id="web-app",
        reply_to=reply(authorize_parameters()),
        scopes=frozenset({"openid", "profile", "notes:read"}),
        resources=("https://api.example",),
        code_challenge=CODE_CHALLENGE,
        nonce="the-nonce",
        prompts=frozenset({"login", "consent"}),
        max_age=60,
        login_hint="alice",
        hinted_subject=None,
    )


def test_the_order_of_the_checks_is_a_contract() -> None:
    """The first failure is the one reported; clients test for it."""
    names = [check.__name__ for check in CHECKS]
    assert names == [
        "check_lengths",
        "reject_unsupported",
        "check_response_type",
        "check_response_mode",
        "check_grant_type",
        "check_scope",
        "check_pkce",
        "check_prompt",
        "check_max_age",
    ]
    everything_wrong: list[tuple[str, str | None, type[OAuthError]]] = [
        ("nonce", "n" * 256, InvalidRequest),
        ("request", "x", RequestNotSupported),
        ("response_type", "token", UnsupportedResponseType),
        ("scope", "admin", InvalidScope),
        ("code_challenge", None, InvalidRequest),
    ]
    while everything_wrong:
        wrong = {name: value for name, value, _ in everything_wrong}
        with pytest.raises(everything_wrong[0][2]) as refused:
            read(**wrong)
        assert type(refused.value) is everything_wrong[0][2]
        everything_wrong.pop(0)


@pytest.mark.parametrize(
    ("name", "longest"), [("state", 1024), ("nonce", 255), ("login_hint", 254)]
)
def test_what_is_kept_has_a_bound(name: str, longest: int) -> None:
    assert read(**{name: "x" * longest})
    with pytest.raises(InvalidRequest, match=f"{name} is too long"):
        read(**{name: "x" * (longest + 1)})


def test_request_objects_are_refused_by_their_own_errors() -> None:
    for name, error in (
        ("request", RequestNotSupported),
        ("request_uri", RequestUriNotSupported),
    ):
        with pytest.raises(error):
            reject_unsupported({name: "x"}, CLIENT, CATALOGUE)


def test_response_type_is_code() -> None:
    with pytest.raises(InvalidRequest):
        check_response_type({}, CLIENT, CATALOGUE)
    for other in ("token", "code token", "Code", " code", "code code"):
        with pytest.raises(UnsupportedResponseType):
            check_response_type({"response_type": other}, CLIENT, CATALOGUE)


def test_response_mode_is_query_or_not_said() -> None:
    assert read(response_mode="query")
    for other in ("fragment", "form_post", "QUERY"):
        with pytest.raises(InvalidRequest, match="response_mode"):
            read(response_mode=other)


def test_the_app_is_registered_for_the_code_flow() -> None:
    other = replace(CLIENT, grant_types=frozenset({"client_credentials"}))
    with pytest.raises(UnauthorizedClient):
        check_grant_type({}, other, CATALOGUE)


def test_without_scope_the_app_gets_its_default_scopes() -> None:
    client = replace(CLIENT, scopes=frozenset({"openid", "notes:read"}))

    assert read(client, scope=None).scopes == {"openid", "notes:read"}
    assert read(client, scope=" ").scopes == {"openid", "notes:read"}


@pytest.mark.parametrize("scope", ["openid admin", 'openid "', "x" * 1025, "Openid"])
def test_a_scope_that_the_app_has_not_is_refused(scope: str) -> None:
    with pytest.raises(InvalidScope):
        check_scope({"scope": scope}, CLIENT, CATALOGUE)


def test_the_scopes_belong_to_one_resource() -> None:
    assert read(scope="openid").resources == ()
    assert read(scope="openid notes:read").resources == ("https://api.example",)
    assert read(scope="other:read").resources == ("https://other.example",)
    assert read(scope="openid", resource="https://api.example").resources
    with pytest.raises(InvalidTarget):
        read(scope="notes:read other:read")
    with pytest.raises(InvalidTarget):
        read(scope="notes:read", resource="https://api.example/")
    with pytest.raises(InvalidScope):
        read(scope="notes:read", resource="https://other.example")


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        (None, None),
        (None, "S256"),
        (CODE_CHALLENGE, None),
        (CODE_CHALLENGE, "plain"),
        (CODE_CHALLENGE, "s256"),
        (CODE_CHALLENGE[:-1], "S256"),
        (CODE_CHALLENGE + "A", "S256"),
        (CODE_CHALLENGE[:-1] + "=", "S256"),
        (CODE_CHALLENGE[:-1] + "+", "S256"),
        (CODE_CHALLENGE + "\n", "S256"),
        ("é" * 43, "S256"),
    ],
)
def test_pkce_is_s256(challenge: str | None, method: str | None) -> None:
    with pytest.raises(InvalidRequest):
        read(code_challenge=challenge, code_challenge_method=method)


def test_a_confidential_app_may_be_excused_from_pkce() -> None:
    """But not half: what it sends must be right."""
    excused = replace(CLIENT, require_pkce=False)
    nothing = {"code_challenge": None, "code_challenge_method": None}

    assert read(excused, **nothing).code_challenge is None
    assert read(excused).code_challenge == CODE_CHALLENGE
    for half in (
        {"code_challenge": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
    ):
        parameters = authorize_parameters(**half)
        with pytest.raises(InvalidRequest):
            check_pkce(parameters, excused, CATALOGUE)


@pytest.mark.parametrize(
    "prompt", ["none login", "consent none", "select_account", "x"]
)
def test_prompts_that_are_refused(prompt: str) -> None:
    with pytest.raises(InvalidRequest):
        check_prompt({"prompt": prompt}, CLIENT, CATALOGUE)


@pytest.mark.parametrize(
    "max_age", ["-1", "+5", "1_000", "٣", " 60", "60\n", "1e9", "1.0", "9" * 10, "0x1"]
)
def test_max_age_is_ascii_digits(max_age: str) -> None:
    with pytest.raises(InvalidRequest):
        check_max_age({"max_age": max_age}, CLIENT, CATALOGUE)


def test_max_age_is_in_seconds() -> None:
    assert read().max_age is None
    assert read(max_age="0").max_age == 0
    assert read(max_age="999999999").max_age == 999_999_999
