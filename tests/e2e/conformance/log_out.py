"""What a relying party does to sign a person out, and sees of it."""

from urllib.parse import urlsplit

from tests.e2e.browser import Page
from tests.e2e.conformance.responses import queried
from tests.e2e.conformance.rp import RelyingParty

#: Where the person is wanted afterwards.
POST_LOGOUT = "https://rp.example/post_logout_redirect"


async def log_out(rp: RelyingParty, request: dict[str, str]) -> Page:
    """The page, or answer, that a logout request leads to."""
    return await rp.browser.get(f"{rp.auth.issuer}/oauth/logout", **request)


async def say_yes(rp: RelyingParty, page: Page) -> Page:
    """What comes of it that the person wants to be signed out."""
    return await rp.browser.send(page, "/oauth/logout/confirm", action="sign_out")


def sent_back(page: Page) -> dict[str, str]:
    """What the post_logout_redirect_uri was given (RP-Initiated Logout section 3)."""
    assert page.response.is_redirect, (page.url, page.response.text)
    assert not urlsplit(page.url).fragment
    if not urlsplit(page.url).query:
        assert page.url == POST_LOGOUT
        return {}
    return queried(page.url, POST_LOGOUT)


async def is_signed_out(rp: RelyingParty) -> None:
    """Nobody is signed in any more: without a page, no code (OIDC Core 3.1.2.1)."""
    request = rp.request(prompt="none")
    answer = rp.read(await rp.send(request), request)
    assert answer["error"] == "login_required"
    assert "code" not in answer
