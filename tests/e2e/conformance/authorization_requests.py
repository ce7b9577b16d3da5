"""Modules about what may be in a request, and must not (OIDC Core 3.1.2, 6, 15.1)."""

import jwt

from tests.builders.auth import CODE_CHALLENGE, CODE_VERIFIER
from tests.builders.client_keys import ClientKey
from tests.e2e import answers
from tests.e2e.conformance.provider import discovery
from tests.e2e.conformance.rp import RelyingParty, static_client
from tests.e2e.pushing import request_object

UNREGISTERED = "https://rp.example/callback/unregistered"


async def test_oidcc_response_type_missing(rp: RelyingParty) -> None:
    request = rp.request(response_type=None)
    await rp.refused(request, "invalid_request", "unsupported_response_type")


async def test_oidcc_ensure_request_with_unknown_parameter_succeeds(
    rp: RelyingParty,
) -> None:
    await rp.sign_in(extra="foobar")


async def test_oidcc_ui_locales(rp: RelyingParty) -> None:
    await rp.sign_in(ui_locales="se")


async def test_oidcc_claims_locales(rp: RelyingParty) -> None:
    await rp.sign_in(claims_locales="se")


async def test_oidcc_ensure_request_with_acr_values_succeeds(rp: RelyingParty) -> None:
    offered = (await discovery(rp.auth))["acr_values_supported"]
    assert offered
    done = await rp.sign_in(acr_values=" ".join(offered))
    assert done.claims["acr"] in offered


async def test_oidcc_ensure_registered_redirect_uri(rp: RelyingParty) -> None:
    page = await rp.send(rp.request(redirect_uri=UNREGISTERED))
    answers.shown(page.response)
    assert UNREGISTERED not in page.response.text


async def test_oidcc_ensure_post_request_succeeds(rp: RelyingParty) -> None:
    await rp.sign_in("POST")


async def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(
    rp: RelyingParty,
) -> None:
    """No address is fetched: a reference is one of our own, from pushing it."""
    assert (await discovery(rp.auth))["request_uri_parameter_supported"] is False
    request = rp.request(request_uri="https://rp.example/request.jwt#tag")
    await rp.refused(request, "request_uri_not_supported")


async def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    rp: RelyingParty,
) -> None:
    """The suite skips it where `none` is not offered; it is refused, not ignored."""
    offered = (await discovery(rp.auth))["request_object_signing_alg_values_supported"]
    assert "none" not in offered
    claims = {**rp.request(), "iss": rp.client_id, "aud": rp.auth.issuer}
    unsigned = jwt.encode(claims, None, algorithm="none")
    request = rp.request(request=unsigned)
    await rp.refused(request, "invalid_request_object", "request_not_supported")


async def what_is_inside_counts(there: RelyingParty, key: ClientKey) -> None:
    """A signed request object overrides the parameters that stand beside it."""
    inside = there.request()
    # The builder adds a challenge of its own, even where PKCE is not asked for.
    plain = {"code_challenge": None, "code_challenge_method": None}
    signed = request_object(key, there.client_id, **{**plain, **inside})
    outside = {
        "client_id": there.client_id,
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": UNREGISTERED,
        "request": signed,
    }
    answer = there.read(await there.agree(await there.send(outside)), inside)
    await there.complete(inside, answer, await there.redeem(answer["code"]))


async def test_oidcc_ensure_request_object_with_redirect_uri(rp: RelyingParty) -> None:
    """Signed, where the suite would leave it unsigned: what is inside counts."""
    key = ClientKey("RS256")
    there = await static_client(
        rp.auth,
        "conformance-signing-app",
        response_mode=rp.response_mode,
        jwks=key.jwks,
    )
    await what_is_inside_counts(there, key)


async def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp: RelyingParty) -> None:
    request = rp.request(code_challenge=CODE_CHALLENGE, code_challenge_method="S256")
    answer = await rp.authorize(request)
    response = await rp.redeem(answer["code"], code_verifier=CODE_VERIFIER)
    await rp.complete(request, answer, response)
