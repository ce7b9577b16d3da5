"""Mutual TLS behind a proxy: methods, bound tokens, forged headers (RFC 8705)."""

from base64 import b64encode
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography import x509

from tests.builders.auth import ISSUER, token_parameters
from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.clients import provision, provision_service
from tests.e2e.refusals import refused
from valetkey.confirmation import certificate_thumbprint

PROXY, NETWORK = "192.0.2.7", "192.0.2.0/29"
HEADER = "Client-Cert"
TLS = {"MTLS_CERTIFICATE_HEADER": HEADER, "TRUSTED_PROXIES": NETWORK}
GRANT = {"grant_type": "client_credentials"}
KEY = ClientKey()
CERTIFICATE = KEY.certificate(x509.DNSName("app.example"))
BY_NAME, BY_KEY = "tls-app", "self-signed-app"


@pytest.fixture(scope="module")
async def behind(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """A server behind a proxy that has checked every certificate."""
    more = {"MTLS_BASE_URL": "https://mtls.id.example", **TLS}
    async with running(new_database(), redis_url, **more) as auth:
        await provision_service(
            auth, BY_NAME, "tls_client_auth", tls_client_auth_san_dns="app.example"
        )
        await provision_service(
            auth, BY_KEY, "self_signed_tls_client_auth", jwks=KEY.jwks
        )
        await provision(
            auth,
            "bound-spa",
            token_endpoint_auth_method="none",
            tls_client_certificate_bound_access_tokens=True,
        )
        yield auth


def header(certificate: bytes) -> tuple[str, str]:
    return HEADER, f":{b64encode(certificate).decode()}:"


async def ask(
    auth: AuthorizationServer,
    parameters: dict[str, str],
    *certificates: bytes,
    peer: str = PROXY,
    endpoint: str = "token",
) -> httpx.Response:
    return await auth.http(peer).post(
        f"/oauth/{endpoint}",
        data=parameters,
        headers=[header(each) for each in certificates],
    )


def own(client_id: str) -> dict[str, str]:
    return {**GRANT, "client_id": client_id, "token": "a-token"}


@pytest.mark.parametrize("endpoint", ["token", "introspect", "revoke"])
@pytest.mark.parametrize("client_id", [BY_NAME, BY_KEY])
async def test_a_certificate_authenticates_everywhere(
    behind: AuthorizationServer, client_id: str, endpoint: str
) -> None:
    answer = await ask(behind, own(client_id), CERTIFICATE, endpoint=endpoint)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("client_id", [BY_NAME, BY_KEY])
async def test_without_or_with_another_certificate_it_does_not(
    behind: AuthorizationServer, client_id: str
) -> None:
    another = ClientKey().certificate(x509.DNSName("other.example"))
    refused(await ask(behind, own(client_id)), 401, "invalid_client")
    refused(await ask(behind, own(client_id), another), 401, "invalid_client")
    secret = {**own(client_id), "client_secret": "x"}
    refused(await ask(behind, secret, CERTIFICATE), 401, "invalid_client")


@pytest.mark.parametrize("client_id", [BY_NAME, BY_KEY])
@pytest.mark.parametrize("peer", ["192.0.2.8", "203.0.113.1", "::1"])
async def test_a_header_from_anybody_else_is_not_seen(
    behind: AuthorizationServer, client_id: str, peer: str
) -> None:
    answer = await ask(behind, own(client_id), CERTIFICATE, peer=peer)
    refused(answer, 401, "invalid_client")


async def test_a_forwarded_address_makes_nobody_a_proxy(
    behind: AuthorizationServer,
) -> None:
    answer = await behind.http("203.0.113.1").post(
        "/oauth/token",
        data=own(BY_NAME),
        headers=[header(CERTIFICATE), ("X-Forwarded-For", PROXY)],
    )
    refused(answer, 401, "invalid_client")


@pytest.mark.parametrize(
    "value", ["", ":", "::", "x", ":x:", ":%%%:", ":eA==:", "eA==", ":eA==", ":e A==:"]
)
async def test_a_malformed_header_is_refused(
    behind: AuthorizationServer, value: str
) -> None:
    answer = await behind.http(PROXY).post(
        "/oauth/token", data=own(BY_NAME), headers={HEADER: value}
    )
    refused(answer, 400, "invalid_request")


async def test_two_certificates_are_refused(behind: AuthorizationServer) -> None:
    answer = await ask(behind, own(BY_NAME), CERTIFICATE, CERTIFICATE)
    refused(answer, 400, "invalid_request")


async def test_a_server_that_was_not_told_sees_no_certificate(
    auth: AuthorizationServer,
) -> None:
    await provision_service(
        auth, "off-app", "tls_client_auth", tls_client_auth_san_dns="app.example"
    )
    refused(await ask(auth, own("off-app"), CERTIFICATE), 401, "invalid_client")
    document = (await auth.http().get("/.well-known/openid-configuration")).json()
    methods = document["token_endpoint_auth_methods_supported"]
    assert not [method for method in methods if "tls" in method]
    assert "tls_client_certificate_bound_access_tokens" not in document
    assert "mtls_endpoint_aliases" not in document


async def test_where_any_certificate_passes_a_name_proves_nothing(
    new_database: Callable[..., str], redis_url: str
) -> None:
    more = {"MTLS_CERTIFICATES": "any", **TLS}
    async with running(new_database(), redis_url, **more) as auth:
        name = {"tls_client_auth_san_dns": "app.example"}
        await provision_service(auth, BY_NAME, "tls_client_auth", **name)
        by_key = "self_signed_tls_client_auth"
        await provision_service(auth, BY_KEY, by_key, jwks=KEY.jwks)
        refused(await ask(auth, own(BY_NAME), CERTIFICATE), 401, "invalid_client")
        assert (await ask(auth, own(BY_KEY), CERTIFICATE)).status_code == 200
        url = "/.well-known/openid-configuration"
        methods = (await auth.http().get(url)).json()[
            "token_endpoint_auth_methods_supported"
        ]
        assert "self_signed_tls_client_auth" in methods
        assert "tls_client_auth" not in methods


async def test_the_metadata_says_where_certificates_count(
    behind: AuthorizationServer,
) -> None:
    url = "/.well-known/openid-configuration"
    document = (await behind.http().get(url)).json()
    methods = document["token_endpoint_auth_methods_supported"]
    assert {"tls_client_auth", "self_signed_tls_client_auth"} <= set(methods)
    assert document["tls_client_certificate_bound_access_tokens"] is True
    aliases = document["mtls_endpoint_aliases"]
    assert aliases["token_endpoint"] == "https://mtls.id.example/oauth/token"
    assert {aliases[name].partition("/oauth/")[2] for name in aliases} >= {
        "token",
        "revoke",
        "introspect",
        "userinfo",
    }
    host = {"host": "mtls.id.example"}
    answer = await behind.http(PROXY).post(
        "/oauth/token",
        data=own(BY_NAME),
        headers=[header(CERTIFICATE), *host.items()],
    )
    assert answer.status_code == 200, answer.text


def cnf(token: str) -> Any:
    return jwt.decode(token, options={"verify_signature": False})["cnf"]


async def test_a_public_clients_tokens_are_bound_to_its_certificate(
    behind: AuthorizationServer,
) -> None:
    code = await behind.code(client_id="bound-spa")
    parameters = token_parameters(code, client_id="bound-spa")
    refused(await ask(behind, parameters), 400, "invalid_request")
    answer = await ask(behind, parameters, CERTIFICATE)
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["token_type"] == "Bearer"
    bound = {"x5t#S256": certificate_thumbprint(CERTIFICATE)}
    assert cnf(tokens["access_token"]) == bound

    async def about(*certificates: bytes) -> httpx.Response:
        headers = [header(each) for each in certificates]
        headers.append(("authorization", f"Bearer {tokens['access_token']}"))
        return await behind.http(PROXY).get(f"{ISSUER}/oauth/userinfo", headers=headers)

    another = ClientKey().certificate()
    assert (await about(CERTIFICATE)).status_code == 200
    for certificates in ((), (another,)):
        answer = await about(*certificates)
        refused(answer, 401, "invalid_token", challenge="Bearer ")

    again = {"grant_type": "refresh_token", "client_id": "bound-spa"}
    again |= {"refresh_token": tokens["refresh_token"]}
    refused(await ask(behind, again), 400, "invalid_request")
    refused(await ask(behind, again, another), 400, "invalid_grant")
    answer = await ask(behind, again, CERTIFICATE)
    assert cnf(answer.json()["access_token"]) == bound
