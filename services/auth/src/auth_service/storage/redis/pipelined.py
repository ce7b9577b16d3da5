"""Commands of everybody over one connection, none waiting for another's answer."""

import asyncio
import math
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

from hiredis import pack_command
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
    What must be one is one command (a script), or has a connection of the pool (MULTI).
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._line: _Line | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send it with the others; raises what it would have raised alone."""
        return await self.send(*args, **options)

    def send(self, *args: Any, **options: Any) -> "asyncio.Future[Any]":
        """Send a command now; its answer may be waited for later."""
        if self._line is None or not self.is_connected:
            made = self.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # redis-py
            self._line = _Line(made)
        options.pop("keys", None)  # for redis-py's own cache
        read = self.response_callbacks.get(args[0])
        if read is not None and options:
            read = partial(read, **options)
        # redis-py writes some names as two words.
        name = args[0].split(" ") if " " in args[0] else args[:1]
        return self._line.ask((*name, *args[1:]), read)

    @property
    def is_connected(self) -> bool:
        """Whether there is a connection that has not ended."""
        return self._line is not None and not self._line.is_over

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        """Let go of all connections."""
        if self._line is not None:
            await self._line.close()
        await super().aclose(close_connection_pool)


#: What redis-py makes of an answer.
_Reader = Callable[[Any], Any]
#: When, who waits, and what is made of the answer.
_Asked = tuple[float, "asyncio.Future[Any]", _Reader | None]


class _Line:
    """One connection: commands go, answers come in the same order."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._commands: list[tuple[Any, ...]] = []
        self._asked: list[_Asked] = []
        self._sent: deque[_Asked] = deque()
        self._sending: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._watch: asyncio.TimerHandle | None = None
        self._overdue: asyncio.Future[Any] | None = None
        self.is_over = False

    def ask(
        self, command: tuple[Any, ...], read: "_Reader | None"
    ) -> "asyncio.Future[Any]":
        """Its answer; whoever leaves before it comes takes nothing from others."""
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        self._commands.append(command)
        self._asked.append((loop.time(), answer, read))
        if self._watch is None:
            self._watch = loop.call_later(_PATIENCE, self._look)
        if self._sending is None or self._sending.done():
            self._sending = keep(asyncio.create_task(self._send()))
        return answer

    async def close(self) -> None:
        """Hang up."""
        self._end(Disconnected("closed"))
        await self._connection.disconnect(nowait=True)

    async def _send(self) -> None:
        try:
            if self._reading is None:
                await self._connection.connect()  # type: ignore[no-untyped-call]  # redis-py
                if self.is_over:  # given up meanwhile
                    await self._connection.disconnect(nowait=True)
                    return
                # `_PATIENCE` counts for all that is sent, not each read.
                self._connection.socket_timeout = None
                self._reading = asyncio.create_task(self._read())
            while self._commands and not self.is_over:
                commands, self._commands = self._commands, []
                self._sent.extend(self._asked)
                self._asked.clear()
                packed = b"".join(map(pack_command, commands))
                await self._connection.send_packed_command(packed, check_health=False)
        except Exception as error:  # noqa: BLE001  # each who waits is told
            await self._break(error)

    async def _read(self) -> None:
        try:
            while True:
                answer = await self._next()
                _, waiting, read = self._sent.popleft()
                if waiting.done():
                    continue  # nobody waits any more
                if isinstance(answer, ResponseError):
                    waiting.set_exception(answer)
                else:
                    waiting.set_result(answer if read is None else read(answer))
        except Exception as error:  # noqa: BLE001  # each who waits is told
            await self._break(error)
        finally:  # whoever ended it: nobody reads answers any more
            self._end(Disconnected("closed"))

    async def _next(self) -> Any:
        try:
            return await self._connection.read_response(timeout=math.inf)
        except ResponseError as error:
            return error

    def _look(self) -> None:
        """Give up a connection whose oldest question was asked too long ago."""
        loop = asyncio.get_running_loop()
        self._watch = None
        if not self._sent and not self._asked:
            return
        asked, answer, _ = (self._sent or self._asked)[0]
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
        for _, answer, _ in (*self._sent, *self._asked):
            if not answer.done():
                answer.set_exception(error)
        self._asked.clear()
        self._sent.clear()
