"""`valetkey config`: whether the settings can be used, and where each came from."""

import typer

from auth_service.cli.operating import AsJson, say
from auth_service.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Settings.")


@app.command("check")
def check(as_json: AsJson = False) -> None:
    """Say what is wrong with the settings, all of it at once."""
    Settings.load()
    say({"problems": []}, "The settings can be used.", as_json=as_json)


@app.command("dump")
def dump(as_json: AsJson = False) -> None:
    """Every setting with its source; what is secret is masked."""
    described = Settings.load().described()
    lines = [f"{each.name}={each.value}  # {each.source}" for each in described]
    say(described, lines, as_json=as_json)
