"""The port `Inbox` on Redis."""

from redis.asyncio import Redis

from auth_service.protocol.letter import Written
from auth_service.storage.redis.inbox import MOST, RedisInbox


def written(n: int) -> Written:
    return Written(
        id=f"{n}",
        sender="Valetkey <valetkey@localhost>",
        to="alice@people.example",
        subject="Grüße",
        text="Line one\n\nLine two",
        sent_at="2026-11-21T09:00:00+00:00",
    )


async def test_the_newest_hundred_are_kept_for_a_day(redis: Redis) -> None:
    inbox = RedisInbox(redis)
    for n in range(MOST + 5):
        await inbox.put(written(n))

    letters = await inbox.letters()

    assert letters == [written(n) for n in reversed(range(5, MOST + 5))]
    assert 0 < await redis.ttl("vk:auth:inbox") <= 24 * 3600
    await redis.delete("vk:auth:inbox")
