"""
What a program may register by itself (RFC 7591 section 2).

A member that nobody here knows is ignored, as the section asks: neither a
`client_id` nor an owner, a profile or a way around consent can be had by naming it.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from auth_service.protocol.app_form import offered_scopes
from auth_service.protocol.client import Client
from auth_service.protocol.client_metadata import redirect_uris_problem
from auth_service.protocol.registered_members import (
    MEMBERS,
    Offer,
    Reader,
    Unfit,
    one_of,
)
from auth_service.protocol.scopes import Catalogue, read_scopes, write_scopes
from valetkey.errors import InvalidClientMetadata, InvalidRedirectUri, InvalidScope

_SUBJECTS_OF_CERTIFICATES = [m for m in MEMBERS if m.startswith("tls_client_auth_")]


def read_registration(
    members: Mapping[str, Any], blank: Client, catalogue: Catalogue, offer: Offer
) -> Client:
    """
    A client with the metadata that it gives itself, every default filled in.

    One bad member, and nothing is registered (OpenID Connect Registration section 7).
    A member that is null counts as left out (RFC 7592 section 2.2). Nothing is
    fetched here: `sector_identifier_uri` has to be looked at before this is believed.

    Raises:
        InvalidRedirectUri: a redirect URI cannot be taken (RFC 7591 section 3.2.2).
        InvalidClientMetadata: anything else, with the name of the member.

    """
    values = {
        name: _read(name, members[name], reader, offer)
        for name, reader in MEMBERS.items()
        if members.get(name) is not None
    }
    method = one_of(offer.auth_methods)
    named = members.get("token_endpoint_auth_method")
    values["token_endpoint_auth_method"] = (
        offer.auth_methods[0]
        if named is None
        else _read("token_endpoint_auth_method", named, method, offer)
    )
    client = replace(blank, **values)
    client = replace(client, grant_types=_grant_types(members, client, offer))
    client = replace(client, scopes=_scopes(members, client, catalogue))
    redirect_uris, after = _redirect_uris(members, client)
    client = replace(
        client, redirect_uris=redirect_uris, post_logout_redirect_uris=after
    )
    _check(client, catalogue)
    return client


def _read(name: str, value: Any, reader: Reader, offer: Offer) -> Any:
    try:
        return reader(value, offer)
    except Unfit as error:
        raise InvalidClientMetadata(f"{name}: {error}") from None


def _strings(members: Mapping[str, Any], name: str, default: str) -> list[str]:
    value = members.get(name)
    value = [default] if value is None else value
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidClientMetadata(f"{name}: must be an array of strings")
    return value


def _grant_types(
    members: Mapping[str, Any], client: Client, offer: Offer
) -> frozenset[str]:
    """Those that may be had; a code needs its grant (RFC 7591 section 2.1)."""
    granted = offer.grant_types.intersection(
        _strings(members, "grant_types", "authorization_code")
    )
    if client.is_public:
        granted -= {"client_credentials"}
    if not granted - {"refresh_token"}:
        raise InvalidClientMetadata("grant_types: none of them can be had here")
    asked = _strings(members, "response_types", "code")
    if "authorization_code" in granted and "code" not in asked:
        raise InvalidClientMetadata("response_types: authorization_code needs code")
    return granted


def _scopes(
    members: Mapping[str, Any], client: Client, catalogue: Catalogue
) -> frozenset[str]:
    """
    What everybody may have, of what is asked for.

    A client that says nothing may ask people for all of it; one that acts for itself
    has nobody who could say no, so it has to say what it needs.
    """
    offered = frozenset(scope.name for scope in offered_scopes(catalogue))
    asked = members.get("scope")
    if asked is None:
        return offered if client.grant_types - {"client_credentials"} else frozenset()
    try:
        wanted = read_scopes(asked if isinstance(asked, str) else "\0")
    except InvalidScope:
        raise InvalidClientMetadata("scope: is malformed") from None
    if wanted and not wanted & offered:
        raise InvalidClientMetadata("scope: none of it can be had here")
    return wanted & offered


def _redirect_uris(
    members: Mapping[str, Any], client: Client
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where people are sent after signing in, and after signing out."""
    needed = 1 if "authorization_code" in client.grant_types else 0
    found = []
    for name, least, refusal in (
        ("redirect_uris", needed, InvalidRedirectUri),
        ("post_logout_redirect_uris", 0, InvalidClientMetadata),
    ):
        uris = members.get(name)
        uris = [] if uris is None else uris
        if not isinstance(uris, list) or not all(isinstance(u, str) for u in uris):
            raise refusal(f"{name}: must be an array of strings")
        problem = redirect_uris_problem(
            uris, application_type=client.application_type, at_least=least
        )
        if problem:
            raise refusal(f"{name}: {problem}")
        found.append(tuple(dict.fromkeys(uris)))
    return found[0], found[1]


def _check(client: Client, catalogue: Catalogue) -> None:
    """What the members say together."""
    if client.jwks is not None and client.jwks_uri is not None:
        raise InvalidClientMetadata("jwks and jwks_uri: give one of them")
    method = client.token_endpoint_auth_method
    keyless = client.jwks is None and client.jwks_uri is None
    if method in {"private_key_jwt", "self_signed_tls_client_auth"} and keyless:
        raise InvalidClientMetadata("the way to authenticate needs jwks or jwks_uri")
    # RFC 8705 section 2.1.2: exactly one of them says whose certificate it is.
    subjects = [m for m in _SUBJECTS_OF_CERTIFICATES if getattr(client, m) is not None]
    if method == "tls_client_auth" and len(subjects) != 1:
        raise InvalidClientMetadata("give one of the tls_client_auth_ members")
    if client.require_signed_request_object and keyless:
        raise InvalidClientMetadata("signed request objects need jwks or jwks_uri")
    types = client.authorization_details_types
    if any(catalogue.detail_type(name) is None for name in types):
        raise InvalidClientMetadata("authorization_details_types: one is not known")


def write_registration(client: Client) -> dict[str, Any]:
    """All metadata as registered, defaults included (RFC 7591 section 3.2.1)."""
    defaults = {f.name: f.default for f in fields(Client)}
    told: dict[str, Any] = {
        name: list(value) if isinstance(value, tuple) else value
        for name in (*MEMBERS, "redirect_uris", "post_logout_redirect_uris")
        if (value := getattr(client, name)) is not None
        # An empty list that nobody asked for says nothing.
        and not (value == () and defaults[name] == ())
    }
    code = "authorization_code" in client.grant_types
    return {
        **told,
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "grant_types": sorted(client.grant_types),
        "response_types": ["code"] if code else [],
        "scope": write_scopes(client.scopes),
    }
