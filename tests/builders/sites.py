"""Web servers on loopback that answer what a test tells them, byte by byte."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Site:
    """
    A server, and every request that it was sent.

    Attributes:
        port: where it listens.
        requests: the head and body of each request.
        connections: how many were made, requests or not.

    """

    port: int = 0
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


def document(
    body: bytes, *, status: str = "200 OK", headers: tuple[str, ...] = ()
) -> Answer:
    """An answer with a body of known length."""
    head = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *headers, "", ""]

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join(head).encode() + body)

    return answer


@asynccontextmanager
async def site(
    answer: Answer, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[Site]:
    """Serve one answer per connection until the block is left."""
    served = Site()
    serving: set[asyncio.Task[None] | None] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.connections += 1
        serving.add(asyncio.current_task())
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            length = [
                int(line.partition(b":")[2])
                for line in request.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ]
            request += await reader.readexactly(sum(length))
            served.requests.append(request)
            await answer(request, writer)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    served.port = server.sockets[0].getsockname()[1]
    try:
        yield served
    finally:
        server.close()
        tasks = [task for task in serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True)
class Authority:
    """A certificate authority of one test: whose word a client takes, and a server."""

    client: ssl.SSLContext
    server: ssl.SSLContext


def authority(folder: Path, *names: str) -> Authority:
    """A self-signed certificate for these names, and contexts for both ends."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "site.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return Authority(client=ssl.create_default_context(cafile=pem), server=server)
