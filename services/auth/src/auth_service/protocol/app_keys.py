"""How a developer's app proves itself: a secret of ours, or keys of its own."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.client_keys import jwks_problem
from auth_service.protocol.client_metadata import web_page_problem
from auth_service.protocol.message import say
from valetkey.errors import InvalidToken
from valetkey.jws import read_json_object

#: With these an app has secrets that we make for it.
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
#: The longest JWK Set that can be pasted.
_LONGEST = 4096


def uses_secret(client: Client) -> bool:
    """Whether it authenticates with a secret that we give it."""
    return client.token_endpoint_auth_method in SECRET_METHODS


def read_authentication(
    values: Mapping[str, str],
    app: Client,
    methods: Sequence[str],
    errors: dict[str, str],
    *,
    loopback: bool,
) -> dict[str, Any]:
    """
    The members of the metadata that say how an app authenticates (RFC 7591 s. 2).

    Args:
        methods: those that its kind can use; what an operator gave it stays, too.
        errors: is given what cannot be taken.

    """
    if tuple(methods) == ("none",):
        return {}
    now = app.token_endpoint_auth_method
    method = values.get("token_endpoint_auth_method") or now
    if method not in {*methods, now}:
        errors["token_endpoint_auth_method"] = say("Choose one of these.")
    jwks = _read_jwks(values.get("jwks", "").strip(), errors)
    jwks_uri = values.get("jwks_uri", "").strip() or None
    if jwks_uri and (problem := web_page_problem(jwks_uri, loopback=loopback)):
        errors["jwks_uri"] = problem
    if jwks and jwks_uri:
        errors["jwks"] = say("Give the keys or their address, not both.")
    needs_keys = method in {"private_key_jwt", "self_signed_tls_client_auth"}
    if needs_keys and not (jwks or jwks_uri or "jwks" in errors):
        errors["jwks"] = say("This way to authenticate needs keys or their address.")
    return {"token_endpoint_auth_method": method, "jwks": jwks, "jwks_uri": jwks_uri}


def _read_jwks(text: str, errors: dict[str, str]) -> dict[str, Any] | None:
    """What is kept of a JWK Set that was pasted: its public keys."""
    if not text:
        return None
    if len(text) > _LONGEST:
        errors["jwks"] = say("This is too long for a JWK Set.")
        return None
    try:
        value = read_json_object(text.encode())
    except InvalidToken:
        errors["jwks"] = say("This is not JSON, or a name in it is repeated.")
        return None
    if problem := jwks_problem(value):
        errors["jwks"] = _WORDS.get(problem, _NO_SET)
        return None
    return {"keys": value["keys"]}


_NO_SET = say(
    "Paste a JWK Set: a JSON object with the member keys, a list of 1 to 20 keys."
)
#: What registration says to programs, as sentences.
_WORDS = {
    "must contain public keys only": say(
        "This contains a private or a symmetric key, which now has been shown: "
        "make new ones, and paste the public keys only."
    ),
    "contains a key that cannot be used: type, algorithm or length": say(
        "One of the keys cannot be used: its type, algorithm or length is not accepted."
    ),
}


def write_jwks(client: Client) -> str:
    """The JWK Set of an app as its developer reads it."""
    return json.dumps(client.jwks, indent=2) if client.jwks else ""
