"""Names, addresses and passwords that people may choose."""

from dataclasses import replace
from datetime import date

import pytest

from auth_service.protocol.sign_up_form import Unusable, password_problem, read_profile
from auth_service.protocol.user import User

BLANK = User(subject="s", username="", email="", name="")
GOOD = {"username": "alice", "email": "alice@people.example", "name": "Alice"}


def read(user: User = BLANK, **changes: str) -> User:
    return read_profile(GOOD | changes, user)


def refused(**changes: str) -> set[str]:
    """The fields that cannot be taken."""
    with pytest.raises(Unusable) as unusable:
        read(**changes)
    assert all(text.endswith(".") for text in unusable.value.errors.values())
    return set(unusable.value.errors)


def test_a_profile_is_what_the_form_says() -> None:
    user = read(
        phone_number="+49 (30) 123-456",
        birthdate="1990-12-31",
        emp_user_id=" E-17 ",
        username=" alice ",
    )

    assert user == User(
        subject="s",
        username="alice",
        email="alice@people.example",
        name="Alice",
        phone_number="+4930123456",
        birthdate=date(1990, 12, 31),
        emp_user_id="E-17",
    )


def test_what_is_optional_may_be_empty() -> None:
    user = read(name="", phone_number="", birthdate=" ", emp_user_id="")

    assert user.name == "alice"
    assert (user.phone_number, user.birthdate, user.emp_user_id) == (None, None, None)


@pytest.mark.parametrize("username", ["al", "a1", "José", "a.b-c_d", "x" * 40, "李明"])
def test_names_that_can_be_taken(username: str) -> None:
    assert read(username=username).username == username


@pytest.mark.parametrize(
    "username",
    [
        "",
        "a",
        "x" * 41,
        "a b",
        "a@b",
        "alice@people.example",
        ".alice",
        "alice.",
        "-a",
        "_a",
        "a/b",
        "<b>",
        "a\nb",
        "a\u202eb",
        "a\0b",
    ],
)
def test_names_that_cannot_be_taken(username: str) -> None:
    assert refused(username=username) == {"username"}


@pytest.mark.parametrize(
    "email",
    ["", "a", "a@", "@b.example", "a@b", "a b@c.example", "a@b.example\r\nBcc: x@y.z"],
)
def test_addresses_that_are_none(email: str) -> None:
    assert refused(email=email) == {"email"}


def test_an_address_is_normalised_and_a_new_one_is_unverified() -> None:
    before = replace(BLANK, email="alice@people.example", email_verified=True)

    assert read(email="alice@PEOPLE.example").email == "alice@people.example"
    assert read(before).email_verified
    assert not read(before, email="other@people.example").email_verified


@pytest.mark.parametrize("birthdate", ["31.12.1990", "1899-12-31", "2101-01-01", "x"])
def test_dates_that_nobody_was_born_at(birthdate: str) -> None:
    assert refused(birthdate=birthdate) == {"birthdate"}


@pytest.mark.parametrize(
    "number", ["030 123456", "+0123456", "+49", "+1" * 10, "+٤٩٣٠١٢٣"]
)
def test_numbers_that_nobody_can_call(number: str) -> None:
    assert refused(phone_number=number) == {"phone_number"}


def test_names_and_numbers_are_printable_and_short() -> None:
    for wrong in ("x" * 101, "a\u202eb", "a\nb"):
        assert refused(name=wrong) == {"name"}
        assert refused(emp_user_id=wrong) == {"emp_user_id"}


def test_every_wrong_field_is_named_at_once() -> None:
    fields = {"username": "", "email": "x", "birthdate": "x", "phone_number": "x"}

    assert refused(**fields) == set(fields)


@pytest.mark.parametrize(
    "password",
    ["", "short7!", "é" * 7, "password", "12345678", "qwertyui", "a" * 8],
)
def test_passwords_that_are_no_use(password: str) -> None:
    assert password_problem(password)


def test_a_password_may_have_1024_bytes() -> None:
    long = "tulip zebra " * 85 + "Zq7!"
    assert len(long) == 1024

    assert password_problem(long) is None
    assert password_problem(long + "x")
    assert password_problem("€" * 342)


def test_a_persons_own_name_is_easy_to_guess() -> None:
    assert password_problem("rumpelstilz77", about=("rumpelstilz77", "x@y.example"))
    assert password_problem("rumpelstilz77") is None


def test_no_rule_says_what_a_password_is_made_of() -> None:
    for password in (
        "correct horse battery",
        "zxqjvkwpfm",
        "\U0001f511\U0001f98a tulip é",
    ):
        assert password_problem(password) is None
