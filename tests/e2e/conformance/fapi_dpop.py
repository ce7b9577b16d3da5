"""Modules about DPoP: the clock, the code's key, and proofs that prove nothing."""

import time
from typing import Any

from tests.builders.client_keys import ClientKey
from tests.e2e.conformance.dpop_key import DpopKey
from tests.e2e.conformance.fapi_client import PAR, TOKEN, USERINFO, FapiClient
from tests.e2e.conformance.responses import good_tokens
from tests.e2e.refusals import refused


async def works(app: FapiClient, **claims: Any) -> None:
    """Proofs with these claims do at both endpoints."""
    tokens = await app.tokens(proof=app.proof(**claims))
    token = tokens["access_token"]
    proof = app.dpop.proof("GET", USERINFO, token, **claims)
    assert (await app.reads(token, proof)).status_code == 200


async def test_fapi2_security_profile_final_check_dpop_proof_nbf_exp(
    app: FapiClient,
) -> None:
    now = int(time.time())
    await works(app, nbf=now, exp=now + 300)


async def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_before_succeeds(
    app: FapiClient,
) -> None:
    await works(app, iat=int(time.time()) - 10)


async def test_fapi2_security_profile_final_ensure_dpopproof_with_iat_10seconds_after_succeeds(
    app: FapiClient,
) -> None:
    await works(app, iat=int(time.time()) + 10)


async def test_fapi2_security_profile_final_ensure_mismatched_dpop_jkt_fails(
    app: FapiClient,
) -> None:
    """The request names a key, and is sent with a proof of another."""
    proof = app.dpop.proof("POST", PAR)
    answer = await app.pushes(proof=proof, dpop_jkt=DpopKey().jkt)
    refused(answer, 400, "invalid_request", "invalid_dpop_proof")


async def is_for(app: FapiClient, **push: Any) -> None:
    """A code of such a request is redeemed with the key of the client alone."""
    code = await app.code(**push)
    answer = await app.with_another_key().redeems(code)
    refused(answer, 400, "invalid_grant", "invalid_dpop_proof")
    good_tokens(await app.redeems(code))


async def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(
    app: FapiClient,
) -> None:
    await is_for(app, proof=app.dpop.proof("POST", PAR))


async def test_fapi2_security_profile_final_ensure_token_endpoint_fails_with_mismatched_dpop_jkt(
    app: FapiClient,
) -> None:
    await is_for(app, dpop_jkt=app.dpop.jkt)


async def test_fapi2_security_profile_final_ensure_dpopproof_at_par_endpoint_binding_success(
    app: FapiClient,
) -> None:
    code = await app.code(proof=app.dpop.proof("POST", PAR))
    await app.can_read(good_tokens(await app.redeems(code)))


async def test_fapi2_security_profile_final_ensure_dpop_auth_code_binding_success(
    app: FapiClient,
) -> None:
    code = await app.code(dpop_jkt=app.dpop.jkt, proof=app.dpop.proof("POST", PAR))
    await app.can_read(good_tokens(await app.redeems(code)))


#: What no proof may be without, or have otherwise.
_WRONG: tuple[dict[str, Any], ...] = (
    *({name: None} for name in ("jti", "htm", "htu", "iat", "ath")),
    *({"header": {name: None}} for name in ("typ", "alg", "jwk")),
    {"header": {"typ": "JWT"}},
    {"header": {"typ": "dpop_jwt"}},
    {"header": {"alg": "none"}},
    {"header": {"alg": "HS256"}},
    {"header": {"jwk": ClientKey().jwk}},  # the signature is another key's
    {"htm": "POST"},
    {"htm": "get"},
    {"htu": TOKEN},
    {"htu": f"{USERINFO}/more"},
    {"iat": int(time.time()) - 3600},
    {"iat": int(time.time()) + 3600},
    {"ath": "x"},
    {"ath": DpopKey().jkt},
)


async def test_fapi2_security_profile_final_dpop_negative_tests(
    app: FapiClient,
) -> None:
    token = (await app.tokens())["access_token"]

    def proof(**changes: Any) -> str:
        return app.dpop.proof("GET", USERINFO, token, **changes)

    private = {"jwk": app.dpop.private_jwk}
    bad = [(proof(**changes),) for changes in _WRONG]
    bad += [(), (proof(), proof()), ("not.a.proof",), (proof(header=private),)]
    for proofs in bad:
        answer = await app.reads(token, *proofs)
        refused(answer, 401, "invalid_dpop_proof", challenge="DPoP algs=")

    once = proof()
    assert (await app.reads(token, once)).status_code == 200
    answer = await app.reads(token, once)
    refused(answer, 401, "invalid_dpop_proof", challenge="DPoP algs=")

    foreign = DpopKey().proof("GET", USERINFO, token)
    refused(
        await app.reads(token, foreign), 401, "invalid_token", challenge="DPoP algs="
    )
    as_bearer = await app.reads(token, scheme="Bearer")
    refused(as_bearer, 401, "invalid_token", challenge="Bearer ")

    for fine in (
        {"htu": f"{USERINFO}?a=b#c"},
        {"extra": "a claim that nobody knows"},
        {"header": {"extra": "a member that nobody knows"}},
    ):
        assert (await app.reads(token, proof(**fine))).status_code == 200, fine
