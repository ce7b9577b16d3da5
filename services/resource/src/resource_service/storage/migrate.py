"""Bring the schema `notes` to the newest version; two at once do it once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

from resource_service.storage.database import database_url

#: How long to wait for another migration to end, in milliseconds.
_PATIENCE = 60_000


def migrate(url: str) -> None:
    """
    Run what has not run yet.

    Raises:
        sqlalchemy.exc.OperationalError: the database cannot be reached.

    """
    engine = create_engine(
        database_url(url),
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={_PATIENCE}"},
    )
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    try:
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
    finally:
        engine.dispose()
