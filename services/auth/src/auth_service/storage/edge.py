"""The edge of a store: its driver's errors become ours, and nothing takes long."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, TypeVar

from valetkey.errors import TemporarilyUnavailable

Store = TypeVar("Store")

#: No store keeps a request for longer than this, in seconds.
DEADLINE = 1.5


def translates(*errors: type[Exception]) -> Callable[[type[Store]], type[Store]]:
    """
    Make every public coroutine of a class raise TemporarilyUnavailable instead.

    Args:
        errors: what the driver raises when its server is away, slow or full.

    """

    def decorate(store: type[Store]) -> type[Store]:
        for name, method in vars(store).copy().items():
            if inspect.iscoroutinefunction(method) and not name.startswith("_"):
                setattr(store, name, _translated(method, (*errors, OSError)))
        return store

    return decorate


def _translated(
    method: Callable[..., Awaitable[Any]], errors: tuple[type[Exception], ...]
) -> Callable[..., Awaitable[Any]]:
    @wraps(method)
    async def call(*args: Any, **kwargs: Any) -> Any:
        try:
            async with asyncio.timeout(DEADLINE):
                return await method(*args, **kwargs)
        except errors as error:
            # The type only: a driver's message may quote what it was given.
            detail = f"{method.__qualname__}: {type(error).__name__}"
            raise TemporarilyUnavailable(detail=detail) from error

    return call
