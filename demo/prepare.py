"""
`python -m demo.prepare FILE`: what `valetkey migrate`, `python -m resource_service
migrate` and `valetkey provision FILE` do, in one process: three would take 4 s more,
most of it to import the same packages. Settings are those of the auth service.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from auth_service.provision import Provision
from auth_service.settings import Settings
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.migrate import migrate as migrate_auth
from resource_service.storage.migrate import migrate as migrate_notes


async def _provision(database_url: str, wanted: dict[str, Any]) -> None:
    engine = postgres.connect(database_url)
    try:
        await Provision(engine).run(wanted)
    finally:
        await engine.dispose()


def main(file: Path) -> None:
    """Bring both schemas up to date, then add what the file names."""
    database_url = Settings.load().database_url.get_secret_value()
    migrate_auth(database_url)
    migrate_notes(database_url)
    asyncio.run(_provision(database_url, json.loads(file.read_text())))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
