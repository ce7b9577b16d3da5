"""The claims parameter: what is left of it, and what is refused (OIDC Core 5.5)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.claims_request import (
    PERMISSIONS,
    ClaimsRequest,
    asked_for,
    covered,
    permissions,
    read_claims_request,
)
from auth_service.protocol.scopes import read_scopes
from auth_service.protocol.user import CLAIMS_OF_SCOPE, opened
from valetkey.errors import InvalidRequest, InvalidScope

SCOPES = frozenset({"openid", "email", "profile"})


def read(value: Any) -> ClaimsRequest:
    text = value if isinstance(value, str) else json.dumps(value)
    return read_claims_request(text, SCOPES)


def test_what_is_known_is_kept_by_name() -> None:
    """How a claim is wanted makes no difference: what is known of it is told."""
    wanted = {
        "userinfo": {
            "email": {"essential": True},
            "name": None,
            "nickname": None,
            "https://claims.example/x": {"value": [{"deep": 1}], "odd": None},
        },
        "id_token": {"email": {"value": "a@people.example"}, "auth_time": None},
        "verified_claims": [],
    }
    assert read(wanted) == ClaimsRequest(
        names={"userinfo": ["email", "name"], "id_token": ["email"]}
    )
    assert read({}) == read({"userinfo": {}}) == ClaimsRequest()
    assert read_claims_request(None, SCOPES) == ClaimsRequest()


def test_UI06_an_app_gets_no_claim_that_its_scopes_do_not_reach() -> None:
    wanted = {"userinfo": {"phone_number": {"essential": True}, "emp_user_id": None}}
    assert read(wanted).names is None


@pytest.mark.parametrize(
    ("how", "subjects"),
    [
        (None, None),
        ({}, None),
        ({"essential": True}, None),
        ({"value": "alice"}, {"alice"}),
        ({"values": ["alice", "bob"]}, {"alice", "bob"}),
        ({"values": []}, None),
    ],
)
def test_AZ46_who_it_must_be(how: Any, subjects: set[str] | None) -> None:
    for place in ("id_token", "userinfo"):
        assert read({place: {"sub": how}}).subjects == subjects


def test_AZ46_two_places_cannot_mean_two_people() -> None:
    wanted = {
        "id_token": {"sub": {"value": "alice"}},
        "userinfo": {"sub": {"values": ["bob", "carol"]}},
    }
    assert read(wanted).subjects == frozenset()


@pytest.mark.parametrize(
    ("how", "essential"),
    [
        (None, ()),
        ({"essential": True}, ()),
        ({"values": ["a", "b"]}, ()),
        ({"essential": False, "value": "a"}, ()),
        ({"essential": True, "values": ["b", "a"]}, ("b", "a")),
        ({"essential": True, "value": "a"}, ("a",)),
    ],
)
def test_only_an_essential_acr_with_values_is_a_condition(
    how: Any, essential: tuple[str, ...]
) -> None:
    """OIDC Core section 5.5.1.1."""
    assert read({"id_token": {"acr": how}}).essential_acr == essential


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "null",
        "[]",
        "1",
        '"{}"',
        '{"userinfo":null}',
        '{"userinfo":[]}',
        '{"id_token":"sub"}',
        '{"id_token":{"email":true}}',
        '{"id_token":{"email":[]}}',
        '{"id_token":{"email":{"essential":"true"}}}',
        '{"id_token":{"nobody":{"essential":1}}}',
        '{"id_token":{"sub":{"value":1}}}',
        '{"id_token":{"sub":{"value":null}}}',
        '{"id_token":{"sub":{"values":"alice"}}}',
        '{"id_token":{"sub":{"values":["alice",null]}}}',
        '{"id_token":{"sub":{"value":"alice","values":["bob"]}}}',
        '{"id_token":{"acr":{"essential":true,"values":{}}}}',
        '{"id_token":{},"id_token":{}}',
        '{"id_token":{"sub":{"value":"alice"},"sub":null}}',
        '{"id_token":{"sub":{"value":"alice","value":"bob"}}}',
        '{"id_token":{"x":{"value":NaN}}}',
        '{"id_token":{"\\ud800":null}}',
        "\ud800",
        '{"a":' * 400 + "1" + "}" * 400,
        "[" * 100_000,
        '{"a":' * 100_000,
        "{}\0",
    ],
    ids=lambda text: ascii(text)[:40],
)
def test_AZ26_what_is_not_of_this_form_is_refused(text: str) -> None:
    if text.startswith('{"a":' * 3) and text.endswith("}"):
        assert read(text) == ClaimsRequest()  # a member that nobody knows
        return
    with pytest.raises(InvalidRequest):
        read(text)


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.text() | st.sampled_from(["sub", "acr", "email", "value", "essential"]),
            inner,
        )
    ),
)


@given(st.dictionaries(st.sampled_from(["userinfo", "id_token", "x"]), _json) | _json)
def test_AZ26_whatever_it_is_the_answer_is_a_value_or_a_refusal(value: Any) -> None:
    try:
        found = read(value)
    except InvalidRequest:
        return
    for place in ("userinfo", "id_token"):
        assert asked_for(found.names, place) <= opened(SCOPES)


def test_every_claim_about_a_person_has_a_sentence() -> None:
    every = opened(frozenset(CLAIMS_OF_SCOPE))
    assert PERMISSIONS.keys() == {f"claim {name}" for name in every}
    assert len({each.description for each in PERMISSIONS.values()}) == len(every)
    for name in every:
        with_phone = name.startswith("phone") or name == "emp_user_id"
        assert PERMISSIONS[f"claim {name}"].sensitive is with_phone


def test_a_claim_that_no_scope_opens_is_asked_for_by_itself() -> None:
    names = {"userinfo": ["email", "name"], "id_token": ["birthdate", "email"]}
    asked = permissions(frozenset({"openid", "email"}), names)
    assert asked == {"openid", "email", "claim name", "claim birthdate"}
    assert permissions(frozenset({"openid"}), None) == {"openid"}


def test_who_allowed_a_scope_has_allowed_its_claims() -> None:
    assert covered(frozenset({"openid", "email"})) == {
        "openid",
        "email",
        "claim email",
        "claim email_verified",
    }
    # Not the other way round: a scope may open more tomorrow.
    assert "email" not in covered(frozenset({"claim email", "claim email_verified"}))


def test_a_permission_is_no_scope_that_anybody_could_ask_for() -> None:
    for name in PERMISSIONS:
        assert name not in read_scopes(name)
    with pytest.raises(InvalidScope):
        read_scopes("claim\u00a0email")
