"""Bad authorization requests, from a browser that gets a code for a good one."""

from dataclasses import dataclass
from urllib.parse import urlencode

import httpx

from tests.builders.auth import authorize_parameters
from tests.e2e import answers
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser
from tests.e2e.stores import Stores


@dataclass(frozen=True)
class Probe:
    """
    Sends a request, judges the answer, and sees that nothing changed by it.

    The person is signed in and has consented, so that any check that is missing
    shows as a code. After each refusal the right request is made, and works.
    """

    auth: AuthorizationServer
    browser: Browser
    stores: Stores

    @property
    def url(self) -> str:
        return f"{self.auth.issuer}/oauth/authorize"

    async def ask(self, extra: str = "", **changes: str | None) -> httpx.Response:
        """One request; `extra` is added to the query as it is."""
        query = urlencode(authorize_parameters(**changes)) + extra
        return await self.browser.request("GET", f"{self.url}?{query}")

    async def post(self, extra: str = "", **changes: str | None) -> httpx.Response:
        """The same request as a form."""
        return await self.browser.request(
            "POST",
            self.url,
            content=urlencode(authorize_parameters(**changes)) + extra,
            headers={"content-type": "application/x-www-form-urlencoded"},
        )

    async def is_shown(
        self, extra: str = "", *, status: int = 400, **changes: str | None
    ) -> httpx.Response:
        """The request is refused on our own page, by GET and by POST."""
        before = self.stores.counts()
        answer = await self.ask(extra, **changes)
        answers.shown(answer, status)
        answers.shown(await self.post(extra, **changes), status)
        assert not self.stores.changes_since(before)
        await self.is_well()
        return answer

    async def is_sent_back(
        self,
        error: str,
        extra: str = "",
        *,
        sent_state: str | None = "the-state",
        **changes: str | None,
    ) -> httpx.Response:
        """The request is refused at the app, by GET and by POST."""
        before = self.stores.counts()
        answer = await self.ask(extra, **changes)
        answers.sent_back(answer, error, state=sent_state)
        answers.sent_back(await self.post(extra, **changes), error, state=sent_state)
        assert not self.stores.changes_since(before)
        await self.is_well()
        return answer

    async def is_well(self) -> None:
        """The right request works."""
        answer = await self.ask()
        assert answer.status_code == 303, answer.text
        assert answers.has_code(answer), answer.headers
