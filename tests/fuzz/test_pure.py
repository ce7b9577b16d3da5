"""What reads other people's text, alone: it refuses in its own words or is right."""

import re
from base64 import b64decode, b64encode
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from string import ascii_letters
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from auth_service.protocol.client import Client
from auth_service.protocol.client_authentication import read_credentials
from auth_service.protocol.client_metadata import redirect_uri_problem
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.protocol.scopes import MAX_SCOPE, read_scopes
from auth_service.protocol.sign_up_form import Unusable, password_problem, read_profile
from auth_service.protocol.user import User
from auth_service.web.headers import form_action_source
from auth_service.web.next_path import local_path
from client_demo.oauth.return_to import safe_return_to
from tests.builders import tokens
from tests.fuzz import whatwg
from tests.fuzz.budget import pure_cases
from tests.fuzz.values import EDITS, NASTY, RAW
from valetkey.errors import InvalidClient, InvalidRequest, InvalidScope, InvalidToken
from valetkey.jwk import read_jwks
from valetkey.jws import read_jws
from valetkey.jwt_verification import Expectation, verify_jwt
from valetkey.parameters import MAX_FIELD, MAX_FIELDS, read_parameters

ISSUER = "https://id.example"
REGISTERED = (
    "https://app.example/cb",
    "https://app.example/cb?x=1",
    "https://app.example:8443/a/b",
    "http://127.0.0.1/cb",
    "http://127.0.0.1:9000/cb",
    "http://[::1]/cb",
    "http://localhost/cb",
    "com.example.app:/cb",
)
_FIELDS = ("username", "email", "name", "birthdate", "phone_number", "emp_user_id")
_KEYS = read_jwks({"keys": [tokens.ec_jwk()]})
_EXPECTED = Expectation.access_token(issuer=tokens.ISSUER, audience=tokens.AUDIENCE)
_GOOD = tokens.token()

_text = st.one_of(st.sampled_from(NASTY), st.text(max_size=30))
#: Pieces that URLs are made of, and that parsers disagree about.
_PIECES = (
    *("https:", "http:", "HTTPS:", "com.example.app:", "javascript:", "ws:", "ftp:"),
    *("/", "//", "\\", "\\\\", ":", "@", "?", "#", "%", ".", "..", "&", "*", ";"),
    *("app.example", "evil.example", "APP.EXAMPLE", "app.example.", "xn--a", "a_b"),
    *("127.0.0.1", "127.1", "0x7f.1", "2130706433", "0177.0.0.1", "1.2.3", "256.1.1.1"),
    *("[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::1%25eth0]", "localhost"),
    *(":0", ":80", ":443", ":8443", ":65535", ":65536", ":08", ":", ":9a"),
    *("user", "user:pass@", "app.example@", "@app.example", "%40", "%2f", "%2e%2e"),
    *("cb", "/cb", "/cb/", "/cb/..", "/./cb", "/%2e/cb", "?x=1", "#f", "%00", "%0a"),
    *("\t", "\n", " ", "\0", "\u3002", "\uff0f", "\uff0e", "é", "ｅ", "\u200b", "ß"),
)
_known, _piece = st.sampled_from(REGISTERED), st.sampled_from(_PIECES)
_some = st.lists(_piece, max_size=4).map("".join)


def _spliced(uri: str, at: int, new: str, over: int) -> str:
    """The text with something else in it, perhaps in place of a character."""
    at %= len(uri)
    return uri[:at] + new + uri[at + over :]


_urls = st.one_of(
    _known,
    st.builds(lambda uri, edit: edit(uri), _known, st.sampled_from([*EDITS.values()])),
    st.builds(_spliced, _known, st.integers(0, 60), _piece, st.integers(0, 1)),
    st.builds("https://app.example{}/cb".format, _some),
    st.builds("http://127.0.0.1{}/cb".format, _some),
    st.builds("https://{}{}".format, _piece, _some),
    st.builds("http://{}{}".format, _piece, _some),
    st.lists(_piece, min_size=1, max_size=7).map("".join),
    _text,
)


def _client(application_type: str, *redirect_uris: str) -> Client:
    return Client(
        client_id="app",
        client_name="App",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"authorization_code"}),
        scopes=frozenset(),
        application_type=application_type,
        redirect_uris=redirect_uris,
    )


@pure_cases()
@given(uri=_urls, application_type=st.sampled_from(("web", "native")))
def test_F36_a_registered_uri_leads_a_browser_where_we_say(
    uri: str, application_type: str
) -> None:
    """What people and policies are told is the host that the browser goes to."""
    if redirect_uri_problem(uri, application_type=application_type) is not None:
        return
    place = whatwg.read(uri)
    reply_to = ReplyAddress(redirect_uri=uri, state=None, issuer=ISSUER)
    shown = place.scheme + ":"
    if place.host is not None:
        shown = place.host + ("" if place.port is None else f":{place.port}")
        default = ":443" if place.scheme == "https" else ":80"
        assert reply_to.host.removesuffix(default) == shown.removesuffix(default)
        assert form_action_source(uri) in {f"{place.scheme}:", reply_to.origin}
    else:
        assert application_type == "native"
        assert (reply_to.host, reply_to.origin) == (shown, shown)


@pure_cases()
@given(uri=_urls, application_type=st.sampled_from(("web", "native")))
@example("http://127.0.0.1:65535/cb", "native")
def test_F36_an_accepted_uri_is_a_registered_one_to_a_browser(
    uri: str, application_type: str
) -> None:
    """No accept-mismatch: we and a browser agree on host, path, and the port."""
    client = _client(application_type, *REGISTERED)
    try:
        reply_to = match_reply_address({"redirect_uri": uri}, client, issuer=ISSUER)
    except InvalidRequest:
        assert uri not in REGISTERED
        return
    place, known = whatwg.read(uri), [whatwg.read(each) for each in REGISTERED]
    if application_type == "native" and place.host in {"127.0.0.1", "[::1]"}:
        place, known = replace(place, port=0), [replace(each, port=0) for each in known]
    assert place in known
    answered = whatwg.read(reply_to.grants("the-code"))
    assert answered.path == place.path
    assert answered.host == place.host


@pure_cases()
@given(path=st.one_of(_urls, st.lists(st.sampled_from(_PIECES), max_size=5).map(
    lambda pieces: "/" + "".join(pieces))))  # fmt: skip
def test_F36_a_next_path_never_leaves_the_site(path: str) -> None:
    here = whatwg.read(f"{ISSUER}/login")
    for kept in (local_path(path), safe_return_to(path)):
        assert whatwg.read(kept, here).origin == here.origin
        assert kept.isascii()
        assert kept.isprintable()


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


@pure_cases()
@given(
    header=st.one_of(
        _text,
        _text.map(lambda text: f"Basic {text}"),
        st.one_of(st.binary(max_size=40), st.sampled_from(RAW)).map(
            lambda raw: f"basic {b64encode(raw).decode()}"
        ),
    )
)
def test_F36_any_header_is_credentials_or_refused(header: str) -> None:
    with suppress(InvalidClient):
        read = read_credentials({}, header)
        assert b":" in b64decode(header[6:])
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


_letter = st.sampled_from(["", "A", "b", "_", ".", "=", "é", "\0"])
_raw = st.sampled_from(RAW)


@pure_cases()
@given(
    token=st.one_of(
        st.lists(_segments, min_size=1, max_size=4).map(".".join),
        st.builds(_spliced, st.just(_GOOD), st.integers(0, 2000), _letter, st.just(1)),
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
