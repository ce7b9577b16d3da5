"""
People who are signed in, and their tokens, which never leave the server.

A cookie holds a handle and no token (RFC 6750 section 5.3).
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter
from redis.asyncio import Redis

from client_demo.errors import SessionsUnavailable, SignedOut
from client_demo.oauth.logout_token import Logout
from client_demo.oauth.token_response import Tokens
from client_demo.session import Person, Session
from client_demo.store import PREFIX, translated
from client_demo.wire import Message
from valetkey.opaque import fingerprint, new_handle

#: How long a session lasts, in seconds.
SESSION_LIFETIME = 8 * 3600
#: How long a logout is remembered for sign-ins that were on their way, in seconds.
_ENDED = 900
#: How far the clocks of two machines may be apart, in seconds.
_LEEWAY = 30
#: How many messages of a session are kept.
_MESSAGES = 60
#: How long one renewal may take before another may begin, in seconds.
_RENEWAL = 15.0

#: Keep a session that begins, and find it again by the provider's names for it: unless
#: the provider ended it in the same moment. A logout token must not come too early.
_BEGIN = """
for n = 1, 2 do
    local ended = redis.call('GET', KEYS[n])
    if ended and tonumber(ARGV[1]) <= tonumber(ended) then return 0 end
end
redis.call('HSET', KEYS[5], 'person', ARGV[3], 'tokens', ARGV[4])
redis.call('EXPIRE', KEYS[5], ARGV[2])
for n = 3, 4 do
    redis.call('SADD', KEYS[n], ARGV[5])
    redis.call('EXPIRE', KEYS[n], ARGV[2])
end
for n = 6, #ARGV do redis.call('RPUSH', KEYS[6], ARGV[n]) end
redis.call('EXPIRE', KEYS[6], ARGV[2])
return 1
"""

#: End all sessions of one of the provider's names, once for one logout token.
_END_ALL = """
if not redis.call('SET', KEYS[1], '', 'NX', 'EX', ARGV[1]) then return -1 end
redis.call('SET', KEYS[2], ARGV[2], 'EX', ARGV[3])
local found = redis.call('SMEMBERS', KEYS[3])
for _, key in ipairs(found) do
    redis.call('DEL', ARGV[4] .. 'session:' .. key, ARGV[4] .. 'trace:' .. key)
end
redis.call('DEL', KEYS[3])
return #found
"""

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
        """
        Store a session under a new handle, for the cookie; 8 hours, no longer.

        Raises:
            SignedOut: the provider ended its own session meanwhile.

        """
        handle = new_handle()
        key = fingerprint(handle)
        sid, sub = _names(person.claims["iss"], person.sid, person.subject)
        keys = [_ended(sid), _ended(sub), _index(sid), _index(sub)]
        keys += [_session(key), _trace(key)]
        told = [str(person.claims["iat"]), str(SESSION_LIFETIME)]
        dumped = [_PERSON.dump_json(person), _TOKENS.dump_json(tokens), key.encode()]
        dumped += map(_MESSAGE.dump_json, messages)
        with translated():
            begun = await self.redis.eval(_BEGIN, len(keys), *keys, *told, *dumped)
        if not begun:
            raise SignedOut(ended=True)
        return handle

    async def end_all(self, logout: Logout, *, now: datetime) -> int | None:
        """
        End what a logout token names; how many there were.

        None: the token came before (OpenID Connect Back-Channel Logout section 2.6).
        """
        sid, sub = _names(logout.iss, logout.sid, logout.sub or "")
        name = sub if logout.sid is None else sid
        token = f"{PREFIX}logout:{fingerprint(f'{logout.iss} {logout.jti}')}"
        remembered = max(1, logout.exp - int(now.timestamp())) + _LEEWAY
        told = (remembered, logout.iat, _ENDED, PREFIX)
        with translated():
            ended = await self.redis.eval(
                _END_ALL, 3, token, _ended(name), _index(name), *told
            )
        return None if ended < 0 else int(ended)

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


def _names(iss: str, sid: str | None, sub: str) -> tuple[str, str]:
    """The provider's session and the person, as one word each; no secret."""
    # Without a session of its own, the person's name stands for it.
    of_sub = fingerprint(f"sub {iss} {sub}")
    return (of_sub if sid is None else fingerprint(f"sid {iss} {sid}")), of_sub


def _index(name: str) -> str:
    return f"{PREFIX}sessions:{name}"


def _ended(name: str) -> str:
    return f"{PREFIX}ended:{name}"


def _session(key: str) -> str:
    return f"{PREFIX}session:{key}"


def _trace(key: str) -> str:
    return f"{PREFIX}trace:{key}"
