"""Questions and changes of the same moment, brought to a store as one."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeVar

from auth_service.storage.edge import DEADLINE, GIVE_UP, keep

Name = TypeVar("Name")
Values = TypeVar("Values")
Answer = TypeVar("Answer")
_Doing = Coroutine[Any, Any, Answer]
_Answers = Mapping[Name, Sequence[asyncio.Future[Any]]]

#: Seconds after which a statement that is not answered holds nobody else up.
_PATIENCE = 0.1


class InTurn(Generic[Name, Values, Answer]):
    """
    Makes the changes that several requests ask for at once, by one statement.

    Whoever comes while a statement is under way is part of the next one. Of two who
    change the same thing, the second is in a later statement than the first.

    Nobody waits for longer than a store may take; a statement goes on to its own end,
    whoever still waits for it.

    Args:
        do: makes these changes; answers for those that it made.

    """

    #: Whether one answer does for all who ask under one name.
    _shares = False

    def __init__(
        self, do: Callable[[Mapping[Name, Values]], _Doing[Mapping[Name, Answer]]]
    ) -> None:
        self._do = do
        self._waiting: list[tuple[Name, Values, asyncio.Future[Answer | None]]] = []
        self._working: asyncio.Task[None] | None = None

    async def change(self, name: Name, values: Values) -> Answer | None:
        """
        Change one thing; None if it was not; raises what the statement raised.

        Raises:
            TimeoutError: the store took too long.

        """
        # Each waits for an answer of their own: who leaves takes it from nobody else.
        answer: asyncio.Future[Answer | None]
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append((name, values, answer))
        if self._working is None or self._working.done():
            self._working = keep(asyncio.create_task(self._work()))
        return await answer

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            # Requests that have arrived by now join: one turn of the loop is short.
            await asyncio.sleep(0)
            asked, answers = self._take()
            doing = keep(asyncio.create_task(self._do(asked)))
            late = loop.call_later(DEADLINE, _give_up, answers, doing)
            doing.add_done_callback(partial(_tell, answers, late))
            await asyncio.wait({doing}, timeout=_PATIENCE)

    def _take(self) -> tuple[Mapping[Name, Values], _Answers[Name]]:
        """Those who wait, but for the second who wants to change the same thing."""
        waiting, self._waiting = self._waiting, []
        asked: dict[Name, Values] = {}
        answers: dict[Name, list[asyncio.Future[Answer | None]]] = {}
        for name, values, answer in waiting:
            if name not in asked:
                asked[name] = values
                answers[name] = [answer]
            elif self._shares:
                answers[name].append(answer)
            else:
                self._waiting.append((name, values, answer))
        return asked, answers


def _tell(
    answers: _Answers[Name],
    late: asyncio.TimerHandle,
    doing: "asyncio.Task[Mapping[Name, Answer]]",
) -> None:
    late.cancel()
    error = TimeoutError() if doing.cancelled() else doing.exception()
    done = {} if error else doing.result()
    for name, waiting in answers.items():
        for answer in waiting:
            if answer.done():
                continue  # nobody waits any more
            if error:
                answer.set_exception(error)
            else:
                answer.set_result(done.get(name))


def _give_up(
    answers: _Answers[Name], doing: "asyncio.Task[Mapping[Name, Answer]]"
) -> None:
    for waiting in answers.values():
        for answer in waiting:
            if not answer.done():
                answer.set_exception(TimeoutError())
    doing.get_loop().call_later(GIVE_UP, doing.cancel)


class Together(InTurn[Name, None, Answer]):
    """
    Looks up by one statement what several requests ask for at once.

    Nothing is remembered: no answer is older than its question. Under load this is
    a statement for many requests instead of one for each.

    Args:
        ask: the values of these names; of those that there are.

    """

    _shares = True

    def __init__(
        self, ask: Callable[[Sequence[Name]], _Doing[Mapping[Name, Answer]]]
    ) -> None:
        super().__init__(lambda names: ask([*names]))

    async def find(self, name: Name) -> Answer | None:
        """
        What has this name, or None; raises what the statement raised.

        Raises:
            TimeoutError: the store took too long.

        """
        return await self.change(name, None)
