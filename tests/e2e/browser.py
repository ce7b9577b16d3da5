"""A browser in a page of httpx: cookies, forms, and redirects one at a time."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx


@dataclass
class Form:
    """A form as it stands on a page."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            method = given.get("method", "get")
            self.forms.append(Form(given.get("action", ""), method))
        checkable = given.get("type") in {"checkbox", "radio"}
        counts = not checkable or "checked" in given
        if tag == "input" and self.forms and "name" in given and counts:
            self.forms[-1].fields[given["name"]] = given.get("value", "")


@dataclass
class Page:
    """An answer, and where it was found."""

    url: str
    response: httpx.Response

    @property
    def forms(self) -> list[Form]:
        """Every form of the page."""
        return _Forms(self.response.text).forms

    def form(self, action: str) -> Form:
        """The form that is sent to this path."""
        return next(f for f in self.forms if urlsplit(f.action).path == action)

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(parse_qsl(urlsplit(self.url).query))


class Browser:
    """
    Follows redirects while they lead to places it knows, as a person's browser does.

    It keeps cookies by host, Secure ones too on whatever scheme the test uses, and
    says of each form where it comes from, as real browsers do.
    """

    def __init__(self, client: httpx.AsyncClient, *, known: set[str]) -> None:
        self.client = client
        self.known = known
        self.cookies: dict[str, dict[str, str]] = {}

    def copy(self) -> Self:
        """Another window of the same browser, as it is now."""
        twin = type(self)(self.client, known=self.known)
        twin.cookies = {host: dict(jar) for host, jar in self.cookies.items()}
        return twin

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | None = None,
        **rest: object,
    ) -> httpx.Response:
        """One request and its answer; no redirect is followed."""
        host = urlsplit(url).netloc
        jar = self.cookies.setdefault(host, {})
        sent = dict(headers or {})
        if jar:
            sent["cookie"] = "; ".join(f"{n}={v}" for n, v in jar.items())
        response = await self.client.request(method, url, headers=sent, **rest)  # type: ignore[arg-type]  # whatever a test gives httpx
        for line in response.headers.get_list("set-cookie"):
            pair, _, attributes = line.partition(";")
            name, _, value = pair.partition("=")
            if "max-age=0" in attributes.lower():
                jar.pop(name, None)
            else:
                jar[name] = value.strip('"')
        return response

    async def follow(self, response: httpx.Response, url: str) -> Page:
        """Go where redirects lead, up to a page or to a place that is not known."""
        for _ in range(12):
            location = response.headers.get("location")
            if location is None:
                return Page(url, response)
            url = urljoin(url, location)
            if urlsplit(url).netloc not in self.known:
                return Page(url, response)
            response = await self.request("GET", url)
        raise AssertionError("the redirects do not end")

    async def get(self, url: str, **parameters: str) -> Page:
        """Open an address."""
        url = str(httpx.URL(url, params=parameters)) if parameters else url
        return await self.follow(await self.request("GET", url), url)

    async def send(self, page: Page, to: str, /, **fields: str) -> Page:
        """Fill in the form of a page and send it."""
        form = page.form(to)
        url = urljoin(page.url, form.action)
        headers = {"sec-fetch-site": "same-origin", "origin": "null"}
        response = await self.request(
            "POST", url, data=form.fields | fields, headers=headers
        )
        return await self.follow(response, url)
