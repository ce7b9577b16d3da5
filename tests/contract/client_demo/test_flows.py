"""The flows of the menu: what is sent, what is shown, what is not offered."""

import html
import json
import re

import jwt
import pytest

from client_demo.store import connect
from tests.contract.client_demo.browser import Browser
from tests.contract.client_demo.peer import OFFERED, query
from valetkey.dpop import token_hash
from valetkey.thumbprint import thumbprint

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"


@pytest.fixture
def peer(peer):
    """A provider that offers everything."""
    peer.metadata |= OFFERED
    return peer


async def start(browser: Browser, flow: str) -> str:
    """Press a button of the menu; the page that follows."""
    page = (await browser.get("/flows")).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    fields = {"csrf_token": html.unescape(token[1])} if token else {}
    answer = await browser.post(f"/flows/{flow}", flow=flow, **fields)
    assert answer.status_code == 303, answer.text
    return (await browser.get(answer.headers["location"])).text


@pytest.mark.parametrize("member", OFFERED)
async def test_what_the_metadata_does_not_advertise_is_not_offered(
    browser, new_app, peer, member
) -> None:
    assert "Not offered" not in (await browser.get("/flows")).text
    del peer.metadata[member]

    page = (await Browser(new_app(), peer).get("/flows")).text

    assert "Not offered by this provider" in page


async def test_a_pushed_request_leaves_nothing_for_the_browser_to_change(
    browser, peer
) -> None:
    url = await browser.begin("/sign-in?flow=par")

    assert query({"client_id": "the app"}) in url
    assert "request_uri=urn" in url
    for name in ("scope", "redirect_uri", "code_challenge", "state"):
        assert f"{name}=" not in url
    assert (await browser.arrive(peer.sign_in(url))).status_code == 303
    assert "Pushed authorization request" in (await browser.get("/steps")).text


async def test_dpop_binds_code_tokens_and_calls_to_one_key(browser, peer) -> None:
    """Nonces come with a refusal, and are used from then on (RFC 9449 section 8)."""
    peer.answer["token_type"] = "DPoP"
    peer.dpop_nonce = "the nonce"
    url = await browser.begin("/sign-in?flow=dpop")
    await browser.arrive(peer.sign_in(url))
    assert (await browser.get("/notes")).status_code == 200

    jwks = [jwt.get_unverified_header(proof)["jwk"] for proof in peer.proofs]
    claims = [
        jwt.decode(p, jwt.PyJWK(k), ["ES256"], options={"verify_iat": False})
        for p, k in zip(peer.proofs, jwks, strict=True)
    ]
    assert len({thumbprint(jwk) for jwk in jwks}) == 1
    assert f"dpop_jkt={thumbprint(jwks[0])}" in url
    assert len({each["jti"] for each in claims}) == len(claims)
    assert "nonce" not in claims[0]
    assert claims[1]["nonce"] == "the nonce"
    access = next(each for each in peer.secrets_given if each.startswith("access"))
    assert claims[-1]["ath"] == token_hash(access)
    assert (claims[-1]["htm"], claims[-1]["htu"]) == (
        "GET",
        "https://api.example/notes",
    )
    assert "d" not in jwks[0]


async def test_a_bearer_token_is_refused_where_a_bound_one_was_asked_for(
    browser, peer
) -> None:
    answer = await browser.arrive(
        peer.sign_in(await browser.begin("/sign-in?flow=dpop"))
    )

    assert answer.status_code == 400
    assert "token_type is not DPoP" in answer.text


async def test_a_device_waits_slows_down_and_gets_its_tokens(
    browser, peer, redis_url
) -> None:
    redis = connect(redis_url)

    async def look() -> str:
        """The page, after the interval has passed."""
        await redis.delete(*await redis.keys("vk:demo:asked:*"))
        return (await browser.get("/flows/device")).text

    page = await start(browser, "device")
    assert "WDJB-MJHT" in page
    assert 'http-equiv="refresh"' in page
    asked = len(peer.forms)
    assert "WDJB-MJHT" in (await browser.get("/flows/device")).text
    assert len(peer.forms) == asked  # not before the interval is over
    peer.says = [
        (400, {"error": "authorization_pending"}),
        (400, {"error": "slow_down"}),
    ]
    assert "every 1 seconds" in await look()
    assert "every 6 seconds" in await look()
    # This provider's ID tokens have no nonce then: there was no request to put one in.
    assert "this screen has its tokens" in await look()
    assert len(peer.forms) == asked + 3
    assert (
        "WDJB-MJHT"
        not in (await browser.get("/flows/device")).text.split("What went")[0]
    )
    await redis.aclose()


async def test_a_service_gets_a_token_only_where_one_is_set_up(
    browser, new_app, peer
) -> None:
    assert "SERVICE_CLIENT_ID" in (await browser.get("/flows")).text
    own = Browser(
        new_app(SERVICE_CLIENT_ID="service", SERVICE_CLIENT_SECRET="s" * 32), peer
    )
    told = {"access_token": "t", "token_type": "Bearer", "expires_in": 60}
    peer.says.append((200, told))
    peer.access_tokens.add("t")

    page = await start(own, "client-credentials")

    assert peer.forms[-1]["grant_type"] == "client_credentials"
    assert peer.callers == ["service"]
    assert "speaks for itself" in page


async def test_where_no_service_is_set_up_nobody_is_asked(browser, peer) -> None:
    answer = await browser.post("/flows/client-credentials", flow="service")

    assert answer.status_code == 400
    assert not peer.forms


@pytest.mark.parametrize(
    "told",
    [
        {"error": "unauthorized_client"},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri_complete": "data:text/html,x"},
        {"interval": 0},
        {"expires_in": "600"},
        {"user_code": ""},
        {"device_code": None},
    ],
    ids=str,
)
async def test_a_device_that_gets_no_code_does_not_wait(browser, peer, told) -> None:
    peer.device = told

    answer = await browser.post("/flows/device", flow="device")

    assert answer.status_code == 400
    assert str(told.get("error", "")) in answer.text
    assert "WDJB-MJHT" not in (await browser.get("/flows/device")).text


async def test_a_device_shows_its_code_beside_the_complete_address(
    browser, peer
) -> None:
    """RFC 8628 section 3.3.1: the person may be asked whether it is the same."""
    complete = f"{peer.issuer}/device?user_code=Q"
    peer.device = {"verification_uri_complete": complete}

    page = await start(browser, "device")

    assert f'href="{complete}"' in page
    assert '<dd class="user-code">WDJB-MJHT</dd>' in page


@pytest.mark.parametrize("error", ["access_denied", "expired_token", "invalid_grant"])
async def test_a_device_that_was_refused_asks_no_more(
    browser, peer, redis_url, error
) -> None:
    redis = connect(redis_url)
    await start(browser, "device")
    peer.says = [(400, {"error": error})]
    for _ in range(2):
        await redis.delete(*await redis.keys("vk:demo:asked:*"), "none")
        page = (await browser.get("/flows/device")).text
    await redis.aclose()

    assert "The provider gave no tokens" in page
    assert 'http-equiv="refresh"' not in page
    assert len(peer.forms) == 1


@pytest.mark.parametrize("claims", [{"aud": "another app"}, {"iss": "https://evil"}])
async def test_a_device_believes_no_id_token_for_others(
    browser, peer, redis_url, claims
) -> None:
    redis = connect(redis_url)
    await start(browser, "device")
    peer.claims |= claims
    await redis.delete(*await redis.keys("vk:demo:asked:*"), "none")
    page = (await browser.get("/flows/device")).text
    await redis.aclose()

    assert "The provider gave no tokens" in page


@pytest.mark.parametrize("flow", ["device", "client-credentials"])
async def test_a_form_of_another_site_starts_no_flow(browser, peer, flow) -> None:
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}

    answer = await browser.send("POST", f"/flows/{flow}", headers=headers)

    assert answer.status_code == 403
    assert not peer.secrets_given


async def test_a_bound_token_is_exchanged_with_its_key(browser, peer) -> None:
    peer.answer["token_type"] = "DPoP"
    await browser.sign_in("/sign-in?flow=dpop")
    before = len(peer.proofs)

    page = await start(browser, "token-exchange")

    assert "can do less" in page
    said = [
        jwt.decode(each, options={"verify_signature": False})["htu"]
        for each in peer.proofs[before:]
    ]
    assert said == ["https://op.example/token", "https://api.example/me"]


async def test_an_exchange_for_another_kind_of_token_is_refused(browser, peer) -> None:
    await browser.sign_in()
    peer.answer["issued_token_type"] = "urn:ietf:params:oauth:token-type:id_token"

    answer = await browser.submit("/flows/token-exchange")

    assert answer.status_code == 400
    assert "issued_token_type" in answer.text


async def test_a_token_is_exchanged_for_a_narrower_one(browser, peer) -> None:
    await browser.sign_in()

    page = await start(browser, "token-exchange")

    form = peer.forms[-1]
    assert form["scope"] == "notes:read"
    assert form["subject_token_type"] == ACCESS_TOKEN
    assert form["subject_token"] not in page
    assert "can do less" in page


async def test_step_up_does_what_the_challenge_says(browser, peer, clock) -> None:
    """RFC 9470: the values come from the API and are in no setting of ours."""
    peer.notes["n0"] = {"id": "n0", "title": "Milk"}
    await browser.sign_in()
    peer.challenge = (
        'Bearer error="insufficient_user_authentication", '
        'error_description="say \\"hello\\"", max_age="77", acr_values="gold silver"'
    )
    page = await start(browser, "step-up")
    assert "prove again" in page
    assert peer.notes

    answer = await browser.submit("/flows/step-up/sign-in")
    url = answer.headers["location"]
    assert "max_age=77" in url
    assert "acr_values=gold+silver" in url
    peer.claims["auth_time"] = int(clock.now().timestamp())
    back = await browser.arrive(peer.sign_in(url))
    assert back.headers["location"] == "/flows/step-up"
    peer.challenge = None

    page = await start(browser, "step-up")

    assert "The API did it" in page
    assert page.count("Delete all notes") >= 2
    assert not peer.notes


@pytest.mark.parametrize(
    "claims", [{}, {"auth_time": 1}, {"sub": "bob", "auth_time": 1893499200}], ids=str
)
async def test_a_step_up_by_somebody_else_or_too_long_ago_is_refused(
    browser, peer, claims
) -> None:
    await browser.sign_in()
    peer.challenge = 'Bearer error="insufficient_user_authentication", max_age=77'
    await start(browser, "step-up")
    url = (await browser.submit("/flows/step-up/sign-in")).headers["location"]
    peer.claims |= claims
    peer.userinfo = json.dumps({"sub": claims.get("sub", "alice")}).encode()

    assert (await browser.arrive(peer.sign_in(url))).status_code == 400


@pytest.mark.parametrize(
    "challenge",
    [
        'Bearer error="insufficient_user_authentication", max_age=x, acr_values="a  b"',
        'Bearer error="insufficient_user_authentication"',
    ],
)
async def test_what_a_challenge_should_not_say_is_not_repeated(
    browser, peer, challenge
) -> None:
    await browser.sign_in()
    peer.challenge = challenge
    await start(browser, "step-up")

    url = (await browser.submit("/flows/step-up/sign-in")).headers["location"]

    assert "max_age" not in url
    assert "acr_values" not in url


async def test_another_challenge_is_no_step_up(browser, peer) -> None:
    await browser.sign_in()
    peer.challenge = 'Bearer error="insufficient_scope", max_age="77"'

    page = await start(browser, "step-up")

    assert "The API said no, with status 401" in page
    answer = await browser.submit("/flows/step-up/sign-in")
    assert answer.status_code == 400
    assert "the API asked for nothing" in answer.text


async def test_a_bound_session_stays_bound(browser, peer) -> None:
    peer.answer["token_type"] = "DPoP"
    await browser.sign_in("/sign-in?flow=dpop")
    peer.challenge = 'DPoP error="insufficient_user_authentication", max_age=77'
    await start(browser, "step-up")

    for path in ("/flows/silent-renewal", "/flows/step-up/sign-in"):
        answer = await browser.submit(path)
        assert "dpop_jkt=" in answer.headers["location"]


async def test_silent_renewal_brings_nobody_else(browser, peer) -> None:
    await browser.sign_in()
    url = (await browser.submit("/flows/silent-renewal")).headers["location"]
    peer.claims["sub"] = "bob"
    peer.userinfo = b'{"sub": "bob"}'

    assert (await browser.arrive(peer.sign_in(url))).status_code == 400


async def test_silent_renewal_shows_no_page_and_keeps_the_session_where_it_fails(
    browser, peer
) -> None:
    await browser.sign_in()
    url = (await browser.submit("/flows/silent-renewal")).headers["location"]
    assert "prompt=none" in url
    assert "id_token_hint=" in url
    answer = peer.sign_in(url, code="") | {"error": "login_required"}

    page = await browser.arrive(answer)

    assert page.status_code == 400
    assert "login_required" in page.text
    assert "Authorization request" in page.text
    assert await browser.is_signed_in()


async def test_a_persons_run_is_shown_to_nobody_else(browser, peer) -> None:
    """Not after they have left, though the browser still has its cookie."""
    await browser.sign_in()
    assert "New tokens came" in await start(browser, "refresh")

    await browser.submit("/sign-out")

    assert "New tokens came" not in (await browser.get("/flows/refresh")).text


async def test_an_unknown_flow_is_no_page(browser) -> None:
    assert (await browser.get("/flows/nothing")).status_code == 404
