"""Certificates of clients: whose they are, and what they are called (RFC 8705)."""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth_service.protocol.client import Client
from valetkey.errors import InvalidClient
from valetkey.thumbprint import thumbprint

#: The names of the curves in JWKs (RFC 7518 section 6.2.1.1).
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def has_registered_name(certificate: bytes, client: Client) -> bool:
    """
    Whether it has the one name that the client registered (RFC 8705 section 2.1.2).

    A client with none, or with several, is not recognised: it could not be said
    which of them counts.

    Raises:
        InvalidClient: it is not a certificate.

    """
    registered = [
        (has, name)
        for member, has in _NAMES.items()
        if (name := getattr(client, f"tls_client_auth_{member}")) is not None
    ]
    if len(registered) != 1:
        return False
    has, name = registered[0]
    # A malformed name, here or there, is nobody's.
    with suppress(ValueError, x509.ExtensionNotFound, x509.DuplicateExtension):
        return has(_read(certificate), name)
    return False


def key_thumbprint(certificate: bytes) -> str | None:
    """
    The thumbprint of its public key (RFC 7638); None for a kind that JWKs have not.

    Raises:
        InvalidClient: it is not a certificate.

    """
    try:
        jwk = _public_jwk(_read(certificate))
    except ValueError:
        raise InvalidClient(detail="the certificate's key is malformed") from None
    return thumbprint(jwk) if jwk is not None else None


def _read(certificate: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(certificate)
    except ValueError:
        raise InvalidClient(detail="the certificate is malformed") from None


def _alternatives(certificate: x509.Certificate) -> x509.SubjectAlternativeName:
    kind = x509.SubjectAlternativeName
    return certificate.extensions.get_extension_for_class(kind).value


def _has_subject(certificate: x509.Certificate, name: str) -> bool:
    """As names, not as texts: RFC 4514 has several texts for one name."""
    return certificate.subject == x509.Name.from_rfc4514_string(name)


def _has_dns(certificate: x509.Certificate, name: str) -> bool:
    names = _alternatives(certificate).get_values_for_type(x509.DNSName)
    return name.lower() in [each.lower() for each in names]


def _has_uri(certificate: x509.Certificate, name: str) -> bool:
    kind = x509.UniformResourceIdentifier
    return name in _alternatives(certificate).get_values_for_type(kind)


def _has_ip(certificate: x509.Certificate, name: str) -> bool:
    names = _alternatives(certificate).get_values_for_type(x509.IPAddress)
    return ip_address(name) in names


def _has_email(certificate: x509.Certificate, name: str) -> bool:
    return name in _alternatives(certificate).get_values_for_type(x509.RFC822Name)


_NAMES: Mapping[str, Callable[[x509.Certificate, str], bool]] = {
    "subject_dn": _has_subject,
    "san_dns": _has_dns,
    "san_uri": _has_uri,
    "san_ip": _has_ip,
    "san_email": _has_email,
}


def _public_jwk(certificate: x509.Certificate) -> dict[str, str] | None:
    """The members of RFC 7518 section 6 and RFC 8037 section 2."""
    key = certificate.public_key()
    if isinstance(key, RSAPublicKey):
        rsa = key.public_numbers()
        return {"kty": "RSA", "n": _unsigned(rsa.n), "e": _unsigned(rsa.e)}
    if isinstance(key, EllipticCurvePublicKey) and key.curve.name in _CURVES:
        point, size = key.public_numbers(), (key.key_size + 7) // 8
        return {
            "kty": "EC",
            "crv": _CURVES[key.curve.name],
            "x": _base64url(point.x.to_bytes(size, "big")),
            "y": _base64url(point.y.to_bytes(size, "big")),
        }
    if isinstance(key, Ed25519PublicKey):
        raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}
    return None


def _unsigned(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
