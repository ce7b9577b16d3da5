"""
Requests that arrive at the same moment.

Each racer sends all of its request but the last byte; when every one of them stands
at the line, the last bytes follow at once. A client that sends one request after
another is a hundred times slower than what is being raced for.
"""

import asyncio
import json
from base64 import b64encode
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
    path: str = "/oauth/token",
) -> list[Answer]:
    """The same form as web-app by many racers, dealt out to the ports in turn."""
    request = _request(path, urlencode(parameters).encode())
    line = asyncio.Barrier(racers)

    async def run(port: int) -> Answer:
        reader, writer = await asyncio.open_connection(LOOPBACK, port)
        try:
            writer.write(request[:-1])
            await writer.drain()
            await line.wait()
            writer.write(request[-1:])
            return _read(await asyncio.wait_for(reader.read(), IN_TIME))
        finally:
            writer.close()
            await writer.wait_closed()

    starts = (run(ports[n % len(ports)]) for n in range(racers))
    return list(await asyncio.gather(*starts))


def _request(path: str, body: bytes) -> bytes:
    basic = b64encode(f"web-app:{SECRETS['web-app']}".encode()).decode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {LOOPBACK}",
        f"Authorization: Basic {basic}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
        "\r\n",
    )
    return "\r\n".join(lines).encode() + body


def _read(answer: bytes) -> Answer:
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(int(head.split(b" ", 2)[1]), json.loads(body or b"{}"))
