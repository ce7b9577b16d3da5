"""Asking the issuer about a token; tests/e2e/attacks has the attacks."""

from base64 import b64encode

import httpx
import pytest

from tests.builders.issuer_site import IssuerSite, Ticks
from tests.builders.tokens import ISSUER
from valetkey.errors import TemporarilyUnavailable
from valetkey.introspection import RemoteIntrospection, client_secret_basic


def introspection(
    site: IssuerSite, ticks: Ticks | None = None, **options: float
) -> RemoteIntrospection:
    return RemoteIntrospection(
        ISSUER,
        auth=client_secret_basic("an id", "s:e%c"),
        transport=site,
        monotonic=ticks or Ticks(),
        **options,
    )


async def test_the_issuer_is_asked_as_it_wants_to_be() -> None:
    """RFC 7662 section 2.1; RFC 6749 section 2.3.1 encodes before base64."""
    site = IssuerSite()

    assert await introspection(site).is_active("t1")

    asked = site.requests[-1]
    basic = b64encode(b"an+id:s%3Ae%25c").decode()
    assert asked.method == "POST"
    assert asked.headers["authorization"] == f"Basic {basic}"
    assert asked.content == b"token=t1&token_type_hint=access_token"


@pytest.mark.parametrize(
    "members", [{"active": False}, {"active": "true"}, {"active": 1}, {}]
)
async def test_only_true_is_active(members: dict[str, object]) -> None:
    site = IssuerSite()
    asks = introspection(site)
    await asks.is_active("t1")
    site.answer = httpx.Response(200, json=members)

    assert not await asks.is_active("t2")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("away"),
        httpx.ReadTimeout("slow"),
        httpx.Response(401, json={"error": "invalid_client"}),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(500),
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=["active"]),
        httpx.Response(200, content=b"x" * 70_000),
    ],
)
async def test_no_answer_is_no(answer: httpx.Response | httpx.TransportError) -> None:
    site, ticks = IssuerSite(), Ticks()
    asks = introspection(site, ticks)
    assert await asks.is_active("kept")
    site.answer = answer
    asked = sum(site.asked.values())

    for _ in range(2):
        with pytest.raises(TemporarilyUnavailable):
            await asks.is_active("t1")
    assert await asks.is_active("kept")
    assert sum(site.asked.values()) == asked + 1

    site.answer, ticks.now = None, ticks.now + 1
    assert await asks.is_active("t1")


async def test_an_issuer_without_the_endpoint_cannot_say() -> None:
    site = IssuerSite()
    del site.metadata["introspection_endpoint"]

    with pytest.raises(TemporarilyUnavailable):
        await introspection(site).is_active("t1")


async def test_what_is_kept_is_bounded_in_time_and_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("valetkey.introspection.MOST", 3)
    site, ticks = IssuerSite(), Ticks()
    asks = introspection(site, ticks, keep=10)
    for number in range(4):
        await asks.is_active(str(number))
    asked = site.introspections

    await asks.is_active("1")
    assert site.introspections == asked
    await asks.is_active("0")
    assert site.introspections == asked + 1

    with pytest.raises(ValueError, match="keep"):
        introspection(site, keep=10.5)
