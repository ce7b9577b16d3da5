"""What the demo is told, all of it optional: ports, a folder, servers to use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self


class UnusableSetting(Exception):
    """A variable of the environment that cannot be meant."""


@dataclass(frozen=True)
class DemoSettings:
    """The settings of one demo; the addresses follow from the ports."""

    folder: Path
    auth_port: int
    resource_port: int
    client_demo_port: int
    #: Of a PostgreSQL to use in place of the embedded one.
    database_url: str | None
    #: Of a Redis or Valkey to use in place of the embedded one.
    redis_url: str | None

    @classmethod
    def load(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """
        Read the settings from an environment.

        Raises:
            UnusableSetting: a port is no port, or two are the same.

        """
        settings = cls(
            folder=Path(environ.get("VALETKEY_DEMO_DIR") or ".demo").absolute(),
            auth_port=_port(environ, "AUTH_PORT", 9000),
            resource_port=_port(environ, "RESOURCE_PORT", 9001),
            client_demo_port=_port(environ, "CLIENT_DEMO_PORT", 9002),
            database_url=environ.get("DATABASE_URL") or None,
            redis_url=environ.get("REDIS_URL") or None,
        )
        if len(set(settings.ports.values())) < len(settings.ports):
            raise UnusableSetting(f"{', '.join(settings.ports)} must differ")
        return settings

    @property
    def ports(self) -> dict[str, int]:
        """The ports that must be free, by the name of their setting."""
        return {
            "AUTH_PORT": self.auth_port,
            "RESOURCE_PORT": self.resource_port,
            "CLIENT_DEMO_PORT": self.client_demo_port,
        }

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.auth_port}"

    @property
    def resource(self) -> str:
        """The API's address, which is its resource identifier too (RFC 8707)."""
        return f"http://localhost:{self.resource_port}"

    @property
    def client_demo(self) -> str:
        return f"http://localhost:{self.client_demo_port}"


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise UnusableSetting(f"{name} must be a port, 1 to 65535")
    return int(text)
