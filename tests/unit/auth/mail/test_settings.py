"""SMTP_URL and MAIL_FROM: what is unsafe or no use keeps the server from starting."""

import pytest

from auth_service.settings import Settings
from tests.builders.auth import environment
from valetkey.settings import UnusableSettings

FROM = "Valetkey <no-reply@id.example>"


def load(**changes: str) -> Settings:
    urls = ("postgresql://u:p@localhost/d", "redis://localhost")
    return Settings.load(environment(*urls, **changes))


@pytest.mark.parametrize(
    "url",
    [
        "smtp://mail.example",
        "smtp://user:pass%2Fword@mail.example:587",
        "smtps://user:password@mail.example",
        "smtp://[::1]:25",
    ],
)
@pytest.mark.parametrize("sender", [FROM, "no-reply@id.example"])
def test_a_mail_server_and_a_sender(url: str, sender: str) -> None:
    settings = load(SMTP_URL=url, MAIL_FROM=sender)
    assert settings.sender == sender
    assert not settings.has_inbox
    assert "pass" not in repr(settings)


@pytest.mark.parametrize(
    "url",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:x",
        "smtp://mail.example:99999",
        "smtp://mail.example/path",
        "smtp://[::1",
    ],
)
def test_what_is_no_mail_server_is_a_problem(url: str) -> None:
    with pytest.raises(UnusableSettings) as raised:
        load(SMTP_URL=url, MAIL_FROM=FROM)
    assert raised.value.problems == ["SMTP_URL: must be smtp:// or smtps://host[:port]"]


@pytest.mark.parametrize(
    "sender",
    [
        "Valetkey",
        "a@b.example, c@d.example",
        "a@b.example\nBcc: evil@evil.example",
        "Valetkey <a@>",
        "<@b.example>",
        "jürgen@b.example",
    ],
)
def test_AU11_a_sender_is_one_address(sender: str) -> None:
    with pytest.raises(UnusableSettings) as raised:
        load(SMTP_URL="smtp://mail.example", MAIL_FROM=sender)
    assert raised.value.problems == ["MAIL_FROM: must be an address, or Name <address>"]


def test_a_mail_server_needs_a_sender() -> None:
    with pytest.raises(UnusableSettings) as raised:
        load(SMTP_URL="smtp://mail.example")
    assert raised.value.problems == ["MAIL_FROM: SMTP_URL needs it"]


def test_the_inbox_is_for_development_without_a_mail_server() -> None:
    assert not load().has_inbox
    development = {"ENVIRONMENT": "development"}
    assert load(**development).has_inbox
    sending = {"SMTP_URL": "smtp://mail.example", "MAIL_FROM": FROM}
    assert not load(**development, **sending).has_inbox
