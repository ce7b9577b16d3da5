"""The system under measurement: real stores, one worker of each service, pinned."""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scenarios import API, REDIRECT_URI, SCOPE, SECRET
from tests.servers import running_servers

PASSWORD = "a password for the benchmark only"
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
    """Where everything listens."""

    bare: int
    auth: int
    resource: int

    @property
    def host(self) -> str:
        """The issuer's Host header."""
        return f"localhost:{self.auth}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def running(folder: Path) -> Iterator[System]:
    """Start everything, wait until it is ready, and end it."""
    system = System(free_port(), free_port(), free_port())
    issuer = f"http://{system.host}"
    with running_servers() as servers:
        common = {
            **os.environ,
            "ENVIRONMENT": "development",
            "LOG_LEVEL": "warning",
            "ISSUER_URL": issuer,
            "DATABASE_URL": servers.new_database(),
        }
        auth = common | {
            "REDIS_URL": servers.redis_url,
            "KEY_ENCRYPTION_SECRET": secrets.token_hex(32),
            "PORT": str(system.auth),
        }
        resource = common | {"RESOURCE_URL": API, "PORT": str(system.resource)}
        file = folder / "provision.json"
        file.write_text(json.dumps(_provision()))
        cli = Path(sys.executable).parent / "valetkey"
        for command in ([cli, "migrate"], [cli, "provision", file]):
            subprocess.run(command, env=auth, check=True)
        migrate = [sys.executable, "-m", "resource_service", "migrate"]
        subprocess.run(migrate, env=resource, check=True)
        (folder / "bare.py").write_text(BARE)
        bare = ["uvicorn", "bare:app", "--app-dir", str(folder), "--no-access-log"]
        bare += ["--port", str(system.bare), "--log-level", "warning"]
        children = [
            _start(["-m", *bare], common),
            _start(["-m", "auth_service"], auth),
            _start(["-m", "resource_service"], resource),
        ]
        try:
            _wait(f"http://127.0.0.1:{system.bare}/")
            _wait(f"{issuer}/readyz")
            _wait(f"http://localhost:{system.resource}/readyz")
            yield system
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait()


def _start(arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A server on the first processor; the generator has the last to itself."""
    first = min(os.sched_getaffinity(0))
    return subprocess.Popen(
        [sys.executable, *arguments],
        env=env,
        # In the child, so that each thread it ever has stays there. We have none
        # ourselves whose locks a fork could copy.
        preexec_fn=lambda: os.sched_setaffinity(0, {first}),  # noqa: PLW1509 - as said
    )


def _wait(url: str) -> None:
    for _ in range(300):
        try:
            with urllib.request.urlopen(url) as answer:
                if answer.status == 200:
                    return
        except urllib.error.URLError:
            time.sleep(0.1)
    raise SystemExit(f"bench: {url} did not become ready")


def _provision() -> dict[str, Any]:
    def app(client_id: str, *grants: str, scope: str) -> dict[str, Any]:
        return {
            "client_id": client_id,
            "client_secret": SECRET,
            "client_name": client_id,
            "redirect_uris": [REDIRECT_URI],
            "grant_types": list(grants),
            "token_endpoint_auth_method": "client_secret_basic",
            "scope": scope,
            "id_token_signed_response_alg": "ES256",
        }

    return {
        "clients": [
            app("web", "authorization_code", "refresh_token", scope=SCOPE),
            app("service", "client_credentials", scope="notes:read"),
            app("api", scope=""),
        ],
        "resources": [
            {
                "identifier": API,
                "name": "Notes",
                "scopes": {"notes:read": {"description": "Read notes"}},
                "client_id": "api",
            }
        ],
        "users": [
            {
                "username": "person",
                "password": PASSWORD,
                "email": "person@people.example",
                "name": "Person",
            }
        ],
    }
