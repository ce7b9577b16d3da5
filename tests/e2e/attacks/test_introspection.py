"""Attacks on introspection (attacks, 1.15)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest

from tests.builders.auth import API, ISSUER, SECRETS
from tests.e2e.aging import age_refresh_token, disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, with_consent
from tests.e2e.refusals import not_kept, refused, told
from tests.e2e.signing import Signing, signing_of
from tests.e2e.stores import Stores
from valetkey.opaque import new_handle

API_CLIENT = ("notes-api", SECRETS["notes-api"])
INACTIVE = b'{"active":false}'


@pytest.fixture
async def tokens(auth: AuthorizationServer, somebody: Somebody) -> dict[str, Any]:
    """Fresh tokens of web-app for the API."""
    return await auth.tokens(somebody.browser.copy())


@pytest.fixture(scope="module")
async def signing(auth: AuthorizationServer) -> Signing:
    """The server's own keys."""
    return await signing_of(auth)


async def ask(
    auth: AuthorizationServer, token: str, client_id: str = "notes-api", **more: str
) -> httpx.Response:
    answer = await auth.http().post(
        "/oauth/introspect",
        data={"token": token, **more},
        auth=(client_id, SECRETS[client_id]),
    )
    not_kept(answer)
    return answer


async def is_inactive(
    auth: AuthorizationServer, token: str, client_id: str = "notes-api", **more: str
) -> None:
    """`{"active":false}` and not one byte more, like for any other token."""
    answer = await ask(auth, token, client_id, **more)
    assert answer.status_code == 200
    assert answer.content == INACTIVE
    unknown = await ask(auth, new_handle(), client_id)
    assert told(answer) == told(unknown)


async def test_IN01_only_a_client_with_a_secret_may_ask(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    data = {"token": tokens["access_token"]}
    http = auth.http()

    async def post(**more: str) -> httpx.Response:
        return await http.post("/oauth/introspect", data={**data, **more})

    refused(await post(), 401, "invalid_client")
    refused(await post(client_id="spa-app"), 401, "invalid_client")
    refused(await post(client_id="notes-api"), 401, "invalid_client")
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await http.post("/oauth/introspect", data=data, headers=bearer)
    refused(answer, 401, "invalid_client", challenge="Basic")

    assert (await ask(auth, tokens["access_token"])).json()["active"] is True


async def test_IN01_a_public_client_may_not_ask_about_its_own_token(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    spa = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}
    code = await auth.code(somebody.browser.copy(), **spa)
    grant = {"grant_type": "authorization_code", "code": code, **spa}
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    answer = await auth.token({**grant, "code_verifier": verifier}, client_id=None)
    token = answer.json()["access_token"]

    answer = await auth.http().post(
        "/oauth/introspect", data={"token": token, "client_id": "spa-app"}
    )

    refused(answer, 401, "invalid_client")


async def test_IN02_a_client_that_it_is_not_meant_for_hears_nothing(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    for client_id in ("other-app", "service-app", "es256-app"):
        await is_inactive(auth, tokens["access_token"], client_id)
        await is_inactive(auth, tokens["refresh_token"], client_id)
    # Not even the API hears about a refresh token; it has no business with one.
    await is_inactive(auth, tokens["refresh_token"])


async def test_IN02_the_api_and_the_app_itself_hear_all(
    auth: AuthorizationServer, somebody: Somebody, tokens: dict[str, Any]
) -> None:
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    expected = {name: value for name, value in claims.items() if name != "grant_id"} | {
        "active": True,
        "token_type": "Bearer",
        "username": somebody.username,
    }

    assert (await ask(auth, tokens["access_token"])).json() == expected
    assert (await ask(auth, tokens["access_token"], "web-app")).json() == expected
    refresh = (await ask(auth, tokens["refresh_token"], "web-app")).json()
    assert refresh == {
        "active": True,
        "token_type": "refresh_token",
        "client_id": "web-app",
        "sub": claims["sub"],
        "scope": tokens["scope"],
        "iss": ISSUER,
    }


async def test_IN02_a_token_for_another_api_is_inactive_here(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """About the person only: its audience is the server itself."""
    tokens = await auth.tokens(somebody.browser.copy(), scope="openid profile")
    await is_inactive(auth, tokens["access_token"])


async def signed(
    auth: AuthorizationServer, token: str, client_id: str, alg: str
) -> dict[str, Any]:
    """The answer as a JWT that this caller asked for, its signature checked."""
    answer = await auth.http().post(
        "/oauth/introspect",
        data={"token": token},
        headers={"accept": "application/token-introspection+jwt"},
        auth=(client_id, SECRETS[client_id]),
    )
    assert answer.headers["content-type"] == "application/token-introspection+jwt"
    header = jwt.get_unverified_header(answer.text)
    assert (header["typ"], header["alg"]) == ("token-introspection+jwt", alg)
    keys = jwt.PyJWKSet.from_dict((await auth.http().get("/oauth/jwks")).json())
    claims: dict[str, Any] = jwt.decode(
        answer.text, keys[header["kid"]], [alg], audience=client_id, issuer=ISSUER
    )
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    told: dict[str, Any] = claims["token_introspection"]
    return told


async def test_IN03_a_signed_answer_opens_nothing_more(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    """RFC 9701 section 5; a stranger's says signed that it is inactive."""
    token = tokens["access_token"]
    plain = (await ask(auth, token)).json()

    assert await signed(auth, token, "notes-api", "RS256") == plain
    assert await signed(auth, token, "other-app", "RS256") == {"active": False}


async def test_IN03_a_signed_answer_is_signed_as_the_caller_registered(
    auth: AuthorizationServer,
) -> None:
    told = await signed(auth, "x.y.z", "ps256-app", "PS256")
    assert told == {"active": False}


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "..",
        ".",
        "eyJhbGciOiJub25lIn0.e30.",
        "\0",
        "a\0.b.c",
        "\0.\0.\0",
        " ",
        "é",
        "\U0001f511.é.\u202e",
        "x" * 4096,
        "x." * 2048,
        "[" * 4000 + ".e30.e30",
    ],
)
async def test_IN04_what_is_no_token_is_inactive(
    auth: AuthorizationServer, token: str
) -> None:
    await is_inactive(auth, token)
    await is_inactive(auth, token, "web-app")


async def test_IN04_no_token_is_a_bad_request(auth: AuthorizationServer) -> None:
    for data in ({}, {"token": ""}):
        answer = await auth.http().post("/oauth/introspect", data=data, auth=API_CLIENT)
        refused(answer, 400, "invalid_request")


@pytest.mark.parametrize("size", [4097, 20_000, 8 * 2**20])
async def test_IN04_a_token_beyond_the_bounds_is_refused(
    auth: AuthorizationServer, size: int
) -> None:
    answer = await auth.http().post(
        "/oauth/introspect", data={"token": "x" * size}, auth=API_CLIENT
    )
    refused(answer, 413, "invalid_request")


async def test_IN04_what_was_signed_for_something_else_is_inactive(
    auth: AuthorizationServer, signing: Signing, tokens: dict[str, Any]
) -> None:
    """By our own keys: expired, another type, issuer, algorithm, an unknown family."""
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    now = claims["iat"]

    def signed(typ: str = "at+jwt", alg: str = "ES256", **changes: Any) -> str:
        return signing.sign({**claims, **changes}, typ=typ, alg=alg)

    assert (await ask(auth, signed())).json()["active"] is True
    for bad in (
        tokens["id_token"],
        signed(iat=now - 700, exp=now - 100),
        signed(typ="JWT"),
        signed(typ="logout+jwt"),
        signed(iss="https://evil.example"),
        signed(aud=[API]),
        signed(aud=[API, "https://evil.example"]),
        signed(grant_id=uuid4().hex),
        signed(exp=now + 10**9),
        signed(iat=now + 500, exp=now + 900),
        tokens["access_token"][:-2],
        tokens["access_token"] + "A",
        tokens["access_token"] + "=",
        tokens["access_token"].rpartition(".")[0] + ".",
        tokens["access_token"].rpartition(".")[0],
        tokens["access_token"].swapcase(),
    ):
        await is_inactive(auth, bad)


async def test_IN04_the_token_of_somebody_elses_key_is_inactive(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    other = Signing()
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    forged = other.sign(claims, typ="at+jwt", alg="ES256")
    await is_inactive(auth, forged)
    kid = jwt.get_unverified_header(tokens["access_token"])["kid"]
    await is_inactive(auth, other.sign(claims, typ="at+jwt", alg="ES256", kid=kid))
    symmetric = jwt.encode(claims, "k" * 32, "HS256", {"typ": "at+jwt", "kid": kid})
    await is_inactive(auth, symmetric)


async def test_IN04_expired_and_used_refresh_tokens_are_inactive(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    fresh = (await auth.refresh(tokens["refresh_token"])).json()
    await is_inactive(auth, tokens["refresh_token"], "web-app")
    active = await ask(auth, fresh["refresh_token"], "web-app")
    assert active.json()["active"] is True

    age_refresh_token(stores, fresh["refresh_token"], "15 days")

    await is_inactive(auth, fresh["refresh_token"], "web-app")


async def test_IN04_the_tokens_of_the_disabled_are_inactive(
    auth: AuthorizationServer,
    somebody: Somebody,
    stores: Stores,
    tokens: dict[str, Any],
) -> None:
    with disabled(stores, somebody.username):
        await is_inactive(auth, tokens["access_token"])
        await is_inactive(auth, tokens["access_token"], "web-app")
        await is_inactive(auth, tokens["refresh_token"], "web-app")


async def test_IN04_a_family_past_its_end_is_inactive(
    auth: AuthorizationServer, stores: Stores
) -> None:
    person = await with_consent(auth)
    tokens = await auth.tokens(person.browser)
    stores.run(
        "UPDATE auth.grants SET expires_at = expires_at - %s"
        " WHERE subject = (SELECT subject FROM auth.users WHERE username = %s)",
        timedelta(days=1),
        person.username,
    )
    await is_inactive(auth, tokens["access_token"])


async def test_IN04_a_token_of_a_deleted_client_is_inactive(
    auth: AuthorizationServer, stores: Stores, signing: Signing
) -> None:
    """Of a service, whose tokens belong to no family."""
    answer = await auth.token(
        {"grant_type": "client_credentials"}, client_id="service-app"
    )
    token = answer.json()["access_token"]
    assert (await ask(auth, token)).json()["active"] is True
    claims = jwt.decode(token, options={"verify_signature": False})

    gone = {**claims, "client_id": "gone-app", "sub": "gone-app"}

    await is_inactive(auth, signing.sign(gone, typ="at+jwt", alg="ES256"))


@pytest.mark.parametrize(
    "hint", ["access_token", "refresh_token", "foo", "é", "", "x" * 4000]
)
async def test_IN05_a_wrong_hint_hides_nothing(
    auth: AuthorizationServer, tokens: dict[str, Any], hint: str
) -> None:
    for name in ("access_token", "refresh_token"):
        answer = await ask(auth, tokens[name], "web-app", token_type_hint=hint)
        assert answer.json()["active"] is True
    await is_inactive(auth, "unknown", token_type_hint=hint)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
async def test_IN06_only_post_is_answered(
    auth: AuthorizationServer, method: str, tokens: dict[str, Any]
) -> None:
    answer = await auth.http().request(
        method,
        "/oauth/introspect",
        params={"token": tokens["access_token"]},
        auth=API_CLIENT,
    )
    refused(answer, 405, "invalid_request")
    assert answer.headers["allow"] == "POST"


async def test_IN06_a_token_in_the_query_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    answer = await auth.http().post(
        f"/oauth/introspect?token={tokens['access_token']}",
        data={"token": tokens["access_token"]},
        auth=API_CLIENT,
    )
    refused(answer, 400, "invalid_request")


async def test_IN08_trying_tokens_out_is_throttled(
    strict: AuthorizationServer,
) -> None:
    """Whoever asks about good tokens does not wait, and nobody else does."""
    http = strict.http()
    tokens = await strict.tokens()

    async def about(token: str, client_id: str = "notes-api") -> httpx.Response:
        return await http.post(
            "/oauth/introspect",
            data={"token": token},
            auth=(client_id, SECRETS[client_id]),
        )

    answers = [await about(new_handle()) for _ in range(25)]

    assert {answer.content for answer in answers[:20]} == {INACTIVE}
    for answer in answers[20:]:
        refused(answer, 429, "temporarily_unavailable")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await about(tokens["access_token"])).json()["active"] is True
    assert (await about("x", "other-app")).content == INACTIVE
