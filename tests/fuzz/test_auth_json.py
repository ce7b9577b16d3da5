"""What apps write as JSON: registrations, details, wishes, and claims they sign."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.registered_members import MEMBERS
from tests.builders import auth as builder
from tests.fuzz.auth_judge import attempt
from tests.fuzz.auth_parts import basic, call, page
from tests.fuzz.auth_programs import SIGNING_APP
from tests.fuzz.auth_signed import SIGNED
from tests.fuzz.auth_world import World
from tests.fuzz.budget import cases
from tests.fuzz.requests import Pairs, Request, changed
from tests.fuzz.values import NASTY, texts

PARTS = 12
_plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    texts,
    st.sampled_from(NASTY),
    st.sampled_from(("https://rp.example/cb", "none", "ES256", "openid", "code")),
)
_json = st.recursive(
    _plain,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=5,
)
_members = st.dictionaries(st.sampled_from(sorted(MEMBERS)), _json, max_size=4)
_GOOD = {"redirect_uris": ["https://rp.example/cb"], "client_name": "RP"}


def _written(value: object, *, plainly: bool) -> str:
    """As JSON, where no number is infinite but when it is read."""
    text = json.dumps(value, ensure_ascii=plainly)
    return text.replace("Infinity", "1e999")


@pytest.mark.usefixtures("auth_still_works")
@cases("auth", parts=PARTS)
@given(members=_members, change=st.booleans(), plainly=st.booleans())
def test_no_registration_breaks_it(
    runner: asyncio.Runner,
    auth_world: World,
    members: dict[str, Any],
    change: bool,
    plainly: bool,
) -> None:
    """RFC 7591 and 7592: any member with any value, among good ones."""

    async def run() -> None:
        told, request = {**_GOOD, **members}, SIGNED["/oauth/register"][0]
        if change:
            request = SIGNED["/oauth/register/{client_id}"][1]
            told = {"client_id": await auth_world.give("registration"), **told}
        body = _written(told, plainly=plainly).encode(errors="surrogatepass")
        sent = Request(
            request.method, request.path, headers=request.headers, body=(body,)
        )
        await attempt(sent, auth_world)

    runner.run(run())


_DETAIL = {"type": "note_access", "actions": ["read"], "identifier": "n"}
_details = st.lists(
    st.dictionaries(
        st.sampled_from((*_DETAIL, "locations", "datatypes", "privileges", "x")),
        _json,
        max_size=3,
    ).map(lambda changes: {**_DETAIL, **changes}),
    max_size=3,
)
_names = st.sampled_from(("id_token", "userinfo", "x"))
_claims = st.dictionaries(
    _names,
    st.dictionaries(
        st.sampled_from(("sub", "email", "acr", "auth_time", "x", "address")),
        st.none()
        | st.dictionaries(st.sampled_from(("essential", "value", "values")), _json),
        max_size=3,
    )
    | _json,
)


@pytest.mark.usefixtures("auth_still_works")
@cases("auth", parts=PARTS)
@given(
    name=st.sampled_from(("authorization_details", "claims")),
    well=_details | _claims,
    other=_json,
    swap=st.integers(0, 3),
    where=st.sampled_from(("par", "authorize", "token", "device")),
)
def test_no_parameter_of_json_breaks_it(
    runner: asyncio.Runner,
    auth_world: World,
    name: str,
    well: Any,
    other: Any,
    swap: int,
    where: str,
) -> None:
    """RFC 9396 section 2 and OpenID Connect Core section 5.5, at every endpoint."""
    value = _written(well if swap else other, plainly=True)
    asked = builder.authorize_parameters(client_id="details-app")
    pairs: Pairs = (*asked.items(), (name, value))
    credentials = basic("details-app")
    request = {
        "par": call("/oauth/par", pairs, credentials),
        "authorize": page("/oauth/authorize", pairs),
        "token": call(
            "/oauth/token",
            (("grant_type", "client_credentials"), (name, value)),
            credentials,
        ),
        "device": call(
            "/oauth/device_authorization", (("client_id", "tv-app"), (name, value))
        ),
    }[where]
    runner.run(attempt(request, auth_world))


_CLAIMS = (
    *("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "client_id", "htm", "htu"),
    *("ath", "nonce", "response_type", "redirect_uri", "scope", "claims", "max_age"),
    *("authorization_details", "request", "request_uri", "prompt", "resource", "act"),
)
_TOKEN = "/oauth/token"
_OWN: Pairs = (("grant_type", "client_credentials"),)


@pytest.mark.usefixtures("auth_still_works")
@cases("auth", parts=PARTS)
@given(
    kind=st.sampled_from(("client_assertion", "request_object", "token_proof")),
    claims=st.dictionaries(st.sampled_from(_CLAIMS), _json, max_size=3),
)
def test_no_signed_claim_breaks_it(
    runner: asyncio.Runner, auth_world: World, kind: str, claims: dict[str, Any]
) -> None:
    """Signed as it should be, and saying anything: RFC 7523, 9101 and 9449."""

    async def run() -> None:
        text = await auth_world.programs.saying(kind, claims)
        request = {
            "client_assertion": call(
                _TOKEN,
                (*_OWN, *changed(_ASSERTED, client_assertion=text)),
            ),
            "request_object": page(
                "/oauth/authorize", (("client_id", SIGNING_APP), ("request", text))
            ),
            "token_proof": call(_TOKEN, _OWN, (*basic("service-app"), ("dpop", text))),
        }[kind]
        await attempt(request, auth_world)

    runner.run(run())


_ASSERTED = changed(
    SIGNED["/oauth/token private_key_jwt"][0].form or (), grant_type=None
)
