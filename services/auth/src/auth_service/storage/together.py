"""Questions and changes of the same moment, brought to a store as one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from auth_service.storage.edge import keep

Name = TypeVar("Name")
Values = TypeVar("Values")
Answer = TypeVar("Answer")

#: Seconds after which a statement that is not answered holds nobody else up.
_PATIENCE = 0.1


class InTurn(Generic[Name, Values, Answer]):
    """
    Makes the changes that several requests ask for at once, by one statement.

    Whoever comes while a statement is under way is part of the next one. Of two who
    change the same thing, the second is in a later statement than the first.

    Args:
        do: makes these changes; answers for those that it made.

    """

    def __init__(
        self, do: Callable[[Mapping[Name, Values]], Awaitable[Mapping[Name, Answer]]]
    ) -> None:
        self._do = do
        self._waiting: dict[Name, tuple[Values, asyncio.Future[Answer | None]]] = {}
        self._working: asyncio.Task[None] | None = None

    async def change(self, name: Name, values: Values) -> Answer | None:
        """Change one thing; None if it was not; raises what the statement raised."""
        while name in self._waiting:
            await asyncio.wait({self._waiting[name][1]})
        return await self._wait(self._put(name, values))

    def _put(self, name: Name, values: Values) -> "asyncio.Future[Answer | None]":
        answer = asyncio.get_running_loop().create_future()
        self._waiting[name] = values, answer
        if self._working is None or self._working.done():
            self._working = keep(asyncio.create_task(self._work()))
        return answer

    async def _wait(self, answer: "asyncio.Future[Answer | None]") -> Answer | None:
        # Several may wait for it: one that leaves takes nothing from the others.
        return await asyncio.shield(answer)

    async def _work(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, {}
            answering = keep(asyncio.create_task(self._answer(asked)))
            await asyncio.wait({answering}, timeout=_PATIENCE)

    async def _answer(
        self, asked: Mapping[Name, tuple[Values, "asyncio.Future[Answer | None]"]]
    ) -> None:
        try:
            done = await self._do({name: values for name, (values, _) in asked.items()})
        except BaseException as error:
            for _, answer in asked.values():
                answer.set_exception(error)
                answer.exception()  # perhaps nobody waits any more
            if isinstance(error, asyncio.CancelledError):
                raise
            return
        for name, (_, answer) in asked.items():
            answer.set_result(done.get(name))


class Together(InTurn[Name, None, Answer]):
    """
    Looks up by one statement what several requests ask for at once.

    Nothing is remembered: no answer is older than its question. Under load this is
    a statement for many requests instead of one for each.

    Args:
        ask: the values of these names; of those that there are.

    """

    def __init__(
        self, ask: Callable[[Sequence[Name]], Awaitable[Mapping[Name, Answer]]]
    ) -> None:
        async def look(names: Mapping[Name, None]) -> Mapping[Name, Answer]:
            return await ask(list(names))

        super().__init__(look)

    async def find(self, name: Name) -> Answer | None:
        """What has this name, or None; raises what the statement raised."""
        waiting = self._waiting.get(name)
        return await self._wait(waiting[1] if waiting else self._put(name, None))
