"""A PostgreSQL that writes to disk, a Valkey, and how much is asked of both."""

import re
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
from redis import Redis

from demo.processes import Supervisor
from demo.servers import Postgres, Valkey
from tests.servers import own_postgres, own_valkey, temporary_folder

#: Of 16 MiB each; more than one run fills.
LOG_FILES = 32


@dataclass(frozen=True)
class Stores:
    """Both servers, which are nobody else's."""

    postgres: Postgres
    valkey: Valkey

    @property
    def processes(self) -> tuple[int, ...]:
        """Their process ids."""
        return self.postgres.child.process.pid, self.valkey.child.process.pid

    def new_database(self) -> str:
        """The URL of a database with nothing in it."""
        name = f"bench_{secrets.token_hex(4)}"
        self._configure(f"CREATE DATABASE {name} TEMPLATE template0")
        return urlsplit(self.postgres.url)._replace(path=f"/{name}").geturl()

    @contextmanager
    def written_down(self) -> Iterator[None]:
        """PostgreSQL writes every statement to its log, which makes it slow."""
        self._configure("ALTER SYSTEM SET log_statement = 'all'")
        self._configure("ALTER SYSTEM SET log_line_prefix = '%d|'")
        try:
            self._reload()
            yield
        finally:
            self._configure("ALTER SYSTEM RESET log_statement")
            self._configure("ALTER SYSTEM RESET log_line_prefix")
            self._reload()

    def age(self) -> None:
        """
        Give PostgreSQL files for its log, as one has that has run for a while.

        Making a new one stops all who write for some fifty milliseconds.
        """
        self._configure(f"ALTER SYSTEM SET min_wal_size = '{16 * LOG_FILES}MB'")
        self._reload()
        for _ in range(LOG_FILES):
            self._configure("SELECT pg_logical_emit_message(false, 'bench', 'full')")
            self._configure("SELECT pg_switch_wal()")
        self._configure("CHECKPOINT")  # those that are full are used again

    def statements(self) -> int:
        """How many were written down, BEGIN and COMMIT included."""
        log = self.postgres.child.log.read_text(errors="replace")
        written = r"^bench_\w+\|LOG:  (?:statement|execute [^:]*): "
        return len(re.findall(written, log, re.MULTILINE))

    def commands(self) -> int:
        """How many Valkey carried out, those in scripts included and ours left out."""
        with Redis.from_url(self.valkey.url) as redis:
            told = redis.info("commandstats")
        ours = {"cmdstat_info", "cmdstat_auth", "cmdstat_hello", "cmdstat_dbsize"}
        return sum(each["calls"] for name, each in told.items() if name not in ours)

    def keys(self) -> int:
        """How many Valkey holds."""
        with Redis.from_url(self.valkey.url) as redis:
            return int(redis.dbsize())

    def kinds(self) -> dict[str, int]:
        """How many keys there are of each kind, as their names begin."""
        with Redis.from_url(self.valkey.url, decode_responses=True) as redis:
            names = (name.rpartition(":")[0] for name in redis.scan_iter(count=1000))
            return dict(Counter(names).most_common())

    def endless(self) -> int:
        """How many keys will not go by themselves."""
        with Redis.from_url(self.valkey.url) as redis:
            return sum(redis.ttl(name) == -1 for name in redis.scan_iter(count=1000))

    def _configure(self, statement: str) -> None:
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _reload(self) -> None:
        self._configure("SELECT pg_reload_conf()")
        time.sleep(0.3)  # each connection hears of it by itself


@contextmanager
def running_stores() -> Iterator[Stores]:
    """
    Start both, stopped and forgotten when the block is left.

    PostgreSQL waits for its disk as in production; Valkey keeps everything in memory.
    """
    with (
        temporary_folder("valetkey-bench-") as folder,
        Supervisor(patience=10) as supervisor,
    ):
        valkey = own_valkey(supervisor, folder)
        postgres = own_postgres(supervisor, folder, durable=True)
        valkey.ready()
        postgres.ready()
        stores = Stores(postgres, valkey)
        stores.age()
        yield stores
