"""The client's certificate as a trusted proxy passes it on: Client-Cert (RFC 9440)."""

from base64 import b64decode
from binascii import Error
from collections.abc import Sequence

from cryptography.x509 import load_der_x509_certificate

from valetkey.errors import InvalidRequest


def read_client_cert(headers: Sequence[str]) -> bytes | None:
    """
    The certificate in DER, or None where there is none (RFC 9440 section 2.2).

    Only behind a proxy that sets the header, or removes it, on every request (section
    4).

    Raises:
        InvalidRequest: there are two, or it is not a certificate between colons.

    """
    if not headers:
        return None
    value = headers[0].strip(" ")
    if len(headers) > 1 or len(value) < 2 or not (value[0] == value[-1] == ":"):
        raise _malformed()
    try:
        certificate = b64decode(value[1:-1], validate=True)
        load_der_x509_certificate(certificate)
    except (Error, ValueError):
        raise _malformed() from None
    return certificate


def _malformed() -> InvalidRequest:
    return InvalidRequest("Client-Cert is not a certificate (RFC 9440)")
