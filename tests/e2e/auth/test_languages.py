"""Every sentence can be said in another language: what is not, stands out here."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from auth_service.protocol.user import CLAIMS_OF_SCOPE
from auth_service.web import languages
from tests.builders.languages import tool
from tests.e2e.administrators import administrator
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.browser import Page
from tests.e2e.people import Somebody
from tests.e2e.stores import Stores
from tests.servers import numbered

#: Nobody speaks it: each sentence stands in brackets.
PSEUDO = "qps"
_START = (
    "/",
    "/login",
    "/register",
    "/reset",
    "/reset/sent",
    "/reset/new?token=x",
    "/register/confirm?token=x",
    "/device",
    "/device?user_code=BCDF-GHJK",
    "/account",
    "/account/security/authenticator",
    "/account/security/passkeys/new",
    "/apps",
    "/admin",
    "/dev/mail",
    "/oauth/authorize",
    "/oauth/authorize?client_id=nobody",
    "/oauth/logout",
    "/nothing/here",
)
#: What a form is sent with: each of its fields is wrong in its own way.
_WRONG = ("", "\u00e9 <>", "x" * 300)
#: Forms that end the walk itself.
_LAST = re.compile(r"/(oauth/)?log_?out|/sign-out|/account/(delete|sessions)")
#: Addresses, names of events, names that we made up.
_VALUE = re.compile(r"\S+@\S+|[a-z_]+\.[a-z_]+|[0-9a-f]{32}")
#: What somebody typed, or the operator's file says.
_DATA = {
    "Some Body",
    "Alice",
    "Garden",
    "Web App",
    "Notes",
    "Other",
    "Read your notes",
    "Change your notes",
    "Count notes",
    "Read others",
}
#: Attributes that are read out or shown.
_SPOKEN = ("aria-label", "title", "placeholder", "alt")
#: Elements whose text is a program's, a name that somebody gave, or of one language.
_NOT_OURS = {"code", "pre", "bdi", "kbd", "script", "style", "svg"}
_EMPTY = {"img", "input", "link", "meta", "br", "hr", "path", "rect", "circle"}
#: What is the same in every language: names of ours, of standards, and of the tests.
_NAMES = re.compile(
    r"Valetkey|ID|URI|JWKS?|PKCE|API|FAPI 2\.0|JSON( lines)?|CSV|HTTP|DPoP"
    r"|EdDSA|XXXX-XXXX|[a-z_]+(_[a-z]+)+|[A-Z]{2,}\d+|UTC"
)


@pytest.fixture
def pseudo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A language of which every sentence stands in brackets."""
    catalog = Catalog(locale="en", charset="utf-8")
    for message in tool().collected():
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        said = tuple(f"⟦{text}⟧" for text in ids)
        catalog.add(message.id, said if len(said) > 1 else said[0])
    with (tmp_path / f"{PSEUDO}.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(languages, "_FOLDER", tmp_path)
    monkeypatch.setattr(languages, "LANGUAGES", ("en", PSEUDO))
    yield
    languages._catalogue.cache_clear()


class Text(HTMLParser):
    """What is said on a page outside of brackets."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.unsaid: list[str] = []
        self.links: list[str] = []
        self.depth = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in _EMPTY:
            foreign = tag in _NOT_OURS or ("lang" in given and tag != "html")
            mono = "mono" in (given.get("class") or "").split()
            self.open.append(f"!{tag}" if foreign or mono else tag)
        if tag == "a":
            self.links.append(given.get("href") or "")
        for name in _SPOKEN:
            if name in given and not self._foreign:
                self._hear(given[name] or "")

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop().lstrip("!") != tag:
            pass
        self.depth = 0 if tag in {"p", "li", "div", "td"} else self.depth

    def handle_data(self, data: str) -> None:
        if not self._foreign:
            self._hear(data)

    @property
    def _foreign(self) -> bool:
        return any(tag.startswith("!") for tag in self.open)

    def _hear(self, text: str) -> None:
        outside = ""
        for character in text:
            # A sentence may go on inside of an element: brackets are counted on.
            self.depth += {"⟦": 1, "⟧": -1}.get(character, 0)
            outside += character if self.depth == 0 else " "
        for part in re.split(r"[\n⟧]", outside):
            bare = _NAMES.sub("", part)
            if re.search("[A-Za-z]{2}", bare):
                self.unsaid.append(part.strip())


def shape(url: str) -> str:
    """Pages that differ by a name only have one shape."""
    parts = urlsplit(url)
    path = re.sub(r"/[^/]*[0-9_][^/]*", "/*", parts.path)
    return f"{path}?{'&'.join(p.partition('=')[0] for p in parts.query.split('&'))}"


class Walk:
    """Through every page that links lead to."""

    def __init__(self, auth: AuthorizationServer, who: Somebody) -> None:
        self.auth, self.browser, self.seen = auth, who.browser, dict[str, Page]()
        self.names = _DATA | {who.username}
        self.unsaid = dict[str, list[str]]()

    def look(self, page: Page, called: str) -> list[str]:
        """Note what is said outside of brackets; tell where the page leads."""
        if "html" not in page.response.headers.get("content-type", ""):
            return []
        found = Text(page.response.text)
        left = [text for text in found.unsaid if not self.is_data(text)]
        if left:
            self.unsaid[called] = left
        return found.links

    def is_data(self, text: str) -> bool:
        """Whether it is what somebody typed, and no sentence of ours."""
        named = any(name in text for name in self.names)
        return named or "://" in text or bool(_VALUE.fullmatch(text))

    async def walk(self, *paths: str) -> None:
        """Open these pages and all that they lead to."""
        ahead = [f"{self.auth.issuer}{path}" for path in paths]
        while ahead:
            url = ahead.pop()
            if shape(url) in self.seen or not url.startswith(self.auth.issuer):
                continue
            page = self.seen[shape(url)] = await self.browser.get(url)
            links = self.look(page, url)
            ahead.extend(urljoin(page.url, link).partition("#")[0] for link in links)

    async def send_forms(self) -> None:
        """Send every form that asks for text, filled in wrongly."""
        for page in list(self.seen.values()):
            for form in page.forms if "<form" in page.response.text else ():
                path = urlsplit(form.action).path
                if form.method.lower() != "post" or _LAST.search(path):
                    continue
                for wrong in _WRONG:
                    fields = {
                        name: value if name in {"csrf_token", "handle"} else wrong
                        for name, value in form.fields.items()
                    }
                    await self._send(page, form.action, fields)

    async def _send(self, page: Page, action: str, fields: dict[str, str]) -> None:
        url = urljoin(page.url, action)
        headers = {"sec-fetch-site": "same-origin"}
        sent = await self.browser.request("POST", url, data=fields, headers=headers)
        self.look(await self.browser.follow(sent, url), f"POST {url}")


@pytest.fixture(scope="module")
async def auth(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """A server of its own: the walk presses buttons that change everything."""
    async with running(new_database(), numbered(redis_url, 7)) as server:
        yield server


@pytest.fixture
def stores(auth: AuthorizationServer) -> Iterator[Stores]:
    found = Stores(auth.settings)
    yield found
    found.close()


async def test_no_text_is_hard_coded(
    auth: AuthorizationServer, stores: Stores, pseudo: None
) -> None:
    who = await administrator(auth, stores)
    walk = Walk(auth, who)
    walk.browser.client.headers["accept-language"] = PSEUDO
    await own_app(auth, who)
    await walk.walk(*_START)
    assert len(walk.seen) > 50
    await walk.send_forms()
    await walk_to_an_app(walk)
    assert not walk.unsaid, "\n".join(f"{k} {v}" for k, v in walk.unsaid.items())


async def own_app(auth: AuthorizationServer, who: Somebody) -> None:
    """An app whose pages the walk finds."""
    page = await who.browser.get(f"{auth.issuer}/apps/new")
    await who.browser.send(
        page,
        "/apps/new",
        kind="web",
        client_name="Garden",
        redirect_uris="https://garden.example/cb",
        scope="openid",
    )


async def walk_to_an_app(walk: Walk) -> None:
    """The pages on the way to an app, which asks for this language itself."""
    auth, browser = walk.auth, walk.auth.browser()
    page = await auth.authorize(browser, ui_locales=f"xx {PSEUDO}", prompt="create")
    walk.look(page, "register")
    for field in ("", "x"):
        form = {"username": field, "email": field, "password": field}
        walk.look(await browser.send(page, "/register", **form), "register, wrong")
    page = await auth.authorize(browser, ui_locales=PSEUDO)
    walk.look(page, "login")
    wrong = await browser.send(page, "/login", identifier="alice", password="no")
    walk.look(wrong, "login, wrong")
    consent = await auth.sign_in(browser, page)
    walk.look(consent, "consent")
    assert "\u27e6" in consent.response.text
    claims = {"userinfo": dict.fromkeys(CLAIMS_OF_SCOPE["profile"])}
    asked = {"scope": "openid", "claims": json.dumps(claims), "prompt": "consent"}
    walk.look(await auth.authorize(browser, ui_locales=PSEUDO, **asked), "by name")
    chooser = await auth.authorize(browser, ui_locales=PSEUDO, prompt="select_account")
    walk.look(chooser, "select account")
