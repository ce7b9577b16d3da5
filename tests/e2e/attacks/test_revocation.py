"""Attacks on revocation (attacks, 1.15)."""

from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.builders.auth import SECRETS, token_parameters
from tests.e2e.aging import audited
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody
from tests.e2e.refusals import not_kept, refused, told
from tests.e2e.stores import Stores
from tests.servers import Servers
from valetkey.opaque import new_handle


@pytest.fixture
async def tokens(auth: AuthorizationServer, somebody: Somebody) -> dict[str, Any]:
    """Fresh tokens of web-app."""
    return await auth.tokens(somebody.browser.copy())


async def revoke(
    auth: AuthorizationServer,
    token: str,
    client_id: str | None = "web-app",
    /,
    **more: str,
) -> httpx.Response:
    return await auth.http().post(
        "/oauth/revoke",
        data={"token": token, **more},
        auth=(client_id, SECRETS[client_id]) if client_id else httpx.USE_CLIENT_DEFAULT,
    )


def done(answer: httpx.Response) -> None:
    """200 and nothing more."""
    assert answer.status_code == 200
    assert answer.content == b""
    not_kept(answer)


async def is_alive(auth: AuthorizationServer, token: str) -> bool:
    return bool((await auth.introspect(token, "web-app"))["active"])


@pytest.mark.parametrize("name", ["refresh_token", "access_token"])
async def test_RV01_a_stranger_revokes_nothing(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any], name: str
) -> None:
    """Another app, a public one, and the API that the token is made out to."""
    before = stores.counts()
    unknown = await revoke(auth, new_handle())

    for client_id in ("other-app", "notes-api"):
        answer = await revoke(auth, tokens[name], client_id)
        done(answer)
        assert told(answer) == told(unknown)
    done(await revoke(auth, tokens[name], None, client_id="spa-app"))

    assert not stores.changes_since(before)
    assert await is_alive(auth, tokens["access_token"])
    assert (await auth.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize(
    "token",
    ["x", "a.b.c", ".", "\0", "a\0.b.c", "é", " ", "x" * 4096, "." * 4096, "*", "%"],
)
async def test_RV02_an_unknown_token_is_no_error(
    auth: AuthorizationServer, stores: Stores, token: str
) -> None:
    before = stores.counts()
    answer = await revoke(auth, token)
    done(answer)
    assert told(answer) == told(await revoke(auth, new_handle()))
    assert not stores.changes_since(before)


async def test_RV02_revoking_twice_is_no_error(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    for name in ("access_token", "refresh_token"):
        assert told(await revoke(auth, tokens[name])) == told(
            await revoke(auth, tokens[name])
        )


async def test_RV02_what_is_no_request_is_refused(auth: AuthorizationServer) -> None:
    refused(await revoke(auth, ""), 400, "invalid_request")
    refused(await revoke(auth, "x" * 4097), 413, "invalid_request")
    twice = await auth.http().post(
        "/oauth/revoke",
        content="token=a&token=b",
        headers={"content-type": "application/x-www-form-urlencoded"},
        auth=("web-app", SECRETS["web-app"]),
    )
    refused(twice, 400, "invalid_request")


async def test_RV03_a_caller_that_proves_nothing_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    token = tokens["refresh_token"]
    refused(await revoke(auth, token, None), 401, "invalid_client")
    for client_id in ("web-app", "nobody"):
        answer = await revoke(auth, token, None, client_id=client_id)
        refused(answer, 401, "invalid_client")
    wrong = await auth.http().post(
        "/oauth/revoke", data={"token": token}, auth=("web-app", "wrong")
    )
    refused(wrong, 401, "invalid_client", challenge="Basic")
    get = await auth.http().get(
        "/oauth/revoke", params={"token": token}, auth=("web-app", SECRETS["web-app"])
    )
    refused(get, 405, "invalid_request")

    assert await is_alive(auth, token)


async def test_RV04_a_refresh_token_takes_its_family_with_it(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    fresh = (await auth.refresh(tokens["refresh_token"])).json()

    done(await revoke(auth, fresh["refresh_token"]))

    for each in (tokens, fresh):
        assert not await is_alive(auth, each["access_token"])
        refused(await auth.refresh(each["refresh_token"]), 400, "invalid_grant")
    client_id, _, ip = audited(stores, "token.revoked")[0]
    assert client_id == "web-app"
    assert ip.startswith("10.")


async def test_RV04_an_access_token_dies_alone(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    fresh = (await auth.refresh(tokens["refresh_token"])).json()

    done(await revoke(auth, tokens["access_token"]))

    assert not await is_alive(auth, tokens["access_token"])
    assert await is_alive(auth, fresh["access_token"])
    assert (await auth.refresh(fresh["refresh_token"])).status_code == 200


async def test_RV04_a_services_access_token_dies_too(
    auth: AuthorizationServer,
) -> None:
    grant = {"grant_type": "client_credentials"}
    token = (await auth.token(grant, client_id="service-app")).json()["access_token"]
    other = (await auth.token(grant, client_id="service-app")).json()["access_token"]

    done(await revoke(auth, token, "service-app"))

    assert not (await auth.introspect(token))["active"]
    assert (await auth.introspect(other))["active"]


async def test_RV04_a_public_client_revokes_its_own(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    spa = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}
    code = await auth.code(somebody.browser.copy(), **spa)
    grant = token_parameters(code, **spa)
    tokens = (await auth.token(grant, client_id=None)).json()

    done(await revoke(auth, tokens["refresh_token"], None, client_id="spa-app"))

    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    answer = await auth.token({**again, "client_id": "spa-app"}, client_id=None)
    refused(answer, 400, "invalid_grant")


@pytest.mark.parametrize("hint", ["foo", "access_token", "refresh_token", "", "é"])
@pytest.mark.parametrize("name", ["refresh_token", "access_token"])
async def test_RV05_a_wrong_hint_is_ignored(
    auth: AuthorizationServer, tokens: dict[str, Any], name: str, hint: str
) -> None:
    done(await revoke(auth, tokens[name], token_type_hint=hint))
    assert not await is_alive(auth, tokens[name])


async def test_RV06_without_its_database_nothing_pretends_to_be_done(
    strict: AuthorizationServer, servers: Servers
) -> None:
    """503 with Retry-After at every endpoint, also to a browser app; then recovery."""
    tokens = await strict.tokens()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    spa = {"origin": "https://spa.example"}
    name = urlsplit(strict.settings.database_url.get_secret_value()).path[1:]
    with psycopg.connect(servers.maintenance_url, autocommit=True) as postgres:
        postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        postgres.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
        try:
            http = strict.http()
            answers = [
                await revoke(strict, tokens["refresh_token"]),
                await strict.refresh(tokens["refresh_token"]),
                await strict.token(token_parameters("a-code")),
                await http.post(
                    "/oauth/introspect",
                    data={"token": tokens["access_token"]},
                    auth=("notes-api", SECRETS["notes-api"]),
                ),
                await http.get("/oauth/userinfo", headers=bearer),
                await http.post(
                    "/oauth/token",
                    data={"client_id": "spa-app", "grant_type": "x"},
                    headers=spa,
                ),
            ]
            preflight = await http.options("/oauth/token", headers=spa)
        finally:
            postgres.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")

    for answer in answers:
        refused(answer, 503, "temporarily_unavailable")
        assert int(answer.headers["retry-after"]) >= 1
    assert preflight.status_code < 500
    done(await revoke(strict, tokens["refresh_token"]))
    refused(await strict.refresh(tokens["refresh_token"]), 400, "invalid_grant")
