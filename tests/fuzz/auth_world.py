"""What only a running authorization server gives: codes, tokens, handles, cookies."""

import itertools
import re
from collections import Counter
from collections.abc import Awaitable, Callable
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from auth_service.web.static_files import URLS
from auth_service.web.visitors import BROWSER_COOKIE, SESSION_COOKIE
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores
from tests.fuzz.auth_programs import Programs

#: How often the same one is given: the first time fresh, then spent or seen before.
_USES = {
    **dict.fromkeys(("new_name", "new_email", "new_number"), 1),
    **dict.fromkeys(("code", "refresh_token", "resume", "secret_id", "app"), 3),
    **dict.fromkeys(("client_assertion", "token_proof", "pushing_proof"), 2),
    **dict.fromkeys(("reading_proof", "foreign_assertion", "request_object"), 2),
    **dict.fromkeys(("allowed_device_code", "device_code", "request_uri"), 3),
    **dict.fromkeys(("session", "access_token", "sid", "user_code"), 10),
    **dict.fromkeys(("subject_token", "bound_token", "registration_token"), 10),
    **dict.fromkeys(("registration", "delivery_id"), 1),
}
_DEFAULT_USES = 40
#: A signed-in person's things; they all end when one of them is signed out.
_PERSONAL = (
    *("session", "browser", "csrf", "consent", "select", "resume"),
    *("sid", "app", "secret_id", "delivery_id", "subject_token", "bound_token"),
    *("allowed_device_code", "foreign_assertion"),
    *("username", "password", "id_token", "access_token", "refresh_token"),
)


class World:
    """Two browsers: one in which somebody is signed in, and a guest's."""

    def __init__(self, auth: AuthorizationServer) -> None:
        self.auth = auth
        self.stores = Stores(auth.settings)
        self._kept: dict[str, str] = {}
        self._given: Counter[str] = Counter()
        self._member: Somebody | None = None
        self._guest = auth.browser()
        self._numbers = itertools.count()
        self.programs = Programs(auth, self.stores, self._person, self.give)

    async def give(self, kind: str) -> str:
        """One of these; sometimes one that was given before."""
        if self._given[kind] >= _USES.get(kind, _DEFAULT_USES):
            self._kept.pop(kind, None)
            self._given[kind] = 0
        self._given[kind] += 1
        if kind not in self._kept:
            self._kept[kind] = await self._maker(kind)()
        return self._kept[kind]

    def _maker(self, kind: str) -> Callable[[], Awaitable[str]]:
        own: Callable[[], Awaitable[str]] | None = getattr(self, f"_{kind}", None)
        return getattr(self.programs, kind) if own is None else own

    def secrets(self) -> set[str]:
        """What no answer may repeat to whoever sent it."""
        names = ("code", "refresh_token", "access_token", "session", "browser")
        told = {self._kept[name] for name in names if name in self._kept}
        return SECRETS | told | ({self._member.password} if self._member else set())

    async def _person(self) -> Somebody:
        """Somebody who is signed in; another one where that has ended."""
        if self._member is not None:
            page = await self._member.browser.get(f"{self.auth.issuer}/account")
            if page.url.endswith("/account"):
                return self._member
        self._member = await register(self.auth)
        for kind in _PERSONAL:
            self._kept.pop(kind, None)
        return self._member

    async def _page(self, path: str) -> Page:
        browser = (await self._person()).browser
        return await browser.get(f"{self.auth.issuer}{path}")

    def _cookie(self, browser: Browser, name: str) -> str:
        return browser.cookies[urlsplit(self.auth.issuer).netloc][name]

    async def _session(self) -> str:
        return self._cookie((await self._person()).browser, SESSION_COOKIE)

    async def _browser(self) -> str:
        return self._cookie((await self._person()).browser, BROWSER_COOKIE)

    async def _csrf(self) -> str:
        page = await self._page("/account")
        return page.form("/account/profile").fields["csrf_token"]

    async def _guest_page(self) -> Page:
        return await self._guest.get(f"{self.auth.issuer}/login")

    async def _guest_browser(self) -> str:
        await self._guest_page()
        return self._cookie(self._guest, BROWSER_COOKIE)

    async def _guest_csrf(self) -> str:
        return (await self._guest_page()).form("/login").fields["csrf_token"]

    async def _login(self) -> str:
        """The handle of a request that waits at the guest's login page."""
        page = await self.auth.authorize(self._guest)
        return page.query["handle"]

    async def _consent(self) -> str:
        """The handle of a request that waits at the person's consent page."""
        browser = (await self._person()).browser
        page = await self.auth.authorize(browser, prompt="consent")
        return page.query["handle"]

    async def _select(self) -> str:
        """The handle of a request that waits at the person's account chooser."""
        browser = (await self._person()).browser
        page = await self.auth.authorize(browser, prompt="select_account")
        return page.query["handle"]

    async def _resume(self) -> str:
        browser = (await self._person()).browser
        answer = await browser.request(
            "POST",
            f"{self.auth.issuer}/consent",
            data={
                "handle": await self._consent(),
                "action": "allow",
                "csrf_token": await self._csrf(),
            },
        )
        return parse_qs(urlsplit(answer.headers["location"]).query)["handle"][0]

    async def _code(self) -> str:
        """A code for web-app."""
        return await self.auth.code((await self._person()).browser)

    async def _tokens(self, kind: str) -> str:
        browser = (await self._person()).browser
        tokens = await self.auth.tokens(browser)
        self._kept.update({n: tokens[n] for n in ("access_token", "id_token")})
        return str(tokens[kind])

    async def _refresh_token(self) -> str:
        return await self._tokens("refresh_token")

    async def _access_token(self) -> str:
        return await self._tokens("access_token")

    async def _id_token(self) -> str:
        return await self._tokens("id_token")

    async def _own_token(self) -> str:
        """The token of an app that speaks for itself."""
        answer = await self.auth.token(
            {"grant_type": "client_credentials"}, client_id="service-app"
        )
        return str(answer.json()["access_token"])

    async def _bearer(self) -> str:
        return f"Bearer {await self.give('access_token')}"

    async def _own_bearer(self) -> str:
        return f"Bearer {await self.give('own_token')}"

    async def _stylesheet(self) -> str:
        return URLS["valetkey.css"].removeprefix("/static/")

    async def _new_name(self) -> str:
        return f"newcomer-{next(self._numbers)}"

    async def _new_email(self) -> str:
        return f"newcomer-{next(self._numbers)}@people.example"

    async def _new_number(self) -> str:
        return f"E-{next(self._numbers)}"

    async def _username(self) -> str:
        return (await self._person()).username

    async def _password(self) -> str:
        return (await self._person()).password

    async def _sid(self) -> str:
        """Another session of the person's."""
        somebody, elsewhere = await self._person(), self.auth.browser()
        page = await elsewhere.get(f"{self.auth.issuer}/login")
        await somebody.sign_in(elsewhere, page)
        page = await self._page("/account/sessions")
        return next(f.fields["sid"] for f in page.forms if "sid" in f.fields)

    async def _app(self) -> str:
        """An app of the person's own."""
        page = await self._page("/apps")
        found = re.search(r'href="/apps/(app_[0-9a-f]{32})"', page.response.text)
        if found is None:
            page = await self._page("/apps/new")
            browser = (await self._person()).browser
            await browser.send(page, "/apps/new", **NEW_APP)
            return await self._app()
        return found[1]

    async def _secret_id(self) -> str:
        path = f"/apps/{await self.give('app')}"
        found = re.search(
            r"/secrets/([\w-]+)/delete", (await self._page(path)).response.text
        )
        return found[1] if found else "none"

    async def _picture(self) -> str:
        """The name of a picture that is there."""
        browser = (await self._person()).browser
        await browser.request(
            "POST",
            f"{self.auth.issuer}/account/picture",
            data={"csrf_token": await self._csrf()},
            files={"picture": ("me.png", PICTURE)},
        )
        page = await self._page("/account")
        found = re.search(r"/pictures/(\w+\.webp)", page.response.text)
        assert found
        return found[1]


#: An app as its developer describes it.
NEW_APP = {
    "kind": "web",
    "client_name": "An app",
    "client_uri": "https://an-app.example/",
    "redirect_uris": "https://an-app.example/cb\nhttp://127.0.0.1:9/cb?x=1",
    "post_logout_redirect_uris": "https://an-app.example/bye",
    "description": "An app for everybody.",
    "contacts": "an-app@people.example",
    "logo_uri": "https://an-app.example/logo.png",
    "policy_uri": "https://an-app.example/privacy",
    "tos_uri": "https://an-app.example/terms",
    "token_endpoint_auth_method": "client_secret_post",
    "jwks": "",
    "jwks_uri": "",
    "scope": "openid",
    "grant_types": "refresh_token",
}


def _picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (30, 20), (200, 20, 20)).save(file, "PNG")
    return file.getvalue()


PICTURE = _picture()
#: What was there before anybody came.
SECRETS = frozenset(builder.SECRETS.values()) | frozenset(builder.PASSWORDS.values())
