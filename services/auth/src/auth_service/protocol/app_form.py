"""What a developer says about an app: its kind, and the metadata that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auth_service.protocol import device_grant
from auth_service.protocol.client import Client
from auth_service.protocol.client_metadata import (
    name_problem,
    redirect_uris_problem,
    web_page_problem,
)
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue, Scope
from auth_service.protocol.sign_up_form import Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A sort of app that people can register, in RFC 7591's words."""

    application_type: str
    token_endpoint_auth_method: str
    grant_types: frozenset[str]


_CODE = frozenset({"authorization_code", "refresh_token"})
KINDS: dict[str, Kind] = {
    "web": Kind(
        application_type="web",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=_CODE,
    ),
    "spa": Kind(
        application_type="web", token_endpoint_auth_method="none", grant_types=_CODE
    ),
    "native": Kind(
        application_type="native", token_endpoint_auth_method="none", grant_types=_CODE
    ),
    "device": Kind(
        application_type="native",
        token_endpoint_auth_method="none",
        grant_types=frozenset({device_grant.GRANT_TYPE, "refresh_token"}),
    ),
    "service": Kind(
        application_type="web",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=frozenset({"client_credentials"}),
    ),
}


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

    Raises:
        Unusable: there is no such kind.

    """
    found = KINDS.get(kind or "")
    if found is None:
        raise Unusable({"kind": "Choose what kind of app it is."})
    return Client(
        client_id=client_id,
        client_name="",
        token_endpoint_auth_method=found.token_endpoint_auth_method,
        grant_types=found.grant_types,
        scopes=frozenset(),
        application_type=found.application_type,
        owner=owner,
    )


def offered_scopes(catalogue: Catalogue) -> tuple[Scope, ...]:
    """What people may register an app for: a person's scopes, then each API's."""
    of_apis = (s for r in catalogue.resources for s in r.scopes if not s.reserved)
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
    client_uri = values.get("client_uri", "").strip() or None
    initiate_login_uri = values.get("initiate_login_uri", "").strip() or None
    logout_uri = values.get("backchannel_logout_uri", "").strip() or None
    # A service has nobody to send anywhere, and a device nothing to send them with.
    redirect_uris = () if stays else _lines(values.get("redirect_uris"))
    after = () if stays else _lines(values.get("post_logout_redirect_uris"))
    scopes = frozenset(values.get("scope", "").split())
    # What a form that was made for another kind asks about people is left out.
    scopes -= PERSON_SCOPES.keys() if service else set()

    _note(errors, "client_name", name_problem(name))
    for field, uri in (
        ("client_uri", client_uri),
        ("initiate_login_uri", initiate_login_uri),
        ("backchannel_logout_uri", logout_uri),
    ):
        problem = web_page_problem(uri, loopback=loopback) if uri else None
        _note(errors, field, problem)
    for field, uris, least in (
        ("redirect_uris", redirect_uris, 0 if stays else 1),
        ("post_logout_redirect_uris", after, 0),
    ):
        problem = redirect_uris_problem(
            uris, application_type=app.application_type, at_least=least
        )
        _note(errors, field, problem)
    _note(errors, "scope", _scopes_problem(scopes, catalogue))
    if errors:
        raise Unusable(errors)
    return replace(
        app,
        client_name=name,
        client_uri=client_uri,
        initiate_login_uri=None if stays else initiate_login_uri,
        backchannel_logout_uri=None if stays else logout_uri,
        redirect_uris=redirect_uris,
        post_logout_redirect_uris=after,
        scopes=scopes,
    )


def _lines(text: str | None) -> tuple[str, ...]:
    """Each line once, in order; white space around it is a slip of the hand."""
    lines = (line.strip(" \t\r") for line in (text or "").split("\n"))
    return tuple(dict.fromkeys(line for line in lines if line))


def _scopes_problem(scopes: frozenset[str], catalogue: Catalogue) -> str | None:
    if not scopes:
        return "Choose at least one."
    if any(catalogue.scope(name) is None for name in scopes):
        return "One of these does not exist any more. Choose again."
    return None


def _note(errors: dict[str, str], field: str, problem: str | None) -> None:
    if problem is not None:
        errors[field] = problem
