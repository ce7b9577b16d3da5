"""Attacks on registration: DC01 to DC18, LO07, CA17 (RFC 7591)."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from auth_service.flows.register import QUOTA
from auth_service.storage.postgres.engine import connect
from auth_service.storage.postgres.registrations import PostgresRegistrations
from tests.builders.auth import CODE_VERIFIER, NOTES, PERSON, environment
from tests.builders.sites import Site
from tests.builders.tokens import ec_jwk
from tests.e2e.attacks.registrar import CB, GOOD, Registrar
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.hearing import changed
from tests.e2e.people import register
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint, new_handle


@pytest.fixture(scope="module")
async def with_tokens(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[Registrar]:
    """Registration by initial access token, with client_credentials."""
    changes = {"REGISTRATION": "token", "REGISTRATION_CLIENT_CREDENTIALS": "true"}
    async with running(new_database(), redis_url, **changes) as auth:
        stores = Stores(auth.settings)
        yield Registrar(auth, stores, Site())
        stores.close()


async def initial_access_token(
    registrar: Registrar, *, uses: int = 1, lifetime: timedelta = timedelta(days=1)
) -> str:
    url = registrar.auth.settings.database_url.get_secret_value()
    engine, token = connect(url), new_handle()
    await PostgresRegistrations(engine).add_token(token, uses=uses, lifetime=lifetime)
    await engine.dispose()
    changed()
    return token


async def test_all_that_was_registered_is_told_defaults_included(
    registrar: Registrar,
) -> None:
    """RFC 7591 section 3.2.1, RFC 7592 section 3."""
    answer = await registrar.post(GOOD)

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    told = answer.json()
    assert told.pop("client_id").startswith("dyn_")
    assert told.pop("client_id_issued_at") > 1_700_000_000
    assert len(told.pop("client_secret")) == 43
    assert len(told.pop("registration_access_token")) == 43
    assert told.pop("registration_client_uri").startswith(
        f"{registrar.auth.issuer}/oauth/register/dyn_"
    )
    assert set(told.pop("scope").split()) >= {*PERSON.split(), *NOTES.split()}
    assert told == {
        "client_secret_expires_at": 0,
        "client_name": "RP",
        "redirect_uris": [CB],
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "client_secret_basic",
        "application_type": "web",
        "subject_type": "public",
        "id_token_signed_response_alg": "RS256",
        "authorization_signed_response_alg": "RS256",
        "introspection_signed_response_alg": "RS256",
        "backchannel_logout_session_required": False,
        "tls_client_certificate_bound_access_tokens": False,
        "dpop_bound_access_tokens": False,
        "require_pushed_authorization_requests": False,
        "require_signed_request_object": False,
        "require_auth_time": False,
    }


async def test_a_registered_client_signs_people_in_after_their_consent(
    registrar: Registrar,
) -> None:
    client = await registrar.register(
        grant_types=["authorization_code", "refresh_token"]
    )
    auth, somebody = registrar.auth, await register(registrar.auth)

    page = await auth.authorize(
        somebody.browser, client_id=client["client_id"], redirect_uri=CB
    )
    assert "/consent" in page.url
    page = await somebody.browser.send(page, "/consent", action="allow")
    answer = await auth.http().post(
        "/oauth/token",
        data={
            "grant_type": "authorization_code",
            "code": page.query["code"],
            "redirect_uri": CB,
            "code_verifier": CODE_VERIFIER,
        },
        auth=(client["client_id"], client["client_secret"]),
    )

    assert answer.status_code == 200, answer.text
    assert "refresh_token" in answer.json()


async def test_registration_is_closed_by_default(auth: AuthorizationServer) -> None:
    answer = await auth.http().post("/oauth/register", json=GOOD)

    refused(answer, 404, "invalid_request")
    metadata = (await auth.http().get("/.well-known/openid-configuration")).json()
    assert "registration_endpoint" not in metadata


async def test_the_endpoint_is_advertised_where_it_is(registrar: Registrar) -> None:
    http = registrar.auth.http()
    metadata = (await http.get("/.well-known/openid-configuration")).json()

    assert metadata["registration_endpoint"].endswith("/oauth/register")


async def test_DC01_without_an_initial_access_token_nobody_registers(
    with_tokens: Registrar,
) -> None:
    for token in (None, "", "x", new_handle()):
        answer = await with_tokens.post(GOOD, token)
        refused(answer, 401, "invalid_token", challenge="Bearer")


async def test_an_operator_makes_initial_access_tokens(
    with_tokens: Registrar, redis_url: str
) -> None:
    database_url = with_tokens.auth.settings.database_url.get_secret_value()
    command = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("valetkey"),
        *("registration-tokens", "create", "--uses", "2"),
        env=environment(database_url, redis_url) | {"PATH": os.environ["PATH"]},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await command.communicate()

    token = told.decode().strip()
    done = [await with_tokens.post(GOOD, token) for _ in range(3)]
    assert [answer.status_code for answer in done] == [201, 201, 401]


async def test_DC01_an_initial_access_token_serves_its_uses_and_no_more(
    with_tokens: Registrar,
) -> None:
    """Also when twenty come at once."""
    token = await initial_access_token(with_tokens, uses=3)

    done = await asyncio.gather(*(with_tokens.post(GOOD, token) for _ in range(20)))

    assert sorted(answer.status_code for answer in done) == [201] * 3 + [401] * 17


async def test_DC01_an_initial_access_token_expires(with_tokens: Registrar) -> None:
    token = await initial_access_token(with_tokens, lifetime=timedelta(seconds=-1))

    refused(await with_tokens.post(GOOD, token), 401, "invalid_token", challenge="Bear")


async def test_a_refused_registration_does_not_use_the_token_up(
    with_tokens: Registrar,
) -> None:
    token = await initial_access_token(with_tokens)

    refused(await with_tokens.post({}, token), 400, "invalid_redirect_uri")
    assert (await with_tokens.post(GOOD, token)).status_code == 201


async def test_DC01_an_open_registration_is_bound_for_each_address(
    registrar: Registrar,
) -> None:
    http = registrar.auth.http()
    done = [await http.post("/oauth/register", json=GOOD) for _ in range(11)]

    assert [answer.status_code for answer in done] == [201] * 10 + [429]
    assert int(done[-1].headers["retry-after"]) > 0


#: Each of them is where only we could go.
INNER = [
    "http://127.0.0.1/",
    "http://169.254.169.254/",
    "https://127.0.0.1/",
    "https://169.254.169.254/jwks",
    "https://10.0.0.1/jwks",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://2130706433/",
    "https://localhost/jwks",
    "https://localhost:6379/",
    "https://user@rp.example/",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", INNER)
async def test_DC02_jwks_uri_does_not_lead_inside(
    registrar: Registrar, url: str
) -> None:
    await registrar.refuses("invalid_client_metadata", {**GOOD, "jwks_uri": url})


@pytest.mark.parametrize("url", INNER)
async def test_DC06_backchannel_logout_uri_does_not_lead_inside(
    registrar: Registrar, url: str
) -> None:
    body = {**GOOD, "backchannel_logout_uri": url}
    await registrar.refuses("invalid_client_metadata", body)


async def test_DC06_a_backchannel_logout_uri_has_no_fragment(
    registrar: Registrar,
) -> None:
    """Back-Channel Logout section 2.2."""
    url = f"http://127.0.0.1:{registrar.sector.port}/logout?a=b"
    told = await registrar.register(backchannel_logout_uri=url)
    assert told["backchannel_logout_uri"] == url
    body = {**GOOD, "backchannel_logout_uri": f"{url}#c"}
    await registrar.refuses("invalid_client_metadata", body)


@pytest.mark.parametrize("url", INNER)
async def test_DC04_sector_identifier_uri_does_not_lead_inside(
    registrar: Registrar, url: str
) -> None:
    forget_calls(registrar)
    body = {**GOOD, "sector_identifier_uri": url}
    await registrar.refuses("invalid_client_metadata", body)


async def test_DC04_the_sector_lists_every_redirect_uri(registrar: Registrar) -> None:
    forget_calls(registrar)
    sector = f"http://127.0.0.1:{registrar.sector.port}/sector.json"
    body = {**GOOD, "subject_type": "pairwise", "sector_identifier_uri": sector}
    registrar.listed = [CB, "https://other.example/cb"]

    told = await registrar.register(**body)
    assert told["sector_identifier_uri"] == sector


@pytest.mark.parametrize(
    "listed", [[], [f"{CB}/"], ["https://rp.example"], [[CB]], [1], {CB: 1}, CB]
)
async def test_DC04_a_sector_that_does_not_list_it_to_the_letter_is_refused(
    registrar: Registrar, listed: Any
) -> None:
    forget_calls(registrar)
    registrar.listed = listed
    body = {
        **GOOD,
        "sector_identifier_uri": f"http://127.0.0.1:{registrar.sector.port}/",
    }

    await registrar.refuses("invalid_client_metadata", body)


def forget_calls(registrar: Registrar) -> None:
    """Of how often other servers were called."""
    for key in registrar.stores.redis.scan_iter("*tries*"):
        registrar.stores.redis.delete(key)


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "http://rp.example/",
        "https://user@rp.example/",
        "https://rp.example\\@evil.example/",
        "https://rp.example/\u202e",
        1,
        ["https://rp.example/"],
        "",
    ],
)
@pytest.mark.parametrize("name", ["logo_uri", "client_uri", "policy_uri", "tos_uri"])
async def test_DC05_addresses_that_people_click_are_https(
    registrar: Registrar, name: str, url: Any
) -> None:
    await registrar.refuses("invalid_client_metadata", {**GOOD, name: url})


@pytest.mark.parametrize(
    "uris",
    [
        [],
        None,
        ["*"],
        ["https://*.rp.example/cb"],
        [1],
        [None],
        [[CB]],
        [{}],
        CB,
        {"0": CB},
        [f"{CB}/{n}" for n in range(1000)],
        [f"{CB}#x"],
        [f"{CB}#"],
        ["http://rp.example/cb"],
        ["https://user@rp.example/cb"],
        ["javascript:alert(1)"],
        ["data:text/html,x"],
        ["com.example.app:/cb"],
        ["https://rp.example/../cb"],
        ["/cb"],
        [""],
        ["https://rp.example/\u0000"],
    ],
)
async def test_DC07_junk_is_no_redirect_uri(registrar: Registrar, uris: Any) -> None:
    await registrar.refuses("invalid_redirect_uri", {**GOOD, "redirect_uris": uris})


@pytest.mark.parametrize(
    "body",
    [
        b"null",
        b"[]",
        b'"x"',
        b"1",
        b"{",
        b"\xff",
        b"NaN",
        b'{"a":' * 9000,
        b"[" * 10_000,
        b'{"client_name":"a","client_name":"b"}',
        b'{"client_name":"\\ud800"}',
        b'{"default_max_age":' + b"9" * 5000 + b"}",
    ],
)
async def test_DC08_the_body_is_a_json_object(
    registrar: Registrar, body: bytes
) -> None:
    await registrar.refuses("invalid_client_metadata", body)


async def test_DC08_a_long_body_is_not_read(registrar: Registrar) -> None:
    body = json.dumps({**GOOD, "x": "x" * 1024 * 1024}).encode()

    assert (await registrar.post(body)).status_code == 413


async def test_DC08_a_form_is_no_registration(registrar: Registrar) -> None:
    answer = await registrar.auth.http().post("/oauth/register", data={"a": "b"})

    refused(answer, 400, "invalid_client_metadata")


async def test_DC09_a_name_is_escaped_where_people_read_it(
    registrar: Registrar,
) -> None:
    name = "<script>alert(1)</script>"
    client = await registrar.register(
        client_name=name, **{"client_name#fr": f"{name}\u202e"}
    )
    somebody = await register(registrar.auth)

    page = await registrar.auth.authorize(
        somebody.browser, client_id=client["client_id"], redirect_uri=CB
    )

    assert client["client_name"] == name
    assert "client_name#fr" not in client
    assert name not in page.response.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.response.text


async def test_DC09_a_name_with_invisible_characters_is_refused(
    registrar: Registrar,
) -> None:
    for name in ("a\u202eb", "a\u0000b", " ", "", "x" * 101, 1, None):
        body = {**GOOD, "client_name": name}
        if name is not None:
            await registrar.refuses("invalid_client_metadata", body)


MINE = {
    "client_id": "web-app",
    "client_secret": "a secret that I chose myself, and know",
    "sub": "alice",
    "owner": "alice",
    "publisher": "Somebody Else",
    "first_party": True,
    "skip_consent": True,
    "require_pkce": False,
    "self_registered": False,
    "profile": "fapi2",
    "scopes": ["admin"],
    "secret_fingerprints": [fingerprint("x")],
    "token_exchange": {"https://api.example": ["notes:read"]},
    "software_statement": "e30.e30.e30",
    "registration_access_token": "chosen",
}


async def test_DC10_nobody_chooses_a_name_a_secret_or_a_rank(
    registrar: Registrar,
) -> None:
    told = await registrar.register(**MINE)

    ours = {"client_id", "client_secret", "registration_access_token"}
    assert ours <= told.keys()
    assert not (MINE.keys() - ours) & told.keys()
    assert all(told[name] != MINE[name] for name in ours)
    ((owner, first_party, require_pkce, metadata),) = registrar.stores.run(
        "SELECT owner, first_party, require_pkce, metadata FROM auth.clients"
        " WHERE client_id = %s",
        told["client_id"],
    )
    assert (owner, first_party, require_pkce) == (None, False, True)
    assert metadata == {"self_registered": True}


async def test_CA17_a_name_is_never_a_persons_nor_a_url(registrar: Registrar) -> None:
    told = await registrar.register(client_id="https://rp.example/client.json")

    assert told["client_id"].startswith("dyn_")
    assert not registrar.stores.run(
        "SELECT 1 FROM auth.users WHERE subject = %s", told["client_id"]
    )


@pytest.mark.parametrize(
    "grants",
    [
        ["client_credentials"],
        ["password"],
        ["urn:ietf:params:oauth:grant-type:token-exchange"],
        ["urn:ietf:params:oauth:grant-type:jwt-bearer"],
        ["implicit"],
        ["refresh_token"],
        [],
        [1],
        "authorization_code",
    ],
)
async def test_DC11_privileged_grants_cannot_be_had(
    registrar: Registrar, grants: Any
) -> None:
    body = {**GOOD, "grant_types": grants}
    await registrar.refuses("invalid_client_metadata", body)


async def test_DC11_what_cannot_be_had_is_left_out(registrar: Registrar) -> None:
    told = await registrar.register(
        grant_types=["authorization_code", "password", "client_credentials"],
        scope="openid admin notes:read",
    )

    assert told["grant_types"] == ["authorization_code"]
    assert told["scope"] == "notes:read openid"


@pytest.mark.parametrize("scope", ["admin", "\u00e9", 'a"b', 1, ["openid"], "x" * 2000])
async def test_DC11_a_scope_that_does_not_exist_is_refused(
    registrar: Registrar, scope: Any
) -> None:
    await registrar.refuses("invalid_client_metadata", {**GOOD, "scope": scope})


async def test_DC11_a_service_registers_where_the_operator_lets_it(
    with_tokens: Registrar,
) -> None:
    service = {"grant_types": ["client_credentials"], "scope": "notes:read"}
    token = await initial_access_token(with_tokens, uses=3)

    told = (await with_tokens.post(service, token)).json()
    assert told["grant_types"] == ["client_credentials"]
    assert told["response_types"] == []
    silent = {"grant_types": ["client_credentials"]}
    assert (await with_tokens.post(silent, token)).json()["scope"] == ""
    public = {**service, "token_endpoint_auth_method": "none"}
    refused(await with_tokens.post(public, token), 400, "invalid_client_metadata")


PUBLIC = {n: v for n, v in ec_jwk().items() if n != "d"}


@pytest.mark.parametrize("private", ["d", "k", "p", "q", "dp", "dq", "qi", "oth"])
async def test_DC15_a_private_key_is_refused(
    registrar: Registrar, private: str
) -> None:
    jwks = {"keys": [{**PUBLIC, private: "AQAB"}]}
    await registrar.refuses("invalid_client_metadata", {**GOOD, "jwks": jwks})


@pytest.mark.parametrize(
    "members",
    [
        {"jwks": {"keys": [PUBLIC]}, "jwks_uri": "https://rp.example/jwks"},
        {"jwks": {"keys": [{"kty": "oct", "alg": "HS256"}]}},
        {"jwks": {"keys": [{**PUBLIC, "alg": "none"}]}},
        {"jwks": {"keys": [{**PUBLIC, "alg": "HS256"}]}},
        {"jwks": {"keys": [{"kty": "RSA", "e": "AQAB", "n": "u" * 171 + "w"}]}},
        {"jwks": {"keys": []}},
        {"jwks": {"keys": [1]}},
        {"jwks": {"keys": [{**PUBLIC, "x5c": [1]}]}},
        {"jwks": {"keys": [{**PUBLIC, "kid": "\u0000"}]}},
        {"jwks": {"keys": [{**PUBLIC, "use": 1e999}]}},
        {"jwks": {}},
        {"jwks": [PUBLIC]},
        {"jwks": "{}"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "tls_client_auth"},
        {"token_endpoint_auth_method": ["none"]},
        {"token_endpoint_auth_signing_alg": "none"},
        {"token_endpoint_auth_signing_alg": "HS256"},
        {"id_token_signed_response_alg": "none"},
        {"id_token_signed_response_alg": "HS256"},
        {"userinfo_signed_response_alg": "none"},
        {"request_object_signing_alg": "none"},
        {"authorization_signed_response_alg": "none"},
        {"introspection_signed_response_alg": "HS256"},
        {"subject_type": "private"},
        {"application_type": "spa"},
        {"application_type": "WEB"},
        {"application_type": "\uff57eb"},
        {"response_types": ["token"]},
        {"response_types": ["id_token"]},
        {"response_types": [1]},
        {"default_max_age": -1},
        {"default_max_age": True},
        {"default_max_age": 10**30},
        {"require_auth_time": "true"},
        {"contacts": "a@b"},
        {"contacts": ["\u0000"]},
        {"contacts": ["x"] * 21},
        {"authorization_details_types": ["unheard-of"]},
        {"initiate_login_uri": "http://rp.example/login"},
        {"post_logout_redirect_uris": ["http://rp.example/"]},
    ],
)
async def test_DC16_what_contradicts_itself_or_is_weak_is_refused(
    registrar: Registrar, members: dict[str, Any]
) -> None:
    await registrar.refuses("invalid_client_metadata", {**GOOD, **members})


async def test_public_keys_are_registered_by_value(registrar: Registrar) -> None:
    told = await registrar.register(
        jwks={"keys": [PUBLIC]}, token_endpoint_auth_method="private_key_jwt"
    )

    assert told["jwks"] == {"keys": [PUBLIC]}
    assert "client_secret" not in told


async def test_DC17_a_quota_bounds_what_nobody_uses(registrar: Registrar) -> None:
    """What is used, and what goes, makes room again."""
    filler = "FROM generate_series(1, %s) n"
    registrar.stores.run(
        "INSERT INTO auth.clients (client_id, client_name, grant_types, scopes,"
        " token_endpoint_auth_method, redirect_uris, post_logout_redirect_uris,"
        " id_token_signed_response_alg)"
        f" SELECT 'filler_' || n, 'x', '{{}}', '{{}}', 'none', '{{}}', '{{}}', 'RS256'"
        f" {filler}",
        QUOTA,
    )
    registrar.stores.run(
        "INSERT INTO auth.registrations (client_id, token_fingerprint)"
        f" SELECT 'filler_' || n, 'x' {filler}",
        QUOTA,
    )

    answer = await registrar.post(GOOD)

    refused(answer, 429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    registrar.stores.run("DELETE FROM auth.clients WHERE client_id ~ '^filler_'")
    assert (await registrar.post(GOOD)).status_code == 201


@pytest.mark.parametrize(
    "changes",
    [
        {"scope": "unheard-of"},
        {"response_type": "token"},
        {"code_challenge": None},
        {"resource": "https://nowhere.example"},
        {"prompt": "none"},
        {"id_token_hint": "x"},
    ],
)
async def test_DC18_a_stranger_cannot_have_our_address_lead_to_theirs(
    registrar: Registrar, changes: dict[str, str | None]
) -> None:
    """Neither before a sign-in nor after one that was for somebody else."""
    client = await registrar.register(redirect_uris=["https://evil.example/phish"])
    asked: dict[str, str | None] = {
        "client_id": client["client_id"],
        "redirect_uri": "https://evil.example/phish",
        **changes,
    }
    signed_in = await register(registrar.auth)

    for browser in (registrar.auth.browser(), signed_in.browser):
        page = await registrar.auth.authorize(browser, **asked)
        answer = page.response
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "refresh" not in answer.headers
        assert "http-equiv" not in answer.text
        assert "<strong>evil.example</strong>" in answer.text
        assert 'href="https://evil.example/phish?error=' in answer.text
        assert "Nobody here has checked this app" in answer.text


async def test_DC18_a_no_does_not_lead_there_by_itself_either(
    registrar: Registrar,
) -> None:
    client = await registrar.register()
    asked = {"client_id": client["client_id"], "redirect_uri": CB}
    stranger, somebody = registrar.auth.browser(), await register(registrar.auth)

    page = await registrar.auth.authorize(stranger, **asked)
    page = await stranger.send(page, "/login", action="cancel")
    assert (page.response.status_code, "rp.example" in page.url) == (400, False)
    page = await registrar.auth.authorize(somebody.browser, **asked)
    page = await somebody.browser.send(page, "/consent", action="deny")
    assert (page.response.status_code, "rp.example" in page.url) == (400, False)


async def test_DC18_who_has_allowed_the_app_is_sent_back_as_always(
    registrar: Registrar,
) -> None:
    client = await registrar.register()
    asked = {"client_id": client["client_id"], "redirect_uri": CB}
    somebody = await register(registrar.auth)
    await registrar.auth.code(somebody.browser, **asked)

    page = await registrar.auth.authorize(
        somebody.browser, **asked, scope="openid unheard-of"
    )

    assert page.query["error"] == "invalid_scope"
    assert page.url.startswith(CB)


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "data:text/html,x", "http://rp.example/", "x", 1]
)
async def test_LO07_no_script_is_a_post_logout_redirect_uri(
    registrar: Registrar, uri: Any
) -> None:
    body = {**GOOD, "post_logout_redirect_uris": [uri]}
    await registrar.refuses("invalid_client_metadata", body)
