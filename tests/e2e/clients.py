"""Apps beside those that every test has, put in place while the server runs."""

from typing import Any

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.hearing import changed


async def provision(auth: AuthorizationServer, client_id: str, **changes: Any) -> str:
    """Put an app in place, or replace it; its client_id."""
    engine = connect(auth.settings.database_url.get_secret_value())
    await Provision(engine).run({"clients": [builder.client(client_id, **changes)]})
    await engine.dispose()
    changed()
    return client_id


async def provision_service(
    auth: AuthorizationServer, client_id: str, method: str, **changes: Any
) -> str:
    """An app that speaks for itself."""
    return await provision(
        auth,
        client_id,
        token_endpoint_auth_method=method,
        grant_types=["client_credentials"],
        scope="stats:read",
        redirect_uris=[],
        **changes,
    )
