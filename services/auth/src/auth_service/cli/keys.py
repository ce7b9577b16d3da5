"""`valetkey keys`: what signs, what comes next, and the emergency."""

from typing import Annotated

import typer

from auth_service.cli.operating import AsJson, Operator, operate, say
from auth_service.flows.administration.keys import Key

app = typer.Typer(no_args_is_help=True, help="Signing keys.")


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every published key, and since when it signs."""

    async def work(operator: Operator) -> list[Key]:
        return await operator.administration.keys.all()

    keys: list[Key] = operate(work)
    lines = [
        f"{k.kid}  {k.alg:5}  {k.state:7}  "
        + (f"{k.active_at:%Y-%m-%d %H:%M}" if k.active_at else "announced")
        for k in keys
    ]
    say(keys, lines, as_json=as_json)


@app.command("rotate")
def rotate(
    now: Annotated[
        bool, typer.Option("--now", help="Do not announce: the key may be stolen.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Let the announced keys sign once everybody had time to fetch them."""

    async def work(operator: Operator) -> None:
        keys, actor = operator.administration.keys, operator.actor
        moment = await keys.rotate(actor, now=now)
        text = f"The announced keys sign from {moment:%Y-%m-%d %H:%M:%S %Z}."
        say({"active_at": moment}, text, as_json=as_json)

    operate(work)


# A thumbprint may begin with a hyphen, and is no option then.
@app.command("remove", context_settings={"ignore_unknown_options": True})
def remove(kid: str, as_json: AsJson = False) -> None:
    """Withdraw a retired key at once; what it signed is worth nothing."""

    async def work(operator: Operator) -> None:
        await operator.administration.keys.remove(kid, operator.actor)
        say({"removed": kid}, "The key is gone.", as_json=as_json)

    operate(work)
