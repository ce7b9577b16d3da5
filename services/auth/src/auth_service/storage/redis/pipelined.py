"""Commands of the same moment, sent to Redis as one."""

import asyncio
from typing import Any

from redis.asyncio import Redis

from auth_service.storage.edge import keep

_Command = tuple[tuple[Any, ...], dict[str, Any], "asyncio.Future[Any]"]
#: Seconds after which commands that are not answered hold no others up.
_PATIENCE = 0.1


class PipelinedRedis(Redis):
    """
    A client whose commands share a round trip with those that come meanwhile.

    Each gets its own answer or error, as if it were alone; none is part of a
    transaction with another. What must be one (MULTI, a script) is one as before.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._waiting: list[_Command] = []
        self._working: asyncio.Task[None] | None = None

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send it with the others; raises what it would have raised alone."""
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((args, options, answer))
        if self._working is None or self._working.done():
            self._working = keep(asyncio.create_task(self._work()))
        return await answer

    async def _work(self) -> None:
        while self._waiting:
            commands, self._waiting = self._waiting, []
            answering = keep(asyncio.create_task(self._send(commands)))
            await asyncio.wait({answering}, timeout=_PATIENCE)

    async def _send(self, commands: list[_Command]) -> None:
        pipeline = self.pipeline(transaction=False)
        for args, options, _ in commands:
            pipeline.execute_command(*args, **options)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except BaseException as error:  # noqa: BLE001  # each is told below
            answers = [error] * len(commands)
        for (_, _, waiting), answer in zip(commands, answers, strict=True):
            if waiting.done():
                continue  # nobody waits any more
            if isinstance(answer, BaseException):
                waiting.set_exception(answer)
            else:
                waiting.set_result(answer)
