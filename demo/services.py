"""The three services: what they are told, what must be done before, and their start."""

import http.client
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from demo.folder import DemoFolder
from demo.people_and_apps import provision_file
from demo.processes import Supervisor
from demo.settings import DemoSettings

#: Room for somebody who tries things out, mistakes among them, and rotates keys.
_FOR_TRYING_OUT = {
    "AUTH_FAILURES_PER_MINUTE": "300",
    "SIGN_INS_PER_MINUTE": "600",
    "REGISTRATIONS_PER_HOUR": "100",
    "JWKS_MAX_AGE": "60",
    "KEY_ANNOUNCEMENT": "20",
}


@dataclass(frozen=True)
class Service:
    """One of the three: how it is started and asked whether it is ready."""

    #: Its package, and the name of its log.
    package: str
    port: int
    #: The whole environment it runs in.
    env: Mapping[str, str]

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request(
                "GET", "/readyz", headers={"Host": f"localhost:{self.port}"}
            )
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class Services:
    """All three."""

    auth: Service
    resource: Service
    client_demo: Service

    @classmethod
    def of(
        cls,
        settings: DemoSettings,
        folder: DemoFolder,
        *,
        database_url: str,
        redis_url: str,
    ) -> "Services":
        """The services with the settings that make them one system."""

        def service(package: str, port: int, **env: str) -> Service:
            common = {
                "ENVIRONMENT": "development",
                "ISSUER_URL": settings.issuer,
                "HOST": "127.0.0.1",
                "PORT": str(port),
                "WORKERS": "1",
            }
            return Service(package, port, _environment(common | env))

        return cls(
            service(
                "auth_service",
                settings.auth_port,
                DATABASE_URL=database_url,
                REDIS_URL=redis_url,
                KEY_ENCRYPTION_SECRET=folder.secret("key encryption"),
                # It tells client-demo of every sign-out, from server to server.
                OUTBOUND_LOOPBACK_PORTS=str(settings.client_demo_port),
                **{n: os.environ.get(n, v) for n, v in _FOR_TRYING_OUT.items()},
            ),
            service(
                "resource_service",
                settings.resource_port,
                DATABASE_URL=database_url,
                RESOURCE_URL=settings.resource,
                SWAGGER_CLIENT_ID="swagger-ui",
                INTROSPECTION_CLIENT_ID="notes-api",
                INTROSPECTION_CLIENT_SECRET=folder.secret("notes-api"),
                DPOP_NONCE_SECRET=folder.secret("DPoP nonces"),
            ),
            service(
                "client_demo",
                settings.client_demo_port,
                REDIS_URL=redis_url,
                CLIENT_URL=settings.client_demo,
                CLIENT_ID="client-demo",
                CLIENT_SECRET=folder.secret("client-demo"),
                SERVICE_CLIENT_ID="service-app",
                SERVICE_CLIENT_SECRET=folder.secret("service-app"),
                RESOURCE_URL=settings.resource,
            ),
        )

    def prepare(self, settings: DemoSettings, folder: DemoFolder) -> None:
        """
        Bring the database up to date; add the people and applications it lacks.

        Raises:
            ProcessFailed: it could not be done.

        """
        content = provision_file(settings, folder)
        file = folder.write_private("provision.json", content)
        with Supervisor(patience=2, inherit=folder.lock) as once:
            once.start(
                "prepare",
                [*_module("demo.prepare"), str(file)],
                log=folder.log("prepare"),
                env=self.auth.env,
            ).succeed(seconds=60)
        file.unlink()

    def start(self, supervisor: Supervisor, folder: DemoFolder) -> None:
        """
        Start all three and wait until each is ready.

        Raises:
            ProcessFailed: one of them is not.

        """
        services = (self.auth, self.resource, self.client_demo)
        started = [
            supervisor.start(
                service.package,
                _module(service.package),
                log=folder.log(service.package),
                env=service.env,
            )
            for service in services
        ]
        for service, child in zip(services, started, strict=True):
            child.wait_until(service.is_ready, seconds=30)


def _module(package: str) -> list[str]:
    return [sys.executable, "-m", package]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Ours, and all of the caller's that does not say otherwise."""
    others = {
        name: value
        for name, value in os.environ.items()
        if name.removesuffix("_FILE") not in settings
    }
    return {**others, **settings}
