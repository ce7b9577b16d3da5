"""`valetkey migrate`, `provision` and `registration-tokens`: what a start needs."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from auth_service.cli.operating import AsJson, Operator, operate, say
from auth_service.provision import Provision
from auth_service.settings import Settings
from auth_service.storage.postgres.migrate import migrate as migrate_schema
from auth_service.storage.postgres.registrations import PostgresRegistrations
from valetkey.opaque import new_handle

tokens = typer.Typer(no_args_is_help=True, help="What apps register themselves with.")


def migrate(as_json: AsJson = False) -> None:
    """Create the tables, or bring them up to date."""
    migrate_schema(Settings.load().database_url.get_secret_value())
    say({"migrated": True}, (), as_json=as_json)


def provision(
    path: Annotated[Path, typer.Argument(exists=True)], as_json: AsJson = False
) -> None:
    """Put the resources, apps and people of a JSON file in place."""
    wanted = json.loads(path.read_text())

    async def work(operator: Operator) -> None:
        await Provision(operator.outside.engine).run(wanted)
        say({"provisioned": True}, (), as_json=as_json)

    operate(work)


@tokens.command("create")
def create_token(
    uses: Annotated[int, typer.Option(min=1, help="Apps that may register.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="Days until it expires.")] = 7,
    as_json: AsJson = False,
) -> None:
    """An initial access token (RFC 7591 section 3), shown this once."""
    token = new_handle()

    async def work(operator: Operator) -> None:
        store = PostgresRegistrations(operator.outside.engine)
        await store.add_token(token, uses=uses, lifetime=timedelta(days=days))
        say({"initial_access_token": token}, token, as_json=as_json)

    operate(work)
