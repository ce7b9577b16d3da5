"""Forms and queries, read as OAuth reads them."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from valetkey.errors import InvalidRequest, OAuthError, RequestTooLarge
from valetkey.parameters import RepeatedParameter, is_form, read_parameters, words

NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30
)


def test_pairs_become_a_mapping() -> None:
    assert read_parameters(b"a=1&b=x+y%20z&c=%C3%A9") == {
        "a": "1",
        "b": "x y z",
        "c": "é",
    }
    assert read_parameters(b"") == {}


@given(st.dictionaries(NAMES, NAMES, max_size=20))
def test_what_is_encoded_is_read_back_without_empty_values(
    pairs: dict[str, str],
) -> None:
    kept = {name: value for name, value in pairs.items() if value}
    assert read_parameters(urlencode(pairs).encode()) == kept


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(raw: bytes) -> None:
    try:
        read_parameters(raw)
    except OAuthError as error:
        assert isinstance(error, InvalidRequest)  # noqa: PT017 - any or none


@given(st.text(alphabet="ab%4c3A9ff+=&; ", max_size=30))
def test_what_is_read_is_what_everybody_reads(text: str) -> None:
    try:
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict")
    except UnicodeError:
        with pytest.raises(InvalidRequest):
            read_parameters(text.encode())
        return
    assume(len({name for name, _ in pairs}) == len(pairs))
    kept = {name: value for name, value in pairs if value}
    assert read_parameters(text.encode()) == kept


@pytest.mark.parametrize("raw", [b"a=", b"a", b"a=&b=", b"&&&", b"="])
def test_TK10_an_empty_value_counts_as_absent(raw: bytes) -> None:
    assert read_parameters(raw) == {}


@pytest.mark.parametrize(
    "raw", [b"a=1&a=2", b"a=1&a=1", b"a=1&a=", b"a=&a=", b"a=1&%61=2", b"b=1&a=1&a="]
)
def test_TK06_a_repeated_name_is_refused(raw: bytes) -> None:
    with pytest.raises(RepeatedParameter) as refusal:
        read_parameters(raw)
    assert refusal.value.repeated == {"a"}
    assert "a" not in refusal.value.once


def test_a_name_that_may_come_often_is_joined() -> None:
    joined = frozenset({"scope"})
    assert read_parameters(b"scope=a&scope=b&x=1", joined=joined)["scope"] == "a b"
    with pytest.raises(RepeatedParameter):
        read_parameters(b"scope=a&x=1&x=2", joined=joined)


@pytest.mark.parametrize(
    "raw",
    [
        b"a=%00",
        b"%00=a",
        b"a=x%00y",
        b"a=%ff",
        b"a=%c0%af",
        b"a=%ed%a0%80",
        b"a=\xc3\xa9",
        b"\xff=1",
    ],
)
def test_TK09_bytes_that_are_no_text_are_refused(raw: bytes) -> None:
    with pytest.raises(InvalidRequest):
        read_parameters(raw)


def test_IN04_a_name_that_is_only_hashed_may_hold_nul() -> None:
    hashed = frozenset({"token"})
    assert read_parameters(b"token=%00", hashed=hashed) == {"token": "\0"}
    for other in (b"token=x&a=%00", b"token%00=x", b"token=%ff"):
        with pytest.raises(InvalidRequest):
            read_parameters(other, hashed=hashed)


def test_TK08_fields_have_bounds() -> None:
    assert len(read_parameters("&".join(f"a{n}=1" for n in range(50)).encode())) == 50
    assert read_parameters(b"a=" + b"x" * 4096) == {"a": "x" * 4096}
    for raw in (
        "&".join(f"a{n}=1" for n in range(51)).encode(),
        b"&" * 50,
        b"a=" + b"x" * 4097,
        b"x" * 4097 + b"=1",
    ):
        with pytest.raises(RequestTooLarge):
            read_parameters(raw)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-8",
        'Application/X-WWW-Form-Urlencoded ; charset="UTF-8"',
    ],
)
def test_TK05_a_form_says_that_it_is_one(content_type: str) -> None:
    assert is_form(content_type)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=iso-8859-1",
        "application/x-www-form-urlencoded; x=y",
        "application/x-www-form-urlencoded, text/plain",
    ],
)
def test_TK05_anything_else_is_none(content_type: str | None) -> None:
    assert not is_form(content_type)


def test_words_keep_their_order_and_come_once() -> None:
    assert words("b a b c") == ("b", "a", "c")
    assert words(None) == words("") == ()


@pytest.mark.parametrize("between", ["\t", "\n", "\xa0", "\u2003", ",", "+"])
def test_only_a_space_divides_words(between: str) -> None:
    """OpenID Connect Core section 14."""
    assert words(f"a{between}b") == (f"a{between}b",)
