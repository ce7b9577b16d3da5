"""Requests whose person is at the login or the consent page."""

import json
from dataclasses import asdict
from typing import Any

from redis.asyncio import Redis

from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.interaction import Waiting
from auth_service.protocol.reply import ReplyAddress
from auth_service.storage.redis.connect import PREFIX, at_edge
from valetkey.opaque import fingerprint

#: Seconds that a person may take for one page.
LIFETIME = 900
#: Seconds for which a finished or expired handle still names its app.
WAY_BACK = 7200


@at_edge
class RedisWaitingRequests:
    """A request is one key; its handle is good for one step."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def put(self, handle: str, waiting: Waiting) -> None:
        """Keep a request for as long as people take."""
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(_key(handle), _dump(waiting), ex=LIFETIME)
        pipeline.set(_way_back(handle), waiting.request.client_id, ex=WAY_BACK)
        await pipeline.execute()

    async def find(self, handle: str) -> Waiting | None:
        """A request, to show its page."""
        found = await self._redis.get(_key(handle))
        return _load(found) if found else None

    async def take(self, handle: str) -> Waiting | None:
        """A request, to go a step forward; GETDEL lets one caller win."""
        found = await self._redis.getdel(_key(handle))
        return _load(found) if found else None

    async def find_way_back(self, handle: str) -> str | None:
        """The app that an expired or finished request came from: its client_id."""
        client_id = await self._redis.get(_way_back(handle))
        return str(client_id) if client_id else None


def _key(handle: str) -> str:
    return f"{PREFIX}waiting:{fingerprint(handle)}"


def _way_back(handle: str) -> str:
    return f"{PREFIX}way-back:{fingerprint(handle)}"


def _dump(waiting: Waiting) -> str:
    request: dict[str, Any] = asdict(waiting.request)
    request["scopes"] = sorted(waiting.request.scopes)
    request["prompts"] = sorted(waiting.request.prompts)
    fields = {
        "request": request,
        "browser_key": waiting.browser_key,
        "answered": sorted(waiting.answered),
    }
    return json.dumps(fields, separators=(",", ":"))


def _load(text: str | bytes) -> Waiting:
    fields = json.loads(text)
    request = fields["request"]
    request["scopes"] = frozenset(request["scopes"])
    request["prompts"] = frozenset(request["prompts"])
    # The one place besides match_reply_address() that makes one: it was proven there.
    request["reply_to"] = ReplyAddress(**request["reply_to"])
    return Waiting(
        request=AuthorizationRequest(**request),
        browser_key=fields["browser_key"],
        answered=frozenset(fields["answered"]),
    )
