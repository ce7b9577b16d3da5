"""DPoP at the authorization server (attacks JW36 and RF20, RFC 9449)."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import jwt
import pytest

from tests.builders.auth import (
    ISSUER,
    PASSWORDS,
    SECRETS,
    authorize_parameters,
    token_parameters,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.clients import provision_service
from tests.e2e.refusals import refused
from valetkey.testing import ProofKey

TOKEN, USERINFO = f"{ISSUER}/oauth/token", f"{ISSUER}/oauth/userinfo"
PAR = f"{ISSUER}/oauth/par"
SPA = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}
SCOPE = "openid profile notes:read"


async def ask(
    auth: AuthorizationServer,
    parameters: dict[str, str],
    *proofs: str,
    client_id: str = "web-app",
    http: httpx.AsyncClient | None = None,
) -> httpx.Response:
    public = client_id not in SECRETS
    return await (http or auth.http()).post(
        "/oauth/token",
        data={**parameters, **({"client_id": client_id} if public else {})},
        auth=httpx.USE_CLIENT_DEFAULT if public else (client_id, SECRETS[client_id]),
        headers=[("dpop", proof) for proof in proofs],
    )


async def of_service(auth: AuthorizationServer, *proofs: str) -> httpx.Response:
    grant = {"grant_type": "client_credentials"}
    return await ask(auth, grant, *proofs, client_id="service-app")


async def of_spa(auth: AuthorizationServer, key: ProofKey, **more: str) -> Any:
    """The tokens of a public client, bound to a key."""
    code = await auth.code(**SPA, **more)
    parameters = token_parameters(code, redirect_uri=SPA["redirect_uri"])
    answer = await ask(auth, parameters, key.proof("POST", TOKEN), client_id="spa-app")
    assert answer.status_code == 200, answer.text
    return answer.json()


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


async def test_every_grant_binds_its_tokens(auth: AuthorizationServer) -> None:
    key = ProofKey()
    code = await auth.code()
    password = {
        "grant_type": "password",
        "username": "alice",
        "client_id": "password-app",
    }
    password |= {"client_secret": SECRETS["password-app"]}
    password |= {"password": PASSWORDS["alice"]}
    proof = key.proof("POST", TOKEN)
    answers = [
        await ask(auth, token_parameters(code), key.proof("POST", TOKEN)),
        await of_service(auth, key.proof("POST", TOKEN)),
        await auth.http().post(TOKEN, data=password, headers={"dpop": proof}),
    ]
    again = {"grant_type": "refresh_token"}
    again |= {"refresh_token": answers[0].json()["refresh_token"]}
    answers.append(await ask(auth, again, key.proof("POST", TOKEN)))
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "DPoP"
        assert claims(answer.json()["access_token"])["cnf"] == {"jkt": key.jkt}
        assert "dpop-nonce" not in answer.headers  # none is demanded here


async def test_without_a_proof_tokens_are_bearers(auth: AuthorizationServer) -> None:
    answer = await of_service(auth)
    assert answer.json()["token_type"] == "Bearer"
    assert "cnf" not in claims(answer.json()["access_token"])
    assert "dpop-nonce" not in answer.headers


KEY = ProofKey()


@pytest.mark.parametrize(
    "changes",
    [
        {"htm": "GET"},
        {"htm": "post"},
        {"htm": None},
        {"htu": "https://evil.example/oauth/token"},
        {"htu": USERINFO},
        {"htu": "http://id.example/oauth/token"},
        {"htu": None},
        {"htu": 1},
        {"htu": ["x"]},
        {"htu": {}},
        {"iat": 1},
        {"iat": None},
        {"iat": "now"},
        {"iat": 2**40},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 256},
    ],
)
async def test_JW36_a_proof_of_something_else_is_refused(
    auth: AuthorizationServer, changes: dict[str, Any]
) -> None:
    proof = KEY.proof("POST", TOKEN, **changes)
    refused(await of_service(auth, proof), 400, "invalid_dpop_proof")


async def test_JW36_two_proofs_are_one_too_many(auth: AuthorizationServer) -> None:
    proofs = KEY.proof("POST", TOKEN), KEY.proof("POST", TOKEN)
    refused(await of_service(auth, *proofs), 400, "invalid_dpop_proof")
    refused(await of_service(auth, ", ".join(proofs)), 400, "invalid_dpop_proof")


@pytest.mark.parametrize("text", ["", "x", "a.b.c", "e30.e30.e30", "null", "é"])
async def test_JW36_what_is_no_proof_is_refused(
    auth: AuthorizationServer, text: str
) -> None:
    http = auth.http()
    answer = await http.post(
        TOKEN,
        data={"grant_type": "client_credentials"},
        auth=("service-app", SECRETS["service-app"]),
        headers={"dpop": text.encode()},
    )
    refused(answer, 400, "invalid_dpop_proof")


async def test_JW36_the_query_of_htu_does_not_count(auth: AuthorizationServer) -> None:
    for htu in (f"{TOKEN}?a=b", f"{TOKEN}#c", "https://ID.example:443/oauth/token"):
        answer = await of_service(auth, KEY.proof("POST", TOKEN, htu=htu))
        assert answer.status_code == 200, htu


async def test_JW36_a_proof_counts_once(auth: AuthorizationServer) -> None:
    proof = KEY.proof("POST", TOKEN)
    assert (await of_service(auth, proof)).status_code == 200
    refused(await of_service(auth, proof), 400, "invalid_dpop_proof")


async def test_JW36_of_twenty_at_once_one_counts(auth: AuthorizationServer) -> None:
    proof, http = KEY.proof("POST", TOKEN), auth.http()
    grant = {"grant_type": "client_credentials"}
    answers = await asyncio.gather(
        *(
            ask(auth, grant, proof, client_id="service-app", http=http)
            for _ in range(20)
        )
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: 19}


async def test_a_client_that_takes_bound_tokens_only_gets_no_other(
    auth: AuthorizationServer,
) -> None:
    name = await provision_service(
        auth,
        "dpop-app",
        "client_secret_post",
        client_secret="secret-of-the-dpop-app",
        dpop_bound_access_tokens=True,
    )
    own = {"grant_type": "client_credentials", "client_id": name}
    own |= {"client_secret": "secret-of-the-dpop-app"}
    refused(await auth.http().post(TOKEN, data=own), 400, "invalid_dpop_proof")
    headers = {"dpop": KEY.proof("POST", TOKEN)}
    answer = await auth.http().post(TOKEN, data=own, headers=headers)
    assert answer.json()["token_type"] == "DPoP"


async def test_a_code_is_redeemed_with_the_key_of_dpop_jkt(
    auth: AuthorizationServer,
) -> None:
    code = await auth.code(dpop_jkt=KEY.jkt)
    parameters = token_parameters(code)
    refused(await ask(auth, parameters), 400, "invalid_dpop_proof")
    other = ProofKey().proof("POST", TOKEN)
    refused(await ask(auth, parameters, other), 400, "invalid_grant")
    # The code is still good: neither try has burned it.
    answer = await ask(auth, parameters, KEY.proof("POST", TOKEN))
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"


@pytest.mark.parametrize("dpop_jkt", ["x", "k" * 42, "k" * 44, "=" * 43])
async def test_a_dpop_jkt_that_is_none_is_refused(
    auth: AuthorizationServer, dpop_jkt: str
) -> None:
    page = await auth.authorize(auth.browser(), dpop_jkt=dpop_jkt)
    assert page.query["error"] == "invalid_request"


async def test_RF20_a_public_clients_refresh_token_needs_its_key(
    auth: AuthorizationServer,
) -> None:
    tokens = await of_spa(auth, KEY)
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused(await ask(auth, again, client_id="spa-app"), 400, "invalid_dpop_proof")
    other = ProofKey().proof("POST", TOKEN)
    answer = await ask(auth, again, other, client_id="spa-app")
    refused(answer, 400, "invalid_grant")
    # Neither of the two has rotated it.
    own = KEY.proof("POST", TOKEN)
    answer = await ask(auth, again, own, client_id="spa-app")
    assert answer.status_code == 200, answer.text
    assert claims(answer.json()["access_token"])["cnf"] == {"jkt": KEY.jkt}


async def test_a_confidential_client_may_change_its_key(
    auth: AuthorizationServer,
) -> None:
    """Its refresh tokens are bound to its authentication (RFC 9449 section 5)."""
    tokens = await ask(
        auth, token_parameters(await auth.code()), KEY.proof("POST", TOKEN)
    )
    again = {"grant_type": "refresh_token"}
    again |= {"refresh_token": tokens.json()["refresh_token"]}
    other = ProofKey()
    answer = await ask(auth, again, other.proof("POST", TOKEN))
    assert claims(answer.json()["access_token"])["cnf"] == {"jkt": other.jkt}


async def about(auth: AuthorizationServer, **headers: str) -> httpx.Response:
    return await auth.http().get(USERINFO, headers=headers)


async def test_userinfo_takes_a_bound_token_with_its_proof(
    auth: AuthorizationServer,
) -> None:
    token = (await of_spa(auth, KEY))["access_token"]
    answer = await about(auth, **KEY.headers("GET", USERINFO, token))
    assert answer.status_code == 200, answer.text


async def test_JW36_userinfo_refuses_a_stolen_token(auth: AuthorizationServer) -> None:
    token = (await of_spa(auth, KEY))["access_token"]
    other = ProofKey()
    bearer = await about(auth, authorization=f"Bearer {token}")
    refused(bearer, 401, "invalid_token", challenge="Bearer ")
    headers = KEY.headers("GET", USERINFO, token)
    for changes, error in (
        ({"dpop": ""}, "invalid_dpop_proof"),
        ({"dpop": other.proof("GET", USERINFO, token)}, "invalid_token"),
        ({"dpop": KEY.proof("GET", USERINFO)}, "invalid_dpop_proof"),
        ({"dpop": KEY.proof("GET", USERINFO, "another")}, "invalid_dpop_proof"),
        ({"dpop": KEY.proof("POST", USERINFO, token)}, "invalid_dpop_proof"),
        ({"dpop": KEY.proof("GET", TOKEN, token)}, "invalid_dpop_proof"),
    ):
        answer = await about(auth, **{**headers, **changes})
        refused(answer, 401, error, challenge="DPoP algs=")
    del headers["dpop"]
    refused(
        await about(auth, **headers), 401, "invalid_dpop_proof", challenge="DPoP algs="
    )
    in_body = await auth.http().post(USERINFO, data={"access_token": token})
    refused(in_body, 401, "invalid_token", challenge="Bearer ")


async def test_JW36_userinfo_refuses_a_proof_that_was_used(
    auth: AuthorizationServer,
) -> None:
    token = (await of_spa(auth, KEY))["access_token"]
    headers = KEY.headers("GET", USERINFO, token)
    assert (await about(auth, **headers)).status_code == 200
    refused(
        await about(auth, **headers), 401, "invalid_dpop_proof", challenge="DPoP algs="
    )


async def test_userinfo_refuses_a_bearer_token_as_dpop(
    auth: AuthorizationServer,
) -> None:
    token = (await auth.tokens())["access_token"]
    answer = await about(auth, **KEY.headers("GET", USERINFO, token))
    refused(answer, 401, "invalid_token", challenge="DPoP algs=")


async def test_introspection_says_what_a_token_is_bound_to(
    auth: AuthorizationServer,
) -> None:
    token = (await of_spa(auth, KEY))["access_token"]
    told = await auth.introspect(token)
    assert told["cnf"] == {"jkt": KEY.jkt}
    assert told["token_type"] == "DPoP"


async def test_a_browser_app_may_send_proofs_and_read_nonces(
    auth: AuthorizationServer,
) -> None:
    origin = {"origin": "https://spa.example"}
    ahead = await auth.http().options(TOKEN, headers=origin)
    assert "dpop" in ahead.headers["access-control-allow-headers"]
    token = (await of_spa(auth, KEY))["access_token"]
    answer = await about(auth, **origin, **KEY.headers("GET", USERINFO, token))
    assert answer.headers["access-control-allow-origin"] == "https://spa.example"
    assert "dpop-nonce" in answer.headers["access-control-expose-headers"]


async def push(auth: AuthorizationServer, *proofs: str, **more: str) -> httpx.Response:
    """Push a request of web-app."""
    return await auth.http().post(
        PAR,
        data=authorize_parameters(**more),
        auth=("web-app", SECRETS["web-app"]),
        headers=[("dpop", proof) for proof in proofs],
    )


@pytest.mark.parametrize("named", [True, False])
async def test_a_pushed_request_binds_the_code_to_the_key_of_its_proof(
    auth: AuthorizationServer, named: bool
) -> None:
    more = {"dpop_jkt": KEY.jkt} if named else {}
    pushed = await push(auth, KEY.proof("POST", PAR), **more)
    assert pushed.status_code == 201, pushed.text
    code = await auth.code(request_uri=pushed.json()["request_uri"])
    parameters = token_parameters(code)
    other = ProofKey().proof("POST", TOKEN)
    refused(await ask(auth, parameters), 400, "invalid_dpop_proof")
    refused(await ask(auth, parameters, other), 400, "invalid_grant")
    answer = await ask(auth, parameters, KEY.proof("POST", TOKEN))
    assert answer.status_code == 200, answer.text


async def test_a_pushed_request_with_two_keys_is_refused(
    auth: AuthorizationServer,
) -> None:
    answer = await push(auth, KEY.proof("POST", PAR), dpop_jkt=ProofKey().jkt)
    refused(answer, 400, "invalid_request")
    refused(await push(auth, KEY.proof("POST", TOKEN)), 400, "invalid_dpop_proof")
