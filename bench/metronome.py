"""Even beats for a rate: the event loop's own clock knows whole milliseconds only."""

import asyncio
import ctypes
import os
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

_LIBC = ctypes.CDLL(None, use_errno=True)


class _Setting(ctypes.Structure):
    """`struct itimerspec`: the interval, then the first expiry."""

    _fields_ = tuple(
        (name, ctypes.c_long) for name in ("every_s", "every_ns", "first_s", "first_ns")
    )


class Metronome:
    """
    Calls `beat` so many times a second while its block lasts (Linux: a timerfd).

    Args:
        rate: beats in a second.
        beat: told how many are due, more than one where the loop was held up.

    """

    def __init__(self, rate: float, beat: Callable[[int], None]) -> None:
        self._interval = divmod(int(1e9 / rate), 10**9)
        self._beat = beat

    def __enter__(self) -> Self:
        self._file = _LIBC.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK)
        setting = _Setting(*self._interval, *self._interval)
        if self._file < 0 or _LIBC.timerfd_settime(
            self._file, 0, ctypes.byref(setting), None
        ):
            raise OSError(ctypes.get_errno(), "timerfd")
        asyncio.get_running_loop().add_reader(self._file, self._expired)
        return self

    def _expired(self) -> None:
        self._beat(int.from_bytes(os.read(self._file, 8), "little"))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        asyncio.get_running_loop().remove_reader(self._file)
        os.close(self._file)
