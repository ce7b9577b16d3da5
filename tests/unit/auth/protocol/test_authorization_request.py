"""Each check of an authorization request, alone and in its order."""

import json
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
    reject_request_uri,
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
        "reject_request_uri",
        "check_response_type",
        "check_response_mode",
        "check_grant_type",
        "check_authorization_details",
        "check_scope",
        "check_pkce",
        "check_key",
        "check_prompt",
        "check_max_age",
        "check_claims",
    ]
    everything_wrong: list[tuple[str, str | None, type[OAuthError]]] = [
        ("nonce", "n" * 256, InvalidRequest),
        ("request_uri", "x", RequestUriNotSupported),
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
    ("name", "longest"),
    [
        ("state", 1024),
        ("nonce", 255),
        ("login_hint", 254),
        ("acr_values", 255),
        ("ui_locales", 255),
    ],
)
def test_what_is_kept_has_a_bound(name: str, longest: int) -> None:
    assert read(**{name: "x" * longest})
    with pytest.raises(InvalidRequest, match=f"{name} is too long"):
        read(**{name: "x" * (longest + 1)})


def test_PR01_a_foreign_request_uri_is_refused() -> None:
    with pytest.raises(RequestUriNotSupported):
        reject_request_uri({"request_uri": "https://x.example"}, CLIENT, CATALOGUE)


def test_response_type_is_code() -> None:
    with pytest.raises(InvalidRequest):
        check_response_type({}, CLIENT, CATALOGUE)
    for other in ("token", "code token", "Code", " code", "code code"):
        with pytest.raises(UnsupportedResponseType):
            check_response_type({"response_type": other}, CLIENT, CATALOGUE)


def test_response_mode_is_one_that_we_have_or_not_said() -> None:
    for known in ("query", "form_post", "jwt", "query.jwt", "form_post.jwt"):
        assert read(response_mode=known)
    for other in ("fragment", "fragment.jwt", "web_message", "QUERY"):
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


def test_a_public_app_is_never_excused_from_pkce() -> None:
    """RFC 9700 section 2.1.1: whoever holds its code could redeem it."""
    public = replace(CLIENT, require_pkce=False, token_endpoint_auth_method="none")
    with pytest.raises(InvalidRequest):
        read(public, code_challenge=None, code_challenge_method=None)


@pytest.mark.parametrize(
    "prompt",
    ["none login", "consent none", "select_account none", "none create", "x"],
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


def test_what_an_app_does_not_say_it_has_registered() -> None:
    """OIDC Dynamic Client Registration section 2."""
    client = replace(CLIENT, default_max_age=60, default_acr_values=("a", "b"))
    assert (read(client).max_age, read(client).acr_values) == (60, ("a", "b"))
    said = read(client, max_age="0", acr_values="c a")
    assert (said.max_age, said.acr_values) == (0, ("c", "a"))


def test_claims_are_kept_by_name() -> None:
    claims = {
        "userinfo": {"name": {"essential": True}},
        "id_token": {
            "sub": {"value": "alice"},
            "acr": {"essential": True, "values": ["a"]},
        },
    }
    request = read(claims=json.dumps(claims))
    assert request.claims == {"userinfo": ["name"], "acr": ["a"]}
    assert request.subjects == {"alice"}
    assert request.essential_acr == ("a",)


def test_AZ26_claims_have_a_form_and_a_bound() -> None:
    fitting = json.dumps({"x": "x" * 2038})
    assert len(fitting) == 2047
    assert read(claims=fitting).claims is None
    for claims in ("[]", json.dumps({"x": "x" * 2040})):
        with pytest.raises(InvalidRequest):
            read(claims=claims)
