"""`make bench-peer`: oidc-provider of npm in the same run, by the same generator."""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import uvloop

from bench import results, table
from bench.__main__ import HEADER, line
from bench.measure import Measured, measure
from bench.provision import PEOPLE
from bench.scenarios import API, REDIRECT_URI, SCOPE, SECRET, SignedInBrowser
from bench.servers import Server, free_port, serving
from bench.signing_in import access_token, cookies, refresh_tokens
from bench.system import System, running
from bench.table import FAMILIES, OF_PEOPLE, WORK, Scenario
from tests.e2e.browser import Browser
from tests.e2e.peers.node_peers import PACKAGES, node
from tests.servers import numbered
from valetkey.pkce import new_code_verifier, s256

_NAMES = ("client_credentials", *sorted(OF_PEOPLE), "discovery", "jwks")
_SCRIPT = Path(__file__).with_name("oidc_provider.mjs")


async def main(names: list[str]) -> None:
    """Measure scenario by scenario, ours and then theirs, and print both ratios."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as system,
        _peer(system) as peer,
    ):
        ours = await table.prepare(system, {"bare", *names})
        theirs = await _prepare(peer)
        print(HEADER)
        bare = await measure(ours.pop("bare"), system.stores)
        print(line("bare", bare, bare.full.rate), flush=True)
        told: dict[str, Any] = {"bare": bare.told(bare)}
        for name, scenario in ours.items():
            us = await measure(scenario, system.stores)
            print(line(name, us, bare.full.rate), flush=True)
            them = await measure(theirs[name], system.stores)
            print(line("  oidc-provider", them, bare.full.rate), flush=True)
            told[name] = _beside(us, them, bare)
    print(f"\n{'':<20}ours to bare  theirs to bare  ours to theirs  per processor time")
    for name in ours:
        each = told[name]
        print(
            f"{name:<20}{each['ours']['ratio']:12.4f}{each['theirs']['ratio']:16.4f}"
            f"{each['ratio']:16.2f}{each['processor_ratio']:20.2f}"
        )
    results.write("peer", told | {"peer": _versions()})


def _beside(us: Measured, them: Measured, bare: Measured) -> dict[str, Any]:
    return {
        "ratio": round(us.full.rate / them.full.rate, 3),
        "processor_ratio": round(them.processor_us / us.processor_us, 3),
        "ours": us.told(bare),
        "theirs": them.told(bare),
    }


@contextmanager
def _peer(system: System) -> Iterator[Server]:
    port = free_port()
    peer = {
        "issuer": f"http://localhost:{port}",
        "port": port,
        "redis": numbered(system.stores.valkey.url, 1),
        "resource": API,
        "clients": [
            _app("web", "authorization_code", "refresh_token", scope=SCOPE),
            _app("reader", "authorization_code", scope="openid profile"),
            _app("service", "client_credentials", scope="notes:read"),
            _app("api"),
        ],
    }
    env = os.environ | {"NODE_ENV": "production", "PEER": json.dumps(peer)}
    ready = "/.well-known/openid-configuration"
    with serving([node(), _SCRIPT], env, port=port, ready=ready) as server:
        yield server


def _app(client_id: str, *grants: str, scope: str | None = None) -> dict[str, Any]:
    with_code = "authorization_code" in grants
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "redirect_uris": [REDIRECT_URI] if with_code else [],
        "response_types": ["code"] if with_code else [],
        "grant_types": list(grants),
        "id_token_signed_response_alg": "ES256",
        **({"scope": scope} if scope else {}),
    }


async def _prepare(peer: Server) -> dict[str, Scenario]:
    host = f"localhost:{peer.port}"
    web = await _sign_in(SignedInBrowser(host, ""))
    # At its own endpoints this provider answers for opaque tokens alone.
    reader = await _sign_in(SignedInBrowser(host, "", "reader", "openid profile"))
    families = await refresh_tokens(peer.port, web, FAMILIES)
    token = await access_token(peer.port, reader)
    units = table.public(host) | table.of_people(web, families, token)
    return {name: Scenario(peer, unit, WORK[name]) for name, unit in units.items()}


async def _sign_in(app: SignedInBrowser) -> SignedInBrowser:
    """A person signs in and consents on the pages that the package has for that."""
    async with httpx.AsyncClient() as client:
        browser = Browser(client, known={app.host})
        page = await browser.get(
            f"http://{app.host}/oauth/authorize",
            client_id=app.client_id,
            redirect_uri=REDIRECT_URI,
            response_type="code",
            scope=app.scope,
            code_challenge=s256(new_code_verifier()),
            code_challenge_method="S256",
        )
        for fields in ({"login": PEOPLE[0], "password": "any"}, {}):
            page = await browser.send(
                page, urlsplit(page.forms[0].action).path, **fields
            )
    return SignedInBrowser(
        app.host, cookies(browser, app.host), app.client_id, app.scope
    )


def _versions() -> dict[str, str]:
    def version(package: str) -> str:
        found: str = json.loads((PACKAGES / package / "package.json").read_text())[
            "version"
        ]
        return found

    return {name: version(name) for name in ("oidc-provider", "ioredis")}


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1:] or list(_NAMES)))
