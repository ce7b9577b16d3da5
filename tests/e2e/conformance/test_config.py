"""The Config plan: the discovery document of a server with static clients."""

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.discovery import verify


async def test_oidcc_discovery_endpoint_verification(auth: AuthorizationServer) -> None:
    await verify(auth)
