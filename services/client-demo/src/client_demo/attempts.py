"""Sign-ins on their way, each bound to the browser that began it."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from redis.asyncio import Redis

from client_demo.oauth.attempt import Attempt
from client_demo.oauth.callback import Callback
from client_demo.oauth.checks import Check, at_callback
from client_demo.store import PREFIX, translated
from client_demo.wire import Message
from valetkey.opaque import fingerprint

#: How long somebody may take to sign in at the provider, in seconds.
ATTEMPT_LIFETIME = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that was made, and the messages that it took."""

    attempt: Attempt
    messages: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A callback that was accepted and whose code was not sent yet; it comes last."""

    attempt: Attempt
    callback: Callback
    messages: tuple[Message, ...]

    @property
    def checks(self) -> tuple[Check, ...]:
        """What it passed so far."""
        return at_callback(dict(self.messages[-1].query))


_ASKED = TypeAdapter(Asked)
_ARRIVED = TypeAdapter(Arrived)


def flow_of(state: str) -> str:
    """The short name of an attempt, to find its cookie by; no secret."""
    return fingerprint(state)[:12]


@dataclass(frozen=True, slots=True)
class Attempts:
    """
    Attempts in Redis, found only with the state and the browser's cookie together.

    Both are in the key, so the answer that an attacker got for his own sign-in finds
    nothing in the browser of somebody else (RFC 9700 section 4.7).
    """

    redis: Redis

    async def put(self, asked: Asked, browser: str) -> None:
        """Keep an attempt until its answer comes, for 15 minutes at most."""
        key = _key("attempt", asked.attempt.state, browser)
        with translated():
            await self.redis.set(key, _ASKED.dump_json(asked), ex=ATTEMPT_LIFETIME)

    async def take(self, state: str, browser: str) -> Asked | None:
        """The attempt, for the first who asks for it; then it is gone."""
        with translated():
            found = await self.redis.getdel(_key("attempt", state, browser))
        return None if found is None else _ASKED.validate_json(found)

    async def put_arrived(self, arrived: Arrived, browser: str) -> None:
        """Keep an answer while the person reads it, for 15 minutes at most."""
        key = _key("arrived", arrived.attempt.state, browser)
        with translated():
            await self.redis.set(key, _ARRIVED.dump_json(arrived), ex=ATTEMPT_LIFETIME)

    async def take_arrived(self, state: str, browser: str) -> Arrived | None:
        """The answer, for the first who asks for it; then it is gone."""
        with translated():
            found = await self.redis.getdel(_key("arrived", state, browser))
        return None if found is None else _ARRIVED.validate_json(found)


def _key(kind: str, state: str, browser: str) -> str:
    return f"{PREFIX}{kind}:{fingerprint(f'{state}.{browser}')}"
