"""Names to addresses, off the event loop and a few at a time."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

#: The addresses of a host, in the order in which they should be tried; OSError where
#: it has none.
Resolve = Callable[[str], Awaitable[Sequence[str]]]

#: Threads that wait for name servers; whoever gives up waiting leaves them behind.
_THREADS = 8


def system_resolver() -> Resolve:
    """What the operating system knows, hosts file included."""
    threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="resolver")

    async def resolve(host: str) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, _addresses, host)

    return resolve


def _addresses(host: str) -> list[str]:
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise OSError("not a name") from None
    # Each once, in the order that the system prefers (RFC 6724).
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
