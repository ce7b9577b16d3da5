"""Where letters go when no mail server is set, in development: a page of our own."""

from auth_service.mail.writing import Writer
from auth_service.ports import Inbox, Undelivered
from auth_service.protocol.letter import Letter, Written


class InboxMailer:
    """The port `Mailer`: as far as this server's own inbox."""

    def __init__(self, inbox: Inbox, writer: Writer) -> None:
        self._inbox = inbox
        self._writer = writer

    async def send(self, letter: Letter, *, name: str, language: str) -> None:
        """
        Put a letter into the inbox, as it would be sent.

        Raises:
            Undelivered: it cannot be written.

        """
        try:
            message = self._writer.write(letter, name=name, language=language)
        except ValueError:
            raise Undelivered("it cannot be written", final=True) from None
        text = message.get_body(("plain",))
        await self._inbox.put(
            Written(
                id=name,
                sender=str(message["From"]),
                to=str(message["To"]),
                subject=str(message["Subject"]),
                text=text.get_content() if text else "",
                sent_at=message["Date"].datetime.isoformat(),
            )
        )
