"""`valetkey token`: what a token says, and what it is worth."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import typer

from auth_service.cli.operating import (
    AsJson,
    Operator,
    SecretFile,
    operate,
    read_secret,
    say,
)
from auth_service.storage.postgres.signing_keys import PostgresSigningKeys
from valetkey.errors import InvalidRequest

app = typer.Typer(
    no_args_is_help=True, help="Tokens; each is read from standard input or a file."
)


@app.command("decode")
def decode(file: SecretFile = None, as_json: AsJson = False) -> None:
    """Header and claims of a JWT, as they are written: nothing is verified."""
    parts = read_secret(file).strip().split(".")
    if len(parts) != 3:
        raise InvalidRequest("this is not a JWT of three parts")
    told = {"header": _part(parts[0]), "claims": _part(parts[1]), "verified": False}
    say(told, json.dumps(told, indent=2), as_json=as_json)


@app.command("introspect")
def introspect(file: SecretFile = None, as_json: AsJson = False) -> None:
    """What an access or refresh token of this server is worth right now."""
    token = read_secret(file).strip()

    async def work(operator: Operator) -> None:
        store = PostgresSigningKeys(operator.outside.engine)
        operator.outside.keyring.load(*await store.all())
        told = await operator.administration.tokens.introspect(token)
        say(told, json.dumps(told, indent=2), as_json=as_json)

    operate(work)


def _part(text: str) -> Any:
    try:
        return json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise InvalidRequest("this is not a JWT: a part is not JSON") from None
