"""Canonical names, and what scopes open about a person."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.user import (
    CLAIMS_OF_SCOPE,
    User,
    canonical,
    claims,
    opened,
)
from tests.builders.auth import ISSUER

ALICE = User(
    subject="s",
    username="alice",
    email="alice@people.example",
    name="Alice",
    email_verified=True,
    phone_number="+4930123456",
    birthdate=date(1990, 12, 31),
    emp_user_id="E-17",
    locale="de",
    picture="/pictures/x.webp",
    updated_at=datetime(2026, 11, 21, tzinfo=UTC),
)
EVERY = opened(frozenset(CLAIMS_OF_SCOPE))


@pytest.mark.parametrize(
    "written",
    [
        "Alice",
        "ALICE",
        " alice ",
        "ＡＬＩＣＥ",
        "al\u200dice",
        "al\u00adice",
        "\ufeffalice",
        "alice\0",
        "𝒶𝓁𝒾𝒸ℯ",
        "al\u0130ce",
        "ali\u0307ce",
    ],
)
def test_one_person_one_canonical_name(written: str) -> None:
    assert canonical(written) == "alice"


def test_names_that_differ_stay_different() -> None:
    names = ["alice", "al1ce", "alíce", "аlice", "alice2", "a.lice", "ali ce"]

    assert len({canonical(name) for name in names}) == len(names)


@given(st.text(max_size=20))
def test_a_canonical_name_is_its_own(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


@given(st.text(st.characters(max_codepoint=0x30F), max_size=20))
def test_letter_case_and_composition_make_no_difference(text: str) -> None:
    assert canonical(text.casefold()) == canonical(text)


def test_accents_are_kept_however_they_are_written() -> None:
    """Also those that folding takes apart: ΐ is three code points when folded."""
    for composed, apart in (
        ("é", "e\u0301"),
        ("ΐ", "ι\u0308\u0301"),
        ("ẞ́", "ss\u0301"),
    ):
        assert canonical(composed) == canonical(apart) == canonical(apart.upper())
    assert canonical("ΐ") not in {canonical("ι"), canonical("ϊ")}


def test_a_scope_opens_its_claims_and_no_others() -> None:
    assert opened(frozenset({"openid"})) == frozenset()
    assert opened(frozenset({"notes:read"})) == frozenset()
    for scope, names in CLAIMS_OF_SCOPE.items():
        found = opened(frozenset({"openid", scope}))
        assert found == set(names)
        assert claims(ALICE, found, issuer=ISSUER).keys() == found


def test_claims_have_their_types() -> None:
    """OIDC Core section 5.1."""
    told = claims(ALICE, EVERY, issuer=ISSUER)

    assert told["picture"] == f"{ISSUER}/pictures/x.webp"
    assert told["birthdate"] == "1990-12-31"
    assert told["updated_at"] == 1795219200
    assert told["email_verified"] is True
    assert told["phone_number_verified"] is False


def test_what_is_not_known_is_left_out() -> None:
    bob = User(subject="b", username="bob", email="b@people.example", name="Bob")

    assert claims(bob, EVERY, issuer=ISSUER) == {
        "name": "Bob",
        "preferred_username": "bob",
        "email": "b@people.example",
        "email_verified": False,
    }
