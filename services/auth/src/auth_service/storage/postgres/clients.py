"""Registered apps and their secrets."""

import time
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.ports import Secret
from auth_service.protocol.client import Client
from auth_service.storage.postgres.engine import at_edge, reading
from auth_service.storage.postgres.tables import client_secrets, clients, users
from valetkey.opaque import fingerprint, new_handle

#: A second secret lets a new one be rolled out while the old one still works.
MAX_SECRETS = 2
_HOUR = 3600.0
#: Of a Client, what other tables know.
_FROM_ELSEWHERE = {"publisher", "secret_fingerprints", "created_at"}

_fingerprints = (
    select(func.array_agg(client_secrets.c.fingerprint))
    .where(client_secrets.c.client_id == clients.c.client_id)
    .scalar_subquery()
)
SELECT_CLIENT = select(
    *clients.c,
    users.c.name.label("publisher"),
    _fingerprints.label("secret_fingerprints"),
).select_from(clients.outerjoin(users, users.c.subject == clients.c.owner))


@at_edge
class PostgresClients:
    """The port `AppRegister`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._reads = reading(engine)
        #: When this process last noted the use of which secret.
        self._noted: dict[tuple[str, str], float] = {}

    async def find(self, client_id: str) -> Client | None:
        """The app of this name, unless it was deleted."""
        statement = SELECT_CLIENT.where(clients.c.client_id == client_id)
        async with self._reads.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        return to_client(row) if row else None

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
        async with self._reads.connect() as connection:
            return (await connection.execute(statement.limit(1))).first() is not None

    async def owned_by(self, subject: str) -> Sequence[Client]:
        """The apps of a person, newest first."""
        statement = SELECT_CLIENT.where(clients.c.owner == subject).order_by(
            clients.c.created_at.desc()
        )
        async with self._reads.connect() as connection:
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
        async with self._reads.connect() as connection:
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

    async def note_use(self, client_id: str, client_secret: str) -> None:
        """Remember, to the hour, that a secret was used; cheap to call every time."""
        secret, now = (client_id, fingerprint(client_secret)), time.monotonic()
        if now - self._noted.get(secret, -_HOUR) < _HOUR:
            return
        self._noted[secret] = now
        c = client_secrets.c
        statement = (
            update(client_secrets)
            .where(c.client_id == client_id, c.fingerprint == secret[1])
            .values(last_used_at=func.now())
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)


def to_client(row: Any) -> Client:
    """A row of SELECT_CLIENT as the protocol's value."""
    stored = {**row, **row["metadata"]}
    del stored["metadata"]
    return Client(**{name: _frozen(name, value) for name, value in stored.items()})


def to_row(client: Client) -> dict[str, Any]:
    """A client as a row; without what other tables know."""
    columns = {c.name for c in clients.c} - {"created_at"}
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
