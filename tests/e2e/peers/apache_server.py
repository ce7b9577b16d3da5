"""Apache with mod_auth_openidc, as `apache.conf` says: a child that goes away."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from demo.processes import Supervisor
from demo.unprivileged import NOBODY
from tests.e2e.peers.python_peers import missing
from tests.e2e.peers.python_stack import Stack, client

HERE = Path(__file__).parent
PROGRAM = Path("/usr/sbin/apache2")
MODULES = Path("/usr/lib/apache2/modules")


@dataclass(frozen=True)
class Apache:
    """A site whose `/members/` is for people who signed in."""

    port: int
    #: As it is registered.
    app: dict[str, Any]

    @property
    def host(self) -> str:
        return f"localhost:{self.port}"

    @property
    def members(self) -> str:
        return f"http://{self.host}/members/index.html"

    @property
    def callback(self) -> str:
        """The module's own address, for much more than callbacks."""
        return f"http://{self.host}/members/callback"

    @property
    def bye(self) -> str:
        return f"http://{self.host}/bye.html"


@contextmanager
def running_apache(stack: Stack) -> Iterator[Apache]:
    """Register the app, start the server, and stop it when the block is left."""
    if not (PROGRAM.exists() and (MODULES / "mod_auth_openidc.so").exists()):
        missing("no Apache with mod_auth_openidc: see tests/peers/install-apache.sh")
    port = stack.called_ports.pop()
    root = f"http://localhost:{port}"
    app = client(
        "apache",
        redirect_uris=[f"{root}/members/callback"],
        post_logout_redirect_uris=[f"{root}/bye.html"],
        backchannel_logout_uri=f"{root}/members/callback?logout=backchannel",
        backchannel_logout_session_required=True,
        scope="openid profile email offline_access",
    )
    stack.add(clients=[app])
    with _folder() as folder, Supervisor(patience=5) as supervisor:
        shutil.copytree(HERE / "apache_site", folder / "site")
        shutil.copy(HERE / "apache.conf", folder)
        told = {
            "FOLDER": folder,
            "SITE": folder / "site",
            "MODULES": MODULES,
            "PORT": port,
            "ISSUER": stack.issuer,
            "CLIENT_ID": app["client_id"],
            "CLIENT_SECRET": app["client_secret"],
            "CRYPTO_PASSPHRASE": secrets.token_urlsafe(),
        }
        supervisor.start(
            "apache",
            [PROGRAM, "-f", folder / "apache.conf", "-DFOREGROUND"],
            log=stack.folder.log("apache"),
            env={name: str(value) for name, value in told.items()},
            user=NOBODY if os.geteuid() == 0 else None,
        ).wait_until(lambda: _answers(f"{root}/bye.html"), seconds=10)
        yield Apache(port, app)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder that Apache, which will not run as root, may write to."""
    folder = Path(tempfile.mkdtemp(prefix="valetkey-apache-"))
    if os.geteuid() == 0:
        shutil.chown(folder, NOBODY)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
