"""Families of tokens, the refresh tokens in them, and their revocation."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from psycopg.errors import IntegrityError
from psycopg.types.json import Jsonb
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Interval,
    Text,
    and_,
    bindparam,
    column,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from auth_service.protocol.refresh_grant import (
    GRACE,
    MAX_GRACE_USES,
    Grant,
    RefreshGrant,
)
from auth_service.protocol.user import User
from auth_service.storage.edge import bounded
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.logout_deliveries import put_down
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import (
    clients,
    consents,
    grants,
    refresh_tokens,
    revocations,
    users,
)
from auth_service.storage.postgres.users import COLUMNS, to_user
from auth_service.storage.together import InTurn, Together
from valetkey.opaque import fingerprint

Values = TypeVar("Values")

_not_told = {"code_fingerprint", "authorized_at", "expires_at"}
_names = [c.name for c in grants.c if c.name not in _not_told]


def _allowed(family: Any) -> ColumnElement[bool]:
    """Whether its person, app and consent let a family be, kept already or not."""
    return and_(
        users.c.disabled_at.is_(None),
        users.c.valid_after.is_(None) | (users.c.valid_after < family.authorized_at),
        # Not EXISTS, for which PostgreSQL may read all apps at once.
        select(clients.c.suspended_at)
        .where(clients.c.client_id == family.client_id)
        .scalar_subquery()
        .is_(None),
        ~exists().where(
            consents.c.subject == family.subject,
            consents.c.client_id == family.client_id,
            consents.c.revoked_at >= family.authorized_at,
        ),
    )


#: The one definition of a family that is in force. Everything that kills one is a
#: moment or a row that this looks at, so what is killed is dead at its next use,
#: whichever was written first.
LIVE = and_(
    grants.c.expires_at > func.now(),
    _allowed(grants.c),
    ~exists().where(
        or_(
            revocations.c.id == grants.c.grant_id,
            and_(~grants.c.offline, revocations.c.id == grants.c.sid),
        )
    ),
)
#: Families that are to begin, as JSON; `absolute` and `idle` are how long they and
#: their first token may live.
_NEW = (
    func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    .table_valued(
        *(column(c.name, c.type) for c in grants.c if c.name != "expires_at"),
        column("first_token", Text),
        column("absolute", Interval),
        column("idle", Interval),
    )
    .render_derived("new", with_types=True)
)
_PROPOSED = select(
    *(c for c in _NEW.c if c.name != "authorized_at"),
    func.coalesce(_NEW.c.authorized_at, func.clock_timestamp()).label("authorized_at"),
).cte("proposed")
_KEPT = [c.name for c in grants.c if c.name != "expires_at"]
#: One that outlives its session, too, begins in a live one. One that is itself
#: revoked already may begin, and is dead: the first use of a code is answered,
#: whatever came of the second (RFC 6749 section 4.1.2).
_BEGUN = (
    upsert(grants)
    .from_select(
        [*_KEPT, "expires_at"],
        select(
            *(_PROPOSED.c[name] for name in _KEPT), func.now() + _PROPOSED.c.absolute
        )
        .join(users, users.c.subject == _PROPOSED.c.subject)
        .where(
            _allowed(_PROPOSED.c), ~exists().where(revocations.c.id == _PROPOSED.c.sid)
        ),
    )
    .on_conflict_do_nothing()
    .returning(grants.c.grant_id)
    .cte("begun")
)
_FIRST_TOKENS = (
    insert(refresh_tokens)
    .from_select(
        ["fingerprint", "grant_id", "expires_at"],
        select(
            _PROPOSED.c.first_token,
            _PROPOSED.c.grant_id,
            func.now() + _PROPOSED.c.idle,
        )
        .join(_BEGUN, _BEGUN.c.grant_id == _PROPOSED.c.grant_id)
        .where(_PROPOSED.c.first_token.is_not(None)),
    )
    .cte("first_tokens")
)
_BEGIN = Prepared(select(_BEGUN.c.grant_id).add_cte(_FIRST_TOKENS))
#: Access tokens that are asked about at once.
_TOKENS = (
    func.unnest(
        bindparam("grant_ids", type_=ARRAY(Text)), bindparam("jtis", type_=ARRAY(Text))
    )
    .table_valued("grant_id", "jti")
    .render_derived("tokens")
)
_TOKEN = (_TOKENS.c.grant_id.label("of_grant"), _TOKENS.c.jti.label("of_jti"))
_LIVE = Prepared(
    select(*COLUMNS, *_TOKEN, grants.c.client_id, grants.c.claims)
    .select_from(_TOKENS)
    .join(grants, grants.c.grant_id == _TOKENS.c.grant_id)
    .join(users, users.c.subject == grants.c.subject)
    .where(LIVE, ~exists().where(revocations.c.id == _TOKENS.c.jti))
)
_REVOKED = Prepared(
    select(revocations.c.id).where(
        revocations.c.id == func.any(bindparam("jtis", type_=ARRAY(Text)))
    )
)
_USER_COLUMNS = [column.name for column in COLUMNS]
_successors = refresh_tokens.alias("successors")
_r = refresh_tokens.c
_REFRESH = Prepared(
    select(
        _r.fingerprint.label("name"),
        *(grants.c[name] for name in _names),
        LIVE.label("live"),
        (_r.expires_at <= func.now()).label("expired"),
        (func.now() - _r.rotated_at).label("rotated_for"),
        _r.grace_uses,
        _successors.c.rotated_at.is_not(None).label("superseded"),
        (grants.c.expires_at - func.now()).label("authorization_left"),
    )
    .join(grants, grants.c.grant_id == _r.grant_id)
    .join(users, users.c.subject == grants.c.subject)
    .outerjoin(_successors, _successors.c.fingerprint == _r.successor)
    .where(_r.fingerprint == func.any(bindparam("names", type_=ARRAY(Text))))
)
_ABOUT_TOKEN = [each.name for each in fields(RefreshGrant) if each.name != "grant"]
_ASKED = (
    func.unnest(
        bindparam("names", type_=ARRAY(Text)),
        bindparam("successors", type_=ARRAY(Text)),
        bindparam("idles", type_=ARRAY(Interval)),
    )
    .table_valued("name", "successor", column("idle", Interval))
    .render_derived("asked")
)
#: In one order, so that no two statements wait for each other; a token that somebody
#: else spends meanwhile is left out by PostgreSQL, which looks again.
_UNUSED = (
    select(_r.fingerprint)
    .where(_r.fingerprint == func.any(bindparam("names", type_=ARRAY(Text))))
    .where(_r.rotated_at.is_(None))
    .order_by(_r.fingerprint)
    .with_for_update()
    .cte("unused")
)
_SPENT = (
    update(refresh_tokens)
    .where(_r.fingerprint == _UNUSED.c.fingerprint, _r.fingerprint == _ASKED.c.name)
    .values(rotated_at=func.clock_timestamp(), successor=_ASKED.c.successor)
    .returning(_r.grant_id, _ASKED.c.successor, _ASKED.c.idle)
    .cte("spent")
)
#: A token can be spent once, whoever asks at once.
_ROTATE = Prepared(
    insert(refresh_tokens)
    .from_select(
        ["fingerprint", "grant_id", "expires_at"],
        select(_SPENT.c.successor, _SPENT.c.grant_id, func.now() + _SPENT.c.idle),
    )
    .returning(_r.fingerprint)
)


@at_edge
class PostgresGrants:
    """The port `Grants`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._single = single(engine)
        self._live = Together(self._find_live)
        self._revoked = Together(self._find_revoked)
        self._refresh = Together(self._find_refresh)
        self._rotations = InTurn(self._rotate)
        self._begun = InTurn(self._begin)

    @bounded
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
        row["auth_time"] = grant.auth_time.isoformat()
        row["authorized_at"] = authorized_at and authorized_at.isoformat()
        row["code_fingerprint"] = fingerprint(code) if code else None
        row["first_token"] = fingerprint(refresh_token) if refresh_token else None
        row["absolute"] = f"{absolute.total_seconds()} seconds"
        row["idle"] = f"{idle.total_seconds()} seconds"
        return await self._begun.change(grant.grant_id, row) is not None

    async def _begin(self, asked: Mapping[str, dict[str, Any]]) -> Mapping[str, str]:
        try:
            done = await _BEGIN.run(self._engine.lanes, rows=Jsonb([*asked.values()]))
            return {row["grant_id"]: row["grant_id"] for row in done}
        except IntegrityError:  # the app or the person is gone
            if len(asked) == 1:
                return {}
            return await _one_by_one(self._begin, asked)

    @bounded
    async def find_refresh(self, refresh_token: str) -> RefreshGrant | None:
        """A refresh token, whatever it is still worth."""
        return await self._refresh.find(fingerprint(refresh_token))

    async def _find_refresh(self, names: Sequence[str]) -> dict[str, RefreshGrant]:
        rows = await _REFRESH.run(self._engine.lanes, names=[*names])
        return {row["name"]: _refresh_grant(row) for row in rows}

    @bounded
    async def rotate(
        self, refresh_token: str, successor: str, *, idle: timedelta
    ) -> bool:
        """Exchange a token for its successor; one caller wins."""
        name, values = fingerprint(refresh_token), (fingerprint(successor), idle)
        return await self._rotations.change(name, values) is not None

    async def _rotate(
        self, asked: Mapping[str, tuple[str, timedelta]]
    ) -> Mapping[str, str]:
        try:
            rows = await _ROTATE.run(
                self._engine.lanes,
                names=[*asked],
                successors=[successor for successor, _ in asked.values()],
                idles=[idle for _, idle in asked.values()],
            )
        except IntegrityError:  # a successor is somebody's token already
            if len(asked) == 1:
                return {}
            return await _one_by_one(self._rotate, asked)
        done = {row["fingerprint"] for row in rows}
        return {name: s for name, (s, _) in asked.items() if s in done}

    async def keep(self, refresh_token: str, *, idle: timedelta) -> bool:
        """Let a token be used again, instead of a successor."""
        r = refresh_tokens.c
        statement = (
            update(refresh_tokens)
            .where(r.fingerprint == fingerprint(refresh_token))
            .where(r.rotated_at.is_(None))
            .values(expires_at=func.now() + idle)
        )
        async with self._single.connect() as connection:
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
        async with self._single.connect() as connection:
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

    @bounded
    async def find_person(self, grant_id: str, jti: str) -> User | None:
        """Whom a live access token speaks for; None if anything about it is dead."""
        found = await self.find_userinfo(grant_id, jti, "")
        return found[0] if found else None

    @bounded
    async def find_userinfo(
        self, grant_id: str, jti: str, client_id: str
    ) -> tuple[User, Mapping[str, Any] | None] | None:
        """As `find_person`, with what this app asked for in the claims parameter."""
        found = await self._live.find((grant_id, jti))
        if found is None:
            return None
        person, begun_for, claims = found
        # A token that was exchanged is of the family, but of another app.
        return person, claims if begun_for == client_id else None

    async def _find_live(
        self, tokens: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], tuple[User, str, Mapping[str, Any] | None]]:
        """By family and `jti`: for whom, of which app, with which claims asked for."""
        rows = await _LIVE.run(
            self._engine.lanes,
            grant_ids=[grant_id for grant_id, _ in tokens],
            jtis=[jti for _, jti in tokens],
        )
        return {(row["of_grant"], row["of_jti"]): _live_token(row) for row in rows}

    @bounded
    async def is_revoked(self, jti: str) -> bool:
        """Whether an access token without a family was revoked."""
        return await self._revoked.find(jti) is not None

    async def _find_revoked(self, jtis: Sequence[str]) -> dict[str, bool]:
        rows = await _REVOKED.run(self._engine.lanes, jtis=[*jtis])
        return {row["id"]: True for row in rows}


async def _one_by_one(
    change: Callable[[Mapping[str, Values]], Awaitable[Mapping[str, str]]],
    asked: Mapping[str, Values],
) -> Mapping[str, str]:
    """What cannot be for one is no reason that it cannot be for the others."""
    done: dict[str, str] = {}
    for name, values in asked.items():
        done |= await change({name: values})
    return done


def _refresh_grant(row: Any) -> RefreshGrant:
    grant = {name: row[name] for name in _names}
    grant["scopes"] = frozenset(grant["scopes"])
    for name in ("amr", "resources", "authorization_details"):
        grant[name] = tuple(grant[name])
    rest = {name: row[name] for name in _ABOUT_TOKEN}
    return RefreshGrant(grant=Grant(**grant), **rest)


def _live_token(row: Any) -> tuple[User, str, Mapping[str, Any] | None]:
    person = {name: row[name] for name in _USER_COLUMNS}
    return to_user(person), row["client_id"], row["claims"]
