"""Whatever somebody sends as a token, reading it ends in a refusal or a JWS."""

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from tests.builders.tokens import encode
from valetkey.errors import InvalidToken
from valetkey.jws import JWS, decode_base64url, read_json_object, read_jws

NAMES = st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "exp", "x"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=9,
)


def is_read(text: str) -> bool:
    try:
        return isinstance(read_jws(text), JWS)
    except InvalidToken:
        return False


@given(st.text() | st.text("ABC.eyJ0_-= \n", min_size=5))
def test_F36_any_text_is_read_or_refused(text: str) -> None:
    is_read(text)


@given(st.dictionaries(NAMES, VALUES))
def test_F36_any_header_is_read_or_refused(header: dict[str, object]) -> None:
    head = encode(json.dumps(header).encode())

    if is_read(f"{head}.e30.AAAA"):
        assert isinstance(header["alg"], str)
        assert "crit" not in header


@given(st.binary(max_size=60))
def test_F36_any_bytes_are_an_object_or_refused(raw: bytes) -> None:
    with contextlib.suppress(InvalidToken):
        assert isinstance(read_json_object(raw), dict)


@given(st.text("AQgw_-+/= \nx", max_size=9))
def test_one_text_for_one_value(text: str) -> None:
    """What decodes at all is the only text that decodes to it."""
    with contextlib.suppress(InvalidToken):
        assert encode(decode_base64url(text)) == text
