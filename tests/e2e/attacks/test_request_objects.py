"""Attacks on request objects (attacks, 9: RFC 9101)."""

import time
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.builders.client_keys import ClientKey
from tests.e2e import answers
from tests.e2e.attacks.test_client_assertion import segment
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser
from tests.e2e.clients import provision
from tests.e2e.people import Somebody, with_consent
from tests.e2e.pushing import push, request_object

NAME = "signing-app"
KEY = ClientKey()


@pytest.fixture(scope="module", autouse=True)
async def app(auth: AuthorizationServer) -> str:
    return await provision(auth, NAME, jwks=KEY.jwks)


@pytest.fixture(scope="module")
async def browser(auth: AuthorizationServer, app: str) -> Browser:
    browser = (await with_consent(auth)).browser
    await auth.code(browser, client_id=app)
    return browser


async def ask(
    auth: AuthorizationServer, browser: Browser, request: str, **beside: str
) -> httpx.Response:
    return await browser.request(
        "GET",
        f"{auth.issuer}/oauth/authorize",
        params={"client_id": NAME, "request": request, **beside},
    )


async def is_refused(auth: AuthorizationServer, browser: Browser, request: str) -> None:
    """Shown; at the app where a redirect_uri of its own stands beside it."""
    answers.shown(await ask(auth, browser, request), 400)
    beside = {"redirect_uri": "https://app.example/cb", "state": "the-state"}
    answer = await ask(auth, browser, request, **beside)
    answers.sent_back(answer, "invalid_request_object")


async def test_a_signed_request_gets_a_code_and_nothing_beside_it_counts(
    auth: AuthorizationServer, browser: Browser
) -> None:
    answer = await ask(
        auth,
        browser,
        request_object(KEY, NAME),
        scope="admin",
        redirect_uri="https://evil.example/cb",
        state="another",
    )
    assert answers.has_code(answer)
    assert answer.headers["location"].startswith("https://app.example/cb?")
    assert "state=the-state" in answer.headers["location"]


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": None},
        {"aud": "https://other.example"},
        {"iss": None},
        {"iss": "web-app"},
        {"client_id": None},
        {"client_id": "web-app"},
        {"exp": None},
        {"exp": timedelta(seconds=-60)},
        {"exp": timedelta(hours=2)},
        {"nbf": timedelta(hours=-2)},
        {"nbf": timedelta(seconds=90), "exp": timedelta(seconds=120)},
        {"sub": NAME},
        {"response_type": True},
        {"state": "a\0b"},
    ],
)
async def test_PR13_a_request_object_that_does_not_fit_is_refused(
    auth: AuthorizationServer, browser: Browser, changes: dict[str, Any]
) -> None:
    now = int(time.time())
    claims = {
        name: now + int(value.total_seconds())
        if isinstance(value, timedelta)
        else value
        for name, value in changes.items()
    }
    await is_refused(auth, browser, request_object(KEY, NAME, **claims))


async def test_PR13_a_jti_is_used_once(
    auth: AuthorizationServer, browser: Browser
) -> None:
    signed = request_object(KEY, NAME)
    assert answers.has_code(await ask(auth, browser, signed))
    await is_refused(auth, browser, signed)


async def test_PR13_a_forged_request_object_is_refused(
    auth: AuthorizationServer, browser: Browser
) -> None:
    payload = request_object(KEY, NAME).split(".")[1]
    for forged in (
        f"{segment({'alg': 'none'})}.{payload}.",
        request_object(ClientKey(kid=KEY.kid), NAME),
        request_object(KEY, NAME, header={"kid": "unknown"}),
        request_object(KEY, NAME, header={"typ": "at+jwt"}),
        KEY.sign(NAME),
        "x",
    ):
        await is_refused(auth, browser, forged)


async def test_PR13_only_the_registered_algorithm_counts(
    auth: AuthorizationServer, browser: Browser
) -> None:
    """OIDC Core section 6.3.2, RFC 9101 section 6.2."""
    for alg in ("ES256", "PS256"):
        name = f"signs-with-{alg.lower()}"
        await provision(auth, name, jwks=KEY.jwks, request_object_signing_alg=alg)
        signed = request_object(KEY, name)
        beside = {"redirect_uri": "https://app.example/cb", "state": "the-state"}
        answer = await ask(auth, browser, signed, client_id=name, **beside)
        if alg == "ES256":  # as the key's
            answers.goes_to(answer, "/consent")
        else:
            answers.sent_back(answer, "invalid_request_object")


@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
async def test_PR14_request_objects_are_not_nested(
    auth: AuthorizationServer, browser: Browser, name: str
) -> None:
    await is_refused(auth, browser, request_object(KEY, NAME, **{name: "x"}))


async def test_PR14_a_reference_beside_it_is_refused(
    auth: AuthorizationServer, browser: Browser
) -> None:
    """RFC 9101 section 5, OIDC Core section 6: one of the two."""
    beside = {"request_uri": "https://app.example/request.jwt"}
    answer = await ask(auth, browser, request_object(KEY, NAME), **beside)
    answers.shown(answer, 400)


async def test_prompt_is_words_inside_too(
    auth: AuthorizationServer, browser: Browser
) -> None:
    """OpenID Connect Prompt Create 1.0 section 4.1."""
    create = await ask(auth, browser, request_object(KEY, NAME, prompt="create"))
    answers.goes_to(create, "/register")
    for prompt in (["create"], "[create]", "create,login"):
        listed = await ask(auth, browser, request_object(KEY, NAME, prompt=prompt))
        answers.sent_back(listed, "invalid_request")


async def test_PR15_an_endless_request_object_is_not_decoded(
    auth: AuthorizationServer,
) -> None:
    for size in (5000, 8 * 1024 * 1024):
        answer = await push(auth, request="x" * size)
        assert answer.status_code == 413


async def test_who_has_to_sign_cannot_ask_without(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    await provision(
        auth,
        "always-signing",
        jwks=KEY.jwks,
        require_signed_request_object=True,
        request_object_signing_alg="PS256",
    )
    page = await auth.authorize(somebody.browser.copy(), client_id="always-signing")
    assert page.query["error"] == "invalid_request"
    signed = request_object(KEY, "always-signing")
    answer = await push(auth, request=signed, client_id="always-signing")
    assert answer.json()["error"] in {"invalid_request_object", "invalid_client"}


async def test_a_pushed_request_object_is_the_callers_own(
    auth: AuthorizationServer,
) -> None:
    """RFC 9126 section 3; what stands beside it counts for nothing here either."""
    name = "pushes-signed"
    secret = {"client_secret": "the-secret-of-pushes-signed"}
    method = "client_secret_post"
    await provision(
        auth, name, jwks=KEY.jwks, token_endpoint_auth_method=method, **secret
    )

    async def refused_as(signed: str) -> str:
        answer = await push(auth, name, credentials=secret, request=signed)
        assert answer.status_code == 400
        return str(answer.json()["error"])

    signed = request_object(KEY, name)
    answer = await push(auth, name, credentials=secret, request=signed, scope="admin")
    assert answer.status_code == 201, answer.text
    assert await refused_as(request_object(KEY, NAME)) == "invalid_request_object"
    named = request_object(KEY, name, client_id=NAME)
    assert await refused_as(named) == "invalid_request_object"


async def test_claims_and_resources_stand_in_it_as_json(
    auth: AuthorizationServer, browser: Browser
) -> None:
    signed = request_object(
        KEY,
        NAME,
        claims={"id_token": {"auth_time": None}},
        max_age=600,
        resource=["https://api.example"],
    )
    assert answers.has_code(await ask(auth, browser, signed))
