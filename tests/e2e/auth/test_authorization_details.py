"""Rich authorization requests over HTTP (RFC 9396): what is asked for in detail."""

import json
from typing import Any

import jwt
import pytest

from auth_service.protocol.scopes import PERSON_SCOPES
from tests.builders.auth import API, token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.people import Somebody, register

APP = "details-app"
READ: dict[str, Any] = {
    "type": "note_access",
    "actions": ["read"],
    "identifier": "n-7",
}
BOTH: dict[str, Any] = {**READ, "actions": ["read", "write"], "locations": [API]}


async def ask(
    auth: AuthorizationServer, somebody: Somebody, *details: Any, **changes: str | None
) -> Page:
    return await auth.authorize(
        somebody.browser,
        **{
            "client_id": APP,
            "scope": None,
            "authorization_details": json.dumps(details),
            **changes,
        },
    )


async def allow(auth: AuthorizationServer, *details: Any, **changes: str | None) -> str:
    """A code for these details."""
    somebody = await register(auth)
    page = await ask(auth, somebody, *details, **changes)
    back = await somebody.browser.send(page, "/consent", action="allow")
    return back.query["code"]


async def exchange(
    auth: AuthorizationServer, parameters: dict[str, str]
) -> dict[str, Any]:
    answer = await auth.token(parameters, client_id=APP)
    tokens: dict[str, Any] = answer.json()
    return tokens


def allowed_by(access_token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        access_token, options={"verify_signature": False}
    )
    return claims


async def test_people_read_them_in_words(auth: AuthorizationServer) -> None:
    page = await ask(auth, await register(auth), READ, BOTH)

    assert "Read the note n-7" in page.response.text
    assert "Read and write the note n-7" in page.response.text


async def test_they_are_asked_together_with_scopes_and_as_text(
    auth: AuthorizationServer,
) -> None:
    """RFC 9396 sections 3.1 and 12: all of it on one page, and nothing runs there."""
    evil = {**READ, "identifier": "<script>alert(1)</script>"}
    page = await ask(auth, await register(auth), evil, scope="openid email")

    assert "Read the note &lt;script&gt;alert(1)&lt;/script&gt;" in page.response.text
    assert evil["identifier"] not in page.response.text
    assert PERSON_SCOPES["email"].description in page.response.text


async def test_strings_are_compared_byte_by_byte(auth: AuthorizationServer) -> None:
    """RFC 9396 section 12: neither case nor look-alikes are folded."""
    for type_ in ("Note_access", "note_access ", "note_acces\uff53"):
        page = await ask(auth, await register(auth), {**READ, "type": type_})
        assert page.query["error"] == "invalid_authorization_details"


async def test_they_are_in_the_answer_the_token_and_introspection(
    auth: AuthorizationServer,
) -> None:
    """RFC 9396 sections 7, 9.1 and 9.2; without a scope that was not asked for."""
    tokens = await exchange(auth, token_parameters(await allow(auth, READ, BOTH)))

    assert tokens["authorization_details"] == [READ, BOTH]
    claims = allowed_by(tokens["access_token"])
    assert claims["authorization_details"] == [READ, BOTH]
    assert (claims["aud"], claims["scope"]) == (API, "")
    told = await auth.introspect(tokens["access_token"])
    assert told["authorization_details"] == [READ, BOTH]


async def test_a_token_can_be_for_fewer_and_never_for_others(
    auth: AuthorizationServer,
) -> None:
    """RFC 9396 section 6; the family keeps them all."""
    code = await allow(auth, READ, BOTH, scope="openid")
    other = {"authorization_details": json.dumps([{**READ, "identifier": "n-8"}])}
    refused = await exchange(auth, {**token_parameters(code), **other})
    assert refused["error"] == "invalid_authorization_details"

    one = {"authorization_details": json.dumps([READ])}
    tokens = await exchange(auth, {**token_parameters(code), **one})
    assert allowed_by(tokens["access_token"])["authorization_details"] == [READ]

    refresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = await exchange(auth, {**refresh, **other})
    assert refused["error"] == "invalid_authorization_details"
    tokens = await exchange(auth, refresh)
    assert tokens["authorization_details"] == [READ, BOTH]


async def test_a_yes_to_details_is_asked_for_each_time(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    for _ in range(2):
        page = await ask(auth, somebody, READ, scope="openid")
        assert page.url.startswith(f"{auth.issuer}/consent")
        await somebody.browser.send(page, "/consent", action="allow")

    silent = await ask(auth, somebody, READ, scope="openid", prompt="none")
    assert silent.query["error"] == "consent_required"


@pytest.mark.parametrize(
    "details",
    [
        "x",
        "null",
        "{}",
        "[]",
        "[1]",
        "[{}]",
        json.dumps([{"type": 1}]),
        json.dumps([{"type": "unknown"}]),
        json.dumps([{"type": "note_access"}]),
        json.dumps([{**READ, "actions": ["delete"]}]),
        json.dumps([{**READ, "actions": []}]),
        json.dumps([{**READ, "identifier": 7}]),
        json.dumps([{**READ, "more": True}]),
        json.dumps([{**READ, "locations": ["https://other-api.example"]}]),
        json.dumps([{**READ, "locations": API}]),
        json.dumps([READ] * 11),
        '[{"type":"note_access","type":"note_access"}]',
        "[" * 2000,
    ],
)
async def test_what_is_not_as_its_type_wants_it_is_refused(
    auth: AuthorizationServer, details: str
) -> None:
    """RFC 9396 section 5."""
    page = await auth.authorize(
        auth.browser(), client_id=APP, authorization_details=details
    )
    assert page.query["error"] == "invalid_authorization_details"


async def test_an_app_asks_only_for_types_it_is_registered_for(
    auth: AuthorizationServer,
) -> None:
    page = await ask(auth, await register(auth), READ, client_id="web-app")
    assert page.query["error"] == "invalid_authorization_details"


async def test_an_app_can_have_them_for_itself(auth: AuthorizationServer) -> None:
    tokens = await exchange(
        auth,
        {
            "grant_type": "client_credentials",
            "authorization_details": json.dumps([READ]),
        },
    )
    claims = allowed_by(tokens["access_token"])
    assert (claims["aud"], claims["scope"]) == (API, "")
    assert tokens["authorization_details"] == [READ]


async def test_the_types_are_in_the_metadata(auth: AuthorizationServer) -> None:
    metadata = (await auth.http().get("/.well-known/openid-configuration")).json()
    assert metadata["authorization_details_types_supported"] == ["note_access"]
