"""Scopes and resources: what can be asked for, and where it belongs (RFC 8707)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth_service.protocol.authorization_details import Details, DetailType
from auth_service.protocol.message import say
from valetkey.errors import InvalidAuthorizationDetails, InvalidScope, InvalidTarget
from valetkey.parameters import words

#: RFC 6749 section 3.3: scope-token.
SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
#: A scope parameter longer than this is nobody's real request.
MAX_SCOPE = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """
    A scope and the sentence that people read about it.

    Attributes:
        sensitive: marked on the consent page.
        reserved: only the operator gives it to an app; nobody can help themselves.

    """

    name: str
    description: str
    sensitive: bool = False
    reserved: bool = False


#: What OpenID Connect Core section 5.4 and 11 define, and the person's employment.
PERSON_SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope(name="openid", description=say("Know that it is you when you sign in")),
        Scope(
            name="profile",
            description=say("See your name, username, picture and date of birth"),
        ),
        Scope(name="email", description=say("See your e-mail address")),
        Scope(name="phone", description=say("See your phone number"), sensitive=True),
        Scope(
            name="employee", description=say("See your employee number"), sensitive=True
        ),
        Scope(
            name="offline_access",
            description=say("Keep this access when you are not there"),
            sensitive=True,
        ),
    )
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """
    An API that accepts our access tokens (RFC 8707 section 2).

    Its identifier is the `aud` of its tokens, and no other API's (RFC 9068 section 5).
    """

    identifier: str
    name: str
    scopes: tuple[Scope, ...]
    #: The API's own client, which may introspect tokens made out to it.
    client_id: str | None = None
    detail_types: tuple[DetailType, ...] = ()
    #: For every token request, so not looked for each time.
    scope_names: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        names = frozenset(scope.name for scope in self.scopes)
        object.__setattr__(self, "scope_names", names)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every API that is registered, and so every scope that exists."""

    resources: tuple[Resource, ...]
    _scopes: Mapping[str, Scope] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """A name belongs to the first API that has it, and before that to a person."""
        apis = reversed(self.resources)
        every = {s.name: s for api in apis for s in reversed(api.scopes)}
        object.__setattr__(self, "_scopes", {**every, **PERSON_SCOPES})

    def find(self, identifier: str) -> Resource | None:
        """The resource of this name, compared as it is written."""
        return next((r for r in self.resources if r.identifier == identifier), None)

    def scope(self, name: str) -> Scope | None:
        """A scope by its name, a person's or an API's."""
        return self._scopes.get(name)

    def describe(self, names: frozenset[str]) -> tuple[Scope, ...]:
        """These scopes as people read them: the person's first, then each API's."""
        of_apis = (scope for r in self.resources for scope in r.scopes)
        every = {s.name: s for s in (*PERSON_SCOPES.values(), *of_apis)}
        return tuple(scope for name, scope in every.items() if name in names)

    def at(self, scopes: frozenset[str], resource: str | None) -> frozenset[str]:
        """
        Of these scopes, the person's and those of one resource.

        RFC 8707 section 2.2, RFC 9068 section 2.2.3.
        """
        here = self.find(resource) if resource else None
        own = here.scope_names if here else frozenset[str]()
        return scopes & (own | PERSON_SCOPES.keys())

    def detail_type(self, name: str) -> tuple[Resource, DetailType] | None:
        """A type of authorization details, and the API that it is for (RFC 9396)."""
        for resource in self.resources:
            for each in resource.detail_types:
                if each.type == name:
                    return resource, each
        return None

    def describe_details(self, details: Details) -> tuple[Scope, ...]:
        """Authorization details as people read them, like scopes made for once."""
        found = [(detail, self.detail_type(detail["type"])) for detail in details]
        return tuple(
            Scope(
                name=type_.type,
                description=type_.describe(detail),
                sensitive=type_.sensitive,
            )
            for detail, known in found
            if known is not None
            for _, type_ in [known]
        )

    def details_at(self, details: Details, resource: str | None) -> Details:
        """Of these authorization details, those that are for one API."""
        here = self.find(resource) if resource else None
        own = {each.type for each in here.detail_types} if here else set[str]()
        return tuple(detail for detail in details if detail["type"] in own)

    def speaks_for(self, client_id: str) -> frozenset[str]:
        """The identifiers of the resources whose own client this is."""
        return frozenset(
            r.identifier for r in self.resources if r.client_id == client_id
        )


def read_scopes(scope: str | None) -> frozenset[str]:
    """
    A scope parameter as a set (RFC 6749 section 3.3).

    Raises:
        InvalidScope: a character outside of scope-token, or over 1,024 characters.

    """
    if scope is not None and len(scope) > MAX_SCOPE:
        raise InvalidScope("scope is too long")
    names = frozenset(words(scope)) - {""}
    if not all(SCOPE_TOKEN.fullmatch(name) for name in names):
        raise InvalidScope("scope contains a character that it may not")
    return names


def write_scopes(scopes: frozenset[str]) -> str:
    """A set as a scope parameter, always in the same order."""
    return " ".join(sorted(scopes))


def check_details(
    catalogue: Catalogue, details: Details, types: tuple[str, ...]
) -> None:
    """
    Each is of a type that the app is registered for, and as that type wants it.

    Raises:
        InvalidAuthorizationDetails: one is not (RFC 9396 section 5).

    """
    for detail in details:
        found = catalogue.detail_type(detail["type"])
        if found is None or detail["type"] not in types:
            raise InvalidAuthorizationDetails("a type is not known, or not to this app")
        resource, type_ = found
        type_.check(detail, resource.identifier)


def targets(
    catalogue: Catalogue,
    scopes: frozenset[str],
    resource: str | None,
    details: Details = (),
) -> tuple[Resource, ...]:
    """
    The APIs that the scopes are for; none where they are about the person only.

    A request that names no resource gets the one that its scopes and details belong
    to (RFC 9068 section 3).

    Args:
        resource: the parameter, whose values are joined by spaces (RFC 8707 s. 2).

    Raises:
        InvalidTarget: a resource is not registered, or none is named and the scopes
            belong to two.
        InvalidScope: a scope that does not exist, or not at these resources.
        InvalidAuthorizationDetails: details that are for another resource.

    """
    types = {detail["type"] for detail in details}
    wanted = scopes - PERSON_SCOPES.keys()
    if any(catalogue.scope(name) is None for name in wanted):
        raise InvalidScope("a scope is not known")
    if resource is None:
        owners = [
            r
            for r in catalogue.resources
            if wanted & r.scope_names or types & {t.type for t in r.detail_types}
        ]
        if len(owners) > 1:
            raise InvalidTarget("the scopes belong to more than one resource")
        return tuple(owners)
    found = [catalogue.find(identifier) for identifier in words(resource)]
    known = tuple(each for each in found if each is not None)
    if len(known) < len(found):
        raise InvalidTarget("resource is not known")
    if not wanted <= frozenset().union(*(each.scope_names for each in known)):
        raise InvalidScope("a scope is not one of this resource")
    if not types <= {t.type for each in known for t in each.detail_types}:
        raise InvalidAuthorizationDetails("a type is not one of this resource")
    return known


def target(
    catalogue: Catalogue,
    scopes: frozenset[str],
    resource: str | None,
    details: Details = (),
) -> Resource | None:
    """
    The one API of an access token that is issued here and now; see `targets`.

    Raises:
        InvalidTarget: there are two, and an access token has one audience.
        InvalidScope: see `targets`.

    """
    found = targets(catalogue, scopes, resource, details)
    if len(found) > 1:
        raise InvalidTarget("an access token has one audience: name one resource")
    return found[0] if found else None


def choose(granted: tuple[str, ...], resource: str | None) -> str | None:
    """
    Of the resources that were authorised, the audience of one token.

    RFC 8707 section 2.2: the client names it; else it is the first it asked for.

    Raises:
        InvalidTarget: it names two, or one that was not authorised.

    """
    named = words(resource)
    if len(named) > 1:
        raise InvalidTarget("an access token has one audience: name one resource")
    if named and named[0] not in granted:
        raise InvalidTarget("resource is not the one that was authorised")
    return next(iter(named or granted), None)
