"""The client is told when its tokens, and what it was allowed, come to an end."""

from typing import Any

import jwt

from tests.builders.auth import token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import register
from tests.e2e.stores import Stores

IDLE, OFFLINE, SESSION = 14 * 86400, 30 * 86400, 86400


async def tokens(auth: AuthorizationServer, scope: str) -> dict[str, Any]:
    code = await auth.code((await register(auth)).browser, scope=scope)
    answer: dict[str, Any] = (await auth.token(token_parameters(code))).json()
    return answer


async def test_offline_access_lasts_for_as_long_as_it_is_used(
    auth: AuthorizationServer,
) -> None:
    told = await tokens(auth, "openid offline_access")
    assert told["refresh_token_expires_in"] == IDLE
    assert told["authorization_expires_in"] == OFFLINE


async def test_a_refresh_token_never_outlives_its_authorization(
    auth: AuthorizationServer,
) -> None:
    told = await tokens(auth, "openid")
    assert told["refresh_token_expires_in"] == SESSION
    assert told["authorization_expires_in"] == SESSION


async def test_refreshing_does_not_prolong_the_authorization(
    auth: AuthorizationServer, stores: Stores
) -> None:
    told = await tokens(auth, "openid offline_access")
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    stores.run(
        "UPDATE auth.grants SET expires_at = expires_at - interval '29 days'"
        " WHERE grant_id = %s",
        claims["grant_id"],
    )

    again = (await auth.refresh(told["refresh_token"])).json()

    assert 86000 < again["authorization_expires_in"] <= 86400
    assert again["refresh_token_expires_in"] == again["authorization_expires_in"]


async def test_without_a_refresh_token_there_is_nothing_to_say(
    auth: AuthorizationServer,
) -> None:
    answer = await auth.token(
        {"grant_type": "client_credentials"}, client_id="service-app"
    )
    assert not {n for n in answer.json() if n.endswith("_expires_in")}
