"""Administrators, and programs of the operator, for tests."""

from typing import Any

import httpx

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.hearing import changed
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores

SCOPES = ("admin:people", "admin:apps", "admin:resources", "admin:keys", "admin:audit")
SECRET = "secret-of-the-operators-program"


async def administrator(auth: AuthorizationServer, stores: Stores) -> Somebody:
    """A new person who administers."""
    somebody = await register(auth)
    stores.run(
        "UPDATE auth.users SET administrator = true WHERE username = %s",
        somebody.username,
    )
    return somebody


def subject_of(stores: Stores, username: str) -> str:
    """What tokens call them."""
    found = stores.run("SELECT subject FROM auth.users WHERE username = %s", username)
    return str(found[0][0])


async def page(auth: AuthorizationServer, who: Somebody, path: str) -> Page:
    """A page of ours."""
    return await who.browser.get(f"{auth.issuer}{path}")


async def provision_app(auth: AuthorizationServer, **fields: Any) -> None:
    """An app as the operator's file has it."""
    engine = connect(auth.settings.database_url.get_secret_value())
    await Provision(engine).run({"clients": [fields]})
    await engine.dispose()
    changed()


async def program(
    auth: AuthorizationServer, *scopes: str, client_id: str = "operators-program"
) -> None:
    """An app of the operator's that may call /api/admin."""
    await provision_app(
        auth,
        **builder.client(
            client_id,
            client_secret=SECRET,
            grant_types=["client_credentials"],
            scope=" ".join(scopes or SCOPES),
            redirect_uris=[],
        ),
    )


async def access_token(
    auth: AuthorizationServer,
    scope: str,
    client_id: str = "operators-program",
    **more: str,
) -> str:
    """A token of such a program."""
    answer = await auth.http().post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "scope": scope,
            "resource": f"{auth.issuer}/api/admin",
            **more,
        },
        auth=(client_id, SECRET),
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def call(
    auth: AuthorizationServer,
    method: str,
    path: str,
    token: str | None,
    **rest: Any,
) -> httpx.Response:
    """Call /api/admin."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await auth.http().request(
        method, f"/api/admin{path}", headers=headers, **rest
    )
