"""People and their tokens, made before anything is measured."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from bench import scenarios
from bench.generator import Unit, drive
from bench.provision import PASSWORD, PEOPLE
from bench.scenarios import SignedInBrowser
from tests.e2e.browser import Browser
from valetkey.pkce import new_code_verifier, s256


async def sign_in(host: str) -> SignedInBrowser:
    """A person signs in, and consents where they have not yet, as a browser does."""
    async with httpx.AsyncClient() as client:
        browser = Browser(client, known={host})
        page = await browser.get(
            f"http://{host}/oauth/authorize",
            client_id="web",
            redirect_uri=scenarios.REDIRECT_URI,
            response_type="code",
            scope=scenarios.SCOPE,
            code_challenge=s256(new_code_verifier()),
            code_challenge_method="S256",
        )
        page = await browser.send(
            page, "/login", identifier=PEOPLE[0], password=PASSWORD
        )
        if urlsplit(page.url).netloc == host:
            await browser.send(page, "/consent", action="allow")
    return SignedInBrowser(host, cookies(browser, host))


def cookies(browser: Browser, host: str) -> str:
    """What the browser sends there."""
    return "; ".join(f"{n}={v}" for n, v in browser.cookies[host].items())


async def refresh_tokens(port: int, browser: SignedInBrowser, count: int) -> list[str]:
    """So many families, each with its first refresh token."""
    return [
        (await _tokens(port, browser.code_flow()))["refresh_token"]
        for _ in range(count)
    ]


async def access_token(port: int, browser: SignedInBrowser) -> str:
    """A person's access token."""
    token: str = (await _tokens(port, browser.code_flow()))["access_token"]
    return token


async def service_tokens(port: int, request: bytes, count: int) -> list[str]:
    """So many access tokens of a service."""
    tokens: list[str] = []

    def unit() -> Unit:
        answer = yield request
        tokens.append(json.loads(answer.body)["access_token"])
        return True

    await drive(port, unit, units=count)
    return tokens


async def _tokens(port: int, unit: Unit) -> dict[str, Any]:
    """Run a unit once; its last answer."""
    answers = []

    def keeping() -> Unit:
        sending = next(unit)
        while True:
            answers.append((yield sending))
            try:
                sending = unit.send(answers[-1])
            except StopIteration as stop:
                return bool(stop.value)

    run = await drive(port, keeping, units=1, connections=1)
    assert not run.errors, answers[-1].body
    found: dict[str, Any] = json.loads(answers[-1].body)
    return found
