"""`valetkey`: what an operator does to the authorization server by hand."""

import sys

import typer
from sqlalchemy.exc import OperationalError

from auth_service.cli import clients, config, keys, people, provisioning, tokens
from auth_service.cli.doctor import doctor
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import OAuthError
from valetkey.settings import UnusableSettings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help=__doc__,
    # They show local variables, and so passwords.
    pretty_exceptions_enable=False,
)
app.command()(provisioning.migrate)
app.command()(provisioning.provision)
app.command()(doctor)
for name, part in (
    ("config", config.app),
    ("keys", keys.app),
    ("client", clients.app),
    ("user", people.app),
    ("token", tokens.app),
    ("registration-tokens", provisioning.tokens),
):
    app.add_typer(part, name=name)


def main() -> None:
    """
    Run a command; what is wrong goes to standard error, one line each.

    Ends with 1 where something could not be done, and with 2 where the command was
    not one: what `doctor` ends with, it says itself.
    """
    try:
        app()
    except UnusableSettings as unusable:
        sys.exit("\n".join(unusable.problems))
    except OperationalError:
        sys.exit("DATABASE_URL: the database cannot be reached")
    except Unusable as unusable:
        sys.exit("\n".join(f"{n}: {why}" for n, why in unusable.errors.items()))
    except (OAuthError, ValueError) as error:
        sys.exit(f"valetkey: {error}")
