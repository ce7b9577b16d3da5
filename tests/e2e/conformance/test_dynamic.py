"""The Dynamic plan: clients that register themselves, with `private_key_jwt`."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jwt
import pytest
from PIL import Image

from auth_service.outbound import client_keys
from tests.builders.auth import environment
from tests.builders.client_keys import ClientKey
from tests.e2e import answers
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.browser import Page
from tests.e2e.conformance import id_tokens
from tests.e2e.conformance.authorization_requests import what_is_inside_counts
from tests.e2e.conformance.discovery import keys_are_right, verify
from tests.e2e.conformance.grants import refreshed
from tests.e2e.conformance.interaction import silently
from tests.e2e.conformance.own_site import OwnSite, own_site, since_calling_out
from tests.e2e.conformance.plans import DYNAMIC, modules_of
from tests.e2e.conformance.provider import discovery, key_of
from tests.e2e.conformance.responses import good_tokens
from tests.e2e.conformance.rp import REDIRECT_URI, RelyingParty, dynamic_client
from tests.e2e.pushing import request_object
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores
from tests.e2e.waiting import until

globals().update(modules_of(DYNAMIC, id_tokens))

#: The server looks for new keys of its own twice a second.
OFTEN = {"JWKS_MAX_AGE": "1", "KEY_ANNOUNCEMENT": "2"}


@pytest.fixture(scope="module")
async def own() -> AsyncIterator[OwnSite]:
    """Where the client has its documents."""
    async with own_site() as served:
        yield served


@pytest.fixture(scope="module")
def variables(
    new_database: Callable[..., str], redis_url: str, own: OwnSite
) -> dict[str, str]:
    """Those of a server at which anybody may register, and that fetches from us."""
    return environment(
        new_database(),
        redis_url,
        ENVIRONMENT="development",
        REGISTRATION="open",
        CLIENT_REGISTRATIONS_PER_HOUR="1000",
        OUTBOUND_LOOPBACK_PORTS=str(own.there.port),
        **OFTEN,
    )


@pytest.fixture(scope="module")
async def registrar(variables: dict[str, str]) -> AsyncIterator[AuthorizationServer]:
    """The server of the variables."""
    changes = dict(variables)
    urls = changes.pop("DATABASE_URL"), changes.pop("REDIS_URL")
    async with running(*urls, **changes) as server:
        yield server


@pytest.fixture(autouse=True)
def rested(registrar: AuthorizationServer) -> None:
    """The server may call out as often as it ever may, whatever came before."""
    since_calling_out(registrar)


@pytest.fixture(scope="module")
def key() -> ClientKey:
    """What the clients sign their assertions with."""
    return ClientKey("RS256")


async def registered(
    auth: AuthorizationServer, key: ClientKey, **metadata: Any
) -> RelyingParty:
    """A new client as the suite registers it, with the keys in place by default."""
    keys = {} if "jwks_uri" in metadata else {"jwks": key.jwks}
    wanted = {"token_endpoint_auth_method": "private_key_jwt", **keys, **metadata}
    rp = await dynamic_client(auth, key=key, **wanted)
    assert wanted.items() <= rp.registration.items()
    return rp


async def not_registered(
    auth: AuthorizationServer, key: ClientKey, *errors: str, **metadata: Any
) -> None:
    """It is refused with one of these errors (RFC 7591 section 3.2.2)."""
    wanted = {
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": key.jwks,
        **metadata,
    }
    answer = await auth.http().post("/oauth/register", json=wanted)
    refused(answer, 400, *errors)


@pytest.fixture
async def rp(registrar: AuthorizationServer, key: ClientKey) -> RelyingParty:
    """A new client."""
    return await registered(registrar, key)


async def test_oidcc_discovery_endpoint_verification(
    registrar: AuthorizationServer,
) -> None:
    """All but this: the profile wants the implicit grant, which there is not here."""
    document = await verify(registrar)
    assert document["registration_endpoint"] == f"{registrar.issuer}/oauth/register"
    assert "RS256" in document["userinfo_signing_alg_values_supported"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert document["response_types_supported"] == ["code"]
    assert "implicit" not in document["grant_types_supported"]


async def test_oidcc_idtoken_rs256(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    rp = await registered(registrar, key, id_token_signed_response_alg="RS256")
    done = await rp.sign_in()
    header = jwt.get_unverified_header(done.tokens["id_token"])
    assert header["alg"] == "RS256"
    assert header["kid"]


async def test_oidcc_userinfo_rs256(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    document = await discovery(registrar)
    assert "RS256" in document["userinfo_signing_alg_values_supported"]
    rp = await registered(registrar, key, userinfo_signed_response_alg="RS256")
    request = rp.request()
    tokens = good_tokens(await rp.redeem((await rp.authorize(request))["code"]))
    person = await rp.validate(tokens, nonce=request["nonce"])

    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    answer = await registrar.http().get("/oauth/userinfo", headers=bearer)

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/jwt"
    kid = jwt.get_unverified_header(answer.text)["kid"]
    claims = jwt.decode(
        answer.text,
        await key_of(registrar, kid),
        algorithms=["RS256"],
        audience=rp.client_id,
        issuer=registrar.issuer,
    )
    assert claims["sub"] == person["sub"]
    assert "nonce" not in claims


def not_sent(page: Page) -> None:
    """A page about the redirect_uri, from which nothing leads there."""
    answers.shown(page.response)
    assert "redirect_uri" in page.response.text
    assert "rp.example" not in page.response.text


async def test_oidcc_ensure_redirect_uri_in_authorization_request(
    rp: RelyingParty,
) -> None:
    not_sent(await rp.send(rp.request(redirect_uri=None)))


async def test_oidcc_redirect_uri_query_OK(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    with_query = [f"{REDIRECT_URI}?bar=foo"]
    rp = await registered(registrar, key, redirect_uris=with_query)
    assert (await rp.sign_in()).answer["bar"] == "foo"


async def test_oidcc_redirect_uri_query_mismatch(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    with_query = [f"{REDIRECT_URI}?bar=foo"]
    rp = await registered(registrar, key, redirect_uris=with_query)
    not_sent(await rp.send(rp.request(redirect_uri=f"{REDIRECT_URI}?foo=bar")))


async def test_oidcc_redirect_uri_query_added(rp: RelyingParty) -> None:
    not_sent(await rp.send(rp.request(redirect_uri=f"{REDIRECT_URI}?foo=bar")))


async def test_oidcc_redirect_uri_regfrag(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    with_fragment = [f"{REDIRECT_URI}#foobar"]
    await not_registered(
        registrar, key, "invalid_redirect_uri", redirect_uris=with_fragment
    )


async def asked_for_consent(rp: RelyingParty) -> tuple[Page, Page]:
    """The login page and the consent page of a new client."""
    login = await rp.send(rp.request())
    assert login.form("/login")
    assert rp.registration["client_name"] in login.response.text
    consent = await rp.auth.sign_in(rp.browser, login, rp.person)
    assert urlsplit(consent.url).path == "/consent"
    return login, consent


async def test_oidcc_registration_logo_uri(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    """Both pages show the logo, our copy of it: no browser goes to the app for it."""
    picture = BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    logo = own.publish("/logo.png", picture.getvalue())
    rp = await registered(registrar, key, logo_uri=logo)
    fetched = (
        "SELECT 1 FROM auth.client_logos WHERE client_id = %s AND logo IS NOT NULL"
    )
    with closing(Stores(registrar.settings)) as stores:
        await until(lambda: stores.run(fetched, rp.client_id))
    for page in await asked_for_consent(rp):
        assert logo not in page.response.text
        (ours,) = re.findall(r'src="(/logos/[^"]+)"', page.response.text)
        answer = await registrar.http().get(ours)
        assert answer.headers["content-type"] == "image/webp"
    assert own.asked("/logo.png") == 1


async def links(
    registrar: AuthorizationServer, key: ClientKey, name: str, text: str
) -> None:
    """The consent page has the registered address as a link."""
    uri = f"https://rp.example/{name}.html"
    rp = await registered(registrar, key, **{name: uri})
    _login, consent = await asked_for_consent(rp)
    link = f'<a href="{uri}" rel="noreferrer noopener nofollow">{text}</a>'
    assert link in consent.response.text


async def test_oidcc_registration_policy_uri(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    await links(registrar, key, "policy_uri", "Privacy policy")


async def test_oidcc_registration_tos_uri(
    registrar: AuthorizationServer, key: ClientKey
) -> None:
    await links(registrar, key, "tos_uri", "Terms of service")


async def test_oidcc_registration_jwks_uri(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    keys = own.publish("/jwks", key.jwks)
    rp = await registered(registrar, key, jwks_uri=keys)
    assert "jwks" not in rp.registration
    await rp.sign_in()
    assert own.asked("/jwks") == 1


async def test_oidcc_registration_sector_uri(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    assert "pairwise" in (await discovery(registrar))["subject_types_supported"]
    sector = own.publish("/redirect_uris.json", [REDIRECT_URI])
    wanted = {"subject_type": "pairwise", "sector_identifier_uri": sector}
    await registered(registrar, key, **wanted)
    assert own.asked("/redirect_uris.json")


async def test_oidcc_registration_sector_bad(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    sector = own.publish("/other_uris.json", ["https://rp.example/another"])
    wanted = {"subject_type": "pairwise", "sector_identifier_uri": sector}
    await not_registered(registrar, key, "invalid_client_metadata", **wanted)
    assert own.asked("/other_uris.json")


async def published(auth: AuthorizationServer) -> dict[str, dict[str, str]]:
    """The server's keys by kid, which are right."""
    keys = (await auth.http().get("/oauth/jwks")).json()["keys"]
    keys_are_right(keys)
    return {key["kid"]: key for key in keys}


async def rotate(variables: dict[str, str]) -> None:
    """As an operator does."""
    command = Path(sys.executable).with_name("valetkey")
    env = {**variables, "PATH": os.environ["PATH"]}
    done = await asyncio.create_subprocess_exec(
        command, "keys", "rotate", "--now", env=env, stdout=asyncio.subprocess.DEVNULL
    )
    assert await done.wait() == 0


async def test_oidcc_server_rotate_keys(
    rp: RelyingParty, variables: dict[str, str]
) -> None:
    first = await rp.sign_in()
    before = await published(rp.auth)

    await rotate(variables)

    async with asyncio.timeout(10):
        while (after := await published(rp.auth)).keys() == before.keys():
            await asyncio.sleep(0.05)
    assert before.items() <= after.items()
    assert {"RS256"} <= {after[kid]["alg"] for kid in after.keys() - before.keys()}
    # What the old keys signed is still good for something.
    hint = first.tokens["id_token"]
    second = await silently(rp, prompt="none", id_token_hint=hint)
    assert second.claims["sub"] == first.claims["sub"]


async def test_oidcc_refresh_token_rp_key_rotation(
    registrar: AuthorizationServer,
    own: OwnSite,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new = ClientKey("RS256", kid="old"), ClientKey("RS256", kid="new")
    keys = own.publish("/rotated", old.jwks)
    rp = await registered(registrar, old, jwks_uri=keys)
    scope = "openid offline_access"
    first = await rp.sign_in(scope=scope, prompt="consent")

    own.publish("/rotated", new.jwks)
    rp.key = new
    # The suite waits for a minute, so that the server is willing to look again.
    monkeypatch.setattr(client_keys, "PAUSE", 0)
    since_calling_out(registrar)
    answer = await rp.refresh(first.tokens["refresh_token"], scope=scope)

    second = good_tokens(answer)
    assert own.asked("/rotated") == 2
    claims = await rp.validate(second, nonce=None)
    assert claims["sub"] == first.claims["sub"]
    await rp.userinfo(second["access_token"])


async def not_fetched(
    auth: AuthorizationServer, key: ClientKey, own: OwnSite, request: str, **more: Any
) -> None:
    """
    A request by reference is refused, and nobody asks for what is there.

    Whoever registered by itself is not redirected to with an error before the person
    did anything: a page of ours has the answer, as a link.
    """
    assert (await discovery(auth))["request_uri_parameter_supported"] is False
    reference = own.publish("/request.jwt", request)
    rp = await registered(auth, key, **more)
    page = await rp.send(rp.request(request_uri=reference))
    answers.shown(page.response)
    assert f"{REDIRECT_URI}?error=request_uri_not_supported&" in page.response.text
    assert not own.asked("/request.jwt")


async def test_oidcc_request_uri_unsigned(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    """No address is fetched: a reference is one of our own, from pushing it."""
    unsigned = jwt.encode({"scope": "openid"}, None, algorithm="none")
    await not_fetched(registrar, key, own, unsigned)


async def test_oidcc_request_uri_signed_rs256(
    registrar: AuthorizationServer, key: ClientKey, own: OwnSite
) -> None:
    """No address is fetched, whoever signed what is there."""
    document = await discovery(registrar)
    assert "RS256" in document["request_object_signing_alg_values_supported"]
    signed = request_object(key, "whoever")
    alg = {"request_object_signing_alg": "RS256"}
    await not_fetched(registrar, key, own, signed, **alg)


async def test_oidcc_ensure_request_object_with_redirect_uri(
    rp: RelyingParty, key: ClientKey
) -> None:
    """Signed, where the suite would leave it unsigned: what is inside counts."""
    await what_is_inside_counts(rp, key)


async def test_oidcc_refresh_token(
    registrar: AuthorizationServer, rp: RelyingParty, key: ClientKey
) -> None:
    await refreshed(rp)
    other = await registered(registrar, key)
    theirs = await refreshed(other)
    refused(await rp.refresh(theirs), 400, "invalid_grant")
    good_tokens(await other.refresh(theirs))


async def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(
    rp: RelyingParty, key: ClientKey
) -> None:
    request = rp.request()
    code = (await rp.authorize(request))["code"]
    for_issuer = key.assertion(rp.client_id, aud=rp.auth.issuer)
    tokens = good_tokens(await rp.redeem(code, **for_issuer))
    await rp.validate(tokens, nonce=request["nonce"])
