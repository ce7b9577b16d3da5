"""Mail servers that others wrote (aiosmtpd), friendly and not."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Mailbox:
    """An aiosmtpd handler that keeps what comes, or answers as it is told."""

    #: Answers to RCPT and DATA, each used once; then everything is taken.
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    letters: list[Envelope] = field(default_factory=list)
    tls: list[bool] = field(default_factory=list)

    async def handle_RCPT(  # by aiosmtpd
        self, _: SMTP, __: Session, envelope: Envelope, to: str, ___: list[str]
    ) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(to)
        return "250 OK"

    async def handle_DATA(self, _: SMTP, session: Session, envelope: Envelope) -> str:
        if self.data:
            return self.data.pop(0)
        self.letters.append(envelope)
        self.tls.append(session.ssl is not None)
        return "250 OK"


def login(*_: object) -> AuthResult:
    """Who may send: told by `LoginPassword` last."""
    given = _[-1]
    right = isinstance(given, LoginPassword) and (
        (given.login, given.password) == (b"us er", b"pass:w/rd")
    )
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def smtp_server(
    mailbox: Mailbox,
    *,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    starttls: bool = False,
    asks_who: bool = False,
) -> AsyncIterator[int]:
    """The port of a real SMTP server on this machine."""
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            mailbox,
            tls_context=tls if starttls else None,
            require_starttls=starttls,
            authenticator=login if asks_who else None,
            auth_required=asks_who,
            loop=loop,
            enable_SMTPUTF8=True,
        )

    direct = None if starttls else tls
    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=direct)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def raw_server(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """The port of something that is hardly an SMTP server."""

    async def meet(r: asyncio.StreamReader, w: asyncio.StreamWriter) -> None:
        try:
            await talk(r, w)
        finally:
            w.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a certificate for 127.0.0.1, signed by itself."""
    folder = tmp_path_factory.mktemp("mail-tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    key_file, file = folder / "key.pem", folder / "certificate.pem"
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return key_file, file


@pytest.fixture
def server_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """What the server shows."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    key, file = certificate
    context.load_cert_chain(file, key)
    return context


@pytest.fixture
def client_tls(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    """Who is believed: that server's certificate alone."""
    return ssl.create_default_context(cafile=str(certificate[1]))
