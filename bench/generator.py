"""
Load from one process: fixed work over a few keep-alive connections.

A unit of work is a generator: it yields the bytes of a request, receives the answer,
and returns whether all was well. No futures and no streams: the generator must be
faster than the fastest server it measures, or it would flatter the others.
"""

import asyncio
import math
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import cast

#: One unit: requests out, answers in, True at the end if they were as they should be.
Unit = Generator[bytes, "Answer", bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, as far as a scenario looks at it."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """The value of a header, lower-case name as servers here write it."""
        return self.head.split(name + b": ", 1)[1].split(b"\r\n", 1)[0].decode()


@dataclass(slots=True)
class Run:
    """What one run gave; latencies are seconds per unit."""

    seconds: float = 0.0
    errors: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Units in a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Latency in milliseconds that this share of the units did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[math.ceil(share * len(ordered)) - 1] * 1000


class _Connection(asyncio.Protocol):
    """One connection that does unit after unit until there are none left."""

    def __init__(self, next_unit: Callable[[], Unit | None], run: Run) -> None:
        self.next_unit = next_unit
        self.run = run
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.pending = b""
        self.unit: Unit | None = None
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._begin()

    def _begin(self) -> None:
        self.unit = self.next_unit()
        if self.unit is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.began = time.perf_counter()
        self.transport.write(next(self.unit))

    def data_received(self, data: bytes) -> None:
        if self.pending:
            data = self.pending + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self.pending = data
            return
        head = data[: end + 2]
        at = head.find(b"content-length: ")
        length = int(head[at + 16 : head.find(b"\r\n", at)]) if at >= 0 else 0
        if len(data) < end + 4 + length:
            self.pending = data
            return
        self.pending = b""
        answer = Answer(int(head[9:12]), head, data[end + 4 :])
        assert self.unit is not None
        try:
            self.transport.write(self.unit.send(answer))
        except StopIteration as stop:
            self.run.latencies.append(time.perf_counter() - self.began)
            if not stop.value:
                self.run.errors += 1
            self._begin()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("closed by the server"))


async def drive(
    port: int, new_unit: Callable[[], Unit], *, units: int, connections: int = 32
) -> Run:
    """Do so many units, as fast as the answers come."""
    run, left = Run(), units

    def next_unit() -> Unit | None:
        nonlocal left
        left -= 1
        return new_unit() if left >= 0 else None

    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        (await loop.create_connection(lambda: _Connection(next_unit, run), *at))[1]
        for at in [("127.0.0.1", port)] * connections
    ]
    await asyncio.gather(*(connection.done for connection in made))
    run.seconds = time.perf_counter() - began
    return run
