"""Pages: render a template with strict names, every value escaped."""

import re
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from auth_service.protocol.message import Message
from auth_service.web.headers import html_headers
from auth_service.web.languages import gettext, language, ngettext, said
from auth_service.web.static_files import URLS

#: Characters that reorder or hide the text around them, and controls; a name that
#: holds one could make a page say something else (OAuth 2.1 section 7.9).
_DECEIVING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff]"
)
_MONTHS = [
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
]
_COLOURS = 6


def _harmless(value: object) -> object:
    """Every value on its way into a page: said, and without deceiving characters."""
    if isinstance(value, Message):
        value = said(value)
    if isinstance(value, str) and not isinstance(value, Markup):
        return _DECEIVING.sub("", value)
    return value


def _when(moment: datetime | None) -> Markup | str:
    """A moment as people read it, in UTC: 21 Nov 2026, 14:03 UTC."""
    if moment is None:
        return "never"
    utc = moment.astimezone(UTC)
    text = f"{utc.day} {_MONTHS[utc.month - 1]} {utc.year}, {utc:%H:%M} UTC"
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), text
    )


def _wait(seconds: int) -> str:
    """A number of seconds as people say it, rounded up."""
    count, unit = (seconds, "second") if seconds < 60 else (-(-seconds // 60), "minute")
    return f"{count} {unit}" + ("" if count == 1 else "s")


def _initial(name: str) -> str:
    """The letter that stands for a name where there is no picture."""
    return next((c.upper() for c in name if c.isalnum()), "?")[:1]


def _colour(name: str) -> int:
    """Which of the stylesheet's monogram colours a name has, always the same."""
    return crc32(name.encode(errors="replace")) % _COLOURS


def _web_link(uri: str | None) -> str | None:
    """An address that may stand in `href`: a script or data URI may not."""
    lowered = (uri or "").lower()
    return uri if lowered.startswith(("https://", "http://")) else None


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
        finalize=_harmless,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "colour": _colour,
        "initial": _initial,
        "wait": _wait,
        "web_link": _web_link,
        "when": _when,
    }
    environment.globals |= {"language": language, "static": URLS}
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    return environment


_PAGES = _environment()


def page(
    name: str, *, status: int = 200, form_action: str | None = None, **context: object
) -> HTMLResponse:
    """
    Render a page with its security headers.

    Args:
        name: the template, such as `login.html`; its first lines name its context.
        status: the HTTP status.
        form_action: the validated redirect URI (or its origin, or `scheme:`) that
            this page's form may lead to.
        context: every name that the template asks for; one too few is an error.

    """
    html = _PAGES.get_template(name).render(context)
    return HTMLResponse(html, status, html_headers(form_action))
