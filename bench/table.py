"""Every scenario by its name: where it goes, one unit of it, and how many."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bench import scenarios
from bench.generator import Unit
from bench.scenarios import SignedInBrowser, bearer, get
from bench.servers import Server
from bench.signing_in import access_token, refresh_tokens, service_tokens, sign_in
from bench.system import System

#: Units of each scenario: two seconds or more of work on the machines we know.
WORK = {
    "bare": 60_000,
    "client_credentials": 16_000,
    "code_flow": 3_000,
    "refresh": 6_000,
    "introspection": 12_000,
    "userinfo": 12_000,
    "resource_seen": 12_000,
    "resource_new": 8_000,
    "discovery": 24_000,
    "jwks": 24_000,
}
#: Of each scenario, done before anything is counted.
WARM_UP = 0.2
#: Of each scenario, done at a rate that leaves some air.
PACED = 0.5
#: Done while every statement is written down, and again over one connection.
COUNTED, ALONE = 640, 160
#: Scenarios with a person in them.
OF_PEOPLE = {"code_flow", "refresh", "introspection", "userinfo"}
#: Refresh tokens that are rotated by turns.
FAMILIES = 64


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row of the table."""

    server: Server
    unit: Callable[[], Unit]
    units: int


def units_of(name: str) -> int:
    """All that are done of a scenario, in every pass."""
    return int(WORK[name] * (1 + WARM_UP + PACED)) + COUNTED + ALONE


async def prepare(system: System, names: Iterable[str]) -> dict[str, Scenario]:
    """The scenarios of these names, in the order of the table."""
    host, port, wanted = system.host, system.auth.port, set(names)
    units = public(host)
    units["bare"] = scenarios.repeated(get("localhost", "/"))
    if wanted & OF_PEOPLE:
        browser = await sign_in(host)
        families = await refresh_tokens(port, browser, FAMILIES)
        token = await access_token(port, browser)
        units |= of_people(browser, families, token)
    if wanted & {"resource_seen", "resource_new"}:
        needed = units_of("resource_new") if "resource_new" in wanted else 0
        units |= await _resource_service(system, needed)
    servers = {
        "bare": system.bare,
        "resource_seen": system.resource,
        "resource_new": system.resource,
    }
    return {
        name: Scenario(servers.get(name, system.auth), units[name], units_in_all)
        for name, units_in_all in WORK.items()
        if name in wanted
    }


def public(host: str) -> dict[str, Callable[[], Unit]]:
    """What needs no person, of any provider with our paths."""
    return {
        "client_credentials": scenarios.repeated(scenarios.client_credentials(host)),
        "discovery": scenarios.repeated(get(host, "/.well-known/openid-configuration")),
        "jwks": scenarios.repeated(get(host, "/oauth/jwks")),
    }


def of_people(
    browser: SignedInBrowser, families: list[str], token: str
) -> dict[str, Callable[[], Unit]]:
    """What a person's apps and APIs do, with any provider with our paths."""
    host = browser.host
    introspect = scenarios.introspection(host, token)
    return {
        "code_flow": browser.code_flow,
        "refresh": scenarios.refresh_chains(host, families),
        "introspection": scenarios.repeated(introspect, b'"active":true'),
        "userinfo": scenarios.repeated(bearer(host, "/oauth/userinfo", token)),
    }


async def _resource_service(
    system: System, unseen: int
) -> dict[str, Callable[[], Unit]]:
    request = scenarios.client_credentials(system.host)
    seen, *new = [
        bearer("localhost", "/me", token)
        for token in await service_tokens(system.auth.port, request, unseen + 1)
    ]
    return {
        "resource_seen": scenarios.repeated(seen),
        "resource_new": scenarios.each(iter(new)),
    }
