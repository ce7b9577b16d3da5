"""What every command needs: settings, stores, and a way to say what came of it."""

import asyncio
import getpass
import json
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from auth_service.outside import Outside
from auth_service.protocol.administration import Actor
from auth_service.settings import Settings
from auth_service.wiring.administration import Administration
from auth_service.wiring.mail import Mail
from valetkey.logs import configure_logs

AsJson = Annotated[bool, typer.Option("--json", help="Say it as JSON.")]
SecretFile = Annotated[
    Path | None,
    typer.Option(
        dir_okay=False, help="The file that it is in; without one, standard input."
    ),
]
#: A secret is a line; nothing that is longer is one.
_LONGEST = 64 * 1024


class Operator:
    """Whoever sits at the machine, and all that they may reach from there."""

    def __init__(self, settings: Settings, outside: Outside) -> None:
        self.settings = settings
        self.outside = outside
        self.administration = Administration(settings, outside, Mail(settings, outside))
        self.actor = Actor(by=f"{_user()}@{socket.gethostname()}", ip=None)


def operate(work: Callable[[Operator], Awaitable[Any]]) -> Any:
    """Do something with the stores, as the server itself would."""

    async def connected() -> Any:
        settings = Settings.load()
        outside = Outside(settings)
        try:
            return await work(Operator(settings, outside))
        finally:
            await outside.close()

    # The commands say what came of it themselves; standard output is theirs.
    configure_logs("error")
    return asyncio.run(connected())


def say(told: Any, text: str | Sequence[str], *, as_json: bool) -> None:
    """One answer, for programs or for people."""
    if as_json:
        typer.echo(json.dumps(plain(told), indent=2))
    else:
        for line in [text] if isinstance(text, str) else text:
            typer.echo(line)


def plain(value: Any) -> Any:
    """A value in the words of JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def read_secret(path: Path | None) -> str:
    """
    A secret from a file or standard input: arguments are seen by everybody.

    Raises:
        typer.BadParameter: there is none.

    """
    if path is not None:
        text = path.read_text(encoding="utf-8")
    elif sys.stdin.isatty():
        text = getpass.getpass("")
    else:
        text = sys.stdin.read(_LONGEST)
    if not (secret := text.strip("\r\n")):
        raise typer.BadParameter("nothing was given")
    return secret


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user need not have a name
        return "operator"
