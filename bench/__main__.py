"""`make bench`: rates and latencies of one worker, as ratios to a bare application."""

import json
import os
import platform
import subprocess
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvloop

from bench import scenarios
from bench.generator import Run, Unit, drive
from bench.scenarios import SignedInBrowser, basic, bearer, get, post
from bench.system import PASSWORD, System, running
from tests.e2e.browser import Browser
from valetkey.pkce import new_code_verifier, s256

RESULTS = Path(__file__).parent / "results"
#: Units of each scenario: a second or more of work on the machines we know.
WORK = {
    "bare": 40_000,
    "client_credentials": 8_000,
    "code_flow": 1_500,
    "refresh": 3_000,
    "introspection": 6_000,
    "userinfo": 5_000,
    "resource_seen": 8_000,
    "resource_new": 4_000,
    "discovery": 8_000,
}
#: Of each scenario, done before anything is counted.
WARM_UP = 0.2


async def main() -> None:
    """Measure everything in one run, print it and write it down."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as system:
        runs = {}
        for name, (port, unit) in (await _scenarios(system)).items():
            await drive(port, unit, units=int(WORK[name] * WARM_UP))
            runs[name] = await drive(port, unit, units=WORK[name])
            print(_line(name, runs[name], runs["bare"]), flush=True)
    _write(runs)


async def _scenarios(system: System) -> dict[str, tuple[int, Callable[[], Unit]]]:
    host = system.host
    browser = await _sign_in(system)
    tokens = await _service_tokens(system)
    refresh_tokens = [await _refresh_token(system, browser) for _ in range(64)]
    person = await _refresh(system, refresh_tokens[0])
    refresh_tokens[0] = person["refresh_token"]
    credentials = post(
        host,
        "/oauth/token",
        {"grant_type": "client_credentials"},
        authorization=basic("service"),
    )
    introspect = post(
        host,
        "/oauth/introspect",
        {"token": person["access_token"]},
        authorization=basic("api"),
    )
    me = [bearer("localhost", "/me", token) for token in tokens]
    token = person["access_token"]
    return {
        "bare": (system.bare, scenarios.repeated(get("localhost", "/"))),
        "client_credentials": (system.auth, scenarios.repeated(credentials)),
        "code_flow": (system.auth, browser.code_flow),
        "refresh": (system.auth, scenarios.refresh_chains(host, refresh_tokens)),
        "introspection": (system.auth, scenarios.repeated(introspect)),
        "userinfo": (
            system.auth,
            scenarios.repeated(bearer(host, "/oauth/userinfo", token)),
        ),
        "resource_seen": (system.resource, scenarios.repeated(me[0])),
        "resource_new": (system.resource, scenarios.each(iter(me))),
        "discovery": (
            system.auth,
            scenarios.repeated(get(host, "/.well-known/openid-configuration")),
        ),
    }


async def _sign_in(system: System) -> SignedInBrowser:
    """A person signs in and consents, once, as a browser does."""
    async with httpx.AsyncClient() as client:
        browser = Browser(client, known={system.host})
        verifier = new_code_verifier()
        page = await browser.get(
            f"http://{system.host}/oauth/authorize",
            client_id="web",
            redirect_uri=scenarios.REDIRECT_URI,
            response_type="code",
            scope=scenarios.SCOPE,
            code_challenge=s256(verifier),
            code_challenge_method="S256",
        )
        page = await browser.send(
            page, "/login", identifier="person", password=PASSWORD
        )
        await browser.send(page, "/consent", action="allow")
    cookies = browser.cookies[system.host]
    return SignedInBrowser(
        system.host, "; ".join(f"{n}={v}" for n, v in cookies.items())
    )


async def _one(system: System, unit: Unit) -> list[Any]:
    """Run a unit once and keep the answers."""
    answers = []

    def keeping() -> Unit:
        sending = next(unit)
        while True:
            answer = yield sending
            answers.append(answer)
            try:
                sending = unit.send(answer)
            except StopIteration as stop:
                return bool(stop.value)

    run = await drive(system.auth, keeping, units=1, connections=1)
    assert not run.errors, answers[-1].body
    return answers


async def _refresh_token(system: System, browser: SignedInBrowser) -> str:
    answers = await _one(system, browser.code_flow())
    token: str = json.loads(answers[-1].body)["refresh_token"]
    return token


async def _refresh(system: System, refresh_token: str) -> dict[str, str]:
    unit = scenarios.refresh_chains(system.host, [refresh_token])()
    answer: dict[str, str] = json.loads((await _one(system, unit))[-1].body)
    return answer


async def _service_tokens(system: System) -> list[str]:
    """As many tokens as the resource service has not seen yet."""
    needed = int(WORK["resource_new"] * (1 + WARM_UP)) + 1
    tokens: list[str] = []
    request = post(
        system.host,
        "/oauth/token",
        {"grant_type": "client_credentials"},
        authorization=basic("service"),
    )

    def unit() -> Unit:
        answer = yield request
        tokens.append(json.loads(answer.body)["access_token"])
        return True

    await drive(system.auth, unit, units=needed)
    return tokens


def _line(name: str, run: Run, bare: Run) -> str:
    return (
        f"{name:<20}{run.rate:>9.0f}/s  ratio {run.rate / bare.rate:5.3f}  "
        f"p50 {run.percentile(0.5):7.2f} ms  p99 {run.percentile(0.99):7.2f} ms  "
        f"errors {run.errors}"
    )


def _write(runs: dict[str, Run]) -> None:
    bare = runs["bare"].rate
    result: dict[str, Any] = {
        name: {
            "rate": round(run.rate, 1),
            "ratio": round(run.rate / bare, 4),
            "p50_ms": round(run.percentile(0.5), 3),
            "p99_ms": round(run.percentile(0.99), 3),
            "errors": run.errors,
        }
        for name, run in runs.items()
    }
    git = ["git", "rev-parse", "--short", "HEAD"]
    result["commit"] = subprocess.run(
        git, capture_output=True, text=True, check=False
    ).stdout.strip()
    result["machine"] = {
        "processors": os.cpu_count(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    result["at"] = datetime.now(UTC).isoformat(timespec="seconds")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.json").write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    uvloop.run(main())
