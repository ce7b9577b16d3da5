"""Signing keys: which there are, and their succession by hand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from auth_service.flows.administration.lists import NotNow, NotThere
from auth_service.ports import Audit, NewKey, SealedKey, SigningKeys
from auth_service.protocol.administration import Actor
from auth_service.protocol.message import say

State = Literal["next", "current", "retired"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """
    A signing key as an operator sees it.

    Attributes:
        active_at: from when on it signs; None while it is only announced.

    """

    kid: str
    alg: str
    state: State
    created_at: datetime
    active_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ManageKeys:
    """
    What `valetkey keys` and the keys page do.

    Attributes:
        draw: new keys, two of each algorithm where there are none yet and else one.
        announcement: how long a key is published before it signs.

    """

    keys: SigningKeys
    draw: Callable[[int], Awaitable[Sequence[NewKey]]]
    announcement: timedelta
    audit: Audit

    async def all(self) -> list[Key]:
        """Every published key, by algorithm, newest first."""
        now, found = await self.keys.all()
        newest: dict[str, datetime] = {}
        for key in found:
            if key.active_at is not None and key.active_at <= now:
                newest[key.alg] = max(newest.get(key.alg, key.active_at), key.active_at)
        listed = [_listed(key, now, newest.get(key.alg)) for key in found]
        order = ("next", "current", "retired")
        return sorted(listed, key=lambda key: (key.alg, order.index(key.state)))

    async def rotate(self, actor: Actor, *, now: bool) -> datetime:
        """
        Let the announced keys sign once everybody had time to fetch them.

        Args:
            now: without announcement, because a key may be stolen.

        """
        _, found = await self.keys.all()
        if not found:
            await self.keys.begin(await self.draw(2))
            _, found = await self.keys.all()
        moment = await self.keys.rotate(
            await self.draw(1),
            announce=timedelta(0) if now else self.announcement,
            seen=max(key.active_at for key in found if key.active_at is not None),
        )
        await self.audit.record("keys.rotated", ip=actor.ip, by=actor.by, at_once=now)
        return moment

    async def remove(self, kid: str, actor: Actor) -> None:
        """
        Withdraw a key: what it signed is worth nothing from here on.

        Raises:
            NotThere: no key is called so.
            NotNow: nothing else would sign; rotate first.

        """
        _, found = await self.keys.all()
        if kid not in {key.kid for key in found}:
            raise NotThere
        if not await self.keys.remove(kid):
            raise NotNow(say("This key is needed. Rotate at once, then remove it."))
        await self.audit.record("keys.removed", ip=actor.ip, by=actor.by, kid=kid)


def _listed(key: SealedKey, now: datetime, newest: datetime | None) -> Key:
    state: State = "retired"
    if key.active_at is None or key.active_at > now:
        state = "next"
    elif key.active_at == newest:
        state = "current"
    return Key(
        kid=key.kid,
        alg=key.alg,
        state=state,
        created_at=key.created_at,
        active_at=key.active_at,
    )
