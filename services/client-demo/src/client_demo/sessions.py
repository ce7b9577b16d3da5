"""People who are signed in, and their tokens, which never leave the server."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from pydantic import TypeAdapter
from redis.asyncio import Redis

from client_demo.errors import SessionsUnavailable
from client_demo.oauth.token_response import Tokens
from client_demo.session import Person, Session
from client_demo.store import PREFIX, translated
from client_demo.wire import Message
from valetkey.opaque import fingerprint, new_handle

#: How long a session lasts, in seconds.
SESSION_LIFETIME = 8 * 3600
#: How many messages of a session are kept.
_MESSAGES = 60
#: How long one renewal may take before another may begin, in seconds.
_RENEWAL = 15.0

#: HSET, unless the session ended meanwhile: a late renewal must not revive it.
_REPLACE = """
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'tokens', ARGV[1])
return 1
"""


_PERSON = TypeAdapter(Person)
_TOKENS = TypeAdapter(Tokens)
_MESSAGE = TypeAdapter(Message)


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions in Redis: a hash for person and tokens, a list for the messages."""

    redis: Redis

    async def begin(
        self, person: Person, tokens: Tokens, messages: Iterable[Message]
    ) -> str:
        """Store a session under a new handle, for the cookie; 8 hours, no longer."""
        handle = new_handle()
        key = fingerprint(handle)
        fields: list[str | bytes] = ["person", _PERSON.dump_json(person)]
        fields += ["tokens", _TOKENS.dump_json(tokens)]
        with translated():
            async with self.redis.pipeline() as batch:
                batch.hset(_session(key), items=fields)
                batch.expire(_session(key), SESSION_LIFETIME)
                batch.rpush(_trace(key), *map(_MESSAGE.dump_json, messages))
                batch.expire(_trace(key), SESSION_LIFETIME)
                await batch.execute()
        return handle

    async def find(self, handle: str) -> Session | None:
        """The session of a cookie."""
        key = fingerprint(handle)
        with translated():
            found = await self.redis.hgetall(_session(key))
        if not found:
            return None
        return Session(
            key=key,
            person=_PERSON.validate_json(found["person"]),
            tokens=_TOKENS.validate_json(found["tokens"]),
        )

    async def find_tokens(self, key: str) -> Tokens | None:
        """The tokens that a session has now."""
        with translated():
            found = await self.redis.hget(_session(key), "tokens")
        return None if found is None else _TOKENS.validate_json(found)

    async def replace_tokens(self, key: str, tokens: Tokens) -> bool:
        """Give a session new tokens; False where it ended meanwhile."""
        dumped = _TOKENS.dump_json(tokens)
        with translated():
            return bool(await self.redis.eval(_REPLACE, 1, _session(key), dumped))

    async def record(self, key: str, messages: Iterable[Message]) -> None:
        """Add messages to those of a session that still lives; the oldest go."""
        with translated():
            async with self.redis.pipeline() as batch:
                for message in messages:
                    batch.rpushx(_trace(key), _MESSAGE.dump_json(message).decode())
                batch.ltrim(_trace(key), -_MESSAGES, -1)
                await batch.execute()

    async def messages(self, key: str) -> list[Message]:
        """The messages of a session, oldest first."""
        with translated():
            found = await self.redis.lrange(_trace(key), 0, -1)
        return [_MESSAGE.validate_json(each) for each in found]

    async def end(self, key: str) -> None:
        """Forget a session."""
        with translated():
            await self.redis.delete(_session(key), _trace(key))

    @asynccontextmanager
    async def renewing(self, key: str) -> AsyncIterator[None]:
        """
        Be the only one, over all processes, who renews this session's tokens.

        Raises:
            SessionsUnavailable: the others did not finish within 10 seconds.

        """
        lock = self.redis.lock(
            f"{PREFIX}renewing:{key}",
            timeout=_RENEWAL,
            sleep=0.05,
            blocking_timeout=10,
            raise_on_release_error=False,
        )
        with translated():
            acquired = await lock.acquire()
        if not acquired:
            raise SessionsUnavailable("the tokens are being renewed")
        try:
            yield
        finally:
            with translated():
                await lock.release()


def _session(key: str) -> str:
    return f"{PREFIX}session:{key}"


def _trace(key: str) -> str:
    return f"{PREFIX}trace:{key}"
