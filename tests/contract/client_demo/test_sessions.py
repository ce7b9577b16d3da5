"""Somebody who is signed in: tokens, their renewal, and leaving."""

import asyncio
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from client_demo.sessions import Sessions
from client_demo.store import connect
from tests.contract.client_demo.browser import Browser
from tests.contract.client_demo.peer import API, CLIENT_SECRET
from valetkey.opaque import fingerprint


@pytest.fixture
async def signed_in(browser: Browser) -> Browser:
    await browser.sign_in()
    return browser


async def test_CL12_no_token_reaches_the_browser_or_the_log(browser, peer, capsys):
    """Every page, every header, every line: what the provider gave stays inside."""
    seen = [await browser.get("/"), await browser.get("/sign-in?mode=steps")]
    seen.append(await browser.sign_in())
    seen += [await browser.get(path) for path in ("/", "/steps", "/notes")]
    seen.append(await browser.submit("/flows/refresh"))
    seen.append(await browser.get("/steps"))
    peer.away.add("/token")
    seen.append(await browser.submit("/flows/refresh"))
    seen.append(await browser.submit("/sign-out"))
    text = "\n".join(f"{a.headers}\n{a.text}" for a in seen) + capsys.readouterr().out

    for secret in (*peer.secrets_given, CLIENT_SECRET):
        assert secret not in text


async def test_the_signed_in_page_shows_who_what_and_how(signed_in) -> None:
    page = (await signed_in.get("/")).text

    assert "Alice &lt;b&gt;A&lt;/b&gt;" in page
    assert "RFC 9207" in page
    assert "2030-01-01 12:10:00 UTC" in page
    assert page.count("passed") == 13


async def test_the_steps_show_each_message_with_its_secrets_masked(signed_in) -> None:
    await signed_in.get("/notes")
    page = (await signed_in.get("/steps")).text

    titles = re.findall(r"<h2>(.*)</h2>", page)
    assert titles[:6] == [
        "Authorization request",
        "Callback",
        "Token request",
        "UserInfo request",
        "Who am I",
        "List notes",
    ]
    assert "Basic ••••••••" in page
    assert "Bearer access-" in page


async def test_CL15_one_refresh_serves_twenty_calls_over_two_processes(
    signed_in, new_app, peer, clock
) -> None:
    """The provider ends the family at a second use: one more would sign us out."""
    clock.advance(seconds=601)
    before = peer.requests.count("/token")
    apps = [signed_in.app, new_app()]
    tabs = [Browser(apps[n % 2], peer, signed_in.jar) for n in range(20)]

    answers = await asyncio.gather(*(tab.get("/notes") for tab in tabs))

    assert [answer.status_code for answer in answers] == [200] * 20
    assert peer.requests.count("/token") - before == 1


async def test_a_token_that_the_api_refuses_is_renewed_once(signed_in, peer) -> None:
    """Revoked, or a clock that is off: 401 comes before expiry."""
    peer.access_tokens.clear()

    assert (await signed_in.get("/notes")).status_code == 200
    assert peer.requests.count("/token") == 2


async def test_a_session_that_cannot_be_renewed_ends_and_says_so(
    signed_in, peer, clock
) -> None:
    clock.advance(seconds=601)
    peer.refresh_tokens.clear()

    answer = await signed_in.get("/notes")

    assert answer.headers["location"] == "/?after=session-ended"
    assert "could not be renewed" in (await signed_in.get("/?after=session-ended")).text
    assert not await signed_in.is_signed_in()


async def test_without_a_refresh_token_an_expired_session_ends(browser, peer, clock):
    peer.answer["refresh_token"] = None
    await browser.sign_in()
    clock.advance(seconds=601)

    answer = await browser.get("/notes")

    assert answer.headers["location"] == "/?after=session-ended"


async def test_a_provider_that_is_away_does_not_end_the_session(
    signed_in, peer, clock
) -> None:
    clock.advance(seconds=601)
    peer.away.add("/token")
    assert (await signed_in.get("/notes")).status_code == 503
    peer.away.clear()

    assert (await signed_in.get("/notes")).status_code == 200


async def test_a_refresh_that_names_another_person_ends_the_session(signed_in, peer):
    peer.claims["sub"] = "bob"

    answer = await signed_in.submit("/flows/refresh")

    assert answer.headers["location"] == "/?after=session-ended"


async def test_a_renewal_that_ends_late_does_not_revive_a_session(
    signed_in, redis_url
) -> None:
    redis = connect(redis_url)
    sessions = Sessions(redis)
    session = await sessions.find(signed_in.jar["__Host-demo-session"])
    assert session
    await sessions.end(session.key)

    assert not await sessions.replace_tokens(session.key, session.tokens)
    await sessions.record(session.key, [])
    assert await redis.keys(f"*{session.key}*") == []
    await redis.aclose()


async def test_handles_are_kept_as_fingerprints_and_everything_expires(
    signed_in, redis_url
) -> None:
    await signed_in.begin()
    redis = connect(redis_url)
    keys = await redis.keys("vk:demo:*")
    handle = signed_in.jar["__Host-demo-session"]

    assert f"vk:demo:session:{fingerprint(handle)}" in keys
    assert not [key for key in keys if handle in key]
    assert all([await redis.ttl(key) > 0 for key in keys])
    await redis.aclose()


async def test_signing_out_here_revokes_the_refresh_token(signed_in, peer) -> None:
    answer = await signed_in.submit("/sign-out")

    assert answer.headers["location"] == "/?after=signed-out"
    assert peer.refresh_tokens == set()
    assert not await signed_in.is_signed_in()


async def test_signing_out_works_while_the_provider_is_away(signed_in, peer) -> None:
    peer.away.add("/revoke")

    assert (await signed_in.submit("/sign-out")).status_code == 303
    assert not await signed_in.is_signed_in()


async def test_signing_out_everywhere_goes_on_to_the_provider(signed_in, peer) -> None:
    answer = await signed_in.submit("/sign-out-everywhere")

    place = urlsplit(answer.headers["location"])
    asked = parse_qs(place.query)
    assert f"{place.scheme}://{place.netloc}{place.path}" == "https://op.example/logout"
    assert asked["post_logout_redirect_uri"] == ["https://client.example/"]
    assert asked["id_token_hint"][0] in peer.secrets_given
    back = await signed_in.get(f"/?state={asked['state'][0]}")
    assert "signed out here and at the provider" in back.text


async def test_signing_out_everywhere_without_such_an_endpoint_signs_out_here(
    browser, peer
) -> None:
    peer.metadata["end_session_endpoint"] = None
    await browser.sign_in()

    answer = await browser.submit("/sign-out-everywhere")

    assert answer.headers["location"] == "/?after=signed-out"


PLACES = [
    "/flows/refresh",
    "/notes",
    "/notes/delete",
    "/sign-out",
    "/sign-out-everywhere",
]


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
async def test_a_form_of_another_site_changes_nothing(signed_in, peer, path, headers):
    token = await signed_in.csrf_token()

    answer = await signed_in.send(
        "POST", path, data={"csrf_token": token}, headers=headers
    )

    assert answer.status_code == 403
    assert peer.refresh_tokens
    assert await signed_in.is_signed_in()


@pytest.mark.parametrize("path", PLACES)
async def test_a_form_needs_the_token_of_this_session(signed_in, app, peer, path):
    other = Browser(app, peer)
    await other.sign_in()

    for token in ("", "é", await other.csrf_token()):
        answer = await signed_in.post(path, csrf_token=token)
        assert answer.status_code == 403

    assert await signed_in.is_signed_in()


async def test_notes_are_listed_added_and_deleted(signed_in, peer) -> None:
    added = await signed_in.submit("/notes", title="<Milk>", text="two\r\nlitres")
    assert added.headers["location"] == "/notes"
    page = (await signed_in.get("/notes")).text
    assert "&lt;Milk&gt;" in page
    assert peer.notes["n0"]["text"] == "two\nlitres"

    await signed_in.submit("/notes/delete", id="n0")

    assert peer.notes == {}
    assert "None yet" in (await signed_in.get("/notes")).text


async def test_an_api_that_is_away_is_a_page_and_not_an_error(signed_in, peer) -> None:
    peer.away.add(API)

    answer = await signed_in.get("/notes")

    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert await signed_in.is_signed_in()
