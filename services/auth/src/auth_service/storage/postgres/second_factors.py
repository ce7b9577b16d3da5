"""What people have beside a password: secrets of their apps, recovery codes."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from auth_service.ports import Sealing
from auth_service.protocol.factors import Factors
from auth_service.storage.postgres.engine import Engine, at_edge, single
from auth_service.storage.postgres.prepared import Prepared
from auth_service.storage.postgres.tables import (
    authenticators,
    passkeys,
    recovery_codes,
)
from valetkey.opaque import fingerprint


def _count(mine: Any) -> Any:
    return select(func.count()).where(mine).scalar_subquery()


_PERSON = bindparam("person", type_=Text)
_OF = Prepared(
    select(
        exists().where(authenticators.c.subject == _PERSON).label("authenticator"),
        _count(passkeys.c.subject == _PERSON).label("passkeys"),
        _count(recovery_codes.c.subject == _PERSON).label("recovery_codes"),
    )
)


@at_edge
class PostgresSecondFactors:
    """The port `SecondFactors`."""

    def __init__(self, engine: Engine, seal: Sealing) -> None:
        self._engine = engine
        self._single = single(engine)
        self._seal = seal

    async def of(self, subject: str) -> Factors:
        """What a person has."""
        (row,) = await _OF.run(self._engine.lanes, person=subject)
        return Factors(**row)

    async def put_authenticator(self, subject: str, secret: str, *, step: int) -> None:
        """Keep the secret of an app; the step whose code proved it is used up."""
        values = {
            "secret_sealed": self._seal.close(secret.encode(), name=_name(subject)),
            "last_step": step,
            "created_at": func.now(),
        }
        statement = (
            upsert(authenticators)
            .values(subject=subject, **values)
            .on_conflict_do_update(index_elements=["subject"], set_=values)
        )
        async with self._engine.begin() as connection:
            await connection.execute(statement)

    async def find_secret(self, subject: str) -> str | None:
        """The secret of a person's app."""
        statement = select(authenticators.c.secret_sealed).where(
            authenticators.c.subject == subject
        )
        async with self._single.connect() as connection:
            sealed = (await connection.execute(statement)).scalar()
        if sealed is None:
            return None
        return self._seal.open(sealed, name=_name(subject)).decode()

    async def use_step(self, subject: str, step: int) -> bool:
        """Use a step and all before it up; the row's lock lets one caller win."""
        statement = (
            update(authenticators)
            .where(authenticators.c.subject == subject)
            .where(authenticators.c.last_step < step)
            .values(last_step=step)
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1

    async def remove_authenticator(self, subject: str) -> None:
        """Forget a person's app."""
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(authenticators).where(authenticators.c.subject == subject)
            )

    async def put_recovery_codes(self, subject: str, codes: Sequence[str]) -> None:
        """Replace a person's codes."""
        rows = [
            {"subject": subject, "fingerprint": fingerprint(f"{subject} {code}")}
            for code in codes
        ]
        async with self._engine.begin() as connection:
            await connection.execute(
                delete(recovery_codes).where(recovery_codes.c.subject == subject)
            )
            if rows:
                await connection.execute(insert(recovery_codes).values(rows))

    async def use_recovery_code(self, subject: str, code: str) -> bool:
        """Use a code up; whoever deletes the row has used it."""
        statement = delete(recovery_codes).where(
            recovery_codes.c.subject == subject,
            recovery_codes.c.fingerprint == fingerprint(f"{subject} {code}"),
        )
        async with self._engine.begin() as connection:
            return (await connection.execute(statement)).rowcount == 1


def _name(subject: str) -> str:
    return f"authenticator {subject}"
