"""`valetkey doctor`: what is wrong before somebody else notices."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

import typer

from auth_service.cli.operating import AsJson, Operator, operate, say
from auth_service.storage.postgres.people import PostgresPeople
from auth_service.storage.postgres.schema import SchemaCheck
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from auth_service.storage.redis.connect import RedisCheck, UnsafeRedis
from auth_service.wiring.mail import Mail
from valetkey.errors import TemporarilyUnavailable
from valetkey.settings import LOOPBACK

#: Seconds that our clock and the database's may be apart.
_APART, _FAR_APART = 2, 30

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, and how it is."""

    name: str
    state: State
    told: str


def doctor(as_json: AsJson = False) -> None:
    """
    Look at everything that the server needs.

    Ends with 0 where all is well, 1 where something should be seen to, and 2 where
    the server cannot work.
    """
    findings: list[Finding] = operate(_look)
    lines = [f"{each.state:8} {each.name:14} {each.told}" for each in findings]
    say(findings, lines, as_json=as_json)
    states = {each.state for each in findings}
    raise typer.Exit(2 if "problem" in states else 1 if "warning" in states else 0)


async def _look(operator: Operator) -> list[Finding]:
    checks: list[tuple[str, Callable[[Operator], Awaitable[tuple[State, str]]]]] = [
        ("database", _database),
        ("redis", _redis),
        ("keys", _keys),
        ("issuer", _issuer),
        ("clock", _clock),
        ("mail", _mail),
        ("administrator", _administrator),
    ]
    found = []
    for name, check in checks:
        try:
            found.append(Finding(name, *await check(operator)))
        except TemporarilyUnavailable as error:
            found.append(Finding(name, "problem", error.detail or "does not answer"))
    return found


async def _database(operator: Operator) -> tuple[State, str]:
    await SchemaCheck(operator.outside.engine).check()
    return "ok", "reachable and migrated"


async def _redis(operator: Operator) -> tuple[State, str]:
    try:
        await RedisCheck(operator.outside.redis).check()
    except UnsafeRedis as unsafe:
        return "problem", unsafe.detail
    return "ok", "reachable, and forgets nothing too early"


async def _keys(operator: Operator) -> tuple[State, str]:
    now, keys = await PostgresSigningKeys(operator.outside.engine).all()
    if not keys:
        return "warning", "none yet; the first start makes them"
    # Raises where another KEY_ENCRYPTION_SECRET sealed them.
    operator.outside.keyring.load(now, keys)
    return "ok", f"{len(keys)}, and they can be opened"


async def _issuer(operator: Operator) -> tuple[State, str]:
    parts = urlsplit(operator.settings.issuer_url)
    if parts.scheme != "https" or parts.hostname in LOOPBACK:
        return "warning", "only this computer can reach it"
    return "ok", operator.settings.issuer_url


async def _clock(operator: Operator) -> tuple[State, str]:
    there, _ = await PostgresSigningKeys(operator.outside.engine).all()
    apart = abs((datetime.now(UTC) - there).total_seconds())
    told = f"{apart:.1f} seconds from the database's"
    if apart > _FAR_APART:
        return "problem", told
    return ("warning" if apart > _APART else "ok"), told


async def _mail(operator: Operator) -> tuple[State, str]:
    mail = Mail(operator.settings, operator.outside)
    if not mail.post.works:
        return "warning", "none is sent: nobody can reset a password by themselves"
    if mail.inbox is not None and operator.settings.smtp_url is None:
        return "warning", "letters go no further than /dev/mail"
    return "ok", "letters are sent"


async def _administrator(operator: Operator) -> tuple[State, str]:
    if not await PostgresPeople(operator.outside.engine).has_administrator():
        return "warning", "nobody administers: valetkey user make-administrator"
    return "ok", "somebody administers"
