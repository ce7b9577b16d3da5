"""Commands of everybody over one connection, none waiting for another's answer."""

import asyncio
import math
from collections import deque
from typing import Any

from redis.asyncio import Connection, Redis
from redis.exceptions import ConnectionError as Disconnected
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as TookTooLong

from auth_service.storage.edge import keep

#: Seconds after which a connection whose answer does not come is given up.
_PATIENCE = 1.0
#: Seconds until it is looked at again before that.
_DOUBT = 0.05


class PipelinedRedis(Redis):
    """
    A client whose commands are sent as they come, those of one moment in one piece.

    Each gets its own answer or error; none is part of a transaction with another.
    What must be one (MULTI, a script) is one as before, over the pool.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line: _Line | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send it with the others; raises what it would have raised alone."""
        if self._line is None or not self.is_connected:
            made = self.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py
            self._line = _Line(made)
        answer = await self._line.ask(args)
        options.pop("keys", None)  # for redis-py's own cache
        read = self.response_callbacks.get(args[0])
        return answer if read is None else read(answer, **options)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection that has not ended."""
        return self._line is not None and not self._line.is_over

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Let go of all connections."""
        if self._line is not None:
            await self._line.close()
        await super().aclose(close_connection_pool)


class _Line:
    """One connection: commands go, answers come in the same order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._commands: list[tuple[Any, ...]] = []
        self._asked: list[asyncio.Future[Any]] = []
        self._sent: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._overdue: asyncio.Future[Any] | None = None
        self.is_over = False

    async def ask(self, command: tuple[Any, ...]) -> Any:
        """Its answer; whoever leaves before it comes takes nothing from others."""
        answer = asyncio.get_running_loop().create_future()
        self._commands.append(command)
        self._asked.append(answer)
        if self._sending is None or self._sending.done():
            self._sending = keep(asyncio.create_task(self._send()))
        return await answer

    async def close(self) -> None:
        """Hang up."""
        self._end(Disconnected("closed"))
        await self._connection.disconnect(nowait=True)

    async def _send(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            if self._reading is None:
                await self._connection.connect()  # type: ignore[no-untyped-call]  # redis-py
                # From here on `_PATIENCE` counts.
                self._connection.socket_timeout = None
                self._reading = keep(asyncio.create_task(self._read()))
            while self._commands and not self.is_over:
                commands, self._commands = self._commands, []
                asked, self._asked = self._asked, []
                now = loop.time()
                self._sent.extend((now, answer) for answer in asked)
                if self._watch is None:
                    self._watch = loop.call_later(_PATIENCE, self._look)
                packed = self._connection.pack_commands(commands)
                await self._connection.send_packed_command(packed, check_health=False)
        except Exception as error:  # noqa: BLE001  # each who waits is told
            await self._break(error)

    async def _read(self) -> None:
        try:
            while True:
                answer = await self._next()
                waiting = self._sent.popleft()[1]
                if waiting.done():
                    continue  # nobody waits any more
                if isinstance(answer, ResponseError):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer)
        except Exception as error:  # noqa: BLE001  # each who waits is told
            await self._break(error)

    async def _next(self) -> Any:
        try:
            return await self._connection.read_response(timeout=math.inf)
        except ResponseError as error:
            return error

    def _look(self) -> None:
        """Give up a connection whose oldest question was asked too long ago."""
        loop = asyncio.get_running_loop()
        self._watch = None
        if not self._sent:
            return
        asked, answer = self._sent[0]
        left = asked + _PATIENCE - loop.time()
        if left > 0:
            self._watch = loop.call_later(left, self._look)
        elif self._overdue is not answer:
            # It may be there already, where it was we who were busy.
            self._overdue = answer
            self._watch = loop.call_later(_DOUBT, self._look)
        else:
            keep(loop.create_task(self._break(TookTooLong("no answer"))))

    async def _break(self, error: Exception) -> None:
        self._end(error)
        await self._connection.disconnect(nowait=True)

    def _end(self, error: Exception) -> None:
        self.is_over = True
        if self._watch is not None:
            self._watch.cancel()
        if self._reading is not None and self._reading is not asyncio.current_task():
            self._reading.cancel()
        for answer in (*self._asked, *(answer for _, answer in self._sent)):
            if not answer.done():
                answer.set_exception(error)
        self._asked.clear()
        self._sent.clear()
