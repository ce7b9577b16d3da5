"""The form that registers and changes an app: its fields, and what stands in them."""

from collections.abc import Mapping, Sequence

from auth_service.protocol.app_form import KINDS
from auth_service.protocol.app_keys import write_jwks
from auth_service.protocol.client import Client
from auth_service.protocol.form_lines import Line, check_lines
from auth_service.protocol.message import say
from auth_service.protocol.scopes import PERSON_SCOPES, Scope

#: The text fields of an app's form; whatever else is sent is nobody's business.
FIELDS = (
    "client_name",
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "description",
    "contacts",
    "redirect_uris",
    "post_logout_redirect_uris",
    "initiate_login_uri",
    "backchannel_logout_uri",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
)
#: Fields that come as often as there are ticked boxes.
JOINED = frozenset({"scope", "grant_types"})
#: In which each line is a URI.
_LINES = ("redirect_uris", "post_logout_redirect_uris")

#: What an app may have besides what its kind always has.
GRANTS = {
    "refresh_token": say("Stay signed in: exchange refresh tokens for new tokens."),
    "client_credentials": say("Act for itself, with nobody signed in."),
    "urn:ietf:params:oauth:grant-type:device_code": say(
        "Sign people in on devices without a browser, by a code that they type."
    ),
    "urn:ietf:params:oauth:grant-type:token-exchange": say(
        "Exchange tokens for those of other APIs. Your operator decides about this."
    ),
    "urn:ietf:params:oauth:grant-type:jwt-bearer": say(
        "Get tokens by another server's word. Your operator decides about this."
    ),
}
#: How an app that can keep something proves itself.
METHODS = {
    "client_secret_basic": (
        say("Client secret, in the header"),
        say("HTTP Basic authentication. What most libraries do by default."),
    ),
    "client_secret_post": (
        say("Client secret, in the form"),
        say("For libraries that cannot send the header."),
    ),
    "private_key_jwt": (
        say("Private key"),
        say("The app signs, and no secret is shared. The strongest; needs keys below."),
    ),
}


def read_values(form: Mapping[str, str]) -> dict[str, str]:
    """What was typed and ticked; `grant_types` only where the form has asked."""
    values = {name: form.get(name, "") for name in (*FIELDS, "kind", "scope")}
    if "grant_types" in form:
        values["grant_types"] = form["grant_types"]
    return values


def values_of(app: Client) -> dict[str, str]:
    """An app as its form shows it."""
    values = {}
    for name in FIELDS:
        value = getattr(app, name)
        values[name] = "\n".join(value) if isinstance(value, tuple) else value or ""
    values["jwks"] = write_jwks(app)
    values["scope"] = " ".join(app.scopes)
    values["grant_types"] = " ".join(app.grant_types)
    return values


def choices(scopes: Sequence[Scope], chosen: frozenset[str]) -> list[dict[str, object]]:
    """Scopes as boxes to tick."""
    return [
        {
            "name": scope.name,
            "description": scope.description,
            "sensitive": scope.sensitive,
            "of_person": scope.name in PERSON_SCOPES,
            "checked": scope.name in chosen,
        }
        for scope in scopes
    ]


def grant_choices(app: Client, kind: str, ticked: str) -> list[dict[str, object]]:
    """The grants of an app: boxes to tick, and what an operator gave it to read."""
    free = KINDS[kind].choices
    shown = (*free, *sorted(app.grant_types - {*free} - KINDS[kind].grant_types))
    return [
        {
            "name": name,
            "text": GRANTS.get(name, name),
            "fixed": name not in free,
            "checked": name in app.grant_types
            if name not in free
            else name in ticked.split(),
        }
        for name in shown
    ]


def method_choices(app: Client | None) -> list[tuple[str, str, str]]:
    """How an app may authenticate; also as an operator lets this one."""
    known: list[tuple[str, str, str]] = [
        (name, *texts) for name, texts in METHODS.items()
    ]
    own = app.token_endpoint_auth_method if app else "none"
    if own not in {*METHODS, "none"}:
        known.append((own, own, say("Your operator decides about this.")))
    return known


def verdicts(values: Mapping[str, str], application_type: str) -> dict[str, list[Line]]:
    """Each line of URIs, with the reason where it cannot be taken."""
    return {
        name: check_lines(values[name], application_type=application_type)
        for name in _LINES
    }
