"""Letters by SMTP, to servers that take them, refuse them, hang and break off."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.crypto.seal import Seal
from auth_service.flows.mail.post import Post
from auth_service.flows.mail.send_letters import SendLetters
from auth_service.mail.smtp import Server, SmtpMailer
from auth_service.mail.writing import Writer
from auth_service.ports import Undelivered
from auth_service.protocol import letter as letters
from auth_service.protocol.proof_of_address import ResetProof
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.audit_log import PostgresAuditLog
from auth_service.storage.postgres.migrate import migrate
from auth_service.storage.postgres.users import PostgresUsers
from auth_service.storage.redis import connect as valkey
from auth_service.storage.redis.attempts import RedisAttempts
from auth_service.storage.redis.errands import RedisErrands
from auth_service.storage.redis.tokens import RedisTokens
from tests.contract.mail.conftest import Mailbox, raw_server, smtp_server
from tests.servers import numbered

LETTER = letters.confirm_sign_up(
    "alice@people.example",
    code="1234 5678",
    link="https://id.example/register/confirm?token=a.b",
)
WRITER = Writer(
    "Valetkey <no-reply@id.example>",
    issuer="https://id.example",
    translate=lambda _, message: str(message),
)


def mailer(url: str, tls: ssl.SSLContext | None = None) -> SmtpMailer:
    return SmtpMailer(Server.of(url), WRITER, tls_context=tls, deadline=2)


async def send(by: SmtpMailer, to: str = LETTER.to) -> None:
    await by.send(replace(LETTER, to=to), name="n1", language="en")


async def test_a_letter_arrives_as_it_was_written() -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        await send(mailer(f"smtp://127.0.0.1:{port}"))
    (envelope,) = mailbox.letters
    assert envelope.mail_from == "no-reply@id.example"
    assert envelope.rcpt_tos == ["alice@people.example"]
    message = BytesParser(policy=policy.SMTP).parsebytes(envelope.original_content)
    assert message["Message-ID"] == "<n1@id.example>"
    body = message.get_body(("plain",))
    assert "1234 5678" in body.get_content()


async def test_starttls_comes_before_everything_else(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=server_tls, starttls=True) as port:
        await send(mailer(f"smtp://127.0.0.1:{port}", client_tls))
    assert mailbox.tls == [True]


async def test_smtps_is_tls_from_the_first_byte(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=server_tls) as port:
        await send(mailer(f"smtps://127.0.0.1:{port}", client_tls))
        with pytest.raises(Undelivered):
            await send(mailer(f"smtp://127.0.0.1:{port}", client_tls))
    assert len(mailbox.letters) == 1


async def test_name_and_password_are_those_of_the_url(
    server_tls: ssl.SSLContext, client_tls: ssl.SSLContext
) -> None:
    mailbox = Mailbox()
    async with smtp_server(
        mailbox, tls=server_tls, starttls=True, asks_who=True
    ) as port:
        there = f"127.0.0.1:{port}"
        await send(mailer(f"smtp://us%20er:pass%3Aw%2Frd@{there}", client_tls))
        with pytest.raises(Undelivered) as refused:
            await send(mailer(f"smtp://us%20er:wrong@{there}", client_tls))
    assert not refused.value.final
    assert "wrong" not in str(refused.value)
    assert len(mailbox.letters) == 1


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_a_certificate_that_nobody_vouches_for_is_refused(
    server_tls: ssl.SSLContext, scheme: str
) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox, tls=server_tls, starttls=scheme == "smtp") as port:
        with pytest.raises(Undelivered) as refused:
            await send(mailer(f"{scheme}://127.0.0.1:{port}"))
    assert not refused.value.final
    assert not mailbox.letters


async def test_nothing_is_said_without_tls_to_a_server_elsewhere() -> None:
    """Whoever sits in between may have taken STARTTLS out of its answer."""
    assert Server.of("smtp://mail.example").starttls is True
    assert Server.of("smtps://mail.example").tls
    mailbox, here = Mailbox(), Server.of("smtp://u:p@127.0.0.1")
    async with smtp_server(mailbox) as port:
        strict = replace(here, starttls=True, port=port)
        with pytest.raises(Undelivered):
            await send(SmtpMailer(strict, WRITER, deadline=2))
    assert not mailbox.letters


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("smtp://mail.example", "mail.example", 587),
        ("smtps://mail.example", "mail.example", 465),
        ("smtp://[::1]:25", "::1", 25),
    ],
)
def test_the_usual_ports_go_without_saying(url: str, host: str, port: int) -> None:
    server = Server.of(url)
    assert (server.host, server.port) == (host, port)


@pytest.mark.parametrize(
    ("answers", "final"),
    [
        ({"rcpt": ["550 no such mailbox"]}, True),
        ({"rcpt": ["450 try later"]}, False),
        ({"data": ["451 try later"]}, False),
        ({"data": ["554 not with us"]}, False),
    ],
)
async def test_a_refusal_is_final_where_it_is_about_the_mailbox(
    answers: dict[str, list[str]], final: bool
) -> None:
    mailbox = Mailbox(**answers)
    async with smtp_server(mailbox) as port:
        with pytest.raises(Undelivered) as refused:
            await send(mailer(f"smtp://127.0.0.1:{port}"))
    assert refused.value.final is final
    assert not mailbox.letters


async def hang(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"220 hello\r\n")
    await writer.drain()


async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    await writer.drain()


@pytest.mark.parametrize("talk", [hang, hang_up, babble])
async def test_a_server_that_is_none_is_given_up_in_time(
    talk: Callable[..., object],
) -> None:
    async with raw_server(talk) as port, asyncio.timeout(10):
        with pytest.raises(Undelivered) as refused:
            await send(mailer(f"smtp://127.0.0.1:{port}"))
    assert not refused.value.final


async def test_nobody_there(unused: int) -> None:
    with pytest.raises(Undelivered) as refused:
        await send(mailer(f"smtp://127.0.0.1:{unused}"))
    assert not refused.value.final


@pytest.fixture
async def unused() -> int:
    """A port on which nobody listens any more."""
    async with raw_server(hang) as port:
        return port


@pytest.mark.parametrize("to", ["a@b.example\r\nBcc: evil@evil.example", "a"])
async def test_AU11_what_is_no_address_reaches_no_server(to: str) -> None:
    mailbox = Mailbox()
    async with smtp_server(mailbox) as port:
        with pytest.raises(Undelivered) as refused:
            await send(mailer(f"smtp://127.0.0.1:{port}"), to)
    assert refused.value.final
    assert not mailbox.letters


# --- the queue and a server together -------------------------------------------------


@pytest.fixture(scope="module")
async def engine(new_database: Callable[..., str]) -> AsyncIterator[AsyncEngine]:
    url = new_database()
    migrate(url)
    engine = postgres.connect(url, pool_size=5)
    yield engine
    await engine.dispose()


@pytest.fixture
async def queue(redis_url: str) -> AsyncIterator[Redis]:
    redis = valkey.connect(numbered(redis_url, 6))
    await redis.flushdb()
    yield redis
    await redis.aclose()


def worker(redis: Redis, engine: AsyncEngine, port: int) -> SendLetters:
    seal = Seal("a secret of the tests, long enough")
    return SendLetters(
        issuer="https://id.example",
        errands=RedisErrands(redis, seal, lease=0.2),
        users=PostgresUsers(engine),
        resets=RedisTokens(redis, "reset", ResetProof, seal),
        attempts=RedisAttempts(redis),
        mailer=mailer(f"smtp://127.0.0.1:{port}"),
        audit=PostgresAuditLog(engine),
    )


async def post(sending: SendLetters, to: str) -> None:
    await Post(errands=sending.errands, works=True).send(
        "reset_done", to, language="en", values={"username": "alice"}
    )


async def until(sending: SendLetters, mailbox: Mailbox, count: int) -> None:
    """Work at the queue until so many letters have come."""
    async with asyncio.timeout(20):
        while len(mailbox.letters) < count:
            await sending.send()
            await asyncio.sleep(0.01)


async def test_no_letter_is_lost_by_a_server_that_fails_now_and_then(
    queue: Redis, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused for now, at RCPT and at DATA, or not there at all: each comes once."""
    monkeypatch.setattr(
        "auth_service.protocol.letter.delay_after", lambda _: timedelta(seconds=0.01)
    )
    people = [f"p{n}@people.example" for n in range(8)]
    mailbox = Mailbox(rcpt=["450 later"] * 5, data=["451 later"] * 5)
    async with raw_server(hang_up) as away:
        sending = worker(queue, engine, away)
        for to in people:
            await post(sending, to)
        await sending.send()
    async with smtp_server(mailbox, port=away):
        await until(sending, mailbox, len(people))
    assert sorted(e.rcpt_tos[0] for e in mailbox.letters) == people
    assert not await queue.keys("*errand*")


async def test_a_letter_survives_the_death_of_its_worker(
    queue: Redis, engine: AsyncEngine
) -> None:
    mailbox = Mailbox()
    async with raw_server(hang) as silent:
        dying = worker(queue, engine, silent)
        await post(dying, "alice@people.example")
        task = asyncio.create_task(dying.send())
        async with asyncio.timeout(5):
            while not await queue.zscore("vk:auth:errands", await _name(queue)):
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with smtp_server(mailbox) as port:
        await until(worker(queue, engine, port), mailbox, 1)
    assert mailbox.letters[0].rcpt_tos == ["alice@people.example"]


async def _name(queue: Redis) -> str:
    (name,) = await queue.zrange("vk:auth:errands", 0, -1)
    return str(name)


async def test_a_mailbox_that_does_not_exist_is_not_tried_again(
    queue: Redis, engine: AsyncEngine
) -> None:
    mailbox = Mailbox(rcpt=["550 no such mailbox"])
    async with smtp_server(mailbox) as port:
        sending = worker(queue, engine, port)
        await post(sending, "gone@people.example")
        assert await sending.send() == 1
        assert await sending.send() == 0
    assert not mailbox.letters
    assert not await queue.keys("*errand*")
