"""Flows that were tried, each with its messages: what their pages show."""

from dataclasses import dataclass

from pydantic import TypeAdapter
from redis.asyncio import Redis

from client_demo.oauth.challenge import StepUp
from client_demo.oauth.device import Waiting
from client_demo.store import PREFIX, translated
from client_demo.wire import Message
from valetkey.opaque import fingerprint

#: How long the last run of a flow can be looked at, in seconds.
RUN_LIFETIME = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """
    A flow as far as it got.

    Attributes:
        flow: which one, by its name in the menu.
        outcome: what came of it, in a sentence.
        messages: what went over the wire, oldest first.
        good: whether it is on its way or went well.
        tokens: what it gave, each with a title; they never leave the server.
        subject: whose it is, where it is about a person who is signed in.
        waiting: the device authorization that it waits for, or None.
        step_up: what the API wants before it does what it was asked, or None.
        state: what must come back after a sign-out at the provider, or None.

    """

    flow: str
    outcome: str
    messages: tuple[Message, ...]
    good: bool = True
    tokens: tuple[tuple[str, str], ...] = ()
    subject: str | None = None
    waiting: Waiting | None = None
    step_up: StepUp | None = None
    state: str | None = None


_RUN = TypeAdapter(Run)


@dataclass(frozen=True, slots=True)
class Runs:
    """The last run of each flow in each browser, in Redis."""

    redis: Redis

    async def put(self, run: Run, browser: str) -> None:
        """Keep a run for 15 minutes, in place of the one before."""
        key = _key("run", run.flow, browser)
        with translated():
            await self.redis.set(key, _RUN.dump_json(run), ex=RUN_LIFETIME)

    async def find(self, flow: str, browser: str) -> Run | None:
        """The last run of a flow."""
        with translated():
            found = await self.redis.get(_key("run", flow, browser))
        return None if found is None else _RUN.validate_json(found)

    async def may_ask(self, flow: str, browser: str, *, every: int) -> bool:
        """Whether it is time for a question; for one of many who ask (RFC 8628 3.5)."""
        with translated():
            key = _key("asked", flow, browser)
            return bool(await self.redis.set(key, "", nx=True, ex=every))


def _key(kind: str, flow: str, browser: str) -> str:
    return f"{PREFIX}{kind}:{fingerprint(f'{flow}.{browser}')}"
