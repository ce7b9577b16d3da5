"""The console's form: each kind is registered for what it is, and nothing more."""

import json
from dataclasses import replace

import pytest

from auth_service.protocol.app_form import (
    KINDS,
    kind_of,
    new_app,
    offered_scopes,
    read_app,
)
from auth_service.protocol.client import GRANT_TYPES, Client
from auth_service.protocol.device_grant import GRANT_TYPE
from auth_service.protocol.form_lines import check_lines
from auth_service.protocol.scopes import Catalogue, Resource, Scope
from auth_service.protocol.sign_up_form import Unusable

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
#: RFC 7517 appendix A.1.
JWKS = json.dumps(
    {
        "keys": [
            {
                "kty": "EC",
                "crv": "P-256",
                "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
            }
        ]
    }
)
NOTES = Scope(name="notes:read", description="Read your notes")
CATALOGUE = Catalogue(
    (Resource(identifier="https://api.example", name="Notes", scopes=(NOTES,)),)
)
FORM = {
    "client_name": "Garden",
    "client_uri": "https://garden.example/",
    "redirect_uris": "https://garden.example/cb\r\n\r\nhttps://garden.example/cb2 ",
    "post_logout_redirect_uris": "https://garden.example/bye",
    "scope": "openid notes:read",
}


def read(kind: str = "web", **changes: str) -> Client:
    blank = new_app(kind, client_id="app_1", owner="alice")
    return read_app({**FORM, **changes}, blank, CATALOGUE, loopback=False)


def errors(kind: str = "web", **changes: str) -> set[str]:
    with pytest.raises(Unusable) as unusable:
        read(kind, **changes)
    return set(unusable.value.errors)


@pytest.mark.parametrize("kind", KINDS)
def test_an_app_stays_the_kind_it_was_registered_as(kind: str) -> None:
    app = read(kind)
    assert kind_of(app) == kind
    assert kind_of(read_app(FORM, app, CATALOGUE, loopback=False)) == kind


@pytest.mark.parametrize(
    ("kind", "public", "grant_types"),
    [
        ("web", False, {"authorization_code", "refresh_token"}),
        ("spa", True, {"authorization_code", "refresh_token"}),
        ("native", True, {"authorization_code", "refresh_token"}),
        ("device", True, {GRANT_TYPE, "refresh_token"}),
        ("service", False, {"client_credentials"}),
    ],
)
def test_a_kind_decides_the_grants_and_the_proof(
    kind: str, public: bool, grant_types: set[str]
) -> None:
    app = read(kind)
    assert (app.is_public, app.grant_types) == (public, grant_types)
    assert app.require_pkce


def test_lines_are_read_once_each_and_in_order() -> None:
    assert read().redirect_uris == (
        "https://garden.example/cb",
        "https://garden.example/cb2",
    )


def test_DC10_what_the_form_does_not_ask_changes_nothing() -> None:
    sent = {
        "client_id": "mine",
        "owner": "bob",
        "first_party": "true",
        "require_pkce": "false",
        "live": "true",
        "testers": "bob",
        "profile": "fapi2",
        "token_exchange": "{}",
    }
    assert read(**sent) == read()


@pytest.mark.parametrize("kind", KINDS)
def test_DC11_a_kind_has_the_grants_that_fit_it_and_no_other(kind: str) -> None:
    every = " ".join(GRANT_TYPES)
    has = read(kind, grant_types=every).grant_types
    assert has == KINDS[kind].grant_types.union(KINDS[kind].choices)
    assert read(kind, grant_types="none").grant_types == KINDS[kind].grant_types
    assert not has & {"password", EXCHANGE}


def test_what_an_operator_gave_an_app_its_form_does_not_take() -> None:
    given = replace(read(), grant_types=frozenset({"authorization_code", EXCHANGE}))
    form = {**FORM, "grant_types": "none"}
    kept = read_app(form, given, CATALOGUE, loopback=False)
    assert kept.grant_types == {"authorization_code", EXCHANGE}
    assert kept.require_pkce


@pytest.mark.parametrize("kind", ["spa", "native", "device"])
def test_an_app_that_can_keep_nothing_stays_public(kind: str) -> None:
    app = read(kind, token_endpoint_auth_method="client_secret_basic", jwks=JWKS)
    assert app.is_public
    assert app.jwks is None


@pytest.mark.parametrize("kind", ["web", "service"])
def test_an_app_that_can_keep_something_may_have_keys(kind: str) -> None:
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    by_value = read(kind, **method, jwks=JWKS)
    assert by_value.jwks == json.loads(JWKS)
    uri = "https://garden.example/jwks"
    by_address = read(kind, **method, jwks_uri=uri)
    assert (by_address.jwks, by_address.jwks_uri) == (None, uri)
    assert errors(kind, **method) == {"jwks"}
    assert errors(kind, **method, jwks=JWKS, jwks_uri=uri) == {"jwks"}


@pytest.mark.parametrize("method", ["none", "client_secret_jwt", "tls_client_auth"])
def test_other_ways_to_authenticate_are_not_to_be_had(method: str) -> None:
    found = errors(token_endpoint_auth_method=method)
    assert found == {"token_endpoint_auth_method"}


@pytest.mark.parametrize(
    "jwks",
    [
        "{",
        "[]",
        '{"keys": []}',
        '{"keys": [], "keys": []}',
        '{"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}',
        '{"keys": [{"kty": "EC", "crv": "P-256", "x": "x", "y": "y"}]}',
        JWKS.replace('"kty"', '"d": "c2VjcmV0", "kty"'),
        "[" * 2000,
        " " + "x" * 4096,
    ],
)
def test_DC15_DC16_keys_that_cannot_be_used_are_refused_with_the_reason(
    jwks: str,
) -> None:
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    assert errors(**method, jwks=jwks) == {"jwks"}


@pytest.mark.parametrize("uri", ["http://garden.example/jwks", "javascript:x", "x"])
def test_DC02_keys_are_fetched_by_https(uri: str) -> None:
    method = {"token_endpoint_auth_method": "private_key_jwt"}
    assert errors(**method, jwks_uri=uri) == {"jwks_uri"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_app_is_in_testing_unless_nobody_signs_in_to_it(kind: str) -> None:
    assert read(kind).live == (kind == "service")


def test_every_line_has_its_reason() -> None:
    typed = "https://a.example/\r\n\r\n*\nhttps://b.example/#x\n"
    lines = check_lines(typed, application_type="web")
    assert [(line.number, line.problem is None) for line in lines] == [
        (1, True),
        (3, False),
        (4, False),
    ]
    with pytest.raises(Unusable) as unusable:
        read(redirect_uris=typed)
    found = unusable.value.errors["redirect_uris"]
    assert found == "2 of the lines cannot be taken; see below."


def test_DC11_a_service_asks_nothing_about_people() -> None:
    app = read("service", redirect_uris="", scope="openid profile notes:read")
    assert app.scopes == {"notes:read"}
    assert app.redirect_uris == ()
    assert errors("service", scope="openid") == {"scope"}


def test_LG13_a_stored_address_that_runs_script_is_refused_when_it_is_saved() -> None:
    script = "javascript:alert(1)"
    for field in ("redirect_uris", "post_logout_redirect_uris", "client_uri"):
        assert errors(**{field: script}) == {field}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("client_name", " "),
        ("client_uri", "http://garden.example/"),
        ("redirect_uris", ""),
        ("redirect_uris", "https://garden.example/cb https://x.example/"),
        ("redirect_uris", "com.example.garden:/cb"),
        ("logo_uri", "data:image/svg+xml,<svg onload=x>"),
        ("logo_uri", "http://garden.example/logo.png"),
        ("policy_uri", "javascript:alert(1)"),
        ("tos_uri", "ftp://garden.example/"),
        ("initiate_login_uri", "https://me@garden.example/"),
        ("backchannel_logout_uri", "http://garden.example/"),
        ("description", "a\u202eb"),
        ("description", "x" * 301),
        ("contacts", "nobody"),
        ("contacts", "\n".join(f"a{n}@garden.example" for n in range(11))),
        ("scope", ""),
        ("scope", "openid admin"),
    ],
)
def test_what_is_wrong_is_said_by_field(field: str, value: str) -> None:
    assert errors(**{field: value}) == {field}


def test_a_device_is_for_people_and_sends_them_nowhere() -> None:
    app = read("device")
    assert (app.redirect_uris, app.post_logout_redirect_uris) == ((), ())
    assert app.scopes == {"openid", "notes:read"}


def test_there_is_no_other_kind() -> None:
    with pytest.raises(Unusable) as unusable:
        new_app("password", client_id="app_1", owner="alice")
    assert set(unusable.value.errors) == {"kind"}


def test_every_scope_is_offered_once() -> None:
    twice = Catalogue((*CATALOGUE.resources, *CATALOGUE.resources))
    names = [scope.name for scope in offered_scopes(twice)]
    assert names.count("notes:read") == 1
    assert "openid" in names
