"""oidc-client-ts (npm) as an app of one page, in a real Chromium."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import jwt
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.peers.node_peers import PACKAGES, require_packages
from tests.e2e.peers.python_stack import PERSON, Stack, client

pytestmark = pytest.mark.browser

SCOPE = f"{PERSON} notes:read"
OURS = Path(__file__).with_name("oidc_client_ts")
LIBRARY = PACKAGES / "oidc-client-ts/dist/browser/oidc-client-ts.min.js"
TYPES = {".html": "text/html", ".js": "text/javascript", ".json": "application/json"}


class _Files(BaseHTTPRequestHandler):
    """The app's files; the library's own file is sent as it was published."""

    settings: dict[str, Any]

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].lstrip("/") or "index.html"
        file = LIBRARY if name == LIBRARY.name else OURS / name
        told = name == "settings.json"
        body = json.dumps(self.settings).encode() if told else file.read_bytes()
        self.send_response(200)
        self.send_header("content-type", TYPES[Path(name).suffix])
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Not on the terminal."""


@pytest.fixture(scope="module")
def app(stack: Stack) -> Iterator[str]:
    """The address of the app, which the server knows as a public client."""
    require_packages()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        origin = f"http://localhost:{server.server_port}"
        registered = client(
            "oidc-client-ts",
            client_secret=None,
            token_endpoint_auth_method="none",
            redirect_uris=[f"{origin}/callback.html"],
            post_logout_redirect_uris=[f"{origin}/"],
        )
        stack.add(clients=[registered])
        _Files.settings = {
            "authority": stack.issuer,
            "client_id": registered["client_id"],
            "scope": SCOPE,
        }
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield origin
        server.shutdown()
        thread.join()


def _sign_in(page: Page, stack: Stack) -> None:
    """What alice does on our pages; she allows the app once."""
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password").fill(stack.password("alice"))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/login" not in url)
    if "/consent" in page.url:
        page.get_by_role("button", name="Allow").click()


def _outcome(page: Page) -> dict[str, Any]:
    """What the app shows when it is done with something."""
    shown = page.locator("#outcome")
    expect(shown).to_have_text(re.compile(r"\{.*\}"))
    outcome: dict[str, Any] = json.loads(shown.inner_text())
    return outcome


def _press(page: Page, name: str) -> dict[str, Any]:
    page.get_by_role("button", name=name, exact=True).click()
    return _outcome(page)


def _begin(page: Page, stack: Stack, address: str) -> dict[str, Any]:
    """Sign in as the app does by default: the whole window goes there and back."""
    page.goto(address)
    page.get_by_role("button", name="Sign in", exact=True).click()
    _sign_in(page, stack)
    page.wait_for_url(f"{address.partition('?')[0]}/")
    return _outcome(page)


def test_a_person_signs_in_by_a_redirect(page: Page, stack: Stack, app: str) -> None:
    """Token and userinfo are read across origins."""
    user = _begin(page, stack, app)

    assert user["token_type"] == "Bearer"
    assert user["profile"]["preferred_username"] == "alice"
    assert set(user["scope"].split()) == set(SCOPE.split())


def test_a_person_signs_in_in_a_popup(page: Page, stack: Stack, app: str) -> None:
    """The popup comes home with its opener, and is closed by the library."""
    page.goto(app)

    with page.expect_popup(timeout=30_000) as opened:
        page.get_by_role("button", name="Sign in in a popup").click()
    popup = opened.value
    popup.wait_for_url(f"{stack.issuer}/login?*")
    assert popup.evaluate("window.opener !== null")
    _sign_in(popup, stack)

    assert _outcome(page)["profile"]["preferred_username"] == "alice"


def test_tokens_are_renewed(page: Page, stack: Stack, app: str) -> None:
    """With the refresh token, which is replaced by the next one."""
    user = _begin(page, stack, app)

    renewed = [_press(page, "Renew") for _ in range(2)]

    tokens = {each["refresh_token"] for each in (user, *renewed)}
    assert len(tokens) == 3
    assert renewed[-1]["profile"]["sub"] == user["profile"]["sub"]


def test_a_hidden_frame_signs_in_whoever_is_signed_in(
    page: Page, stack: Stack, app: str
) -> None:
    """`prompt=none`: no page of ours is shown, none could be in a frame."""
    user = _begin(page, stack, app)
    _press(page, "Forget")

    again = _press(page, "Renew")

    assert again["profile"]["sub"] == user["profile"]["sub"]
    assert again["refresh_token"] != user["refresh_token"]


def test_signing_out_revokes_and_comes_back(page: Page, stack: Stack, app: str) -> None:
    """After it the hidden frame has nobody to sign in."""
    _begin(page, stack, app)

    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url(f"{app}/?state=*")

    assert _outcome(page) == {}
    assert _press(page, "Renew")["error"]["error"] == "login_required"


def test_tokens_are_bound_to_a_key_of_the_browser(
    chromium: Browser, stack: Stack, app: str
) -> None:
    """DPoP across origins: its header, and the server's nonce (RFC 9449 section 8)."""
    stack.needs("dpop_signing_alg_values_supported", "ES256")
    with chromium.new_context() as context:
        # That a first request is answered by `use_dpop_nonce` is no complaint here.
        page = context.new_page()

        user = _begin(page, stack, f"{app}?dpop")
        renewed = _press(page, "Renew")

    for each in (user, renewed):
        assert each["token_type"] == "DPoP"
        claims = jwt.decode(each["access_token"], options={"verify_signature": False})
        assert claims["cnf"]["jkt"]
