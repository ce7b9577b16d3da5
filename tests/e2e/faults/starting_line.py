"""
Requests that arrive at the same moment.

Each racer sends all but its body, and waits until the server asks for that (RFC 9110
section 10.1.1); when every one of them stands at the line, the bodies follow at once.
A client that sends one request after another is a hundred times slower than what is
being raced for.
"""

import asyncio
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.builders.auth import SECRETS
from tests.e2e.faults.breakable import LOOPBACK
from tests.e2e.faults.system import IN_TIME


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]


async def race(
    ports: list[int],
    racers: int,
    parameters: dict[str, str],
    *,
    client_id: str = "web-app",
    meanwhile: Callable[[], Awaitable[None]] | None = None,
) -> list[Answer]:
    """
    The same token request by many, dealt out to the ports in turn.

    Args:
        meanwhile: what happens while all of them are at the line.

    """
    body = urlencode(parameters).encode()
    line = asyncio.Barrier(racers)

    async def run(port: int) -> Answer:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(_head(client_id, len(body)))
            await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), IN_TIME)
            if await line.wait() == 0 and meanwhile:
                await meanwhile()
            await line.wait()
            writer.write(body)
            return _read(await asyncio.wait_for(reader.read(), IN_TIME))
        finally:
            writer.close()
            await writer.wait_closed()

    starts = (run(ports[n % len(ports)]) for n in range(racers))
    return list(await asyncio.gather(*starts))


def _head(client_id: str, length: int) -> bytes:
    basic = b64encode(f"{client_id}:{SECRETS[client_id]}".encode()).decode()
    lines = (
        "POST /oauth/token HTTP/1.1",
        f"Host: {LOOPBACK}",
        f"Authorization: Basic {basic}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {length}",
        "Connection: close",
        "Expect: 100-continue",
        "\r\n",
    )
    return "\r\n".join(lines).encode()


def _read(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), json.loads(body or b"{}"))
