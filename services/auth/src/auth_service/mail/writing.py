"""A letter as a message: plain text, and the same with a button (RFC 5322, 2045)."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from auth_service.protocol.letter import Letter
from auth_service.protocol.message import Message, say

#: A sentence in a language, by its tag.
Translate = Callable[[str, Message], str]

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    auto_reload=False,
    lstrip_blocks=True,
    trim_blocks=True,
    undefined=StrictUndefined,
)
_SIGNED = say("Nobody reads answers to this letter. It was sent by {issuer}")


class Writer:
    """
    Writes letters in the name of this server.

    Header values go through `EmailMessage`, which raises ValueError for one that
    holds a line break: no header can be put in by whoever chose an address.

    Args:
        sender: `Name <address>` or an address alone.

    """

    def __init__(self, sender: str, *, issuer: str, translate: Translate) -> None:
        self.sender = sender
        self._issuer = issuer
        self._translate = translate

    def write(self, letter: Letter, *, name: str, language: str) -> EmailMessage:
        """
        The message; its Message-ID is made of `name`, so that a copy is known.

        Raises:
            ValueError: the address is none, or something holds a line break.

        """

        def said(message: Message) -> str:
            return self._translate(language, message)

        to = _address(letter.to)
        # A name before the @ that is not ASCII needs a server that takes it (RFC 6531).
        utf8 = not to.username.isascii()
        message = EmailMessage(policy=policy.SMTP.clone(utf8=utf8))
        message["From"] = self.sender
        message["To"] = to
        message["Subject"] = said(letter.subject)
        message["Date"] = format_datetime(datetime.now(UTC))
        domain = message["From"].addresses[0].domain
        message["Message-ID"] = f"<{name}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834 section 5
        message["Content-Language"] = language
        link, label = letter.link or (None, None)
        parts = {
            "before": [said(each) for each in letter.before],
            "code": letter.code,
            "link": link,
            "label": said(label) if label else None,
            "after": [said(each) for each in letter.after],
            "signed": said(Message(_SIGNED.template, issuer=self._issuer)),
        }
        message.set_content(_text(parts), cte="quoted-printable")
        html = _TEMPLATES.get_template("letter.html").render(
            parts, subject=said(letter.subject), language=language
        )
        message.add_alternative(html, subtype="html", cte="quoted-printable")
        return message


def _text(parts: Mapping[str, object]) -> str:
    return _PLAIN.get_template("letter.txt").render(parts)


#: Plain text is not HTML: nothing is escaped.
_PLAIN = _TEMPLATES.overlay(autoescape=False)


def _address(address: str) -> Address:
    """
    One address, with its domain as DNS has it (RFC 5890).

    Raises:
        ValueError: it is not one, or more than one.

    """
    local, _, domain = address.rpartition("@")
    domain = domain.encode("idna").decode("ascii")
    if not local.isascii() and local.isalnum():
        return Address(username=local, domain=domain)
    try:
        return Address(addr_spec=f"{local}@{domain}")
    except (MessageError, IndexError):
        raise ValueError("not an address") from None
