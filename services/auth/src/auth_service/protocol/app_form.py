"""What a developer says about an app: its kind, and the metadata that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from auth_service.protocol import device_grant, fapi
from auth_service.protocol.app_keys import SECRET_METHODS, read_authentication
from auth_service.protocol.client import Client
from auth_service.protocol.client_metadata import name_problem, web_page_problem
from auth_service.protocol.form_lines import (
    contacts_problem,
    lines_problem,
    read_lines,
)
from auth_service.protocol.message import say
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue, Scope
from auth_service.protocol.sign_up_form import Unusable

#: A description has no more characters than this.
MAX_DESCRIPTION = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """
    A sort of app that people can register, in RFC 7591's words.

    It says whether the app can keep a secret; one on people's devices has none
    (RFC 6749 sections 2 and 10.1, RFC 8252 sections 7.2, 8.4 and 8.5).

    Attributes:
        grant_types: what it always has.
        choices: what it may have besides; the first one from the start, if any.

    """

    application_type: str
    auth_methods: tuple[str, ...]
    grant_types: frozenset[str]
    choices: tuple[str, ...] = ()


_CODE = frozenset({"authorization_code"})
_CONFIDENTIAL = (*SECRET_METHODS, "private_key_jwt")
KINDS: dict[str, Kind] = {
    "web": Kind(
        application_type="web",
        auth_methods=_CONFIDENTIAL,
        grant_types=_CODE,
        choices=("refresh_token", "client_credentials", device_grant.GRANT_TYPE),
    ),
    "spa": Kind(
        application_type="web",
        auth_methods=("none",),
        grant_types=_CODE,
        choices=("refresh_token",),
    ),
    "native": Kind(
        application_type="native",
        auth_methods=("none",),
        grant_types=_CODE,
        choices=("refresh_token", device_grant.GRANT_TYPE),
    ),
    "device": Kind(
        application_type="native",
        auth_methods=("none",),
        grant_types=frozenset({device_grant.GRANT_TYPE}),
        choices=("refresh_token",),
    ),
    "service": Kind(
        application_type="web",
        auth_methods=_CONFIDENTIAL,
        grant_types=frozenset({"client_credentials"}),
    ),
}
#: Pages of the app's own, each a link or an address that this server calls.
_PAGES = (
    "client_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "initiate_login_uri",
    "backchannel_logout_uri",
)


def kind_of(client: Client) -> str:
    """The kind that an app was registered as."""
    if "authorization_code" not in client.grant_types:
        of_device = device_grant.GRANT_TYPE in client.grant_types
        return "device" if of_device else "service"
    if client.application_type == "native":
        return "native"
    return "spa" if client.is_public else "web"


def new_app(kind: str | None, *, client_id: str, owner: str) -> Client:
    """
    An app of a kind, before it has said anything else about itself.

    It is in testing, but for a service: nobody signs in to that.

    Raises:
        Unusable: there is no such kind.

    """
    found = KINDS.get(kind or "")
    if found is None:
        raise Unusable({"kind": say("Choose what kind of app it is.")})
    return Client(
        client_id=client_id,
        client_name="",
        token_endpoint_auth_method=found.auth_methods[0],
        grant_types=found.grant_types.union(found.choices[:1]),
        scopes=frozenset(),
        application_type=found.application_type,
        owner=owner,
        live=kind == "service",
    )


def offered_scopes(
    catalogue: Catalogue, app: Client | None = None
) -> tuple[Scope, ...]:
    """
    What people may register an app for: a person's scopes, then each API's.

    Args:
        app: keeps what an operator gave it.

    """
    given = app.scopes if app else frozenset[str]()
    of_apis = (
        scope
        for resource in catalogue.resources
        for scope in resource.scopes
        if not scope.reserved or scope.name in given
    )
    return tuple({s.name: s for s in (*PERSON_SCOPES.values(), *of_apis)}.values())


def read_app(
    values: Mapping[str, str], app: Client, catalogue: Catalogue, *, loopback: bool
) -> Client:
    """
    An app with the metadata that a form gives it; its kind stays.

    Args:
        loopback: whether its own pages may be on this computer.

    Raises:
        Unusable: with every field that cannot be taken.

    """
    errors: dict[str, str] = {}
    kind = kind_of(app)
    service, stays = kind == "service", kind in {"service", "device"}
    name = values.get("client_name", "").strip()
    description = values.get("description", "").strip() or None
    contacts = read_lines(values.get("contacts"))
    pages: dict[str, Any] = {
        field: values.get(field, "").strip() or None for field in _PAGES
    }
    # A service has nobody to send anywhere, and a device nothing to send them with.
    redirect_uris = () if stays else read_lines(values.get("redirect_uris"))
    after = () if stays else read_lines(values.get("post_logout_redirect_uris"))
    if stays:
        pages["initiate_login_uri"] = pages["backchannel_logout_uri"] = None
    scopes = frozenset(values.get("scope", "").split())
    # What a form that was made for another kind asks about people is left out.
    scopes -= PERSON_SCOPES.keys() if service else set()

    _note(errors, "client_name", name_problem(name))
    _note(errors, "description", _description_problem(description))
    for field, uri in pages.items():
        problem = web_page_problem(uri, loopback=loopback) if uri else None
        _note(errors, field, problem)
    _note(errors, "contacts", contacts_problem(contacts))
    for field, uris, least in (
        ("redirect_uris", redirect_uris, 0 if stays else 1),
        ("post_logout_redirect_uris", after, 0),
    ):
        problem = lines_problem(
            uris, application_type=app.application_type, at_least=least
        )
        _note(errors, field, problem)
    _note(errors, "scope", _scopes_problem(scopes, app.scopes, catalogue))
    authentication = read_authentication(
        values, app, KINDS[kind].auth_methods, errors, loopback=loopback
    )
    if errors:
        raise Unusable(errors)
    changed = replace(
        app,
        client_name=name,
        description=description,
        contacts=contacts,
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=after,
        scopes=scopes,
        grant_types=_grant_types(values.get("grant_types"), app, KINDS[kind]),
        **pages,
        **authentication,
    )
    if problem := fapi.metadata_problem(changed):
        raise Unusable({"form": problem})
    return changed


def _grant_types(asked: str | None, app: Client, kind: Kind) -> frozenset[str]:
    """What the kind always has, what was ticked, and what an operator gave."""
    if asked is None:
        return app.grant_types
    ticked = set(kind.choices).intersection(asked.split())
    return app.grant_types.difference(kind.choices) | kind.grant_types | ticked


def _description_problem(text: str | None) -> str | None:
    if text and (len(text) > MAX_DESCRIPTION or not text.isprintable()):
        return say("Use at most {count} printable characters.", count=MAX_DESCRIPTION)
    return None


def _scopes_problem(
    scopes: frozenset[str], before: frozenset[str], catalogue: Catalogue
) -> str | None:
    """A form that is forged gets nothing that is not offered: it may be reserved."""
    if not scopes:
        return say("Choose at least one.")
    offered = {scope.name for scope in offered_scopes(catalogue)}
    kept = {name for name in before if catalogue.scope(name) is not None}
    if not scopes <= offered | kept:
        return say("One of these does not exist any more. Choose again.")
    return None


def _note(errors: dict[str, str], field: str, problem: str | None) -> None:
    if problem is not None:
        errors[field] = problem
