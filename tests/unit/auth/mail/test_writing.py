"""Letters as messages: nobody who chooses an address writes a header (AU11)."""

from email import policy
from email.message import EmailMessage
from email.parser import Parser

import pytest

from auth_service.mail.writing import Writer
from auth_service.protocol import letter as letters
from auth_service.protocol.letter import Letter
from auth_service.protocol.message import Message, say

ISSUER = "https://id.example"
LINK = f"{ISSUER}/register/confirm?token=a.b"


def english(_: str, message: Message) -> str:
    return str(message)


def write(letter: Letter, *, sender: str = "Valetkey <no-reply@id.example>") -> bytes:
    writer = Writer(sender, issuer=ISSUER, translate=english)
    return writer.write(letter, name="n1", language="en").as_bytes()


def read(raw: bytes) -> EmailMessage:
    message = Parser(policy=policy.SMTP).parsestr(raw.decode())
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def letter_to(to: str) -> Letter:
    return letters.confirm_sign_up(to, code="1234 5678", link=LINK)


def test_a_letter_has_its_headers_and_two_parts_that_say_the_same() -> None:
    message = read(write(letter_to("alice@people.example")))
    assert message["From"] == "Valetkey <no-reply@id.example>"
    assert message["To"] == "alice@people.example"
    assert message["Subject"] == "Your code to create an account"
    assert message["Message-ID"] == "<n1@id.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime is not None
    plain, html = part(message, "plain"), part(message, "html")
    for text in ("1234 5678", LINK, "Somebody, most likely you", ISSUER):
        assert text in plain
        assert text in html
    assert f'href="{LINK}"' in html


def test_the_text_is_as_people_read_it_and_the_markup_is_escaped() -> None:
    letter = letters.reset(
        "alice@people.example", username="o'neil<b>", link=f"{LINK}&x=1"
    )
    message = read(write(letter))
    assert "o'neil<b>" in part(message, "plain")
    assert f"{LINK}&x=1" in part(message, "plain")
    assert "<b>" not in part(message, "html")
    assert "&lt;b&gt;" in part(message, "html")


@pytest.mark.parametrize(
    "to",
    [
        "a@b.example\r\nBcc: evil@evil.example",
        "a@b.example\nBcc: evil@evil.example",
        "a@b.example\rBcc: evil@evil.example",
        "a\r\n@b.example",
        "a@b.example, evil@evil.example",
        "a@b.example;evil@evil.example",
        "",
        "a",
        "a@",
        "@b.example",
        "<a@b.example>",
    ],
)
def test_AU11_an_address_that_is_more_than_one_is_never_written(to: str) -> None:
    """It was refused at the door; this is the second lock."""
    with pytest.raises(ValueError, match=r"\w"):
        write(letter_to(to))


@pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\u2028", "\x0b", "\x85"])
def test_AU11_no_value_makes_a_header(break_: str) -> None:
    subject = say("Hello {name}", name=f"x{break_}Bcc: evil@evil.example")
    letter = Letter(to="a@b.example", subject=subject, before=())
    try:
        message = read(write(letter))
    except ValueError:
        return
    assert message["Bcc"] is None
    assert len(message.get_all("To", [])) == 1


@pytest.mark.parametrize(
    ("to", "as_sent"),
    [
        ("alice@bücher.example", "alice@xn--bcher-kva.example"),
        ("a+b_c@people.example", "a+b_c@people.example"),
        ("o'neil@people.example", "o'neil@people.example"),
        ("jürgen@people.example", "jürgen@people.example"),
    ],
)
def test_addresses_are_written_as_mail_servers_read_them(to: str, as_sent: str) -> None:
    assert read(write(letter_to(to)))["To"].addresses[0].addr_spec == as_sent


def test_every_letter_can_be_written() -> None:
    to, link = "a@b.example", LINK
    for letter in (
        letters.confirm_sign_up(to, code="0000 0000", link=link),
        letters.address_in_use(to, sign_in=link, reset=link),
        letters.reset(to, username="ü", link=link),
        letters.reset_done(to, username="ü", link=link),
        letters.password_changed(to, username="ü", link=link),
        letters.account_deleted(to, username="ü"),
        letters.confirm_address(to, link=link),
        letters.address_change(to, username="ü", new="n@b.example", link=link),
        letters.address_changed(to, username="ü", new="n@b.example"),
    ):
        message = read(write(letter))
        assert message["Subject"]
        assert len(write(letter).splitlines()) > 10
        assert max(map(len, write(letter).split(b"\r\n"))) <= 998
