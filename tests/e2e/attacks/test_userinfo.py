"""Attacks on userinfo (attacks, 1.15)."""

from typing import Any

import httpx
import pytest

from tests.builders.auth import SECRETS, token_parameters
from tests.e2e.aging import ENDINGS, disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, register, with_consent
from tests.e2e.refusals import not_kept, refused
from tests.e2e.stores import Stores

URL = "/oauth/userinfo"
INVALID = 'Bearer error="invalid_token"'


@pytest.fixture
async def tokens(auth: AuthorizationServer, somebody: Somebody) -> dict[str, Any]:
    """Fresh tokens of web-app."""
    return await auth.tokens(somebody.browser.copy())


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


async def ask(auth: AuthorizationServer, token: str) -> httpx.Response:
    return await auth.http().get(URL, headers=bearer(token))


def challenged(answer: httpx.Response) -> None:
    """No token was presented: a challenge without an error (RFC 6750 s. 3.1)."""
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="valetkey", DPoP algs=')
    assert answer.content == b""
    not_kept(answer)


async def is_well(auth: AuthorizationServer, token: str) -> None:
    answer = await ask(auth, token)
    assert answer.status_code == 200
    not_kept(answer)


async def test_UI02_a_token_elsewhere_is_not_seen(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    """In the query, a cookie, the body of a GET, a body that is no form, Basic."""
    token, http = tokens["access_token"], auth.http()
    form = {"access_token": token}

    challenged(await http.get(URL, params=form))
    challenged(await http.post(URL, params=form))
    challenged(await http.get(URL, headers={"cookie": f"access_token={token}"}))
    challenged(await http.request("GET", URL, data=form))
    challenged(await http.post(URL, json=form))
    challenged(await http.post(URL, files={"access_token": (None, token)}))
    challenged(await http.get(URL, auth=("access_token", token)))
    challenged(await http.get(URL, headers={"authorization": token}))
    challenged(await http.get(URL, headers={"authorization": "Bearer"}))
    challenged(await http.get(URL, headers={"authorization": "BearerX " + token}))
    challenged(await http.post(URL))

    await is_well(auth, token)
    assert (await http.post(URL, data=form)).status_code == 200
    query = await http.get(URL, params={"access_token": "x"}, headers=bearer(token))
    assert query.status_code == 200


async def test_UI02_two_ways_at_once_are_refused(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    token, http = tokens["access_token"], auth.http()

    for in_body in (token, "x"):
        answer = await http.post(
            URL, data={"access_token": in_body}, headers=bearer(token)
        )
        refused(answer, 400, "invalid_request")
    twice = [("authorization", f"Bearer {token}")] * 2
    refused(await http.get(URL, headers=twice), 400, "invalid_request")
    repeated = await http.post(
        URL,
        content=f"access_token={token}&access_token={token}",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    refused(repeated, 400, "invalid_request")

    await is_well(auth, token)


async def test_UI03_only_an_access_token_with_openid_is_answered(
    auth: AuthorizationServer, somebody: Somebody, tokens: dict[str, Any]
) -> None:
    grant = {"grant_type": "client_credentials"}
    service = (await auth.token(grant, client_id="service-app")).json()
    api = await auth.tokens(somebody.browser.copy(), scope="notes:read")
    narrow = await auth.refresh(tokens["refresh_token"], scope="profile")

    for token in (
        service["access_token"],
        api["access_token"],
        narrow.json()["access_token"],
    ):
        refused(
            await ask(auth, token),
            403,
            "insufficient_scope",
            challenge='Bearer error="insufficient_scope"',
        )
    for token in (
        tokens["id_token"],
        tokens["refresh_token"],
        tokens["access_token"] + "A",
        tokens["access_token"][:-1],
        "x",
        "a.b.c",
        "é",
        "x" * 9000,
        SECRETS["web-app"],
    ):
        refused(
            await auth.http().get(
                URL, headers={"authorization": f"Bearer {token}".encode()}
            ),
            401,
            "invalid_token",
            challenge=INVALID,
        )


@pytest.mark.parametrize(
    "scope",
    ["openid%0aX", "openid%0d%0aX-Injected:1", "%00", "%22", "%5c", "x" * 1025, "%ff"],
)
async def test_UI04_a_scope_in_the_query_splits_no_header(
    auth: AuthorizationServer, tokens: dict[str, Any], scope: str
) -> None:
    answer = await auth.http().get(
        f"{URL}?scope={scope}", headers=bearer(tokens["access_token"])
    )
    refused(answer, 400, "invalid_scope", "invalid_request")
    assert "x-injected" not in answer.headers
    await is_well(auth, tokens["access_token"])


async def test_UI04_a_scope_in_the_query_opens_nothing(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    answer = await auth.http().get(
        f"{URL}?scope=openid+email+phone", headers=bearer(tokens["access_token"])
    )
    assert answer.status_code == 200
    assert "email" not in answer.json()


async def test_UI05_a_disabled_persons_token_is_refused(
    auth: AuthorizationServer,
    somebody: Somebody,
    stores: Stores,
    tokens: dict[str, Any],
) -> None:
    with disabled(stores, somebody.username):
        answer = await ask(auth, tokens["access_token"])
    refused(answer, 401, "invalid_token", challenge=INVALID)
    await is_well(auth, tokens["access_token"])


@pytest.mark.parametrize(
    "change",
    [
        *ENDINGS.values(),
        (
            "UPDATE auth.grants SET expires_at = now() WHERE subject ="
            " (SELECT subject FROM auth.users WHERE username = %s)"
        ),
    ],
    ids=[*ENDINGS, "expired family"],
)
async def test_UI05_whoever_is_gone_is_not_told_about(
    auth: AuthorizationServer, stores: Stores, change: str
) -> None:
    person = await with_consent(auth)
    tokens = await auth.tokens(person.browser)
    await is_well(auth, tokens["access_token"])

    stores.run(change, person.username)

    answer = await ask(auth, tokens["access_token"])
    refused(answer, 401, "invalid_token", challenge=INVALID)


async def test_UI05_a_token_of_a_session_that_ended_is_refused(
    auth: AuthorizationServer,
) -> None:
    person = await with_consent(auth)
    tokens = await auth.tokens(person.browser)
    page = await person.browser.get(f"{auth.issuer}/oauth/logout")
    await person.browser.send(page, "/oauth/logout/confirm")

    answer = await ask(auth, tokens["access_token"])

    refused(answer, 401, "invalid_token", challenge=INVALID)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
async def test_UI05_a_revoked_token_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any], name: str
) -> None:
    await auth.http().post(
        "/oauth/revoke",
        data={"token": tokens[name]},
        auth=("web-app", SECRETS["web-app"]),
    )
    answer = await ask(auth, tokens["access_token"])
    refused(answer, 401, "invalid_token", challenge=INVALID)


@pytest.mark.parametrize(
    ("scope", "opened"),
    [
        ("openid", set()),
        (
            "openid profile",
            {"name", "preferred_username", "birthdate", "updated_at"},
        ),
        ("openid email", {"email", "email_verified"}),
        ("openid phone", {"phone_number", "phone_number_verified"}),
        ("openid offline_access notes:read", set()),
        (
            "openid email phone",
            {"email", "email_verified", "phone_number", "phone_number_verified"},
        ),
    ],
)
async def test_UI06_no_claim_beyond_the_granted_scopes(
    auth: AuthorizationServer, scope: str, opened: set[str]
) -> None:
    person = await register(
        auth, birthdate="1990-12-31", phone_number="+4930123456", emp_user_id=""
    )
    tokens = await auth.tokens(person.browser, scope=scope)

    about = (await ask(auth, tokens["access_token"])).json()

    assert set(about) == {"sub"} | opened


async def test_UI06_a_narrower_token_opens_less(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """The scopes of this token count, not those of its family."""
    tokens = await auth.tokens(somebody.browser.copy(), scope="openid email profile")
    narrow = await auth.refresh(tokens["refresh_token"], scope="openid")

    about = (await ask(auth, narrow.json()["access_token"])).json()

    assert set(about) == {"sub"}


SPA = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}


async def test_UI07_only_the_apps_own_origin_reads_the_answer(
    auth: AuthorizationServer, somebody: Somebody, tokens: dict[str, Any]
) -> None:
    code = await auth.code(somebody.browser.copy(), **SPA)
    answer = await auth.token(token_parameters(code, **SPA), client_id=None)
    spa = answer.json()["access_token"]

    async def readable(token: str, origin: str) -> str | None:
        headers = {**bearer(token), "origin": origin, "cookie": "a=b"}
        answer = await auth.http().get(URL, headers=headers)
        assert answer.status_code == 200
        assert "access-control-allow-credentials" not in answer.headers
        return answer.headers.get("access-control-allow-origin")

    assert await readable(spa, "https://spa.example") == "https://spa.example"
    for origin in ("null", "https://evil.example", "https://app.example", "https:"):
        assert await readable(spa, origin) is None
    # A confidential client's token, also from where a public client lives.
    for origin in ("https://app.example", "https://spa.example", "null"):
        assert await readable(tokens["access_token"], origin) is None


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_UI07_other_methods_are_refused(
    auth: AuthorizationServer, method: str
) -> None:
    answer = await auth.http().request(method, URL)
    refused(answer, 405, "invalid_request")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "POST"}
