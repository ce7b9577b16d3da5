"""`make demo` as a stranger meets it, in a copy of this repository."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/fd").exists(), reason="looks into Linux's /proc"
    ),
]

ROOT = Path(__file__).parents[2]
NOT_A_STRANGERS = (".git", ".venv", ".demo", ".cache", "__pycache__", "*_cache")


@dataclass
class Demo:
    """A copy of the repository, and the demo that is started in it."""

    folder: Path
    ports: dict[str, str]
    make: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> Path:
        return self.folder.with_name("output")

    @property
    def told(self) -> dict[str, Any]:
        """What demo.json says."""
        content: dict[str, Any] = json.loads(
            (self.folder / ".demo/demo.json").read_text()
        )
        return content

    @property
    def supervisor(self) -> int:
        return int((self.folder / ".demo/lock").read_text())

    def password(self, username: str) -> str:
        users = {each["username"]: each["password"] for each in self.told["users"]}
        return users[username]

    def start(self) -> None:
        """Type `make demo`; return when it says that it is ready."""
        with self.output.open("wb") as output:
            self.make = self._make("demo", stdout=output)
        self._wait_until(
            lambda: "Valetkey is ready" in self.output.read_text(), seconds=300
        )

    def run(self, target: str) -> tuple[int, str]:
        """Type `make target` for what ends by itself: its status and its output."""
        with self._make(target, stdout=subprocess.PIPE) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output.decode()

    @property
    def runs(self) -> bool:
        return self.make is not None and self.make.poll() is None

    def stop(self) -> None:
        """Press Ctrl-C: a terminal sends SIGINT to all that was started in it."""
        assert self.make is not None
        os.killpg(self.make.pid, signal.SIGINT)
        self.wait_until_gone()

    def wait_until_gone(self) -> None:
        """Wait until no process is left that has a file of the demo open."""
        self._wait_until(lambda: not self.processes(), seconds=30, alive=False)
        assert self.make is not None
        self.make.wait()

    def processes(self) -> set[int]:
        """Every process with a log, the lock or a folder of the demo open."""
        return {
            int(process.name)
            for process in Path("/proc").glob("[0-9]*")
            if any(self._is_ours(link) for link in _links(process))
        }

    def _is_ours(self, link: str) -> bool:
        return link.startswith(f"{self.folder}/")

    def _make(self, target: str, stdout: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["make", target],
            cwd=self.folder,
            env={**os.environ, **self.ports},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # Where the tests themselves run in the background, it is ignored.
            preexec_fn=lambda: signal.signal(  # noqa: PLW1509 - no lock is touched
                signal.SIGINT, signal.SIG_DFL
            ),
        )

    def _wait_until(
        self, true: Callable[[], bool], *, seconds: float, alive: bool = True
    ) -> None:
        assert self.make is not None
        deadline = time.monotonic() + seconds
        while not true():
            ended = alive and self.make.poll() is not None
            if ended or time.monotonic() > deadline:
                pytest.fail(f"{self.processes()}\n{self.output.read_text()}")
            time.sleep(0.05)


def _links(process: Path) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for link in (process / "cwd", *(process / "fd").iterdir()):
            with contextlib.suppress(OSError):
                yield str(link.readlink())


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """
    A copy that nothing was started in yet.

    It shares the .venv of this one where `make` made it; else `make demo` makes its
    own, as it does for a stranger.
    """
    folder = tmp_path_factory.mktemp("stranger") / "valetkey"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*NOT_A_STRANGERS))
    if (ROOT / ".venv/valetkey-demo").exists():
        (folder / ".venv").symlink_to(ROOT / ".venv")
    names = ("AUTH_PORT", "RESOURCE_PORT", "CLIENT_DEMO_PORT")
    demo = Demo(folder, dict(zip(names, _free_ports(3), strict=True)))
    yield demo
    if demo.runs:
        demo.stop()
    demo.run("demo-reset")


@pytest.fixture
def demo(copy: Demo) -> Demo:
    """The demo, ready: started, unless the test before left it running."""
    if not copy.runs:
        copy.start()
    return copy


def _free_ports(count: int) -> list[str]:
    with contextlib.ExitStack() as held:
        sockets = [
            held.enter_context(socket.create_server(("127.0.0.1", 0)))
            for _ in range(count)
        ]
        return [str(each.getsockname()[1]) for each in sockets]


def _sign_in(page: Page, demo: Demo, username: str) -> None:
    page.goto(demo.told["client_demo"])
    page.get_by_role("link", name="Sign in with Valetkey").click()
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(demo.password(username))
    page.get_by_role("button", name="Sign in", exact=True).click()


def _allow(page: Page) -> None:
    page.get_by_role("button", name="Allow").click()


def test_a_stranger_signs_in_calls_the_api_and_signs_out(
    demo: Demo, page: Page
) -> None:
    _sign_in(page, demo, "alice")
    _allow(page)
    expect(page.get_by_role("heading", name="Alice Archer")).to_be_visible()
    expect(page.get_by_role("heading", name="ID token")).to_be_visible()

    page.get_by_role("link", name="Call the API").click()
    page.get_by_label("Title").fill("Milk")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("heading", name="Milk")).to_be_visible()

    page.goto(demo.told["client_demo"])
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("link", name="Sign in with Valetkey")).to_be_visible()


def test_it_tells_programs_what_it_tells_people(demo: Demo) -> None:
    path = demo.folder / ".demo/demo.json"
    printed = demo.output.read_text()
    clients = {each["client_id"]: each for each in demo.told["clients"]}

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert demo.told["issuer"] == f"http://localhost:{demo.ports['AUTH_PORT']}"
    for username in ("alice", "bob"):
        assert re.search(rf"{username} +{demo.password(username)}", printed)
    for address in ("issuer", "resource", "client_demo"):
        assert demo.told[address] in printed
    assert f"{demo.told['issuer']}/dev/mail" in printed
    assert not any(
        each["client_secret"] in printed
        for each in clients.values()
        if each["client_secret"]
    )


def test_it_is_stopped_by_ctrl_c_and_keeps_its_data(demo: Demo, page: Page) -> None:
    _sign_in(page, demo, "bob")
    _allow(page)
    page.get_by_role("link", name="Call the API").click()
    page.get_by_label("Title").fill("Bread")
    page.get_by_role("button", name="Add note").click()
    expect(page.get_by_role("heading", name="Bread")).to_be_visible()
    before = demo.told
    page.goto("about:blank")

    demo.stop()
    assert "Stopped." in demo.output.read_text()
    demo.start()

    assert demo.told == before
    page.context.clear_cookies()
    # No consent this time: bob allowed it, and that is remembered.
    _sign_in(page, demo, "bob")
    page.get_by_role("link", name="Call the API").click()
    expect(page.get_by_role("heading", name="Bread")).to_be_visible()


def test_it_is_stopped_by_sigterm(demo: Demo) -> None:
    os.kill(demo.supervisor, signal.SIGTERM)

    demo.wait_until_gone()
    assert demo.make is not None
    assert demo.make.returncode == 0
    assert "Stopped." in demo.output.read_text()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_is_stopped_by_a_signal_to_make_alone(
    demo: Demo, number: signal.Signals
) -> None:
    assert demo.make is not None
    demo.make.send_signal(number)

    demo.wait_until_gone()
    assert "Stopped." in demo.output.read_text()


def test_nothing_is_left_when_it_is_killed(demo: Demo) -> None:
    # The services, PostgreSQL with its own children, and Valkey.
    assert len(demo.processes()) > 8

    os.kill(demo.supervisor, signal.SIGKILL)

    demo.wait_until_gone()


def test_nothing_is_left_when_make_is_killed(demo: Demo) -> None:
    assert demo.make is not None
    demo.make.kill()

    demo.wait_until_gone()


def test_it_stops_and_says_which_when_a_service_dies(demo: Demo) -> None:
    log = demo.folder / ".demo/logs/resource_service.log"
    service = next(
        each
        for each in demo.processes()
        if str(log) in set(_links(Path("/proc", str(each)))) and each != demo.supervisor
    )
    os.kill(service, signal.SIGKILL)

    demo.wait_until_gone()
    assert demo.make is not None
    assert demo.make.returncode != 0
    assert "demo: resource_service ended by itself" in demo.output.read_text()


def test_a_second_demo_and_forgetting_are_refused_while_it_runs(demo: Demo) -> None:
    for target in ("demo", "demo-reset"):
        status, output = demo.run(target)

        assert status != 0
        assert "demo: another demo runs in this folder" in output
    assert demo.told


def test_a_taken_port_is_one_line_and_nothing_starts(copy: Demo) -> None:
    if copy.runs:
        copy.stop()
    port = int(copy.ports["RESOURCE_PORT"])
    with socket.create_server(("127.0.0.1", port)):
        status, output = copy.run("demo")

    lines = [line for line in output.splitlines() if not line.startswith("make")]
    assert status != 0
    assert lines == [f"demo: port {port} is taken; set RESOURCE_PORT to another"]
    assert not copy.processes()
