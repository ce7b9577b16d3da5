"""`valetkey client`: apps of the operator's own, and everybody's in a list."""

from dataclasses import replace
from typing import Annotated

import typer

from auth_service.cli.operating import AsJson, Operator, operate, say
from auth_service.protocol.app_form import KINDS
from auth_service.protocol.client import Client

app = typer.Typer(no_args_is_help=True, help="Apps.")


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What people read.")],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")] = "web",
    redirect_uri: Annotated[
        list[str] | None, typer.Option(help="As often as there are some.")
    ] = None,
    scope: Annotated[
        str, typer.Option(help="All that it may ask for, reserved ones too.")
    ] = "openid profile email",
    as_json: AsJson = False,
) -> None:
    """Register an app of your own; its secret is shown this once."""

    async def work(operator: Operator) -> None:
        values = {
            "kind": kind,
            "client_name": name,
            "redirect_uris": "\n".join(redirect_uri or ()),
            "scope": scope,
        }
        catalogue = await operator.outside.resources.catalogue()
        made, secret = await operator.administration.apps.create(
            values,
            catalogue,
            operator.actor,
            loopback=operator.settings.environment == "development",
        )
        told = {"client_id": made.client_id, "client_secret": secret}
        lines = [f"client_id      {made.client_id}"]
        lines += [f"client_secret  {secret}"] if secret else []
        say(told, lines, as_json=as_json)

    operate(work)


@app.command("list")
def list_apps(
    search: Annotated[str, typer.Option(help="How names or IDs begin.")] = "",
    as_json: AsJson = False,
) -> None:
    """Every app, by name."""

    async def work(operator: Operator) -> list[Client]:
        apps, page = operator.administration.apps, None
        found: list[Client] = []
        while True:
            some = await apps.search(search, order="name", page=page)
            found += some.rows
            if some.next is None:
                return found
            page = some.next

    apps: list[Client] = operate(work)
    # Not even fingerprints leave the database.
    told = [replace(each, secret_fingerprints=()) for each in apps]
    lines = [
        f"{each.client_id}  {each.client_name}"
        + ("  suspended" if each.suspended else "")
        for each in apps
    ]
    say(told, lines, as_json=as_json)


@app.command("rotate-secret")
def rotate_secret(
    client_id: str,
    end_others: Annotated[
        bool, typer.Option("--end-others", help="At once, not when you say so.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a second secret, shown this once; the first works on until it is ended."""

    async def work(operator: Operator) -> None:
        apps, actor = operator.administration.apps, operator.actor
        found = await apps.find(client_id)
        if end_others:
            for each in await apps.secrets(found):
                await apps.delete_secret(found, each.id, actor)
        secret = await apps.add_secret(found, actor)
        told = {"client_id": client_id, "client_secret": secret}
        say(told, secret, as_json=as_json)

    operate(work)
