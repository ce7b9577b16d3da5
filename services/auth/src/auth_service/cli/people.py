"""`valetkey user`: people, by username, e-mail address or subject."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from auth_service.cli.operating import AsJson, Operator, operate, read_secret, say
from auth_service.flows.administration.people import Reset
from auth_service.protocol.user import User

app = typer.Typer(no_args_is_help=True, help="People.")

Name = Annotated[str, typer.Argument(help="Username, e-mail address or subject.")]


@app.command("create")
def create(
    username: str,
    email: str,
    name: str = "",
    administrator: Annotated[
        bool, typer.Option("--administrator", help="Put them in charge.")
    ] = False,
    password_file: Annotated[
        Path | None,
        typer.Option(help="The file with the password; - is standard input."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make an account; without a password its owner chooses one by a link."""
    password = None
    if password_file is not None:
        is_input = str(password_file) == "-"
        password = read_secret(None if is_input else password_file)

    async def work(operator: Operator) -> None:
        people, actor = operator.administration.people, operator.actor
        values = {"username": username, "email": email, "name": name}
        user, reset = await people.create(
            values, actor, language="en", password=password
        )
        if administrator:
            await people.make_administrator(user, actor)
        told = {"subject": user.subject, "username": user.username}
        lines = [f"{user.username} is {user.subject}.", *_link(reset)]
        say({**told, "reset_link": reset.link}, lines, as_json=as_json)

    operate(work)


@app.command("reset")
def reset(name: Name, as_json: AsJson = False) -> None:
    """Make their password worthless, and let them choose another by a link."""

    async def work(operator: Operator) -> None:
        people = operator.administration.people
        person = await people.identify(name)
        done = await people.reset(person, operator.actor, language="en")
        told = {"subject": person.subject, "reset_link": done.link}
        lines = _link(done) or ["A letter with a link is on its way."]
        say(told, lines, as_json=as_json)

    operate(work)


@app.command("disable")
def disable(name: Name, as_json: AsJson = False) -> None:
    """Shut them out, of every browser and every app, at once."""
    _change(
        name,
        lambda ours, who: ours.administration.people.disable(who, ours.actor),
        "is disabled",
        as_json=as_json,
    )


@app.command("enable")
def enable(name: Name, as_json: AsJson = False) -> None:
    """Let them in again."""
    _change(
        name,
        lambda ours, who: ours.administration.people.enable(who, ours.actor),
        "is enabled",
        as_json=as_json,
    )


@app.command("make-administrator")
def make_administrator(name: Name, as_json: AsJson = False) -> None:
    """Put them in charge."""
    _change(
        name,
        lambda ours, who: ours.administration.people.make_administrator(
            who, ours.actor
        ),
        "administers",
        as_json=as_json,
    )


def _change(
    name: str,
    change: Callable[[Operator, User], Awaitable[None]],
    outcome: str,
    *,
    as_json: bool,
) -> None:
    async def work(operator: Operator) -> None:
        people = operator.administration.people
        person = await people.identify(name)
        await change(operator, person)
        person = await people.find(person.subject)
        told = {
            "subject": person.subject,
            "disabled": person.disabled,
            "administrator": person.administrator,
        }
        say(told, f"{person.username} {outcome}.", as_json=as_json)

    operate(work)


def _link(reset: Reset) -> list[str]:
    if reset.link is None:
        return []
    return ["A new password is chosen here, once, within 30 minutes:", reset.link]
