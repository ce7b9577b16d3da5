"""How a service is served: uvicorn, within limits that hold without a proxy too."""

import asyncio
from typing import Any, cast

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


def serve(application: str, *, host: str, port: int, workers: int, **more: Any) -> None:
    """
    Serve until SIGTERM or SIGINT, then finish what is under way.

    Args:
        application: where each worker finds what makes its application, as
            `module:name`.
        more: of uvicorn's settings, those that this service has its own way with.

    """
    uvicorn.run(
        application,
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=WholeAnswers,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        limit_concurrency=200,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=10,
        **more,
    )


class WholeAnswers(HttpToolsProtocol):
    """
    HTTP/1.1 whose answers leave in one piece.

    uvicorn writes the head and the body apart: two system calls, each of which wakes
    whoever waits for the answer.
    """

    def connection_made(  # type: ignore[override]  # as uvicorn has it
        self, transport: asyncio.Transport
    ) -> None:
        """Begin, with a transport that gathers."""
        super().connection_made(cast("asyncio.Transport", _Gathering(transport)))


class _Gathering:
    """A transport that sends what is written in one turn of the loop at its end."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._written: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send this with what else is written now."""
        if not self._written:
            self._loop.call_soon(self._send)
        self._written.append(data)

    def close(self) -> None:
        """Send what was written, then hang up."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        if self._written:
            data, self._written = b"".join(self._written), []
            self._transport.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
