"""Where a browser is sent: nowhere but where we think it goes, whatever is asked."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from auth_service.protocol.client import Client
from auth_service.protocol.client_metadata import redirect_uri_problem
from auth_service.protocol.reply import ReplyAddress, match_reply_address
from auth_service.web.headers import form_action_source
from auth_service.web.next_path import local_path
from client_demo.oauth.return_to import safe_return_to
from tests.fuzz import whatwg
from tests.fuzz.budget import pure_cases
from tests.fuzz.values import EDITS, NASTY, spliced
from valetkey.errors import InvalidRequest

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
_urls = st.one_of(
    _known,
    st.builds(lambda uri, edit: edit(uri), _known, st.sampled_from([*EDITS.values()])),
    st.builds(spliced, _known, st.integers(0, 60), _piece, st.integers(0, 1)),
    st.builds("https://app.example{}/cb".format, _some),
    st.builds("http://127.0.0.1{}/cb".format, _some),
    st.builds("https://{}{}".format, _piece, _some),
    st.builds("http://{}{}".format, _piece, _some),
    st.lists(_piece, min_size=1, max_size=7).map("".join),
    st.sampled_from(NASTY),
    st.text(max_size=30),
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
    reply_to = ReplyAddress(
        redirect_uri=uri, state=None, issuer=ISSUER, client_id="app"
    )
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
    answered = whatwg.read(reply_to.grants("the-code").url)
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
