"""`valetkey`: what an operator does to the authorization server by hand."""

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from auth_service.crypto.keyring import ALGS, Keyring
from auth_service.crypto.seal import Seal
from auth_service.protocol.sign_up_form import Unusable
from auth_service.provision import Provision
from auth_service.settings import Settings
from auth_service.storage.postgres import engine as postgres
from auth_service.storage.postgres.migrate import migrate as migrate_schema
from auth_service.storage.postgres.registrations import PostgresRegistrations
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from valetkey.errors import OAuthError
from valetkey.opaque import new_handle
from valetkey.settings import UnusableSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=__doc__,
    # They show local variables, and so passwords.
    pretty_exceptions_enable=False,
)
keys = typer.Typer(no_args_is_help=True, help="Signing keys.")
config = typer.Typer(no_args_is_help=True, help="Settings.")
tokens = typer.Typer(no_args_is_help=True, help="What apps register themselves with.")
app.add_typer(keys, name="keys")
app.add_typer(config, name="config")
app.add_typer(tokens, name="registration-tokens")

Work = Callable[[Settings, AsyncEngine], Coroutine[Any, Any, None]]


def _run(work: Work) -> None:
    """Do something with the settings and a database connection."""

    async def connected(settings: Settings) -> None:
        engine = postgres.connect(settings.database_url.get_secret_value())
        try:
            await work(settings, engine)
        finally:
            await engine.dispose()

    asyncio.run(connected(Settings.load()))


@app.command()
def migrate() -> None:
    """Create the tables, or bring them up to date."""
    migrate_schema(Settings.load().database_url.get_secret_value())


@app.command()
def provision(path: Annotated[Path, typer.Argument(exists=True)]) -> None:
    """Put the resources, apps and people of a JSON file in place."""

    wanted = json.loads(path.read_text())

    async def work(_: Settings, engine: AsyncEngine) -> None:
        await Provision(engine).run(wanted)

    _run(work)


@keys.command("rotate")
def rotate(
    now: Annotated[
        bool, typer.Option("--now", help="Do not announce: the key may be stolen.")
    ] = False,
) -> None:
    """Let the announced keys sign once everybody had time to fetch them."""

    async def work(settings: Settings, engine: AsyncEngine) -> None:
        keyring = _keyring(settings)
        announce = timedelta(seconds=0 if now else settings.key_announcement)
        store = PostgresSigningKeys(engine)
        _now, found = await store.all()
        if not found:
            await store.begin(await keyring.draw(ALGS * 2))
            _now, found = await store.all()
        moment = await store.rotate(
            await keyring.draw(ALGS),
            announce=announce,
            seen=max(key.active_at for key in found if key.active_at is not None),
        )
        typer.echo(f"The announced keys sign from {moment:%Y-%m-%d %H:%M:%S %Z}.")

    _run(work)


@keys.command("list")
def list_keys() -> None:
    """Every published key, and since when it signs."""

    async def work(_: Settings, engine: AsyncEngine) -> None:
        _now, found = await PostgresSigningKeys(engine).all()
        for key in found:
            signs = f"{key.active_at:%Y-%m-%d %H:%M}" if key.active_at else "announced"
            typer.echo(f"{key.kid}  {key.alg}  {signs}")

    _run(work)


@tokens.command("create")
def create_token(
    uses: Annotated[int, typer.Option(min=1, help="Apps that may register.")] = 1,
    days: Annotated[int, typer.Option(min=1, help="Days until it expires.")] = 7,
) -> None:
    """An initial access token (RFC 7591 section 3), shown this once."""
    token = new_handle()

    async def work(_: Settings, engine: AsyncEngine) -> None:
        store = PostgresRegistrations(engine)
        await store.add_token(token, uses=uses, lifetime=timedelta(days=days))
        typer.echo(token)

    _run(work)


@config.command("check")
def check() -> None:
    """Say what is wrong with the settings, all of it at once."""
    Settings.load()
    typer.echo("The settings can be used.")


def _keyring(settings: Settings) -> Keyring:
    secret = settings.key_encryption_secret.get_secret_value()
    return Keyring(Seal(secret), issuer=settings.issuer_url)


def main() -> None:
    """Run a command; what is wrong goes to standard error, one line each."""
    try:
        app()
    except UnusableSettings as unusable:
        sys.exit("\n".join(unusable.problems))
    except OperationalError:
        sys.exit("DATABASE_URL: the database cannot be reached")
    except (OAuthError, Unusable, ValueError) as error:
        sys.exit(f"valetkey: {error}")
