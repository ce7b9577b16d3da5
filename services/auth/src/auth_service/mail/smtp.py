"""The mail server that the operator named (RFC 5321), reached by TLS."""

import asyncio
import ssl
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from auth_service.mail.writing import Writer
from auth_service.ports import Undelivered
from auth_service.protocol.letter import Letter

#: Seconds for one letter, from connecting to the last word; less than the lease of
#: an errand, so that no other worker sends the same letter meanwhile.
DEADLINE = 20.0
#: Where a relay needs no TLS: on this machine nobody listens in between.
_HERE = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """
    What `SMTP_URL` says.

    Attributes:
        tls: from the first byte on (RFC 8314 section 3.3).
        starttls: demanded before anything is said; None takes it where it is offered.

    """

    host: str
    port: int
    username: str | None
    password: str | None
    tls: bool
    starttls: bool | None

    @classmethod
    def of(cls, url: str) -> "Server":
        """`smtp://user:password@host:587`, or `smtps://` for TLS from the start."""
        parts = urlsplit(url)
        tls, host = parts.scheme == "smtps", parts.hostname or ""
        return cls(
            host=host,
            port=parts.port or (465 if tls else 587),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=tls,
            starttls=False if tls else None if host in _HERE else True,
        )


class SmtpMailer:
    """
    The port `Mailer`, by SMTP.

    Args:
        tls_context: which authorities are believed, if not the system's.

    """

    def __init__(
        self,
        server: Server,
        writer: Writer,
        *,
        tls_context: ssl.SSLContext | None = None,
        deadline: float = DEADLINE,
    ) -> None:
        self._server = server
        self._writer = writer
        self._tls_context = tls_context
        self._deadline = deadline

    async def send(self, letter: Letter, *, name: str, language: str) -> None:
        """
        Send a letter; one of the same name is the same letter.

        Raises:
            Undelivered: it was not taken, or not in time.

        """
        server = self._server
        try:
            message = self._writer.write(letter, name=name, language=language)
        except ValueError:
            raise Undelivered("it cannot be written", final=True) from None
        try:
            async with asyncio.timeout(self._deadline):
                await aiosmtplib.send(
                    message,
                    hostname=server.host,
                    port=server.port,
                    username=server.username,
                    password=server.password,
                    use_tls=server.tls,
                    start_tls=server.starttls,
                    tls_context=self._tls_context,
                    timeout=self._deadline / 2,
                )
        except (SMTPException, OSError) as error:
            # The type only: what a server says may quote the letter.
            raise Undelivered(type(error).__name__, final=_is_final(error)) from None


def _is_final(error: Exception) -> bool:
    """Whether it is about this letter; anything else an operator can mend."""
    if not isinstance(error, SMTPRecipientsRefused):
        return False
    return all(_is_no(refusal) for refusal in error.recipients)


def _is_no(error: SMTPResponseException) -> bool:
    return 500 <= error.code < 600  # RFC 5321 section 4.2.1
