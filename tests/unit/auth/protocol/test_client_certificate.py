"""Certificates belong to clients by one registered name, or by their key."""

from ipaddress import ip_address
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa

from auth_service.protocol.client_certificate import (
    has_registered_name,
    key_thumbprint,
)
from tests.builders.client_keys import ClientKey, certificate
from tests.builders.protocol import client
from valetkey.errors import InvalidClient
from valetkey.thumbprint import thumbprint

KEY = ClientKey()
CERTIFICATE = KEY.certificate(
    x509.DNSName("app.example"),
    x509.UniformResourceIdentifier("spiffe://app.example/one"),
    x509.IPAddress(ip_address("2001:db8::1")),
    x509.RFC822Name("app@app.example"),
)


def has(**members: Any) -> bool:
    registered = {f"tls_client_auth_{name}": v for name, v in members.items()}
    return has_registered_name(CERTIFICATE, client(**registered))


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("subject_dn", r"CN=app,O=Example\, Inc.,C=DE"),
        ("subject_dn", r"CN=app,O=Example\2C Inc.,C=DE"),
        ("san_dns", "app.example"),
        ("san_dns", "APP.example"),
        ("san_uri", "spiffe://app.example/one"),
        ("san_ip", "2001:db8::1"),
        ("san_ip", "2001:0db8:0:0::0001"),
        ("san_email", "app@app.example"),
    ],
)
def test_the_registered_name_is_found(member: str, name: str) -> None:
    assert has(**{member: name})


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("subject_dn", r"C=DE,O=Example\, Inc.,CN=app"),
        ("subject_dn", "CN=app"),
        ("subject_dn", r"CN=app,CN=app,O=Example\, Inc.,C=DE"),
        ("subject_dn", "app"),
        ("subject_dn", ""),
        ("san_dns", "example"),
        ("san_dns", "*.example"),
        ("san_dns", "spiffe://app.example/one"),
        ("san_uri", "spiffe://app.example/ONE"),
        ("san_uri", "app.example"),
        ("san_ip", "2001:db8::2"),
        ("san_ip", "no address"),
        ("san_email", "APP@app.example"),
    ],
)
def test_another_name_is_not(member: str, name: str) -> None:
    assert not has(**{member: name})


def test_none_and_two_names_are_nobody() -> None:
    assert not has()
    assert not has(san_dns="app.example", san_email="app@app.example")


def test_a_certificate_without_alternative_names_has_none() -> None:
    bare = KEY.certificate()
    assert not has_registered_name(bare, client(tls_client_auth_san_dns="app"))


@pytest.mark.parametrize("alg", ["ES256", "RS256", "EdDSA"])
def test_its_key_is_the_one_of_the_jwk(alg: str) -> None:
    key = ClientKey(alg)
    assert key_thumbprint(key.certificate()) == thumbprint(key.jwk)


def test_a_key_that_no_jwk_can_be_is_nobodys() -> None:
    assert key_thumbprint(certificate(dsa.generate_private_key(1024))) is None


@pytest.mark.parametrize("raw", [b"", b"x", CERTIFICATE[:-1], CERTIFICATE + b"x"])
def test_what_is_no_certificate_is_refused(raw: bytes) -> None:
    with pytest.raises(InvalidClient):
        key_thumbprint(raw)
    with pytest.raises(InvalidClient):
        has_registered_name(raw, client(tls_client_auth_san_dns="app"))
