"""Registered apps and their secrets."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    Text,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from auth_service.ports import Secret
from auth_service.protocol.app_keys import uses_secret
from auth_service.protocol.client import Client
from auth_service.storage.edge import bounded
from auth_service.storage.postgres.changes import Changes, Kept
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import (
    client_logos,
    client_secrets,
    clients,
    consents,
    users,
)
from auth_service.storage.together import Together
from valetkey.opaque import fingerprint, new_handle

#: A second secret lets a new one be rolled out while the old one still works.
MAX_SECRETS = 2
_MINUTE = 60.0
#: So many apps are kept in a process.
_KEPT = 5000
#: Of a Client, what other tables know.
_FROM_ELSEWHERE = {
    *("publisher", "secret_fingerprints", "created_at"),
    *("verified", "suspended", "logo_id"),
}
#: Columns that are not the app's own to say.
_NOT_ITS_OWN = {"created_at", "verified_as", "suspended_at"}
#: What people agreed to: where their data goes, who can come for it, and whose it is.
_AGREED = (
    "redirect_uris",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
    "owner",
)

_fingerprints = (
    select(func.array_agg(client_secrets.c.fingerprint))
    .where(client_secrets.c.client_id == clients.c.client_id)
    .scalar_subquery()
)
#: Of the address that the app names now; of another there is nothing to see.
_logo_id = (
    select(client_logos.c.logo_id)
    .where(
        client_logos.c.client_id == clients.c.client_id,
        client_logos.c.logo_uri == clients.c.metadata["logo_uri"].astext,
    )
    .scalar_subquery()
)
SELECT_CLIENT = select(
    *clients.c,
    users.c.name.label("publisher"),
    _fingerprints.label("secret_fingerprints"),
    _logo_id.label("logo_id"),
).select_from(clients.outerjoin(users, users.c.subject == clients.c.owner))
_FIND = Prepared(
    SELECT_CLIENT.where(
        clients.c.client_id == func.any(bindparam("ids", type_=ARRAY(Text)))
    )
)


@at_edge
class PostgresClients:
    """The port `AppRegister`."""

    def __init__(self, engine: Engine, changes: Changes | None = None) -> None:
        """`changes` where apps may be kept until they change."""
        self._engine = engine
        self._kept = Kept[str, Client](changes, most=_KEPT)
        self._single = single(engine)
        self._registered = Together(self._find_registered)
        #: When this process last noted the use of which secret.
        self._noted: dict[tuple[str, str], float] = {}
        #: Dates that are being written; the event loop itself keeps no task alive.
        self._writing: set[asyncio.Task[None]] = set()

    @bounded
    async def find(self, client_id: str) -> Client | None:
        """The app of this name, unless it was deleted or is suspended."""
        app = await self.find_registered(client_id)
        return None if app is None or app.suspended else app

    @bounded
    async def find_registered(self, client_id: str) -> Client | None:
        """The app of this name, suspended or not."""
        return await self._kept.find(client_id, self._registered.find)

    async def _find_registered(self, client_ids: Sequence[str]) -> dict[str, Client]:
        rows = await _FIND.run(self._engine.lanes, ids=client_ids)
        return {row["client_id"]: to_client(row) for row in rows}

    async def has_origin(self, origin: str, client_id: str | None) -> bool:
        """Whether a public client, this one if named, has a redirect_uri there."""
        uri = func.unnest(clients.c.redirect_uris).column_valued("uri")
        statement = select(clients.c.client_id).where(
            clients.c.token_endpoint_auth_method == "none",
            exists(
                select(uri).where(
                    or_(
                        uri == origin,
                        func.starts_with(uri, f"{origin}/"),
                        func.starts_with(uri, f"{origin}?"),
                    )
                )
            ),
        )
        if client_id is not None:
            statement = statement.where(clients.c.client_id == client_id)
        async with self._single.connect() as connection:
            return (await connection.execute(statement.limit(1))).first() is not None

    async def owned_by(self, subject: str) -> Sequence[Client]:
        """The apps of a person, newest first."""
        statement = SELECT_CLIENT.where(clients.c.owner == subject).order_by(
            clients.c.created_at.desc()
        )
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [to_client(row) for row in rows]

    async def put(self, client: Client) -> None:
        """Register an app or replace its metadata; its secrets stay."""
        values = to_row(client)
        statement = upsert(clients).values(values)
        statement = statement.on_conflict_do_update(
            index_elements=["client_id"], set_=values
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def replace(self, before: Client, after: Client) -> bool:
        """Change an app; False where somebody else has changed it meanwhile."""
        mine = clients.c.client_id == before.client_id
        unchanged = [clients.c[name] == value for name, value in to_row(before).items()]
        statement = update(clients).where(mine, *unchanged).values(to_row(after))
        async with self._engine.begin() as connection:
            if not (await connection.execute(statement)).rowcount:
                return False
            if not uses_secret(after):
                of_it = client_secrets.c.client_id == before.client_id
                await connection.execute(delete(client_secrets).where(of_it))
            if agreed(before) != agreed(after):
                await connection.execute(ask_again(before.client_id))
        return True

    async def delete(self, client_id: str) -> None:
        """Remove an app with its secrets, consents and grants."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(clients).where(clients.c.client_id == client_id)
            )

    async def secrets(self, client_id: str) -> Sequence[Secret]:
        """The app's live secrets, oldest first."""
        c = client_secrets.c
        statement = (
            select(c.id, c.hint, c.created_at, c.last_used_at)
            .where(c.client_id == client_id)
            .order_by(c.created_at)
        )
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [Secret(**row) for row in rows]

    async def add_secret(self, client_id: str, client_secret: str) -> bool:
        """Add a second live secret; False where two are alive already."""
        row = {
            "id": new_handle()[:16],
            "client_id": client_id,
            "fingerprint": fingerprint(client_secret),
            "hint": client_secret[:6],
        }
        async with self._engine.begin() as connection:
            # The app's row is the lock: two clicks cannot both see one secret.
            await connection.execute(
                select(clients.c.client_id)
                .where(clients.c.client_id == client_id)
                .with_for_update()
            )
            count = select(func.count()).where(client_secrets.c.client_id == client_id)
            if (await connection.execute(count)).scalar_one() >= MAX_SECRETS:
                return False
            await connection.execute(insert(client_secrets).values(row))
        return True

    async def delete_secret(self, client_id: str, secret_id: str) -> None:
        """End a secret at once."""
        statement = delete(client_secrets).where(
            client_secrets.c.client_id == client_id, client_secrets.c.id == secret_id
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def replace_secrets(self, client_id: str, client_secret: str) -> None:
        """Make this the one live secret: what provisioning does."""
        mine = client_secrets.c.client_id == client_id
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(client_secrets).where(
                    mine, client_secrets.c.fingerprint != fingerprint(client_secret)
                )
            )
            left = select(func.count()).where(mine)
            missing = (await connection.execute(left)).scalar_one() == 0
        if missing:
            await self.add_secret(client_id, client_secret)

    def note_use(self, client_id: str, client_secret: str) -> None:
        """Remember, to the minute, that a secret was used; nobody waits for that."""
        secret, now = (client_id, fingerprint(client_secret)), time.monotonic()
        if now - self._noted.get(secret, -_MINUTE) < _MINUTE:
            return
        self._noted[secret] = now
        writing = asyncio.create_task(self.write_use(*secret))
        self._writing.add(writing)
        writing.add_done_callback(self._written)

    async def write_use(self, client_id: str, secret: str) -> None:
        """Write that a secret was used now, unless another process just did."""
        c = client_secrets.c
        long_ago = func.now() - timedelta(seconds=_MINUTE)
        statement = (
            update(client_secrets)
            .where(
                c.client_id == client_id,
                c.fingerprint == secret,
                c.last_used_at.is_(None) | (c.last_used_at < long_ago),
            )
            .values(last_used_at=func.now())
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    def _written(self, writing: asyncio.Task[None]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled():
            writing.exception()  # a date that could not be written is not missed


def agreed(client: Client) -> list[object]:
    """What people agreed to when they allowed an app something."""
    return [getattr(client, name) for name in _AGREED]


def vouched_for(client: Client) -> str:
    """What an administrator vouches for: what people see, and where they are sent."""
    told = [client.client_name, client.client_uri, client.logo_uri]
    return fingerprint(repr([*told, client.owner, client.redirect_uris]))


def ask_again(client_id: str) -> Update:
    """People are asked for consent once more; what they have allowed lives on."""
    return update(consents).where(consents.c.client_id == client_id).values(scopes=[])


def to_client(row: Any) -> Client:
    """A row of SELECT_CLIENT as the protocol's value."""
    stored = {**row, **row["metadata"]}
    del stored["metadata"]
    verified_as = stored.pop("verified_as")
    stored["suspended"] = stored.pop("suspended_at") is not None
    app = Client(**{name: _frozen(name, value) for name, value in stored.items()})
    return replace(app, verified=verified_as == vouched_for(app))


def to_row(client: Client) -> dict[str, Any]:
    """A client as a row; without what other tables know."""
    columns = {c.name for c in clients.c} - _NOT_ITS_OWN
    values = {f.name: getattr(client, f.name) for f in fields(Client)}
    row = {name: _plain(values[name]) for name in columns - {"metadata"}}
    row["metadata"] = {
        f.name: _plain(values[f.name])
        for f in fields(Client)
        if f.name not in columns | _FROM_ELSEWHERE and values[f.name] != f.default
    }
    return row


def _frozen(name: str, value: Any) -> Any:
    """What the driver gives as a list is a set or a tuple in the protocol."""
    if name in {"grant_types", "scopes"}:
        return frozenset(value)
    if name == "secret_fingerprints":
        return tuple(value or ())
    return tuple(value) if isinstance(value, list) else value


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return list(value) if isinstance(value, tuple) else value
