"""A client's certificate, as it is sent and as a token is bound to it."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from valetkey.confirmation import certificate_thumbprint


@dataclass(frozen=True)
class Certificate:
    """In DER; `header` as a proxy passes it on (RFC 9440 section 2.2)."""

    der: bytes

    @property
    def header(self) -> str:
        return f":{b64encode(self.der).decode()}:"

    @property
    def cnf(self) -> dict[str, str]:
        return {"x5t#S256": certificate_thumbprint(self.der)}


def certificate(name: str = "app.example") -> Certificate:
    """A new one, which its own key signed."""
    key = generate_private_key(SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return Certificate(made.public_bytes(Encoding.DER))
