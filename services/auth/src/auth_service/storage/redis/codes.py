"""Authorization codes, and the spent ones that must still be recognised."""

from redis.exceptions import ResponseError

from auth_service.protocol.code_grant import CodeGrant
from auth_service.storage.edge import bounded
from auth_service.storage.redis.connect import PREFIX, at_edge
from auth_service.storage.redis.pipelined import PipelinedRedis
from auth_service.storage.redis.values import Json
from valetkey.opaque import fingerprint

#: Seconds for which a spent code is still recognised as one.
REMEMBERED = 600

_json = Json(CodeGrant)


@at_edge
class RedisCodes:
    """
    A code is one key; claiming it is renaming it.

    `RENAMENX` is one command, so of two callers Redis answers one of them yes; and
    unlike SET it works while Redis is out of memory, so codes that were given can
    be redeemed. Their expiry is Redis's own clock.
    """

    def __init__(self, redis: PipelinedRedis, *, lifetime: float) -> None:
        self._redis = redis
        self._lifetime = lifetime

    @bounded
    async def put(
        self, code: str, grant: CodeGrant, *, longest: float | None = None
    ) -> None:
        """Keep a new code for its lifetime, or for so many seconds at most."""
        lifetime = self._lifetime if longest is None else min(self._lifetime, longest)
        milliseconds = int(lifetime * 1000)
        await self._redis.set(_fresh(code), _json.dump(grant), px=milliseconds)

    @bounded
    async def find(self, code: str) -> CodeGrant | None:
        """What a code stands for, spent or not."""
        kept = await self._redis.mget(_fresh(code), _spent(code))
        found = kept[0] or kept[1]
        return _json.load(found) if found else None

    @bounded
    async def claim(self, code: str) -> bool:
        """Spend a code; one caller wins."""
        renaming = self._redis.send("RENAMENX", _fresh(code), _spent(code))
        # Without this a spent code would be known as long as it could be used.
        remembering = self._redis.send("EXPIRE", _spent(code), REMEMBERED)
        # Where that fails it is known for less long.
        remembering.add_done_callback(lambda answer: answer.exception())
        try:
            return bool(await renaming)
        except ResponseError as error:
            if "no such key" in str(error):
                return False
            raise

    async def count_wrong_verifier(self, code: str) -> int:
        """How many wrong verifiers this code has met, this one included."""
        key = f"{PREFIX}code-wrong:{fingerprint(code)}"
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.incr(key)
        pipeline.expire(key, REMEMBERED)
        return int((await pipeline.execute())[0])


def _fresh(code: str) -> str:
    return f"{PREFIX}code:{fingerprint(code)}"


def _spent(code: str) -> str:
    return f"{PREFIX}code-spent:{fingerprint(code)}"
