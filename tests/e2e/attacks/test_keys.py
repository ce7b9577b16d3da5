"""Attacks on the server's own keys, and their succession (attacks, 1.14)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest

from auth_service.crypto.keyring import ALGS, Keyring
from auth_service.crypto.seal import Seal
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.hearing import changed
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}
GRANT = {"grant_type": "client_credentials"}


@pytest.fixture(scope="module")
async def rotating(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """A server that looks for new keys twice a second."""
    often = {"JWKS_MAX_AGE": "1", "KEY_ANNOUNCEMENT": "2"}
    async with running(new_database(), redis_url, **often) as server:
        yield server


@pytest.fixture
def behind(rotating: AuthorizationServer) -> Iterator[Stores]:
    """What it keeps."""
    found = Stores(rotating.settings)
    yield found
    found.close()


async def published(auth: AuthorizationServer) -> dict[str, dict[str, Any]]:
    """The JWKS by kid; it needs no store, so the loop gets its turn here."""
    await asyncio.sleep(0)
    answer = await auth.http().get("/oauth/jwks")
    return {key["kid"]: key for key in answer.json()["keys"]}


async def token(auth: AuthorizationServer) -> str:
    answer = await auth.token(GRANT, client_id="service-app")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def kid_of(text: str) -> str:
    return str(jwt.get_unverified_header(text)["kid"])


async def is_active(auth: AuthorizationServer, text: str) -> bool:
    return bool((await auth.introspect(text))["active"])


async def rotate(auth: AuthorizationServer, announce: timedelta) -> datetime:
    """What `valetkey keys rotate` does."""
    engine = connect(auth.settings.database_url.get_secret_value())
    store = PostgresSigningKeys(engine)
    secret = auth.settings.key_encryption_secret.get_secret_value()
    keyring = Keyring(Seal(secret), issuer=auth.issuer)
    _, keys = await store.all()
    seen = max(key.active_at for key in keys if key.active_at is not None)
    drawn = await keyring.draw(ALGS)
    moment = await store.rotate(drawn, announce=announce, seen=seen)
    await engine.dispose()
    changed()
    return moment


async def test_JK07_only_public_members_are_published(
    auth: AuthorizationServer,
) -> None:
    answer = await auth.http().get("/oauth/jwks")

    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert answer.headers["cache-control"] == "public, max-age=300"
    keys = answer.json()["keys"]
    # One that signs and one that is announced, of each algorithm.
    assert sorted(key["alg"] for key in keys) == sorted(ALGS * 2)
    assert len({key["kid"] for key in keys}) == 2 * len(ALGS)
    for key in keys:
        assert not PRIVATE & key.keys()
        assert key["use"] == "sig"
        kinds = {"EC": {"ES256"}, "RSA": {"RS256", "PS256"}, "OKP": {"EdDSA"}}
        assert key["alg"] in kinds[key["kty"]]


async def test_JK07_a_stolen_database_holds_no_private_key(stores: Stores) -> None:
    """They are sealed under the secret of the settings."""
    kept = stores.texts()
    assert "PRIVATE KEY" not in kept
    for (sealed,) in stores.run("SELECT private_key_sealed FROM auth.signing_keys"):
        assert b"PRIVATE" not in bytes(sealed)


async def test_JK08_a_key_is_published_long_before_and_after_it_signs(
    rotating: AuthorizationServer, behind: Stores
) -> None:
    before, old = await published(rotating), await token(rotating)

    moment = await rotate(rotating, timedelta(days=1))

    (now,) = behind.run("SELECT now()")[0]
    assert moment - now > timedelta(hours=23)
    while len(after := await published(rotating)) == len(before):
        pass
    # Announced a day ahead: it does not sign yet.
    assert kid_of(await token(rotating)) == kid_of(old)

    behind.run("UPDATE auth.signing_keys SET active_at = now() WHERE active_at > now()")
    while (kid := kid_of(fresh := await token(rotating))) == kid_of(old):
        pass
    assert kid in before
    assert before.items() <= after.items() == (await published(rotating)).items()
    assert await is_active(rotating, old)
    assert await is_active(rotating, fresh)


async def test_JK09_two_that_rotate_at_once_make_one_new_key(
    rotating: AuthorizationServer, behind: Stores
) -> None:
    count = "SELECT count(*), count(active_at) FROM auth.signing_keys"
    before = behind.run(count)[0]

    moments = await asyncio.gather(*(rotate(rotating, timedelta(0)) for _ in range(2)))

    assert len(set(moments)) == 1
    assert behind.run(count)[0] == (before[0] + len(ALGS), before[1] + len(ALGS))


async def test_JK10_the_tokens_of_a_removed_key_are_refused(
    rotating: AuthorizationServer, behind: Stores
) -> None:
    """As soon as the server has looked again; those of other keys go on."""
    tokens = await rotating.tokens()
    stolen = kid_of(tokens["access_token"])
    await rotate(rotating, timedelta(0))
    while kid_of(await token(rotating)) == stolen:
        pass
    assert await is_active(rotating, tokens["access_token"])

    behind.run("DELETE FROM auth.signing_keys WHERE kid = %s", stolen)
    while stolen in await published(rotating):
        pass

    assert not await is_active(rotating, tokens["access_token"])
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await rotating.http().get("/oauth/userinfo", headers=bearer)
    refused(answer, 401, "invalid_token", challenge="Bearer")
    # The family is no worse for it: only what was signed is.
    fresh = (await rotating.refresh(tokens["refresh_token"])).json()
    assert await is_active(rotating, fresh["access_token"])
