"""Apps that a test registers for itself, as an operator does."""

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.hearing import changed


async def provision(
    auth: AuthorizationServer, client_id: str, **changes: object
) -> None:
    """An app with metadata of its own, or another state of one; public by default."""
    public = {"client_secret": None, "token_endpoint_auth_method": "none"}
    engine = connect(auth.settings.database_url.get_secret_value())
    app = builder.client(client_id, **{**public, **changes})
    await Provision(engine).run({"clients": [app]})
    await engine.dispose()
    changed()
