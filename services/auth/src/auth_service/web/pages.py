"""Pages: render a template with strict names, every value escaped."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.responses import HTMLResponse

from auth_service.protocol.message import Message, say
from auth_service.web.headers import html_headers
from auth_service.web.languages import gettext, language, ngettext, said
from auth_service.web.qr_code import qr_code
from auth_service.web.static_files import URLS

#: Characters that reorder or hide the text around them, and controls; a name that
#: holds one could make a page say something else (OAuth 2.1 section 7.9).
_DECEIVING = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u2069\ufeff]"
)
_MONTHS = say("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec")
_COLOURS = 6


def _harmless(value: object) -> object:
    """Every value on its way into a page: said, and without deceiving characters."""
    if isinstance(value, Message):
        value = said(value)
    if isinstance(value, str) and not isinstance(value, Markup):
        return _DECEIVING.sub("", value)
    return value


def _harmlessly(translate: Any) -> Callable[..., str]:
    """Values inside of a translated sentence are treated like those outside of one."""

    @pass_context
    def call(context: Context, *texts: object, **values: object) -> str:
        text: str = translate(
            context, *texts, **{n: _harmless(v) for n, v in values.items()}
        )
        return text

    return call


def _when(moment: datetime | None) -> Markup | str:
    """A moment as people read it, in UTC: 21 Nov 2026, 14:03 UTC."""
    if moment is None:
        return gettext("never")
    utc = moment.astimezone(UTC)
    text = gettext("{day} {month} {year}, {time} UTC").format(
        day=utc.day,
        month=said(_MONTHS).split()[utc.month - 1],
        year=utc.year,
        time=f"{utc:%H:%M}",
    )
    return Markup('<time datetime="{}">{}</time>').format(
        utc.isoformat(timespec="seconds"), text
    )


def _wait(seconds: int) -> str:
    """A number of seconds as people say it, rounded up."""
    if seconds < 60:
        return ngettext("{n} second", "{n} seconds", seconds).format(n=seconds)
    minutes = -(-seconds // 60)
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=minutes)


def _initial(name: str) -> str:
    """The letter that stands for a name where there is no picture."""
    return next((c.upper() for c in name if c.isalnum()), "?")[:1]


def _colour(name: str) -> int:
    """Which of the stylesheet's monogram colours a name has, always the same."""
    return crc32(name.encode(errors="replace")) % _COLOURS


def _strong(text: str) -> Markup:
    """What a sentence is about, such as an address."""
    return Markup("<strong>{}</strong>").format(_harmless(text))


def _named(name: str) -> Markup:
    """A name that somebody gave, inside of a sentence of ours."""
    return Markup("<strong><bdi>{}</bdi></strong>").format(_harmless(name))


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
        "qr_code": qr_code,
        "named": _named,
        "strong": _strong,
        "wait": _wait,
        "web_link": _web_link,
        "when": _when,
    }
    environment.globals |= {"language": language, "static": URLS}
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]  # by the extension
    for name in ("gettext", "ngettext"):
        environment.globals[name] = _harmlessly(environment.globals[name])
    return environment


_PAGES = _environment()


def page(
    name: str,
    *,
    status: int = 200,
    form_action: str | None = None,
    scripts: bool = False,
    retry_after: int | None = None,
    **context: object,
) -> HTMLResponse:
    """
    Render a page with its security headers.

    Args:
        name: the template, such as `login.html`; its first lines name its context.
        status: the HTTP status.
        form_action: the validated redirect URI (or its origin, or `scheme:`) that
            this page's form may lead to.
        scripts: whether it has scripts, files of ours.
        retry_after: how many seconds to wait before the next try; browsers are told
            too (RFC 9110 section 10.2.3).
        context: every name that the template asks for; one too few is an error.

    """
    html = _PAGES.get_template(name).render(context, retry_after=retry_after)
    headers = html_headers(form_action, scripts=scripts)
    if retry_after is not None:
        headers["retry-after"] = str(retry_after)
    return HTMLResponse(html, status, headers)
