"""Which metadata documents are believed (valetkey/discovery.py)."""

from typing import Any

import httpx
import pytest

from tests.builders.tokens import ISSUER
from valetkey.discovery import BackChannel, UnusableMetadata, discover, read_metadata
from valetkey.fetch import Unfetchable

GOOD = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}


def answering(pages: dict[str, Any]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        page = pages.get(str(request.url))
        return httpx.Response(404) if page is None else httpx.Response(200, json=page)

    return httpx.MockTransport(answer)


async def test_openid_configuration_is_asked_for_first() -> None:
    pages = {f"{ISSUER}/.well-known/openid-configuration": GOOD}

    found = await discover(ISSUER, transport=answering(pages))

    assert found.endpoint("jwks_uri") == f"{ISSUER}/jwks"
    assert found.endpoint("token_endpoint") is None


@pytest.mark.parametrize("issuer", [f"{ISSUER}/tenant", f"{ISSUER}/tenant/"])
async def test_an_issuer_may_have_a_path(issuer: str) -> None:
    """OpenID Connect Discovery section 4.1: a slash at its end is not doubled."""
    place = f"{ISSUER}/tenant/.well-known/openid-configuration"
    pages = {place: {**GOOD, "issuer": issuer}}

    assert (await discover(issuer, transport=answering(pages))).issuer == issuer


async def test_a_name_is_what_its_escapes_stand_for() -> None:
    """OpenID Connect Discovery section 5."""
    escaped = "".join(f"\\u{ord(c):04x}" for c in ISSUER)
    text = f'{{"\\u0069ssuer": "{escaped}"}}'

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text=text)

    found = await discover(ISSUER, transport=httpx.MockTransport(answer))

    assert found.issuer == ISSUER


@pytest.mark.parametrize("issuer", [f"{ISSUER}/tenant", f"{ISSUER}/tenant/"])
async def test_oauth_metadata_is_asked_for_next_with_its_path_inserted(
    issuer: str,
) -> None:
    """RFC 8414 section 3.1: a slash at its end is taken away."""
    place = f"{ISSUER}/.well-known/oauth-authorization-server/tenant"
    pages = {place: {**GOOD, "issuer": issuer}}

    found = await discover(issuer, transport=answering(pages))

    assert found.issuer == issuer


async def test_an_issuer_without_a_document_is_said_to_have_none() -> None:
    with pytest.raises(Unfetchable):
        await discover(ISSUER, transport=answering({}))


async def test_our_own_calls_take_the_back_channel_and_browsers_do_not() -> None:
    pages = {"http://auth:9000/.well-known/openid-configuration": GOOD}

    found = await discover(
        ISSUER, backchannel_base_url="http://auth:9000", transport=answering(pages)
    )

    assert found.endpoint("jwks_uri") == f"{ISSUER}/jwks"
    assert found.back_channel_endpoint("jwks_uri") == "http://auth:9000/jwks"


async def test_the_back_channel_may_not_speak_for_another_issuer() -> None:
    here = "http://auth:9000"
    pages = {f"{here}/.well-known/openid-configuration": {**GOOD, "issuer": here}}

    with pytest.raises(UnusableMetadata):
        await discover(ISSUER, backchannel_base_url=here, transport=answering(pages))


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": f"{ISSUER}/"},
        {"issuer": ISSUER.upper()},
        {"issuer": ISSUER.replace("id", "\uff49\uff44")},  # the same by NFKC
        {"issuer": None},
        {"jwks_uri": "https://evil.example/jwks"},
        {"jwks_uri": f"{ISSUER}@evil.example/jwks"},
        {"jwks_uri": f"{ISSUER}\\@evil.example/jwks"},
        {"jwks_uri": f"{ISSUER}:444/jwks"},
        {"jwks_uri": f"{ISSUER}.evil.example/jwks"},
        {"jwks_uri": f"{ISSUER}:99999/jwks"},
        {"jwks_uri": "https://[::1/jwks"},
        {"jwks_uri": f"{ISSUER}/jwks#keys"},
        {"jwks_uri": "/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "data:application/json,{}"},
        {"jwks_uri": ["https://id.example/jwks"]},
        {"authorization_endpoint": "http://id.example/authorize"},
        {"token_endpoint": "https://evil.example/token"},
        {"token_endpoint": "javascript:alert(1)"},
    ],
)
def test_JK11_a_document_that_leads_elsewhere_is_refused(
    changed: dict[str, Any],
) -> None:
    """RFC 8414 sections 3.3 and 6.2, OpenID Connect Discovery sections 4.3 and 5."""
    with pytest.raises(UnusableMetadata):
        read_metadata({**GOOD, **changed}, BackChannel(issuer=ISSUER))


def test_an_origin_may_be_trusted_besides_the_issuers() -> None:
    document = {**GOOD, "jwks_uri": "https://keys.example/jwks"}

    found = read_metadata(
        document,
        BackChannel(issuer=ISSUER, base_url="http://auth:9000"),
        ["https://keys.example"],
    )

    assert found.back_channel_endpoint("jwks_uri") == "https://keys.example/jwks"
