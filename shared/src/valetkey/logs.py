"""
Logs as JSON lines: an event, its fields, the request's id, and no secret.

`configure_logs()` is called once at start. Everything is written by a thread of
its own through a bounded queue, so a reader of our output who stops reading does
not stop the service; lines that do not fit are counted in `dropped`.
"""

import atexit
import logging
import logging.handlers
import queue
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog

__all__ = ["configure_logs", "get_logger"]

get_logger = structlog.stdlib.get_logger

#: Seconds that the last lines have to be written when the process ends.
_LAST_WORDS = 1.0

#: Fields whose value never reaches a log, whatever somebody passes by mistake
#: (OIDC Core section 16.4).
SECRET_FIELDS = frozenset(
    {
        "access_token",
        "assertion",
        "authorization",
        "client_assertion",
        "client_secret",
        "code",
        "code_verifier",
        "cookie",
        "csrf_token",
        "handle",
        "id_token",
        "id_token_hint",
        "password",
        "refresh_token",
        "secret",
        "set_cookie",
        "state",
        "token",
    }
)


def _redact(
    _logger: Any, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    for field in SECRET_FIELDS & event.keys():
        event[field] = "[redacted]"
    return event


class _BoundedQueue(logging.handlers.QueueHandler):
    """A queue that never blocks the event loop; what does not fit is counted."""

    dropped = 0

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1


def _write_the_rest(lines: "queue.Queue[object]") -> None:
    """Give the writer a second at the end; a reader who stopped reading gets less."""
    end = time.monotonic() + _LAST_WORDS
    while not lines.empty() and time.monotonic() < end:
        time.sleep(0.01)


def configure_logs(level: str = "info") -> None:
    """
    Send every log of this process to standard output as JSON lines.

    Args:
        level: debug, info, warning or error; libraries stay at warning or above,
            because at debug some of them log the requests that they send.

    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        _redact,
        structlog.processors.format_exc_info,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
    )
    lines: queue.Queue[object] = queue.Queue(10_000)
    handler = _BoundedQueue(lines)
    handler.setFormatter(formatter)
    output = logging.StreamHandler(sys.stdout)
    listener = logging.handlers.QueueListener(lines, output)
    listener.start()
    atexit.register(_write_the_rest, lines)

    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for ours in ("valetkey", "auth_service", "resource_service", "client_demo"):
        logging.getLogger(ours).setLevel(level.upper())
    structlog.configure(
        # What is below the level costs nothing more.
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
