"""What the authorization server keeps, read past it."""

from collections import Counter
from typing import Any

import psycopg
import redis

from auth_service.settings import Settings
from tests.e2e.hearing import changed

_TABLES = ("users", "clients", "consents", "grants", "refresh_tokens", "revocations")
#: Keys that count, or wait for a person: anybody may cause them.
_FLEETING = ("tries", "tries-wait", "waiting", "way-back", "challenge")


class Kept(Counter[str]):
    """Rows by table, and the names of the keys."""

    def __init__(self, rows: dict[str, int], names: frozenset[str]) -> None:
        super().__init__(rows)
        self.names = names


def _kind(key: str) -> str:
    return key.split(":")[2]


class Stores:
    """The tables and the keys of a running server."""

    def __init__(self, settings: Settings) -> None:
        url = settings.database_url.get_secret_value()
        self.postgres = psycopg.connect(url, autocommit=True)
        self.redis = redis.Redis.from_url(
            settings.redis_url.get_secret_value(), decode_responses=True
        )

    def close(self) -> None:
        """Leave both."""
        self.postgres.close()
        self.redis.close()

    def run(self, statement: str, *values: object) -> list[Any]:
        """Run SQL, and return the rows if there are any."""
        cursor = self.postgres.execute(statement.encode(), values)
        if not statement.startswith("SELECT"):
            changed()
        return cursor.fetchall() if cursor.description else []

    def counts(self) -> Kept:
        """How much of everything there is that a refusal must not change."""
        counts = " UNION ALL ".join(f"SELECT count(*) FROM auth.{t}" for t in _TABLES)
        rows = (row[0] for row in self.run(counts))
        names = {k for k in self.keys() if _kind(k) not in _FLEETING}
        return Kept(dict(zip(_TABLES, rows, strict=True)), frozenset(names))

    def changes_since(self, before: Kept) -> dict[str, int]:
        """What came or went since; a key that expired meanwhile did neither."""
        now = self.counts()
        rows = {t: now[t] - before[t] for t in _TABLES if now[t] != before[t]}
        return rows | Counter(_kind(key) for key in now.names - before.names)

    def keys(self, kind: str = "*") -> list[str]:
        """The names of the keys in Redis."""
        return list(self.redis.scan_iter(f"vk:auth:{kind}:*", count=10_000))

    def texts(self) -> str:
        """Everything, as one long text."""
        tables = self.run(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'auth' ORDER BY 1"
        )
        rows = [self.run(f"SELECT t::text FROM auth.{name} t") for (name,) in tables]
        values = [
            self.redis.get(k) for k in self.keys() if self.redis.type(k) == "string"
        ]
        sets = [
            self.redis.smembers(k) for k in self.keys() if self.redis.type(k) == "set"
        ]
        return repr((rows, self.keys(), values, sets))
