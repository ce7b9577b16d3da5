"""The system under measurement: real stores, one worker of each service, pinned."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import provision
from bench.processors import GENERATOR, STORES
from bench.scenarios import API
from bench.servers import Server, free_port, serving
from bench.stores import Stores, running_stores

#: Eleven constant bytes: what uvicorn does when nothing is to be done.
BARE = """
async def app(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [
            (b"content-type", b"text/plain"), (b"content-length", b"11")]})
        await send({"type": "http.response.body", "body": b"hello world"})
"""


@dataclass(frozen=True, slots=True)
class System:
    """What runs."""

    stores: Stores
    bare: Server
    auth: Server
    resource: Server
    #: Seconds that a first start took, which also draws the signing keys.
    first_start: float

    @property
    def host(self) -> str:
        """The issuer's Host header."""
        return f"localhost:{self.auth.port}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """Stores in which everything is that the authorization server needs."""

    stores: Stores
    env: dict[str, str]
    port: int

    @contextmanager
    def auth(
        self, *, processors: set[int] | None = None, workers: int = 1
    ) -> Iterator[Server]:
        """The authorization server, with so many workers."""
        with serving(
            [sys.executable, "-m", "auth_service"],
            self.env | {"WORKERS": str(workers)},
            port=self.port,
            ready="/readyz",
            processors=processors,
        ) as server:
            yield server


@contextmanager
def prepared(folder: Path) -> Iterator[Prepared]:
    """Start the stores; make the tables, the apps and the people."""
    os.sched_setaffinity(0, STORES)
    with running_stores() as stores:
        os.sched_setaffinity(0, {GENERATOR})
        port = free_port()
        env = {
            **os.environ,
            "ENVIRONMENT": "development",
            "LOG_LEVEL": "error",
            "ISSUER_URL": f"http://localhost:{port}",
            "DATABASE_URL": stores.new_database(),
            "REDIS_URL": stores.valkey.url,
            "KEY_ENCRYPTION_SECRET": secrets.token_hex(32),
            "PORT": str(port),
        }
        cli = Path(sys.executable).parent / "valetkey"
        file = provision.write(folder / "provision.json")
        subprocess.run([cli, "migrate"], env=env, check=True)
        subprocess.run(
            [cli, "provision", file], env=env, check=True, stdout=subprocess.DEVNULL
        )
        yield Prepared(stores, env, port)


@contextmanager
def running(folder: Path) -> Iterator[System]:
    """Start everything, one after the other, and end it."""
    with prepared(folder) as ready, ExitStack() as stack:
        with ready.auth() as first:
            pass
        auth = stack.enter_context(ready.auth())
        resource = stack.enter_context(_resource(ready.env))
        bare = stack.enter_context(_bare(folder))
        yield System(ready.stores, bare, auth, resource, first.start)


@contextmanager
def _resource(common: dict[str, str]) -> Iterator[Server]:
    port = free_port()
    env = common | {"RESOURCE_URL": API, "PORT": str(port)}
    program = [sys.executable, "-m", "resource_service"]
    subprocess.run([*program, "migrate"], env=env, check=True)
    with serving(program, env, port=port, ready="/readyz") as server:
        yield server


@contextmanager
def _bare(folder: Path) -> Iterator[Server]:
    (folder / "bare.py").write_text(BARE)
    port = free_port()
    program = [sys.executable, "-m", "uvicorn", "bare:app", "--no-access-log"]
    program += ["--app-dir", str(folder), "--port", str(port), "--log-level", "warning"]
    with serving(program, os.environ, port=port, ready="/") as server:
        yield server
