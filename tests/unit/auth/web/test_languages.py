"""Catalogues are complete, and pages are in the language that a person reads."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from starlette.requests import Request

from auth_service.protocol.message import say
from auth_service.web import languages
from auth_service.web.languages import (
    LANGUAGES,
    gettext,
    language,
    said_in,
    speak,
    speak_as_app_asks,
    speak_as_asked,
)
from tests.builders.languages import FOLDER, tool

TRANSLATE = tool()
CATALOGUES = sorted(FOLDER.glob("*.po"))
#: {name} of our messages, %(name)s of templates.
PLACE = re.compile(r"\{(\w*)\}|%\((\w+)\)s")


def asking(header: str) -> Request:
    """A request whose browser says this about its person's languages."""
    headers = [(b"accept-language", header.encode("latin-1"))] if header else []
    return Request({"type": "http", "headers": headers})


@pytest.fixture(scope="module")
def sentences() -> Catalog:
    """Every sentence that there is; to collect them takes a second."""
    return TRANSLATE.collected()


@pytest.fixture(autouse=True)
def english() -> None:
    speak("en")


def test_there_is_a_language_beside_english() -> None:
    assert len(CATALOGUES) >= 1
    assert ("en", *(path.stem for path in CATALOGUES)) == LANGUAGES


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
class TestCatalogue:
    def test_has_the_sentences_that_there_are_and_no_others(
        self, path: Path, sentences: Catalog
    ) -> None:
        ours = {message.id for message in sentences if message.id}
        there = {message.id for message in TRANSLATE.read(path) if message.id}
        assert there == ours, "make languages"

    def test_says_them_all(self, path: Path) -> None:
        catalog = TRANSLATE.read(path)
        assert TRANSLATE.untranslated(catalog) == []
        assert not [message.id for message in catalog if message.id and message.fuzzy]

    def test_keeps_every_placeholder(self, path: Path) -> None:
        for message in TRANSLATE.read(path):
            one = isinstance(message.id, str)
            ids = (message.id,) if one else message.id
            said = (message.string,) if one else message.string
            wanted = {place for text in ids for place in PLACE.findall(text)}
            for text in said:
                assert set(PLACE.findall(text)) <= wanted, text
            if one:
                assert set(PLACE.findall(said[0])) == wanted, said

    def test_keeps_the_spaces_around(self, path: Path) -> None:
        for message in TRANSLATE.read(path):
            if message.id and isinstance(message.id, str):
                for edge in (0, -1):
                    same = message.id[edge].isspace() == message.string[edge].isspace()
                    assert same, message.id

    def test_is_compiled_as_it_stands(self, path: Path, sentences: Catalog) -> None:
        compiled = TRANSLATE.compiled(TRANSLATE.updated(path, sentences))
        assert path.with_suffix(".mo").read_bytes() == compiled, "make languages"


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("de", "de"),
        ("de-CH", "de"),
        ("DE-at", "de"),
        ("en;q=0.2, de;q=0.9", "de"),
        ("de;q=0.2, en;q=0.9", "en"),
        ("fr, it;q=0.9, de;q=0.1", "de"),
        ("fr", "en"),
        ("*", "en"),
        ("", "en"),
        # RFC 9110 section 12.4.2: a weight of nought means "not acceptable".
        ("de;q=0", "en"),
        ("de;q=0, en;q=0", "en"),
        ("de;q=x", "en"),
        ("de;q=nan, de;q=inf", "de"),
        (",,;;,de", "de"),
        ("../../etc/passwd", "en"),
        ("fr," * 1000 + "de", "en"),
        ("\xff\xfe", "en"),
    ],
)
def test_pages_are_as_the_browser_asks(header: str, spoken: str) -> None:
    speak_as_asked(asking(header))
    assert language() == spoken


def test_who_asked_before_is_forgotten() -> None:
    speak_as_asked(asking("de"))
    speak_as_asked(asking(""))
    assert language() == "en"


@pytest.mark.parametrize(
    ("wishes", "spoken"),
    [
        (["de"], "de"),
        ([None, "de"], "de"),
        (["fr", "de-DE", "en"], "de"),
        (["fr"], "en"),
        ([], "en"),
        (["", "../de"], "en"),
    ],
)
def test_the_first_language_that_there_is_is_spoken(
    wishes: list[str | None], spoken: str
) -> None:
    speak(*wishes)
    assert language() == spoken


def test_ui_locales_are_in_the_order_of_preference() -> None:
    speak_as_app_asks("fr-CA de en")
    assert language() == "de"
    speak_as_app_asks(None)
    assert language() == "de"


def test_a_sentence_is_said_in_the_language_of_the_page() -> None:
    assert gettext("Sign in") == "Sign in"
    speak("de")
    assert gettext("Sign in") == "Anmelden"
    assert gettext("A sentence that nobody translated") == (
        "A sentence that nobody translated"
    )


def test_a_letter_is_in_its_readers_language_whatever_the_page() -> None:
    sentence = say("Come back in {seconds} seconds; nothing is lost.", seconds=5)
    assert "Sekunden" in said_in("de", sentence)
    assert language() == "en"
    assert said_in("xx", sentence) == sentence


def test_no_sentence_of_german_breaks_when_it_is_filled_in() -> None:
    for message in TRANSLATE.read(FOLDER / "de.po"):
        if isinstance(message.id, str) and "{" in message.id:
            values = dict.fromkeys((one for one, _ in PLACE.findall(message.id)), 1)
            assert languages.said_in("de", say(message.id, **values))
