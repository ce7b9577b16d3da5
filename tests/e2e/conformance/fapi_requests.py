"""Modules about pushed authorization requests (RFC 9126; FAPI 2.0 section 5.3.2.2)."""

from typing import Any

from tests.builders.auth import CODE_VERIFIER
from tests.e2e import answers
from tests.e2e.browser import Page
from tests.e2e.conformance.fapi_client import REDIRECT_URI, FapiClient
from tests.e2e.conformance.fapi_flow import whole
from tests.e2e.conformance.passing_time import since_given
from tests.e2e.conformance.responses import queried
from tests.e2e.refusals import refused

UNREGISTERED = "https://app.example/cb/unregistered"
HYBRID = "code id_token"


async def cannot_push(app: FapiClient, *errors: str, **changes: Any) -> None:
    """The endpoint tells at once what the matter is."""
    refused(await app.pushes(**changes), 400, *errors or ("invalid_request",))


def is_answer(page: Page) -> bool:
    """Whether the browser came back to the client with a code."""
    return answers.has_code(page.response)


async def test_fapi2_security_profile_final_ensure_different_nonce_inside_and_outside_request_object(
    app: FapiClient,
) -> None:
    assert (await whole(app, nonce="in", beside={"nonce": "out"}))["nonce"] == "in"


async def test_fapi2_security_profile_final_ensure_different_state_inside_and_outside_request_object(
    app: FapiClient,
) -> None:
    given = await app.answer(state="inside", beside={"state": "outside"})
    assert given["state"] == "inside"


async def test_fapi2_security_profile_final_state_only_outside_request_object_not_used(
    app: FapiClient,
) -> None:
    assert "state" not in await app.answer(state=None, beside={"state": "outside"})


async def test_fapi2_security_profile_final_ensure_authorization_request_with_long_nonce(
    app: FapiClient,
) -> None:
    """The suite lets a server refuse it; up to 255 characters come back."""
    await cannot_push(app, nonce="n" * 384)
    assert (await whole(app, nonce="n" * 255))["nonce"] == "n" * 255


async def test_fapi2_security_profile_final_ensure_authorization_request_with_long_state(
    app: FapiClient,
) -> None:
    assert (await app.answer(state="s" * 384))["state"] == "s" * 384


async def test_fapi2_security_profile_final_ensure_request_object_without_redirect_uri_fails(
    app: FapiClient,
) -> None:
    await cannot_push(app, redirect_uri=None)


async def test_fapi2_security_profile_final_plain_fapi_tolerate_unregistered_redirect_uri(
    app: FapiClient,
) -> None:
    """RFC 9126 section 2.4 lets a server take it; none is taken here."""
    await cannot_push(app, redirect_uri=UNREGISTERED)


async def test_fapi2_security_profile_final_ensure_unsigned_authorization_request_without_using_par_fails(
    app: FapiClient,
) -> None:
    page = await app.auth.authorize(app.browser, client_id=app.client_id)
    given = queried(page.url, REDIRECT_URI)
    assert given["error"] == "invalid_request"
    assert "code" not in given


async def test_fapi2_security_profile_final_ensure_redirect_uri_in_authorization_request(
    app: FapiClient,
) -> None:
    """What stands beside the reference makes up for nothing."""
    await cannot_push(app, redirect_uri=None, scope="openid")


async def test_fapi2_security_profile_final_ensure_response_type_code_idtoken_fails(
    app: FapiClient,
) -> None:
    await cannot_push(app, "unsupported_response_type", response_type=HYBRID)


async def test_fapi2_security_profile_final_ensure_response_type_token_fails(
    app: FapiClient,
) -> None:
    await cannot_push(app, "unsupported_response_type", response_type="token")


async def test_fapi2_security_profile_final_par_ensure_reused_request_uri_prior_to_auth_completion_succeeds(
    app: FapiClient,
) -> None:
    request_uri = await app.reference(prompt="consent")
    query = {"client_id": app.client_id, "request_uri": request_uri}
    for _ in range(2):  # opened, and reloaded before the person has answered
        page = await app.browser.get(f"{app.auth.issuer}/oauth/authorize", **query)
        assert page.form("/consent")
    assert is_answer(await app.browser.send(page, "/consent", action="allow"))


async def test_fapi2_security_profile_final_par_attempt_reuse_request_uri(
    app: FapiClient,
) -> None:
    request_uri = await app.reference()
    assert is_answer(await app.opens(request_uri))
    answers.shown((await app.opens(request_uri)).response)


async def test_fapi2_security_profile_final_par_attempt_to_use_expired_request_uri(
    app: FapiClient,
) -> None:
    told = (await app.pushes()).json()
    since_given(app.auth, "pushed", told["request_uri"], told["expires_in"])
    answers.shown((await app.opens(told["request_uri"])).response)


async def test_fapi2_security_profile_final_par_attempt_to_use_request_uri_for_different_client(
    app: FapiClient,
    other: FapiClient,
) -> None:
    request_uri = await app.reference()
    answers.shown((await other.opens(request_uri)).response)
    assert is_answer(await app.opens(request_uri))


async def test_fapi2_security_profile_final_par_authorization_request_containing_request_uri_form_param(
    app: FapiClient,
) -> None:
    await cannot_push(app, request_uri=await app.reference())


async def test_fapi2_security_profile_final_par_attempt_invalid_http_method(
    app: FapiClient,
) -> None:
    for method in ("GET", "PUT"):
        answer = await app.auth.http().request(method, "/oauth/par")
        assert answer.status_code == 405
        assert answer.headers["allow"] == "POST"


async def test_fapi2_security_profile_final_par_ensure_pkce_required(
    app: FapiClient,
) -> None:
    await cannot_push(app, code_challenge=None, code_challenge_method=None)


async def test_fapi2_security_profile_final_par_plain_pkce_rejected(
    app: FapiClient,
) -> None:
    plain = {"code_challenge": CODE_VERIFIER, "code_challenge_method": "plain"}
    await cannot_push(app, **plain)
    await cannot_push(app, code_challenge_method=None)  # RFC 7636: `plain` again


async def test_fapi2_security_profile_final_par_without_duplicate_parameters(
    app: FapiClient,
) -> None:
    """With nothing but its name and the reference at the authorization endpoint."""
    await whole(app, beside={})
