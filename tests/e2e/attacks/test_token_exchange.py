"""Token exchange (RFC 8693): less, elsewhere or for another; never more, never long."""

from typing import Any

import httpx
import jwt
import pytest

from tests.builders.auth import API, SECRETS, token_parameters
from tests.e2e.aging import audited, disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
OTHER = "https://other-api.example"
#: May exchange what it has for `other:read` there, if the person has allowed it.
APP = "exchange-app"


def said_by(access_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        access_token, options={"verify_signature": False}
    )
    return claims


@pytest.fixture
async def mine(auth: AuthorizationServer) -> Somebody:
    return await register(auth)


async def token_of(
    auth: AuthorizationServer, person: Somebody, scope: str, client_id: str = APP
) -> str:
    """An access token that a person gave an app."""
    code = await auth.code(person.browser, client_id=client_id, scope=scope)
    answer = await auth.token(token_parameters(code), client_id=client_id)
    return str(answer.json()["access_token"])


async def exchange(
    auth: AuthorizationServer, token: str, client_id: str = APP, **more: str
) -> httpx.Response:
    parameters = {
        "grant_type": GRANT_TYPE,
        "subject_token": token,
        "subject_token_type": ACCESS_TOKEN,
        **more,
    }
    return await auth.token(parameters, client_id=client_id)


async def test_it_can_be_for_less(auth: AuthorizationServer, mine: Somebody) -> None:
    token = await token_of(auth, mine, "openid notes:read notes:write")

    answer = await exchange(auth, token, scope="notes:read")

    told = answer.json()
    assert set(told) == {
        "access_token",
        "issued_token_type",
        "token_type",
        "expires_in",
        "scope",
    }
    assert told["issued_token_type"] == ACCESS_TOKEN
    before, after = said_by(token), said_by(told["access_token"])
    assert after["scope"] == told["scope"] == "notes:read"
    for name in ("sub", "aud", "sid", "auth_time", "amr", "grant_id"):
        assert after[name] == before[name]
    assert after["exp"] <= before["exp"]
    assert after["jti"] != before["jti"]
    assert (await auth.introspect(told["access_token"]))["active"]


@pytest.mark.parametrize("scope", ["notes:read notes:write", "email", "other:read"])
async def test_it_is_never_for_more(
    auth: AuthorizationServer, mine: Somebody, scope: str
) -> None:
    """Nor is one that was narrowed ever widened again (section 2.1)."""
    token = await token_of(auth, mine, "openid notes:read notes:write")
    less = (await exchange(auth, token, scope="notes:read")).json()["access_token"]
    refused(await exchange(auth, less, scope=scope), 400, "invalid_scope")


async def test_CN10_another_api_needs_the_persons_yes(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    token = await token_of(auth, mine, "openid notes:read")
    refused(await exchange(auth, token, audience=OTHER), 400, "invalid_grant")

    await token_of(auth, mine, "other:read")

    answer = await exchange(auth, token, audience=OTHER)
    claims = said_by(answer.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (OTHER, "other:read")


async def test_an_api_goes_on_to_the_next_where_the_operator_lets_it(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    """It was the audience of the token; the person never met it as an app."""
    token = await token_of(auth, mine, "notes:read", "web-app")

    answer = await exchange(auth, token, "notes-api", resource=OTHER)

    claims = said_by(answer.json()["access_token"])
    assert (claims["aud"], claims["scope"]) == (OTHER, "other:read")
    assert claims["client_id"] == "notes-api"
    assert claims["sub"] == said_by(token)["sub"]


async def test_an_audience_without_a_policy_is_no_target(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    token = await token_of(auth, mine, "openid")
    for name in ("audience", "resource"):
        for value in (API, "https://nobody.example"):
            answer = await exchange(auth, token, **{name: value})
            refused(answer, 400, "invalid_target")
    answer = await exchange(auth, token, audience=OTHER, resource=API)
    refused(answer, 400, "invalid_target")


async def test_a_stranger_exchanges_nothing(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    token = await token_of(auth, mine, "notes:read", "web-app")
    refused(await exchange(auth, token), 400, "invalid_grant")


async def test_who_acts_is_named_and_who_acted_before(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    """Section 4.1: the chain grows; without a new actor it is kept."""
    token = await token_of(auth, mine, "notes:read")
    alone = {"grant_type": "client_credentials", "scope": "notes:read"}
    own = await auth.token(alone, client_id=APP)
    actor = {
        "actor_token": own.json()["access_token"],
        "actor_token_type": ACCESS_TOKEN,
    }
    me = {"sub": APP, "client_id": APP}

    once = (await exchange(auth, token, **actor)).json()["access_token"]
    assert said_by(once)["act"] == me
    kept = (await exchange(auth, once)).json()["access_token"]
    assert said_by(kept)["act"] == me
    for _ in range(4):
        kept = (await exchange(auth, kept, **actor)).json()["access_token"]
    assert said_by(kept)["act"]["act"]["act"]["act"]["act"] == me
    refused(await exchange(auth, kept, **actor), 400, "invalid_grant")
    assert (await auth.introspect(kept))["act"] == said_by(kept)["act"]


async def test_nobody_acts_with_anothers_token(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    token = await token_of(auth, mine, "notes:read")
    others = await token_of(auth, mine, "notes:read", "web-app")
    answer = await exchange(
        auth, token, actor_token=others, actor_token_type=ACCESS_TOKEN
    )
    refused(answer, 400, "invalid_grant")


async def test_what_kills_the_family_kills_what_came_of_it(
    auth: AuthorizationServer, mine: Somebody, stores: Stores
) -> None:
    token = await token_of(auth, mine, "openid notes:read")
    less = (await exchange(auth, token, scope="notes:read")).json()["access_token"]

    with disabled(stores, mine.username):
        assert await auth.introspect(less) == {"active": False}
        refused(await exchange(auth, token), 400, "invalid_grant")
    await auth.http().post(
        "/oauth/revoke", data={"token": token}, auth=(APP, SECRETS[APP])
    )
    refused(await exchange(auth, token), 400, "invalid_grant")


@pytest.mark.parametrize(
    "change",
    [
        {"subject_token_type": "urn:ietf:params:oauth:token-type:id_token"},
        {"subject_token_type": ""},
        {"subject_token": ""},
        {"requested_token_type": "urn:ietf:params:oauth:token-type:refresh_token"},
        {"actor_token": "x"},
        {"actor_token_type": ACCESS_TOKEN},
    ],
)
async def test_what_is_missing_or_unknown_is_an_invalid_request(
    auth: AuthorizationServer, mine: Somebody, change: dict[str, str]
) -> None:
    token = await token_of(auth, mine, "openid")
    refused(await exchange(auth, token, **change), 400, "invalid_request")


@pytest.mark.parametrize("token", ["x", "a.b.c", "..", "é"])
async def test_what_is_no_token_of_ours_is_an_invalid_grant(
    auth: AuthorizationServer, token: str
) -> None:
    refused(await exchange(auth, token), 400, "invalid_grant")


async def test_an_app_that_is_not_registered_for_it_does_not(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    token = await token_of(auth, mine, "notes:read", "web-app")
    answer = await exchange(auth, token, "web-app")
    refused(answer, 400, "unauthorized_client")


async def test_it_is_written_down(
    auth: AuthorizationServer, mine: Somebody, stores: Stores
) -> None:
    token = await token_of(auth, mine, "notes:read")
    await exchange(auth, token)
    client_id, subject, _ = audited(stores, "token.exchanged")[0]
    assert (client_id, subject) == (APP, said_by(token)["sub"])
