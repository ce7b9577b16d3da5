"""What reads other people's text, alone: it refuses in its own words or is right."""

import re
from base64 import b64decode, b64encode
from contextlib import suppress
from datetime import timedelta
from string import ascii_letters
from urllib.parse import parse_qsl, quote_plus, unquote_plus, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.client_authentication import read_credentials
from auth_service.protocol.scopes import MAX_SCOPE, read_scopes
from auth_service.protocol.sign_up_form import Unusable, password_problem, read_profile
from auth_service.protocol.user import User
from tests.builders import tokens
from tests.fuzz.budget import pure_cases
from tests.fuzz.values import EDITS, NASTY, RAW, spliced
from valetkey.errors import InvalidClient, InvalidRequest, InvalidScope, InvalidToken
from valetkey.jwk import read_jwks
from valetkey.jws import read_jws
from valetkey.jwt_verification import Expectation, verify_jwt
from valetkey.parameters import MAX_FIELD, MAX_FIELDS, read_parameters

_FIELDS = ("username", "email", "name", "birthdate", "phone_number", "emp_user_id")
_KEYS = read_jwks({"keys": [tokens.ec_jwk()]})
_EXPECTED = Expectation.access_token(issuer=tokens.ISSUER, audience=tokens.AUDIENCE)
_GOOD = tokens.token()

_text = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
_letter = st.sampled_from(["", "A", "b", "_", ".", "=", "é", "!", "\0"])
_raw = st.sampled_from(RAW)


@pure_cases()
@given(scope=st.one_of(_text, st.lists(_text, max_size=5).map(" ".join)))
def test_F36_scopes_are_tokens_of_the_specification(scope: str) -> None:
    """RFC 6749 section 3.3: NQCHAR, space between."""
    words = set(scope.split(" ")) - {""}
    fine = all(0x21 <= ord(c) <= 0x7E and c not in '"\\' for w in words for c in w)
    if fine and len(scope) <= MAX_SCOPE:
        assert read_scopes(scope) == words
    else:
        with pytest.raises(InvalidScope):
            read_scopes(scope)


@pure_cases()
@given(name=_text, secret=_text)
def test_F36_basic_credentials_come_back_as_they_went(name: str, secret: str) -> None:
    """RFC 6749 section 2.3.1: whatever is in them, unless it is NUL."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    header = f"Basic {b64encode(pair.encode()).decode()}"
    if "\0" in name + secret:
        with pytest.raises(InvalidClient):
            read_credentials({}, header)
        return
    read = read_credentials({}, header)
    assert (read.client_id, read.client_secret) == (name, secret)


_encoded = st.binary(max_size=40).map(lambda raw: b64encode(b"a:" + raw).decode())


@pure_cases()
@given(
    header=st.one_of(
        _text,
        _text.map("Basic {}".format),
        _encoded.map("basic {}".format),
        _raw.map(lambda raw: f"BASIC {b64encode(raw).decode()}"),
        st.builds(
            spliced,
            _encoded.map("Basic {}".format),
            st.integers(6, 60),
            _letter,
            st.integers(0, 1),
        ),
    )
)
def test_F36_any_header_is_credentials_or_refused(header: str) -> None:
    """Accepted are a name, a colon and a secret, all that was sent and nothing else."""
    with suppress(InvalidClient):
        read = read_credentials({}, header)
        encoded = header.partition(" ")[2]
        name, colon, secret = b64decode(encoded, validate=True).decode().partition(":")
        assert colon
        assert read.client_id == unquote_plus(name)
        assert read.client_secret == unquote_plus(secret)
        assert "\0" not in f"{read.client_id}{read.client_secret}"


@pure_cases()
@given(pairs=st.lists(st.tuples(_text, _text), max_size=8))
def test_F36_a_form_comes_back_as_it_went(pairs: list[tuple[str, str]]) -> None:
    """Each name once, empty ones absent; else it is refused (RFC 6749 section 3.2)."""
    names = [name for name, _ in pairs]
    texts = [text for pair in pairs for text in pair]
    fine = len(set(names)) == len(names)
    fine = fine and not any("\0" in text or len(text) > MAX_FIELD for text in texts)
    raw = urlencode(pairs).encode()
    if fine:
        assert read_parameters(raw) == {name: text for name, text in pairs if text}
    else:
        with pytest.raises(InvalidRequest):
            read_parameters(raw)


@pure_cases()
@given(raw=st.one_of(
    st.binary(max_size=60),
    st.lists(st.sampled_from(RAW), max_size=4).map(b"&".join),
    st.from_regex(rb"\A(a|b|%61|%C3%A9|%|=|&|\+|;|%00|%e|[\x00-\xff]){0,12}\Z"),
))  # fmt: skip
def test_F36_any_form_is_read_as_browsers_write_it_or_refused(raw: bytes) -> None:
    """What is accepted is what the URL Standard's own parser reads (section 5.1)."""
    with suppress(InvalidRequest):
        read = read_parameters(raw)
        assert raw.count(b"&") < MAX_FIELDS
        lenient = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
        assert len({name for name, _ in lenient}) == len(lenient)
        assert read == {name: value for name, value in lenient if value}
        assert "\ufffd" not in f"{read}" or b"%ef%bf%bd" in raw.lower()


_junk = st.binary(max_size=30).map(tokens.encode)
_segments = st.one_of(st.sampled_from(_GOOD.split(".")), _junk, _text)


@pure_cases()
@given(
    token=st.one_of(
        st.lists(_segments, min_size=1, max_size=4).map(".".join),
        st.builds(spliced, st.just(_GOOD), st.integers(0, 2000), _letter, st.just(1)),
        st.sampled_from([edit(_GOOD) for edit in EDITS.values()]),
        st.sampled_from([_GOOD[:-1] + last for last in ascii_letters]),
        st.builds(tokens.token, _raw, _raw),
    )
)
def test_F36_any_token_is_the_one_that_was_signed_or_refused(token: str) -> None:
    if token == _GOOD:
        return
    with pytest.raises(InvalidToken):
        verify_jwt(token, _KEYS, _EXPECTED, now=tokens.NOW)
    with suppress(InvalidToken):
        assert f"{read_jws(token).signing_input.decode()}." in token


_json = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), _text
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3)
    ),
    max_leaves=5,
)


@pure_cases()
@given(
    changed=st.dictionaries(
        st.sampled_from(sorted(tokens.claims())), _json, max_size=3
    ),
    head=st.dictionaries(
        st.sampled_from(("alg", "typ", "kid", "crit")), _json, max_size=2
    ),
)
def test_F36_any_signed_claims_are_refused_or_of_their_types(
    changed: dict[str, object], head: dict[str, object]
) -> None:
    """Also what our own key signed is looked at."""
    token = tokens.token(tokens.claims(**changed), tokens.header(**head))
    with suppress(InvalidToken):
        claims = verify_jwt(token, _KEYS, _EXPECTED, now=tokens.NOW)
        assert (claims["iss"], claims["aud"]) == (tokens.ISSUER, tokens.AUDIENCE)
        assert all(isinstance(claims[n], str) for n in ("sub", "client_id", "jti"))
        assert claims["exp"] - claims["iat"] <= timedelta(days=1).total_seconds()


@pure_cases()
@given(values=st.dictionaries(st.sampled_from(_FIELDS), _text))
def test_any_profile_is_taken_or_refused_by_field(values: dict[str, str]) -> None:
    blank = User(subject="s", username="ab", email="a@people.example", name="A")
    with suppress(Unusable):
        user = read_profile(values, blank)
        assert re.fullmatch(r"[^@\s\0]+", user.username)
        assert user.email.count("@") >= 1
        assert user.name.isprintable()


@pure_cases()
@given(password=_text, about=st.lists(_text, max_size=2))
def test_any_password_is_taken_or_refused(password: str, about: list[str]) -> None:
    problem = password_problem(password, about=tuple(about))
    assert problem is not None or 8 <= len(password) <= 1024
