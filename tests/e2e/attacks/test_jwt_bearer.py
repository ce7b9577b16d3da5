"""The jwt-bearer grant (RFC 7523 section 2.1): another issuer's word for a person."""

import asyncio
import time
from typing import Any

import httpx
import jwt
import pytest

from tests.builders.auth import API, ISSUER
from tests.builders.foreign_issuer import ISSUER as PARTNER
from tests.builders.foreign_issuer import assertion
from tests.e2e.aging import disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
#: The partner is trusted with both; the second is the operator's own app.
APP, OWN_APP = "partner-app", "own-partner-app"
SCOPE = "notes:read openid"


@pytest.fixture
async def mine(auth: AuthorizationServer) -> Somebody:
    """Has allowed the app what it wants."""
    person = await register(auth)
    await auth.code(person.browser, client_id=APP, scope=SCOPE)
    return person


async def present(
    auth: AuthorizationServer, text: str, client_id: str = APP, **more: str
) -> httpx.Response:
    parameters = {"grant_type": GRANT_TYPE, "assertion": text, "scope": SCOPE, **more}
    return await auth.token(parameters, client_id=client_id)


async def test_the_partners_word_is_taken(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    answer = await present(auth, assertion(mine.username, audience=ISSUER))

    told = answer.json()
    assert answer.status_code == 200, told
    assert "refresh_token" not in told
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["scope"]) == (API, SCOPE)
    about = await auth.introspect(told["access_token"])
    assert about["username"] == mine.username


async def test_an_assertion_is_good_once(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    text = assertion(mine.username, audience=ISSUER)
    answers = await asyncio.gather(*(present(auth, text) for _ in range(20)))
    assert sorted(a.status_code for a in answers) == [200] + [400] * 19
    for answer in answers:
        if answer.status_code == 400:
            assert answer.json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "https://evil.example"},
        {"iss": f"{PARTNER}/"},
        {"iss": None},
        {"sub": "nobody-of-that-name"},
        {"sub": None},
        {"aud": f"{ISSUER}/oauth/token"},
        {"aud": [ISSUER]},
        {"aud": None},
        {"exp": None},
        {"exp": 1},
        {"exp": int(time.time()) + 7200},
        {"nbf": int(time.time()) + 7200},
        {"iat": int(time.time()) + 7200},
        {"jti": None},
        {"header": {"typ": "at+jwt"}},
        {"header": {"typ": "dpop+jwt"}},
        {"header": {"kid": "partner-2"}},
        {"header": {"crit": ["x"], "x": 1}},
    ],
    ids=str,
)
async def test_one_step_from_good_is_refused(
    auth: AuthorizationServer, mine: Somebody, change: dict[str, Any]
) -> None:
    claims = {"sub": mine.username, "audience": ISSUER, **change}
    if "aud" in claims:
        claims["audience"] = claims.pop("aud")
    sub = claims.pop("sub")
    answer = await present(auth, assertion(sub, **claims))
    refused(answer, 400, "invalid_grant")


@pytest.mark.parametrize("text", ["x", "a.b.c", "..", "e30.e30.e30"])
async def test_what_is_no_jwt_is_refused(auth: AuthorizationServer, text: str) -> None:
    refused(await present(auth, text), 400, "invalid_grant")


async def test_without_an_assertion_it_is_an_invalid_request(
    auth: AuthorizationServer,
) -> None:
    refused(await present(auth, ""), 400, "invalid_request")


async def test_a_forged_one_is_refused(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    head, payload, signature = assertion(mine.username, audience=ISSUER).split(".")
    other = "A" if signature[0] != "A" else "B"
    forged = f"{head}.{payload}.{other}{signature[1:]}"
    refused(await present(auth, forged), 400, "invalid_grant")


async def test_CN10_who_did_not_allow_the_app_is_not_spoken_for(
    auth: AuthorizationServer,
) -> None:
    """The operator's own app needs no yes."""
    stranger = await register(auth)
    answer = await present(auth, assertion(stranger.username, audience=ISSUER))
    refused(answer, 400, "invalid_grant")

    text = assertion(stranger.username, audience=ISSUER)
    assert (await present(auth, text, OWN_APP)).status_code == 200


async def test_never_more_than_the_issuer_is_trusted_with(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    text = assertion(mine.username, audience=ISSUER)
    refused(await present(auth, text, scope="notes:write"), 400, "invalid_scope")
    assert (await present(auth, text)).json()["scope"] == SCOPE


async def test_an_app_that_the_issuer_is_not_trusted_with(
    auth: AuthorizationServer, mine: Somebody
) -> None:
    text = assertion(mine.username, audience=ISSUER)
    refused(await present(auth, text, "lonely-app"), 400, "invalid_grant")
    refused(await present(auth, text, "web-app"), 400, "unauthorized_client")


async def test_a_disabled_person_is_nobody(
    auth: AuthorizationServer, mine: Somebody, stores: Stores
) -> None:
    with disabled(stores, mine.username):
        text = assertion(mine.username, audience=ISSUER)
        refused(await present(auth, text), 400, "invalid_grant")
