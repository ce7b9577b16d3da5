"""The console's form: each kind is registered for what it is, and nothing more."""

import pytest

from auth_service.protocol.app_form import (
    KINDS,
    kind_of,
    new_app,
    offered_scopes,
    read_app,
)
from auth_service.protocol.client import Client
from auth_service.protocol.device_grant import GRANT_TYPE
from auth_service.protocol.scopes import Catalogue, Resource, Scope
from auth_service.protocol.sign_up_form import Unusable

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
        "grant_types": "password",
        "token_endpoint_auth_method": "none",
    }
    assert read(**sent) == read()


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
