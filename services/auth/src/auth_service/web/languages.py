"""The language of a page: who wishes which, and its catalogue (gettext)."""

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from starlette.requests import Request

from auth_service.protocol.message import Message

#: What every sentence is written in.
ORIGINAL = "en"
_FOLDER = Path(__file__).parent / "languages"
#: RFC 5646 tags of the languages that there are; the first is for everybody else.
LANGUAGES = (ORIGINAL, *sorted(path.stem for path in _FOLDER.glob("*.mo")))
_MOST_WISHES = 10
_spoken: ContextVar[str] = ContextVar("language", default=ORIGINAL)


@cache
def _catalogue(language: str) -> NullTranslations:
    """The sentences of a language; those that it lacks stay in the original."""
    if language == ORIGINAL:
        return NullTranslations()
    with (_FOLDER / f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)


def language() -> str:
    """The language of the page that is being made."""
    return _spoken.get()


def speak(*wishes: str | None) -> None:
    """
    Go on in the first of these languages that there is; in none of them: as before.

    Args:
        wishes: tags of RFC 5646; a more precise one than we have will do.

    """
    if found := _first(wishes):
        _spoken.set(found)


def speak_as_app_asks(ui_locales: str | None) -> None:
    """As the app says that its person reads (OIDC Core section 3.1.2.1)."""
    speak(*(ui_locales or "").split())


def _first(wishes: Iterable[str | None]) -> str | None:
    for wish in wishes:
        tag = (wish or "").lower()
        for known in (tag, tag.partition("-")[0]):
            if known in LANGUAGES:
                return known
    return None


def speak_as_asked(request: Request) -> None:
    """As the browser says that its person reads (RFC 9110 section 12.5.4)."""
    _spoken.set(ORIGINAL)
    speak(*_by_weight(request.headers.get("accept-language", "")))


def _by_weight(header: str) -> Iterable[str]:
    heaviest_first = sorted(_weighed(header), key=lambda wish: -wish[0])
    return (tag for weight, tag in heaviest_first if weight > 0)


def _weighed(header: str) -> Iterator[tuple[float, str]]:
    for wish in header.split(",", _MOST_WISHES)[:_MOST_WISHES]:
        tag, _, weight = wish.partition(";")
        try:
            yield float(weight.strip().removeprefix("q=") or 1), tag.strip()
        except ValueError:
            continue


def gettext(text: str) -> str:
    """A sentence of a template, or of a message."""
    return _catalogue(language()).gettext(text)


def ngettext(one: str, many: str, n: int) -> str:
    """A sentence that depends on a number."""
    return _catalogue(language()).ngettext(one, many, n)


def said(message: Message) -> str:
    """A message in the language of the page."""
    text = gettext(message.template)
    return text.format(**message.values) if message.values else text


def said_in(tag: str, message: Message) -> str:
    """A message in a language of ours, whatever page is being made."""
    before = _spoken.set(_first([tag]) or ORIGINAL)
    try:
        return said(message)
    finally:
        _spoken.reset(before)
