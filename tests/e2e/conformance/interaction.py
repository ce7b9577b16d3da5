"""Modules about what the person sees: prompt, max_age, hints (OIDC Core 3.1.2.1)."""

import time

from tests.e2e.conformance.passing_time import since_signing_in
from tests.e2e.conformance.rp import RelyingParty, SignIn

#: OIDC Core section 3.1.2.6: what an answer without any page may say.
_NEEDS_A_PAGE = (
    "interaction_required",
    "login_required",
    "account_selection_required",
    "consent_required",
)


async def at_login(rp: RelyingParty, **changes: str | None) -> SignIn:
    """A whole flow that begins at the login page, whoever is signed in."""
    request = rp.request(**changes)
    page = await rp.send(request)
    assert page.response.status_code == 200
    assert page.form("/login")
    answer = rp.read(await rp.agree(page), request)
    assert "error" not in answer, answer
    return await rp.complete(request, answer, await rp.redeem(answer["code"]))


async def silently(rp: RelyingParty, **changes: str | None) -> SignIn:
    """A whole flow in which no page is shown."""
    request = rp.request(**changes)
    answer = rp.read(await rp.send(request), request)
    assert "error" not in answer, answer
    return await rp.complete(request, answer, await rp.redeem(answer["code"]))


def same_authentication(first: SignIn, second: SignIn) -> None:
    """Both ID tokens speak of one event."""
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims.get("auth_time") == first.claims.get("auth_time")
    assert second.tokens["id_token"] != first.tokens["id_token"]


async def test_oidcc_display_page(rp: RelyingParty) -> None:
    await at_login(rp, display="page")


async def test_oidcc_display_popup(rp: RelyingParty) -> None:
    await at_login(rp, display="popup")


async def test_oidcc_prompt_login(rp: RelyingParty) -> None:
    first = await rp.sign_in()
    since_signing_in(rp, 1)
    second = await at_login(rp, prompt="login")
    assert second.claims["sub"] == first.claims["sub"]
    assert second.claims["auth_time"] >= first.claims["auth_time"]
    third = await silently(rp)  # the new sign-in is the one that counts from now on
    assert third.claims["auth_time"] == second.claims["auth_time"]


async def test_oidcc_prompt_none_not_logged_in(rp: RelyingParty) -> None:
    request = rp.request(prompt="none", state="s" * 128)
    answer = rp.read(await rp.send(request), request)
    assert answer["error"] in _NEEDS_A_PAGE
    assert "code" not in answer


async def test_oidcc_prompt_none_logged_in(rp: RelyingParty) -> None:
    first = await rp.sign_in()
    same_authentication(first, await silently(rp, prompt="none"))


async def test_oidcc_max_age_1(rp: RelyingParty) -> None:
    first = await rp.sign_in()
    since_signing_in(rp, 2)
    before = first.claims["auth_time"] - 2
    second = await at_login(rp, max_age="1")
    assert second.claims["auth_time"] > before
    assert abs(time.time() - second.claims["auth_time"]) < 60


async def test_oidcc_max_age_10000(rp: RelyingParty) -> None:
    first = await rp.sign_in(max_age="15000")
    assert first.claims["auth_time"]
    same_authentication(first, await silently(rp, max_age="10000"))


async def test_oidcc_id_token_hint(rp: RelyingParty) -> None:
    first = await rp.sign_in()
    hint = first.tokens["id_token"]
    same_authentication(first, await silently(rp, prompt="none", id_token_hint=hint))


async def test_oidcc_login_hint(rp: RelyingParty) -> None:
    request = rp.request(login_hint=rp.person)
    page = await rp.send(request)
    assert page.form("/login").fields["identifier"] == rp.person
    assert rp.read(await rp.agree(page), request)["code"]
