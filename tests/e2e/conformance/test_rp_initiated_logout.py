"""The plan of RP-initiated logout: a static client with `client_secret_basic`."""

from uuid import uuid4

import jwt
import pytest

from tests.builders.client_keys import ClientKey
from tests.e2e import answers
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.conformance.discovery import discovered, endpoints_are_right
from tests.e2e.conformance.interaction import silently
from tests.e2e.conformance.log_out import (
    POST_LOGOUT,
    is_signed_out,
    log_out,
    say_yes,
    sent_back,
)
from tests.e2e.conformance.rp import RelyingParty, SignIn, static_client


@pytest.fixture(scope="module")
async def client(auth: AuthorizationServer) -> RelyingParty:
    """A client that has registered where it wants people after logout."""
    return await static_client(
        auth, "conformance-logout-app", post_logout_redirect_uris=[POST_LOGOUT]
    )


@pytest.fixture
def rp(client: RelyingParty) -> RelyingParty:
    """A browser that nobody has used yet."""
    return client.on_another_device()


def request(done: SignIn, **changes: str | None) -> dict[str, str]:
    """A logout request as the suite makes it; None takes away."""
    parameters = {
        "id_token_hint": str(done.tokens["id_token"]),
        "post_logout_redirect_uri": POST_LOGOUT,
        "state": uuid4().hex * 4,
    } | changes
    return {name: value for name, value in parameters.items() if value is not None}


def asks(page: Page) -> None:
    """The person is asked, on a page of ours, whether they want this."""
    answers.shown(page.response, 200)
    assert page.form("/oauth/logout/confirm")


async def refused(rp: RelyingParty, done: SignIn, **changes: str) -> None:
    """A page with an error, from which nothing leads to the app; nobody signed out."""
    page = await log_out(rp, request(done, **changes))
    answers.shown(page.response)
    assert "https://rp.example" not in page.response.text
    await silently(rp, prompt="none")


async def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(
    auth: AuthorizationServer,
) -> None:
    document = await discovered(auth)
    endpoints_are_right(document)
    assert document["end_session_endpoint"].startswith("https://")


async def test_oidcc_rp_initiated_logout(rp: RelyingParty) -> None:
    wanted = request(await rp.sign_in())
    assert sent_back(await log_out(rp, wanted)) == {"state": wanted["state"]}
    await is_signed_out(rp)


async def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(
    rp: RelyingParty,
) -> None:
    bad = "https://rp.example/bad_post_logout_redirect_uri"
    await refused(rp, await rp.sign_in(), post_logout_redirect_uri=bad)


async def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(
    rp: RelyingParty,
) -> None:
    added = f"{POST_LOGOUT}?foo=bar"
    await refused(rp, await rp.sign_in(), post_logout_redirect_uri=added)


async def test_oidcc_rp_initiated_logout_modified_id_token_hint(
    rp: RelyingParty,
) -> None:
    done = await rp.sign_in()
    unsigned = jwt.encode(done.claims, None, algorithm="none")
    await refused(rp, done, id_token_hint=unsigned)


async def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp: RelyingParty) -> None:
    done = await rp.sign_in()
    kid = jwt.get_unverified_header(done.tokens["id_token"])["kid"]
    stranger = ClientKey("RS256", kid=kid)
    forged = jwt.encode(done.claims, stranger.private, "RS256", {"kid": kid})
    await refused(rp, done, id_token_hint=forged)


async def test_oidcc_rp_initiated_logout_no_id_token_hint(rp: RelyingParty) -> None:
    page = await log_out(rp, request(await rp.sign_in(), id_token_hint=None))
    asks(page)
    assert POST_LOGOUT not in (await say_yes(rp, page)).url
    await is_signed_out(rp)


async def test_oidcc_rp_initiated_logout_no_params(rp: RelyingParty) -> None:
    await rp.sign_in()
    page = await log_out(rp, {})
    asks(page)
    answers.shown((await say_yes(rp, page)).response, 200)
    await is_signed_out(rp)


async def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(
    rp: RelyingParty,
) -> None:
    wanted = request(await rp.sign_in(), post_logout_redirect_uri=None)
    page = await log_out(rp, wanted)
    answers.shown(page.response, 200)
    assert "signed out" in page.response.text
    await is_signed_out(rp)


async def test_oidcc_rp_initiated_logout_no_state(rp: RelyingParty) -> None:
    page = await log_out(rp, request(await rp.sign_in(), state=None))
    assert sent_back(page) == {}
    await is_signed_out(rp)


async def test_oidcc_rp_initiated_logout_only_state(rp: RelyingParty) -> None:
    await rp.sign_in()
    page = await log_out(rp, {"state": uuid4().hex * 4})
    asks(page)
    answers.shown((await say_yes(rp, page)).response, 200)
    await is_signed_out(rp)
