"""What dies with what, pair by pair: alive just before, and dead or alive at once."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import pytest

from tests.builders import auth as builder
from tests.e2e.administrators import provision_app, subject_of
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

SECRET = "secret-of-an-app-that-dies"
NEW_PASSWORD = "nine yellow submarines"
BOUND = "openid profile notes:read"


@dataclass(frozen=True)
class Scene:
    """
    A person who uses an app in one browser, and has another one at hand.

    Attributes:
        somebody: with the browser in which things are changed.
        there: the browser that everything below belongs to.
        tokens: that end with the session.
        offline: that outlive it.
        waiting: the consent page, open.

    """

    auth: AuthorizationServer
    stores: Stores
    app: str
    somebody: Somebody
    there: Browser
    code: str
    tokens: dict[str, Any]
    offline: dict[str, Any]
    waiting: Page

    async def token(self, **form: str) -> dict[str, Any]:
        answer = await self.auth.http().post(
            "/oauth/token", data=form, auth=(self.app, SECRET)
        )
        found: dict[str, Any] = answer.json()
        return found

    async def open(self, path: str) -> Page:
        return await self.somebody.browser.get(f"{self.auth.issuer}{path}")


async def scene(auth: AuthorizationServer, stores: Stores) -> Scene:
    somebody = await register(auth)
    app, there = f"app_{uuid4().hex}", auth.browser()
    await provision_app(auth, **builder.client(app, client_secret=SECRET))
    await somebody.sign_in(there, await there.get(f"{auth.issuer}/login"))
    codes = [
        await auth.code(there, client_id=app, scope=scope)
        for scope in (BOUND, f"{BOUND} offline_access", BOUND)
    ]
    waiting = await auth.authorize(there, client_id=app, scope=BOUND, prompt="consent")
    made = Scene(auth, stores, app, somebody, there, codes[2], {}, {}, waiting)
    pairs = [await made.token(**builder.token_parameters(code)) for code in codes[:2]]
    return replace(made, tokens=pairs[0], offline=pairs[1])


async def session(s: Scene) -> bool:
    page = await s.there.get(f"{s.auth.issuer}/account")
    return page.url == f"{s.auth.issuer}/account"


async def code(s: Scene) -> bool:
    return "access_token" in await s.token(**builder.token_parameters(s.code))


async def refreshes(s: Scene, tokens: dict[str, Any]) -> bool:
    answer = await s.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert "access_token" in answer or answer["error"] in {
        "invalid_grant",
        "invalid_client",
    }
    return "access_token" in answer


async def family(s: Scene) -> bool:
    return await refreshes(s, s.tokens)


async def offline_family(s: Scene) -> bool:
    return await refreshes(s, s.offline)


async def introspection(s: Scene) -> bool:
    return bool((await s.auth.introspect(s.tokens["access_token"]))["active"])


async def userinfo(s: Scene) -> bool:
    bearer = {"authorization": f"Bearer {s.tokens['access_token']}"}
    answer = await s.auth.http().get("/oauth/userinfo", headers=bearer)
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


async def consent(s: Scene) -> bool:
    """Whoever signs in elsewhere is led to the app without a question."""
    fresh = s.auth.browser()
    page = await s.auth.authorize(fresh, client_id=s.app, scope=BOUND)
    if page.url.startswith(f"{s.auth.issuer}/login"):
        page = await s.somebody.sign_in(fresh, page)
        if page.url.startswith(f"{s.auth.issuer}/login"):
            again = replace(s.somebody, password=NEW_PASSWORD)
            page = await again.sign_in(fresh, page)
    return "code" in page.query


async def waiting(s: Scene) -> bool:
    """The page that is open can still be answered with yes."""
    page = await s.there.send(s.waiting, "/consent", action="allow")
    assert page.response.status_code < 500
    return "code" in page.query


THINGS: dict[str, Callable[[Scene], Awaitable[bool]]] = {
    "browser session": session,
    "pending code": code,
    "refresh family": family,
    "offline refresh family": offline_family,
    "access token at introspection": introspection,
    "access token at userinfo": userinfo,
    "remembered consent": consent,
    "waiting flow": waiting,
}


async def nothing(s: Scene) -> None:
    """What is alive, so that the rest of the table says something."""


async def disabled_person(s: Scene) -> None:
    s.stores.run(
        "UPDATE auth.users SET disabled_at = now() WHERE username = %s",
        s.somebody.username,
    )


async def revoked_consent(s: Scene) -> None:
    page = await s.open("/account/apps")
    page = await s.somebody.browser.send(page, "/account/apps/revoke", client_id=s.app)
    assert "The app has no access any more." in page.response.text


async def changed_password(s: Scene) -> None:
    page = await s.somebody.browser.send(
        await s.open("/account/security"),
        "/account/password",
        current_password=s.somebody.password,
        new_password=NEW_PASSWORD,
    )
    assert page.query == {"done": "password"}


async def deleted_app(s: Scene) -> None:
    owner = await register(s.auth)
    ((name,),) = s.stores.run(
        "UPDATE auth.clients SET owner = %s WHERE client_id = %s RETURNING client_name",
        subject_of(s.stores, owner.username),
        s.app,
    )
    page = await owner.browser.get(f"{s.auth.issuer}/apps/{s.app}")
    await owner.browser.send(page, f"/apps/{s.app}/delete", confirm=name)
    left = s.stores.run("SELECT 1 FROM auth.clients WHERE client_id = %s", s.app)
    assert not left


async def ended_session(s: Scene) -> None:
    page = await s.open("/account/sessions")
    page = await s.somebody.browser.send(page, "/account/sessions/end", others="1")
    assert page.query == {"done": "others"}


async def deleted_account(s: Scene) -> None:
    page = await s.somebody.browser.send(
        await s.open("/account/delete"),
        "/account/delete",
        username=s.somebody.username,
    )
    assert page.url == f"{s.auth.issuer}/"


ALL = frozenset(THINGS)
#: What gives access to an app, whatever it was given for.
ACCESS = ALL - {"browser session", "remembered consent", "waiting flow"}
#: What each event kills; all the rest lives.
DIES: dict[Callable[[Scene], Awaitable[None]], frozenset[str]] = {
    nothing: frozenset(),
    disabled_person: ALL,
    # The open page asks the person: they may say yes anew.
    revoked_consent: ACCESS | {"remembered consent"},
    # What an app may do is asked of the person, not of the password.
    changed_password: ALL - {"remembered consent"},
    # Nobody is signed out because an app is gone.
    deleted_app: ALL - {"browser session"},
    # Offline access is for when the person is away.
    ended_session: ALL - {"remembered consent", "offline refresh family"},
    deleted_account: ALL,
}


@pytest.mark.parametrize("thing", THINGS)
@pytest.mark.parametrize("event", DIES, ids=lambda event: event.__name__)
async def test_what_dies_dies_at_once_and_the_rest_lives(
    auth: AuthorizationServer,
    stores: Stores,
    event: Callable[[Scene], Awaitable[None]],
    thing: str,
) -> None:
    there = await scene(auth, stores)
    await event(there)
    assert await THINGS[thing](there) is (thing not in DIES[event])
