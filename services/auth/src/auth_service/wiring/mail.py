"""Joins what letters need: the queue, who carries them, what waits for answers."""

from collections.abc import Awaitable, Callable

from auth_service.flows.mail.post import Post
from auth_service.flows.mail.send_letters import SendLetters
from auth_service.mail.inbox import InboxMailer
from auth_service.mail.smtp import Server, SmtpMailer
from auth_service.mail.writing import Writer
from auth_service.outside import Outside
from auth_service.ports import Mailer
from auth_service.protocol.proof_of_address import (
    AddressProof,
    PendingSignUp,
    ResetProof,
)
from auth_service.settings import Settings
from auth_service.storage.redis.errands import RedisErrands
from auth_service.storage.redis.inbox import RedisInbox
from auth_service.storage.redis.tokens import RedisTokens
from auth_service.web.languages import said_in


class Mail:
    """Whether letters are sent, how, and what waits for their readers."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        redis, seal = outside.redis, outside.seal
        errands = RedisErrands(redis, seal)
        self.inbox = RedisInbox(redis) if settings.has_inbox else None
        writer = Writer(settings.sender, issuer=settings.issuer_url, translate=said_in)
        mailer: Mailer | None = None
        if settings.smtp_url is not None:
            server = Server.of(settings.smtp_url.get_secret_value())
            mailer = SmtpMailer(server, writer)
        elif self.inbox:
            mailer = InboxMailer(self.inbox, writer)
        self.post = Post(errands=errands, works=mailer is not None)
        self.pending = RedisTokens(redis, "sign-up", PendingSignUp, seal)
        self.resets = RedisTokens(redis, "reset", ResetProof, seal)
        self.addresses = RedisTokens(redis, "address", AddressProof, seal)
        #: None where no letters are sent.
        self.send: Callable[[], Awaitable[int]] | None = None
        if mailer is not None:
            self.send = SendLetters(
                issuer=settings.issuer_url,
                errands=errands,
                users=outside.users,
                resets=self.resets,
                attempts=outside.attempts,
                mailer=mailer,
                audit=outside.audit,
            ).send
