"""What administrators decided about apps stays, whoever writes the app anew."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.client import Client
from auth_service.protocol.refresh_grant import Grant
from auth_service.storage.postgres.app_list import PostgresAppList
from auth_service.storage.postgres.client_documents import PostgresClientDocuments
from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.grants import PostgresGrants
from tests.contract.stores.values import LONG, new_grant, stored_client, stored_user
from valetkey.opaque import new_handle


def app(client_id: str) -> Client:
    return Client(
        client_id=client_id,
        client_name="Notes",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"authorization_code"}),
        scopes=frozenset({"openid"}),
        redirect_uris=("https://notes.example/cb",),
    )


async def test_a_suspended_app_is_nobody_until_it_is_back(engine: AsyncEngine) -> None:
    clients, apps = PostgresClients(engine), PostgresAppList(engine)
    one = app(new_handle())
    await clients.put(one)

    await apps.set_suspended(one.client_id, True)
    await clients.put(one)
    await PostgresClientDocuments(engine).put(one, fresh_for=timedelta(hours=1))
    away = await clients.find(one.client_id)
    known = await clients.find_registered(one.client_id)
    document = await PostgresClientDocuments(engine).find(one.client_id)
    await apps.set_suspended(one.client_id, False)

    assert away is None
    assert known is not None
    assert known.suspended
    assert document is not None
    assert document.client.suspended
    assert await clients.find(one.client_id) is not None


@pytest.mark.parametrize(
    ("changes", "verified"),
    [
        ({"client_name": "Somebody's bank"}, False),
        ({"redirect_uris": ("https://evil.example/cb",)}, False),
        ({"client_uri": "https://evil.example/"}, False),
        ({"logo_uri": "https://evil.example/logo.png"}, False),
        ({"contacts": ("help@notes.example",)}, True),
        ({"scopes": frozenset({"openid", "email"})}, True),
    ],
)
async def test_what_was_vouched_for_is_what_it_said_then(
    engine: AsyncEngine, changes: dict[str, object], verified: bool
) -> None:
    """An app that calls itself something else has to be looked at again."""
    clients, apps = PostgresClients(engine), PostgresAppList(engine)
    one = app(new_handle())
    await clients.put(one)
    before = await clients.find(one.client_id)
    assert before is not None
    await apps.set_verified(before, True)
    vouched = await clients.find(one.client_id)
    assert vouched is not None
    assert vouched.verified

    await clients.put(replace(vouched, **changes))

    after = await clients.find(one.client_id)
    assert after is not None
    assert after.verified is verified


async def test_a_family_of_a_suspended_app_is_dead(engine: AsyncEngine) -> None:
    """In the one definition of what is in force, whoever asks it."""
    grants, apps = PostgresGrants(engine), PostgresAppList(engine)
    user, client = await stored_user(engine), await stored_client(engine)
    ours = {"authorized_at": None, "absolute": LONG, "idle": LONG}

    async def begin(grant: Grant) -> bool:
        token = new_handle()
        return await grants.put(grant, code=None, refresh_token=token, **ours)

    grant = new_grant(user, client)
    assert await begin(grant)
    assert await grants.find_person(grant.grant_id, "a jti") is not None

    await apps.set_suspended(client.client_id, True)

    assert await grants.find_person(grant.grant_id, "a jti") is None
    assert not await begin(replace(grant, grant_id=new_handle()))
