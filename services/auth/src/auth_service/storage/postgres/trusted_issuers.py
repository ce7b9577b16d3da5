"""Other issuers whose word about people is taken."""

from dataclasses import asdict

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.protocol.jwt_bearer import TrustedIssuer
from auth_service.protocol.user import User, canonical
from auth_service.storage.postgres.engine import at_edge, single
from auth_service.storage.postgres.tables import trusted_issuers, users
from auth_service.storage.postgres.users import COLUMNS, to_user


@at_edge
class PostgresTrustedIssuers:
    """The port `TrustedIssuers`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._single = single(engine)

    async def find(self, issuer: str) -> TrustedIssuer | None:
        """The issuer of this name, letter by letter."""
        statement = select(trusted_issuers).where(trusted_issuers.c.issuer == issuer)
        async with self._single.connect() as connection:
            row = (await connection.execute(statement)).mappings().first()
        if row is None:
            return None
        lists = {name: tuple(row[name]) for name in ("client_ids", "scopes")}
        return TrustedIssuer(**{**row, **lists})

    async def find_person(self, member: str, value: str) -> User | None:
        """Whom an issuer means; by e-mail address only who has verified it."""
        where = {
            "username": users.c.username_canonical == canonical(value),
            "email": (users.c.email_canonical == canonical(value))
            & users.c.email_verified,
            "emp_user_id": users.c.emp_user_id == value,
        }
        async with self._single.connect() as connection:
            found = await connection.execute(select(*COLUMNS).where(where[member]))
        row = found.mappings().first()
        return to_user(row) if row else None

    async def put(self, trusted: TrustedIssuer) -> None:
        """Trust an issuer, or replace what is known of it."""
        row = asdict(trusted)
        for name in ("client_ids", "scopes"):
            row[name] = list(row[name])
        statement = upsert(trusted_issuers).values(row)
        statement = statement.on_conflict_do_update(index_elements=["issuer"], set_=row)
        async with self._engine.begin() as connection:
            await connection.execute(statement)
