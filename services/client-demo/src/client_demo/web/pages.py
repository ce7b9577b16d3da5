"""Pages from templates; every value is escaped, every name must be known."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from client_demo.errors import Refusal
from client_demo.menu import FLOWS
from client_demo.oauth.decoded import decode
from client_demo.oauth.token_response import Tokens
from client_demo.web.display import MEANINGS, claim_rows, moment, picture_of
from client_demo.wire import shorten


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(moment=moment, shorten=shorten, claims=claim_rows)
    environment.filters["decoded"] = decode
    environment.globals.update(MEANINGS=MEANINGS, FLOWS=FLOWS)
    return environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """
    Renders pages.

    Args:
        provider_name: how people call the provider.
        has_api: whether there is an API to call.
        origins: where a person's picture may come from.

    """

    provider_name: str
    has_api: bool
    origins: frozenset[str]
    _environment: Environment = field(default_factory=_environment)

    def show(self, page: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Render `pages/<page>.html`; `session` among the values: who is signed in."""
        session = values.setdefault("session", None)
        profile: Mapping[str, Any] = session.person.profile if session else {}
        body = self._environment.get_template(f"{page}.html").render(
            provider=self.provider_name,
            has_api=self.has_api,
            picture=picture_of(profile, self.origins),
            page=page,
            now=int(datetime.now(UTC).timestamp()),
            **values,
        )
        return HTMLResponse(body, status)

    def refusal(self, refusal: Refusal, request_id: str) -> HTMLResponse:
        """The page that says what went wrong, and offers another try."""
        response = self.show(
            "error",
            status=refusal.status,
            refusal=refusal,
            request_id=request_id,
        )
        if refusal.status == 503:
            response.headers["retry-after"] = "2"
        return response


def titled(tokens: Tokens) -> tuple[tuple[str, str], ...]:
    """Tokens as a page of a flow shows them."""
    found = {"Access token": tokens.access_token, "ID token": tokens.id_token}
    return tuple((title, token) for title, token in found.items() if token is not None)
