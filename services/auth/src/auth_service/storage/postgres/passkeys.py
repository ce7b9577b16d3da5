"""The public halves of people's passkeys."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.factors import Passkey
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import passkeys


@at_edge
class PostgresPasskeys:
    """The port `Passkeys`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def find(self, credential_id: str) -> Passkey | None:
        """A passkey by the name that devices know it by."""
        found = await self._select(passkeys.c.credential_id == credential_id)
        return found[0] if found else None

    async def of(self, subject: str) -> Sequence[Passkey]:
        """A person's passkeys, oldest first."""
        return await self._select(passkeys.c.subject == subject)

    async def add(self, passkey: Passkey) -> bool:
        """One more; False where it is known, whoever's it is."""
        values = asdict(passkey) | {"transports": list(passkey.transports)}
        del values["created_at"], values["last_used_at"]
        statement = (
            upsert(passkeys)
            .values(values)
            .on_conflict_do_nothing()
            .returning(passkeys.c.credential_id)
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).scalar() is not None

    async def rename(self, subject: str, credential_id: str, name: str) -> bool:
        """Call a person's own passkey something else; False where it is not theirs."""
        return await self._write(
            update(passkeys).where(*_own(subject, credential_id)).values(name=name)
        )

    async def remove(self, subject: str, credential_id: str) -> bool:
        """Forget a person's own passkey; False where it is not theirs."""
        return await self._write(delete(passkeys).where(*_own(subject, credential_id)))

    async def use(
        self, credential_id: str, *, sign_count: int, backed_up: bool
    ) -> bool:
        """Note a use; False where the device has counted as far or further before."""
        before = passkeys.c.sign_count
        counts = before < sign_count if sign_count else before == 0
        statement = (
            update(passkeys)
            .where(passkeys.c.credential_id == credential_id, counts)
            .values(sign_count=sign_count, backed_up=backed_up, last_used_at=func.now())
        )
        return await self._write(statement)

    async def _select(self, which: Any) -> list[Passkey]:
        statement = select(passkeys).where(which)
        statement = statement.order_by(passkeys.c.created_at, passkeys.c.credential_id)
        async with self._single.connect() as connection:
            rows = (await connection.execute(statement)).mappings().all()
        return [
            Passkey(**{**row, "transports": tuple(row["transports"])}) for row in rows
        ]

    async def _write(self, statement: Any) -> bool:
        async with self._engine.begin() as connection:
            done: int = (await connection.execute(statement)).rowcount
        return done == 1


def _own(subject: str, credential_id: str) -> tuple[Any, ...]:
    mine = passkeys.c.subject == subject
    return (mine, passkeys.c.credential_id == credential_id)
