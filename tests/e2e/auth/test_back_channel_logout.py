"""Back-channel logout: apps hear that a session ended, whatever stands in between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

import jwt
import pytest

from auth_service.storage.postgres.clients import PostgresClients
from auth_service.storage.postgres.engine import connect
from tests.builders.auth import ISSUER, token_parameters
from tests.builders.sites import Site, document, site
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores
from tests.e2e.waiting import until

EVENT = "http://schemas.openid.net/event/backchannel-logout"
OK = document(b"")
AWAY = document(b"", status="503 Service Unavailable")


@asynccontextmanager
async def told_at(
    there: Site, database_url: str, redis_url: str, **changes: str
) -> AsyncIterator[AuthorizationServer]:
    """A server whose web-app wants to be told at this site."""
    settings = {
        "ENVIRONMENT": "development",
        "OUTBOUND_LOOPBACK_PORTS": str(there.port),
        **changes,
    }
    async with running(database_url, redis_url, **settings) as auth:
        engine = connect(database_url)
        clients = PostgresClients(engine)
        app = await clients.find("web-app")
        assert app is not None
        uri = f"http://127.0.0.1:{there.port}/backchannel-logout?app=1"
        await clients.put(replace(app, backchannel_logout_uri=uri))
        await engine.dispose()
        yield auth


async def signed_in(
    auth: AuthorizationServer, **changes: str | None
) -> tuple[Somebody, dict[str, Any]]:
    person = await register(auth)
    code = await auth.code(person.browser, **changes)
    tokens = (await auth.token(token_parameters(code))).json()
    return person, tokens


async def sign_out(
    auth: AuthorizationServer, person: Somebody, tokens: dict[str, Any]
) -> None:
    await person.browser.get(f"{ISSUER}/oauth/logout", id_token_hint=tokens["id_token"])


async def heard(auth: AuthorizationServer, request: bytes) -> dict[str, Any]:
    """The claims of the logout token that a request carries, its signature checked."""
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /backchannel-logout?app=1 HTTP/1.1")
    assert b"application/x-www-form-urlencoded" in head
    form = parse_qs(body.decode(), strict_parsing=True)
    assert form.keys() == {"logout_token"}
    (token,) = form["logout_token"]
    header = jwt.get_unverified_header(token)
    assert (header["typ"], header["alg"]) == ("logout+jwt", "RS256")
    keys = jwt.PyJWKSet.from_dict((await auth.http().get("/oauth/jwks")).json())
    claims: dict[str, Any] = jwt.decode(
        token, keys[header["kid"]], ["RS256"], audience="web-app", issuer=ISSUER
    )
    return claims


async def test_LO10_an_app_hears_that_the_session_ended(
    new_database: Callable[..., str], redis_url: str
) -> None:
    """OIDC Back-Channel Logout sections 2.4 and 2.5; without a nonce."""
    async with site(OK) as there, told_at(there, new_database(), redis_url) as auth:
        person, tokens = await signed_in(auth, nonce="n")
        other, _ = await signed_in(auth)
        assert not there.requests

        await sign_out(auth, person, tokens)

        claims = await heard(auth, (await until(lambda: there.requests))[0])
        said = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        assert claims.keys() == {
            "iss",
            "sub",
            "aud",
            "iat",
            "exp",
            "jti",
            "sid",
            "events",
        }
        assert (claims["sub"], claims["sid"]) == (said["sub"], said["sid"])
        assert claims["events"] == {EVENT: {}}
        assert claims["exp"] - claims["iat"] <= 120
        # Whoever goes on being signed in is not spoken of; and nobody is told twice.
        await other.browser.get(f"{ISSUER}/account")
        await sign_out(auth, person, tokens)
        assert len(there.requests) == 1


async def test_whoever_did_not_hear_is_told_again(
    new_database: Callable[..., str], redis_url: str
) -> None:
    """With a token of its own each time: the last may have been heard after all."""
    answers = iter([AWAY, document(b"", status="400 Bad Request"), OK])

    async def each(request: bytes, writer: asyncio.StreamWriter) -> None:
        await next(answers)(request, writer)

    database_url = new_database()
    async with site(each) as there, told_at(there, database_url, redis_url) as auth:
        stores = Stores(auth.settings)
        person, tokens = await signed_in(auth)
        await sign_out(auth, person, tokens)
        for n in range(1, 3):
            await until(lambda n=n: len(there.requests) == n)
            await until(
                lambda n=n: stores.run(
                    "UPDATE auth.logout_deliveries SET next_attempt_at = now()"
                    " WHERE attempts = %s RETURNING id",
                    n,
                )
            )

        await until(lambda: len(there.requests) == 3)

        jtis = {(await heard(auth, request))["jti"] for request in there.requests}
        assert len(jtis) == 3
        done = (
            "SELECT attempts, outcome FROM auth.logout_deliveries"
            " WHERE delivered_at IS NOT NULL"
        )
        assert await until(lambda: stores.run(done)) == [(3, "200")]
        stores.close()


async def test_what_is_put_down_survives_the_process(
    new_database: Callable[..., str], redis_url: str
) -> None:
    """An outbox in the database: a server that starts later goes on with it."""
    database_url = new_database()
    async with site(OK) as there:
        async with told_at(
            there, database_url, redis_url, OUTBOUND_LOOPBACK_PORTS=""
        ) as auth:
            stores = Stores(auth.settings)
            person, tokens = await signed_in(auth)
            await sign_out(auth, person, tokens)
            tried = "SELECT id FROM auth.logout_deliveries WHERE attempts > 0"
            assert await until(lambda: stores.run(tried))
            assert not there.requests

        async with told_at(there, database_url, redis_url) as auth:
            stores.run("UPDATE auth.logout_deliveries SET next_attempt_at = now()")
            stores.close()
            request = (await until(lambda: there.requests))[0]
            assert (await heard(auth, request))["aud"] == "web-app"


async def test_a_session_that_is_ended_from_afar_ends_for_the_apps_as_well(
    new_database: Callable[..., str], redis_url: str
) -> None:
    async with site(OK) as there, told_at(there, new_database(), redis_url) as auth:
        person, tokens = await signed_in(auth)
        elsewhere = auth.browser()
        await person.sign_in(elsewhere, await elsewhere.get(f"{ISSUER}/login"))
        page = await elsewhere.get(f"{ISSUER}/account/sessions")
        others = next(f for f in page.forms if "others" in f.fields)

        await elsewhere.send(page, others.action, **others.fields)

        claims = await heard(auth, (await until(lambda: there.requests))[0])
        said = jwt.decode(tokens["id_token"], options={"verify_signature": False})
        assert claims["sid"] == said["sid"]


async def test_it_is_advertised(auth: AuthorizationServer) -> None:
    metadata = (await auth.http().get("/.well-known/openid-configuration")).json()
    assert metadata["backchannel_logout_supported"] is True
    assert metadata["backchannel_logout_session_supported"] is True


FORM: dict[str, Any] = {
    "kind": "web",
    "client_name": "Garden",
    "redirect_uris": "https://app.example/cb",
    "scope": ["openid"],
}


@pytest.mark.parametrize(
    "uri", ["http://evil.example/x", "javascript:x", "https://u@h/"]
)
async def test_DC06_an_address_that_we_would_not_call_is_not_registered(
    auth: AuthorizationServer, uri: str
) -> None:
    owner = await register(auth)
    page = await owner.browser.get(f"{ISSUER}/apps/new")
    page = await owner.browser.send(
        page, "/apps/new", **{**FORM, "backchannel_logout_uri": uri}
    )
    assert page.response.status_code == 400
    assert "error-backchannel_logout_uri" in page.response.text


async def test_its_owner_sees_what_became_of_it_and_can_try_again(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Nobody else does."""
    owner, stranger = await register(auth), await register(auth)
    page = await owner.browser.get(f"{ISSUER}/apps/new")
    await owner.browser.send(page, "/apps/new", **FORM)
    client_id = stores.run(
        "SELECT client_id FROM auth.clients WHERE owner ="
        " (SELECT subject FROM auth.users WHERE username = %s)",
        owner.username,
    )[0][0]
    # By hand: nobody here knows the host, so the form would not take it.
    stores.run(
        "UPDATE auth.clients SET metadata = metadata ||"
        """ '{"backchannel_logout_uri": "https://garden.example/logout"}'"""
        " WHERE client_id = %s",
        client_id,
    )
    stores.run(
        "INSERT INTO auth.logout_deliveries (id, client_id, subject, sid, attempts,"
        " outcome) VALUES (%s, %s, 's', 'abcdefghijk', 9, '503')",
        f"d-{client_id}",
        client_id,
    )
    place = f"/apps/{client_id}/logouts"

    page = await owner.browser.get(f"{ISSUER}{place}")
    assert "Given up" in page.response.text
    assert "last answer: 503" in page.response.text
    again = await owner.browser.send(page, f"{place}/d-{client_id}")
    assert "tried again" in again.response.text
    tries = "SELECT attempts FROM auth.logout_deliveries WHERE id = %s"
    assert stores.run(tries, f"d-{client_id}")[0][0] < 9

    assert (await stranger.browser.get(f"{ISSUER}{place}")).response.status_code == 404
