"""Who may use an app that is in testing, and what it needs to leave that."""

from dataclasses import replace

import pytest

from auth_service.protocol.client import Client
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.testing import (
    NotATester,
    checklist,
    is_named,
    may_try,
    read_name,
)
from auth_service.protocol.user import User

ALICE = User(subject="a", username="alice", email="alice@x.example", name="Alice")
BOB = User(
    subject="b",
    username="bob",
    email="bob@x.example",
    name="Bob",
    email_verified=True,
)
APP = Client(
    client_id="app_1",
    client_name="Garden",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset({"authorization_code"}),
    scopes=frozenset({"openid"}),
    redirect_uris=("https://garden.example/cb",),
    owner="a",
    live=False,
)


def test_everybody_may_use_a_live_app() -> None:
    live = replace(APP, live=True)
    assert may_try(live, BOB)
    assert may_try(live, None)


def test_an_app_in_testing_is_its_owners() -> None:
    assert may_try(APP, ALICE)
    assert not may_try(APP, BOB)
    assert not may_try(APP, None)
    assert not may_try(replace(APP, owner=None), ALICE)


@pytest.mark.parametrize(
    "name", ["bob", "BOB", "ｂｏｂ", "bob@x.example", "Bob@X.example"]
)
def test_a_tester_is_meant_by_name_in_whatever_case(name: str) -> None:
    assert may_try(replace(APP, testers=("carol", name)), BOB)


def test_an_address_that_was_not_verified_is_nobodys() -> None:
    assert not is_named(ALICE, "alice@x.example")
    assert is_named(replace(ALICE, email_verified=True), "alice@x.example")
    assert not is_named(BOB, "bo")


@pytest.mark.parametrize("typed", ["", " ", "a b", "a\nb", "a\u200bb\u202e", "x" * 255])
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Unusable) as unusable:
        read_name(typed)
    assert set(unusable.value.errors) == {"name"}


def test_the_refusal_is_one_that_apps_know() -> None:
    assert NotATester().error == "access_denied"


def missing(app: Client, *, has_secret: bool = True, loopback: bool = False) -> int:
    checks = checklist(app, has_secret=has_secret, loopback=loopback)
    return sum(check.required and not check.done for check in checks)


def test_what_an_app_needs_to_go_live() -> None:
    ready = replace(
        APP, client_uri="https://garden.example/", contacts=("a@garden.example",)
    )
    assert missing(ready) == 0
    assert missing(replace(ready, client_uri=None)) == 1
    assert missing(replace(ready, contacts=())) == 1
    assert missing(ready, has_secret=False) == 1
    keyed = replace(ready, token_endpoint_auth_method="private_key_jwt")
    assert missing(keyed, has_secret=False) == 0
    local = replace(ready, redirect_uris=("http://localhost:3000/cb",))
    assert missing(local) == 1
    assert missing(local, loopback=True) == 0
    native = replace(local, application_type="native")
    assert missing(replace(native, token_endpoint_auth_method="none")) == 0
