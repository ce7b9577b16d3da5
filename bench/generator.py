"""
Load from one process over a few keep-alive connections.

A unit of work is a generator: it yields the bytes of a request, receives the answer,
and returns whether all was well. No futures and no streams: the generator must be
faster than the fastest server it measures, or it would flatter the others.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import cast

from bench.metronome import Metronome

#: One unit: requests out, answers in, True at the end if they were as they should be.
Unit = Generator[bytes, "Answer", bool]

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, as far as a scenario looks at it."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> str:
        """The value of a header, asked for in lower case."""
        return _value(self.head, name).decode()


def _value(head: bytes, name: bytes) -> bytes:
    """Of the first header of this name; servers write it as they like."""
    at = head.lower().find(b"\r\n" + name + b":")
    if at < 0:
        return b""
    return head[at + len(name) + 3 : head.find(b"\r\n", at + 2)].strip()


@dataclass(slots=True)
class Run:
    """What one run gave; latencies are seconds per unit."""

    seconds: float = 0.0
    errors: int = 0
    #: What one of the errors was answered.
    failure: "Answer | None" = None
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Units in a second."""
        return len(self.latencies) / self.seconds

    @property
    def told_failure(self) -> str | None:
        """In words, where there was an error."""
        if not self.errors:
            return None
        if self.failure is None:
            return "the connection was closed"
        return f"{self.failure.status} {self.failure.body[:200]!r}"

    def percentile(self, share: float) -> float:
        """Latency in milliseconds that this share of the units did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[math.ceil(share * len(ordered)) - 1] * 1000


class _Load:
    """Units that are due, connections that are free, and what became of both."""

    def __init__(self, new_unit: Callable[[], Unit], units: int) -> None:
        self.new_unit = new_unit
        self.left = units
        self.run = Run()
        self.due: deque[float] = deque()
        #: By turns, or a server would close those that were never used.
        self.free: deque[_Connection] = deque()
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        #: Each answer brings the next unit; else somebody calls `add`.
        self.closed = False
        self._unfinished = units

    def add(self, units: int = 1) -> None:
        """So many more are due now; one that finds no free connection waits for it."""
        now = time.perf_counter()
        for _ in range(min(units, self.left)):
            self.left -= 1
            self.due.append(now)
        while self.due and self.free:
            self.free.popleft().begin(self.new_unit(), self.due.popleft())

    def finish(
        self, connection: "_Connection", answer: Answer | None, *, well: bool
    ) -> None:
        """A unit has its last answer, or will never have one."""
        self.run.latencies.append(time.perf_counter() - connection.began)
        if not well:
            self.run.errors += 1
            self.run.failure = answer
        self._unfinished -= 1
        if not self._unfinished and not self.over.done():
            self.over.set_result(None)

    def offer(self, connection: "_Connection") -> None:
        """A connection has nothing to do."""
        self.free.append(connection)
        self.add(1 if self.closed else 0)

    def fail(self, error: BaseException) -> None:
        """The benchmark itself is wrong."""
        if not self.over.done():
            self.over.set_exception(error)


class _Connection(asyncio.Protocol):
    """One connection that does unit after unit."""

    def __init__(self, load: _Load, reconnect: Callable[[], None]) -> None:
        self.load = load
        self.reconnect = reconnect
        self.pending = b""
        self.unit: Unit | None = None
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.load.offer(self)

    def begin(self, unit: Unit, due: float) -> None:
        self.unit, self.began = unit, due
        try:
            self.transport.write(next(unit))
        except Exception as error:
            self.load.fail(error)
            raise

    def data_received(self, data: bytes) -> None:
        if self.pending:
            data = self.pending + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self.pending = data
            return
        head = data[: end + 2]
        length = int(_value(head, b"content-length") or 0)
        if len(data) < end + 4 + length:
            self.pending = data
            return
        self.pending = b""
        assert self.unit is not None
        answer = Answer(int(head[9:12]), head, data[end + 4 :])
        try:
            request = self.unit.send(answer)
        except StopIteration as stop:
            self.unit = None
            self.load.finish(self, answer, well=bool(stop.value))
            self.load.offer(self)
        except Exception as error:
            self.load.fail(error)
            raise
        else:
            self.transport.write(request)

    def connection_lost(self, _: Exception | None) -> None:
        if self in self.load.free:
            self.load.free.remove(self)
        if self.unit is not None:
            self.load.finish(self, None, well=False)
        if not self.load.over.done():
            self.reconnect()


async def drive(
    port: int,
    new_unit: Callable[[], Unit],
    *,
    units: int,
    connections: int = CONNECTIONS,
) -> Run:
    """Do so many units, as fast as the answers come."""
    load = _Load(new_unit, units)
    load.closed = True
    return await _carry(load, port, connections)


async def pace(
    port: int,
    new_unit: Callable[[], Unit],
    *,
    units: int,
    rate: float,
    connections: int = CONNECTIONS,
) -> Run:
    """
    Begin so many units a second, evenly, however long the answers take.

    A latency counts from when the unit was due: who waits for a connection waits.
    """
    load = _Load(new_unit, units)
    with Metronome(rate, load.add):
        return await _carry(load, port, connections)


async def _carry(load: _Load, port: int, connections: int) -> Run:
    loop = asyncio.get_running_loop()
    made: set[asyncio.Task[object]] = set()
    began = time.perf_counter()

    async def connect() -> None:
        try:
            await loop.create_connection(
                lambda: _Connection(load, open_one), "127.0.0.1", port
            )
        except OSError as error:
            load.fail(error)

    def open_one() -> None:
        made.add(asyncio.create_task(connect()))

    for _ in range(connections):
        open_one()
    await load.over
    load.run.seconds = time.perf_counter() - began
    for connection in load.free:
        connection.transport.close()
    return load.run
