"""Families of tokens, the refresh tokens in them, and their revocation."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.refresh_grant import (
    GRACE,
    MAX_GRACE_USES,
    Grant,
    RefreshGrant,
)
from auth_service.protocol.user import User
from auth_service.storage.postgres.engine import at_edge, reading
from auth_service.storage.postgres.logout_deliveries import put_down
from auth_service.storage.postgres.tables import (
    clients,
    consents,
    grants,
    refresh_tokens,
    revocations,
    users,
)
from auth_service.storage.postgres.users import COLUMNS, to_user
from valetkey.opaque import fingerprint

_not_told = {"code_fingerprint", "authorized_at", "expires_at"}
_names = [c.name for c in grants.c if c.name not in _not_told]

_ALLOWED = and_(
    grants.c.expires_at > func.now(),
    users.c.disabled_at.is_(None),
    users.c.valid_after.is_(None) | (users.c.valid_after < grants.c.authorized_at),
    ~exists().where(
        clients.c.client_id == grants.c.client_id, clients.c.suspended_at.is_not(None)
    ),
    ~exists().where(
        consents.c.subject == grants.c.subject,
        consents.c.client_id == grants.c.client_id,
        consents.c.revoked_at >= grants.c.authorized_at,
    ),
)
#: The one definition of a family that is in force. Everything that kills one is a
#: moment or a row that this looks at, so what is killed is dead at its next use,
#: whichever was written first.
LIVE = and_(
    _ALLOWED,
    ~exists().where(
        or_(
            revocations.c.id == grants.c.grant_id,
            and_(~grants.c.offline, revocations.c.id == grants.c.sid),
        )
    ),
)
_successors = refresh_tokens.alias("successors")
#: For a family that begins: also one that outlives its session begins in a live one.
#: One that is itself revoked already may begin, and is dead: the first use of a code
#: is answered, whatever came of the second (RFC 6749 section 4.1.2).
_MAY_BEGIN = (
    select(grants.c.grant_id)
    .join(users, users.c.subject == grants.c.subject)
    .where(_ALLOWED, ~exists().where(revocations.c.id == grants.c.sid))
)


@at_edge
class PostgresGrants:
    """The port `Grants`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = reading(engine)

    async def put(
        self,
        grant: Grant,
        *,
        code: str | None,
        authorized_at: datetime | None,
        refresh_token: str | None,
        absolute: timedelta,
        idle: timedelta,
    ) -> bool:
        """Begin a family; False where it is not allowed, or its code has begun one."""
        row: dict[str, Any] = {name: getattr(grant, name) for name in _names}
        row["scopes"] = sorted(grant.scopes)
        for name in ("amr", "resources", "authorization_details"):
            row[name] = list(row[name])
        row["code_fingerprint"] = fingerprint(code) if code else None
        row["authorized_at"] = authorized_at or func.clock_timestamp()
        row["expires_at"] = func.now() + absolute
        try:
            async with self._engine.begin() as connection:
                await connection.execute(insert(grants).values(row))
                allowed = await connection.execute(
                    _MAY_BEGIN.where(grants.c.grant_id == grant.grant_id)
                )
                if allowed.first() is None:
                    await connection.rollback()
                    return False
                if refresh_token is not None:
                    await connection.execute(
                        insert(refresh_tokens).values(
                            fingerprint=fingerprint(refresh_token),
                            grant_id=grant.grant_id,
                            expires_at=func.now() + idle,
                        )
                    )
        except IntegrityError:
            return False
        return True

    async def find_refresh(self, refresh_token: str) -> RefreshGrant | None:
        """A refresh token, whatever it is still worth."""
        r = refresh_tokens.c
        statement = (
            select(
                *(grants.c[name] for name in _names),
                LIVE.label("live"),
                (r.expires_at <= func.now()).label("expired"),
                (func.now() - r.rotated_at).label("rotated_for"),
                r.grace_uses,
                _successors.c.rotated_at.is_not(None).label("superseded"),
                (grants.c.expires_at - func.now()).label("authorization_left"),
            )
            .join(grants, grants.c.grant_id == r.grant_id)
            .join(users, users.c.subject == grants.c.subject)
            .outerjoin(_successors, _successors.c.fingerprint == r.successor)
            .where(r.fingerprint == fingerprint(refresh_token))
        )
        async with self._reads.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        grant = {name: row[name] for name in _names}
        grant["scopes"] = frozenset(grant["scopes"])
        for name in ("amr", "resources", "authorization_details"):
            grant[name] = tuple(grant[name])
        rest = {name: row[name] for name in row if name not in _names}
        return RefreshGrant(grant=Grant(**grant), **rest)

    async def rotate(
        self, refresh_token: str, successor: str, *, idle: timedelta
    ) -> bool:
        """Exchange a token for its successor; one caller wins."""
        r = refresh_tokens.c
        # One UPDATE with a condition: PostgreSQL lets one of two callers through.
        spend = (
            update(refresh_tokens)
            .where(r.fingerprint == fingerprint(refresh_token))
            .where(r.rotated_at.is_(None))
            .values(rotated_at=func.clock_timestamp(), successor=fingerprint(successor))
            .returning(r.grant_id)
        ).cte("spent")
        statement = (
            insert(refresh_tokens)
            .from_select(
                ["fingerprint", "grant_id", "expires_at"],
                select(
                    literal(fingerprint(successor)),
                    spend.c.grant_id,
                    func.now() + idle,
                ),
            )
            .returning(r.grant_id)
        )
        try:
            async with self._engine.begin() as connection:
                return (await connection.execute(statement)).first() is not None
        except IntegrityError:  # the successor is somebody's token already
            return False

    async def keep(self, refresh_token: str, *, idle: timedelta) -> bool:
        """Let a token be used again, instead of a successor."""
        r = refresh_tokens.c
        statement = (
            update(refresh_tokens)
            .where(r.fingerprint == fingerprint(refresh_token))
            .where(r.rotated_at.is_(None))
            .values(expires_at=func.now() + idle)
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def repeat(self, refresh_token: str) -> bool:
        """Count one use within the grace; False when there is no more of it."""
        r = refresh_tokens.c
        statement = (
            update(refresh_tokens)
            .where(r.fingerprint == fingerprint(refresh_token))
            .where(r.grace_uses < MAX_GRACE_USES)
            .where(r.rotated_at >= func.clock_timestamp() - GRACE)
            .values(grace_uses=r.grace_uses + 1)
        )
        async with self._engine.begin() as connection:
            return bool((await connection.execute(statement)).rowcount)

    async def revoke(self, grant_id: str) -> None:
        """Kill a family, or one access token by its jti, stored already or not."""
        statement = upsert(revocations).values(id=grant_id).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def revoke_session(self, sid: str) -> None:
        """Kill what is bound to a browser session, and put down whom to tell."""
        ended = upsert(revocations).values(id=sid).on_conflict_do_nothing()
        async with self._engine.begin() as connection:
            first = await connection.execute(ended.returning(revocations.c.id))
            if first.first() is not None:  # whoever ends it again tells nobody twice
                await connection.execute(put_down(sid))

    async def find_person(self, grant_id: str, jti: str) -> User | None:
        """Whom a live access token speaks for; None if anything about it is dead."""
        found = await self.find_userinfo(grant_id, jti, "")
        return found[0] if found else None

    async def find_userinfo(
        self, grant_id: str, jti: str, client_id: str
    ) -> tuple[User, Mapping[str, Any] | None] | None:
        """As `find_person`, with what this app asked for in the claims parameter."""
        # A token that was exchanged is of the family, but of another app.
        claims = case((grants.c.client_id == client_id, grants.c.claims))
        statement = (
            select(*COLUMNS, claims.label("claims"))
            .join(grants, grants.c.subject == users.c.subject)
            .where(grants.c.grant_id == grant_id, LIVE)
            .where(~exists().where(revocations.c.id == jti))
        )
        async with self._reads.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        person = dict(row)
        asked = person.pop("claims")
        return to_user(person), asked

    async def is_revoked(self, jti: str) -> bool:
        """Whether an access token without a family was revoked."""
        statement = select(exists().where(revocations.c.id == jti))
        async with self._reads.connect() as connection:
            return bool((await connection.execute(statement)).scalar())
