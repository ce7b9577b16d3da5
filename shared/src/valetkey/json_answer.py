"""JSON answers of endpoints that are asked all the time."""

from collections.abc import Mapping

from pydantic_core import to_json
from starlette.responses import Response


class JsonAnswer(Response):
    """
    As Starlette's, with nothing done again for each answer that is always the same.

    Args:
        content: what is written, or bytes that are JSON already.
        status: the HTTP status.
        headers: by their names in lower case.
        media_type: without a charset; JSON is UTF-8 (RFC 8259 section 8.1).

    """

    def __init__(
        self,
        content: object,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str = "application/json",
    ) -> None:
        self.status_code = status
        self.background = None
        self.body = content if isinstance(content, bytes) else to_json(content)
        self.raw_headers = [
            (b"content-length", str(len(self.body)).encode()),
            (b"content-type", media_type.encode()),
        ]
        for name, value in (headers or {}).items():
            self.raw_headers.append((name.encode(), value.encode("latin-1")))
