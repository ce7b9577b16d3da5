"""What must be so of every answer of the authorization server."""

import itertools
import re
from html import unescape

from auth_service.web.headers import FLOW, HEADERS
from tests.builders import auth as builder
from tests.e2e.stores import Stores
from tests.fuzz import whatwg
from tests.fuzz.asgi import Answer, Sent, send
from tests.fuzz.auth_world import World
from tests.fuzz.invariants import check, has, sets_only, tells_an_oauth_error
from tests.fuzz.requests import Request, fill_in

_COOKIES = [f"__Host-valetkey-{name}" for name in ("session", "browser", "letter")]
ISSUER = whatwg.read(f"{builder.ISSUER}/login")
_ADDRESSES = (f"198.19.{n >> 8 & 255}.{n & 255}" for n in itertools.count())


async def attempt(request: Request, world: World) -> None:
    """Send it, and look at everything that must be so of every answer."""
    sent = await fill_in(request, world.give, host="id.example", ip=next(_ADDRESSES))
    answer = await send(world.auth.app, sent)
    check("auth", answer, secrets=world.secrets())
    _has_its_headers(sent, answer)
    sets_only(answer, _COOKIES)
    for location in (*answer.all("location"), *_forms(answer)):
        _leads_somewhere_registered(location, world.stores)
    json = answer.header("content-type") == "application/json"
    if json and answer.status >= 400 and answer.body:
        tells_an_oauth_error(answer)


def _has_its_headers(sent: Sent, answer: Answer) -> None:
    opener = "cross-origin-opener-policy"
    may_differ = {"cache-control", "content-security-policy", opener}
    may_differ.add("cross-origin-resource-policy")
    has(answer, {n: "" if n in may_differ else v for n, v in HEADERS.items()})
    has(answer, {"strict-transport-security": "max-age=", "x-request-id": ""})
    policy = answer.header("content-security-policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    if answer.header(opener) == "unsafe-none":
        assert (
            sent.target.decode("ascii", "ignore").startswith(FLOW)
            or b"%" in sent.target
        )
    allowed = answer.header("access-control-allow-origin")
    if allowed not in {None, "*"}:
        assert allowed in {"https://spa.example", "http://127.0.0.1"}
        assert answer.header("access-control-allow-credentials") is None


def _forms(answer: Answer) -> list[str]:
    """Where the forms of a page go, `response_mode=form_post` among them."""
    found = re.findall(
        r'<form[^>]* action="([^"]+)"', answer.body.decode(errors="replace")
    )
    return [unescape(action) for action in found]


def _leads_somewhere_registered(location: str, stores: Stores) -> None:
    place = whatwg.read(location, ISSUER)
    if location.startswith("/"):
        assert place.origin == ISSUER.origin, location
        return
    rows = stores.run(
        "SELECT redirect_uris || post_logout_redirect_uris FROM auth.clients"
    )
    registered = {uri for (uris,) in rows for uri in uris}
    uri = _registered(location, registered)
    assert uri is not None, location
    there = whatwg.read(uri)
    assert (place.scheme, place.host, place.path) == (
        there.scheme,
        there.host,
        there.path,
    )
    assert "code=" not in location or "iss=https%3A%2F%2Fid.example" in location


def _registered(location: str, registered: set[str]) -> str | None:
    """The address that a redirect goes to, if an app has it, on whatever port."""
    for uri in registered:
        for start in (location, re.sub(r"^(http://127\.0\.0\.1):\d+", r"\1", location)):
            if start == uri or start.startswith((f"{uri}?", f"{uri}&", f"{uri}#")):
                return uri
    return None
