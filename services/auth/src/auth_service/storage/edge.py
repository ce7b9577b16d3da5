"""The edge of a store: its driver's errors become ours, and nothing takes long."""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from valetkey.errors import TemporarilyUnavailable

Store = TypeVar("Store")
Result = TypeVar("Result")
Method = TypeVar("Method", bound=Callable[..., Any])
P = ParamSpec("P")
_Ask = Callable[P, Coroutine[Any, Any, Result]]

#: No store keeps a request for longer than this, in seconds.
DEADLINE = 1.5
#: Servers end what they do by themselves before that; one that is silent does not.
GIVE_UP = 5.0
#: What stores are being asked; the event loop itself keeps no task alive.
_under_way: set[asyncio.Task[Any]] = set()


def translates(*errors: type[Exception]) -> Callable[[type[Store]], type[Store]]:
    """
    Make every public coroutine of a class raise TemporarilyUnavailable instead.

    It also ends each after `DEADLINE`, unless it is `bounded`.

    Args:
        errors: what the driver raises when its server is away, slow or full.

    """

    def decorate(store: type[Store]) -> type[Store]:
        for name, method in vars(store).copy().items():
            if inspect.iscoroutinefunction(method) and not name.startswith("_"):
                ends = method if hasattr(method, "is_bounded") else _ending(method)
                setattr(store, name, _translated(ends, (*errors, OSError)))
        return store

    return decorate


def bounded(method: Method) -> Method:
    """
    Say of a store's coroutine that what it waits for ends in time by itself.

    And that it waits for nothing that must not be left alone. Then it needs no task
    of its own, which costs more than many a question.
    """
    method.is_bounded = True  # type: ignore[attr-defined]  # a mark for `translates`
    return method


def _translated(
    method: _Ask[P, Result], errors: tuple[type[Exception], ...]
) -> _Ask[P, Result]:
    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> Result:
        try:
            return await method(*args, **kwargs)
        except errors as error:
            # The type only: a driver's message may quote what it was given.
            detail = f"{method.__qualname__}: {type(error).__name__}"
            raise TemporarilyUnavailable(detail=detail) from error

    return call


def _ending(method: _Ask[P, Result]) -> _Ask[P, Result]:
    @wraps(method)
    async def call(*args: P.args, **kwargs: P.kwargs) -> Result:
        asked = keep(asyncio.create_task(method(*args, **kwargs)))
        try:
            # Not asyncio.timeout: that waits until the driver has cleaned up, and
            # psycopg allows a server that is silent ten seconds for that.
            await asyncio.wait({asked}, timeout=DEADLINE)
            if not asked.done():
                raise TimeoutError
            return asked.result()
        finally:
            if not asked.done():
                # Nobody waits any more, but it goes on to its own end: a driver that
                # is cut off between a question and its answer may lose a connection.
                asyncio.get_running_loop().call_later(GIVE_UP, asked.cancel)

    return call


def keep(asked: asyncio.Task[Result]) -> asyncio.Task[Result]:
    """A task that goes on to its own end, whoever waits for it."""
    _under_way.add(asked)
    asked.add_done_callback(_forget)
    return asked


async def settle() -> None:
    """At the end of the process: let what is under way finish, or give up on it."""
    loop = asyncio.get_running_loop()
    ours = {task for task in _under_way if task.get_loop() is loop}
    if ours:
        _, late = await asyncio.wait(ours, timeout=DEADLINE)
        for task in late:
            task.cancel()
        await asyncio.wait(ours, timeout=DEADLINE)


def _forget(asked: asyncio.Task[Any]) -> None:
    _under_way.discard(asked)
    if not asked.cancelled():
        asked.exception()  # it was told, or nobody waits for it any more
