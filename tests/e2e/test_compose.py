"""`docker compose up` on a fresh clone: the images, started in order, and the walk."""

import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.compose, pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).parents[2]
#: Seconds for anything that Docker is asked to do; building takes the longest.
PATIENCE = 900
SERVERS = {"postgres", "redis", "auth", "resource", "client-demo"}
TASKS = {"secrets", "migrate", "migrate-notes"}


@dataclass(frozen=True)
class Stack:
    """The stack of docker-compose.yml under a name and on ports of its own."""

    project: str
    ports: dict[str, str]

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.ports['AUTH_PORT']}"

    @property
    def client_demo(self) -> str:
        return f"http://localhost:{self.ports['CLIENT_DEMO_PORT']}"

    def compose(self, *arguments: str) -> str:
        """Run `docker compose`; its output. The test fails with it if that fails."""
        # No --env-file but an empty one: a developer's .env has nothing to do here.
        command = ["docker", "compose", "--project-name", self.project]
        command += ["--env-file", os.devnull, "--progress", "quiet", "--ansi", "never"]
        done = run(*command, *arguments, environ=self.ports)
        if done.returncode:
            pytest.fail(f"docker compose {arguments[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *options: str) -> None:
        """Return when every service is healthy."""
        try:
            self.compose("up", "--detach", "--wait", *options)
        except pytest.fail.Exception as failure:
            pytest.fail(f"{failure}\n{self.compose('logs', '--tail', '60')}")

    def states(self) -> dict[str, dict[str, Any]]:
        """What the engine says of each container, by its service."""
        names = self.compose("ps", "--all", "--quiet").split()
        found = json.loads(run("docker", "inspect", *names).stdout)
        label = "com.docker.compose.service"
        return {each["Config"]["Labels"][label]: each for each in found}

    def passwords(self) -> dict[str, str]:
        """As `docker compose logs migrate` tells them to people."""
        log = self.compose("logs", "--no-log-prefix", "migrate")
        return dict(re.findall(r"    (\w+)  (\S+)", log))


def run(
    *command: str, environ: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | (environ or {}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def docker_works() -> bool:
    try:
        asked = (run("docker", "compose", "version"), run("docker", "info"))
    except FileNotFoundError:
        return False
    return all(answer.returncode == 0 for answer in asked)


def free_ports(*names: str) -> dict[str, str]:
    with contextlib.ExitStack() as taken:
        found = [taken.enter_context(socket.socket()) for _ in names]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return {
            name: str(each.getsockname()[1])
            for name, each in zip(names, found, strict=True)
        }


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """The stack, built from this tree, started, and taken away with its data."""
    if not docker_works():
        pytest.skip("no Docker engine answers, or it has no `docker compose`")
    stack = Stack(
        project=f"valetkey-test-{secrets.token_hex(4)}",
        ports=free_ports("AUTH_PORT", "RESOURCE_PORT", "CLIENT_DEMO_PORT"),
    )
    try:
        stack.start("--build")
        yield stack
    finally:
        stack.compose("down", "--volumes", "--rmi", "local", "--timeout", "5")


def test_the_walk_in_a_browser(stack: Stack, page: Page) -> None:
    """Sign in, allow, call the API, sign out: with the passwords of the log."""
    page.goto(stack.client_demo)
    page.get_by_role("link", name="Sign in with Valetkey").click()
    page.get_by_label("Username or email").fill("alice")
    page.get_by_label("Password", exact=True).fill(stack.passwords()["alice"])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Allow").click()

    expect(page.get_by_role("heading", name="Alice Archer")).to_be_visible()
    assert page.url == f"{stack.client_demo}/"
    # The issuer is the one that browsers know, by whatever road it was asked.
    expect(page.get_by_role("main")).to_contain_text(stack.issuer)

    page.get_by_role("link", name="Call the API").click()
    page.get_by_label("Title").fill("From a container")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("heading", name="From a container")).to_be_visible()
    page.get_by_role("button", name="Delete From a container").click()
    expect(page.get_by_text("None yet.")).to_be_visible()

    page.get_by_role("link", name="Overview").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in with Valetkey")).to_be_visible()


def test_everything_runs_hardened_and_stays_up(stack: Stack) -> None:
    """The engine confirms it: healthy at the first try, without any privilege."""
    states = stack.states()

    assert set(states) == SERVERS | TASKS
    for name, container in states.items():
        state, host = container["State"], container["HostConfig"]
        if name in TASKS:
            assert (state["Status"], state["ExitCode"]) == ("exited", 0), name
        else:
            assert state["Health"]["Status"] == "healthy", name
        assert container["RestartCount"] == 0, name
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"], name
        assert (container["Config"]["User"] == "0:0") == (name == "secrets")
        for published in filter(None, container["NetworkSettings"]["Ports"].values()):
            assert {each["HostIp"] for each in published} == {"127.0.0.1"}, name


def test_it_stops_by_itself_and_starts_again_with_the_same_people(
    stack: Stack,
) -> None:
    """SIGTERM is heeded by every process 1; what was drawn once stays."""
    passwords = stack.passwords()

    stack.compose("stop")
    stopped = {name: each["State"]["ExitCode"] for name, each in stack.states().items()}
    stack.start()

    assert stopped == dict.fromkeys(SERVERS | TASKS, 0)
    assert set(passwords) == {"alice", "bob"}
    assert stack.passwords() == passwords
