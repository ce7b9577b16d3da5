"""
The claims parameter: what an app asks for by name (OpenID Connect Core section 5.5).

A claim that no scope of the request opens is a thing of its own to allow: it has a
sentence on the consent page and is remembered under a name that no scope can have,
for it contains a space (RFC 6749 section 3.3).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.protocol.message import say
from auth_service.protocol.scopes import Scope
from auth_service.protocol.user import CLAIMS_OF_SCOPE, opened
from valetkey.errors import InvalidRequest, InvalidToken
from valetkey.jws import read_json_object

#: Where a claim can be wanted (section 5.5).
_PLACES = ("userinfo", "id_token")
_SENTENCES = {
    "name": say("See your name"),
    "preferred_username": say("See your username"),
    "picture": say("See your picture"),
    "birthdate": say("See your date of birth"),
    "locale": say("See which language you read"),
    "updated_at": say("See when you last changed your profile"),
    "email": say("See your e-mail address"),
    "email_verified": say("See whether your e-mail address is confirmed"),
    "phone_number": say("See your phone number"),
    "phone_number_verified": say("See whether your phone number is confirmed"),
    "emp_user_id": say("See your employee number"),
}
_SENSITIVE = {name for s in ("phone", "employee") for name in CLAIMS_OF_SCOPE[s]}
#: What a person allows claim by claim, as they read it.
PERMISSIONS: Mapping[str, Scope] = {
    f"claim {name}": Scope(
        name=f"claim {name}", description=sentence, sensitive=name in _SENSITIVE
    )
    for name, sentence in _SENTENCES.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """
    What is left of the parameter: what we know, and the app may ask for.

    Attributes:
        names: of the claims about the person, in lists under `userinfo` and
            `id_token`; and in `acr` the levels of which the answer must say one;
            None where there is nothing.
        subjects: who it must be, as the app calls them; None: whoever signs in.
        essential_acr: of which one must be reached; none: whichever.

    """

    names: Mapping[str, Any] | None = None
    subjects: frozenset[str] | None = None
    essential_acr: tuple[str, ...] = ()


def read_claims_request(text: str | None, scopes: frozenset[str]) -> ClaimsRequest:
    """
    Read the parameter; members and claims that we do not know are left out.

    A claim of a scope that the app is not registered for is one of those.

    Args:
        scopes: all that the app is registered for.

    Raises:
        InvalidRequest: not the JSON object that section 5.5 describes.

    """
    if text is None:
        return ClaimsRequest()
    try:
        members = read_json_object(text.encode())
    except (InvalidToken, UnicodeError):
        raise InvalidRequest("claims must be a JSON object") from None
    wanted = {place: _read_place(members[place]) for place in _PLACES & members.keys()}
    mine = opened(scopes)
    names = {
        place: sorted(mine & wanted[place].keys())
        for place in _PLACES
        if mine & wanted.get(place, {}).keys()
    }
    if essential := _essential_acr(wanted):
        names["acr"] = list(essential)
    return ClaimsRequest(
        names=names or None, subjects=_subjects(wanted), essential_acr=essential
    )


def asked_for(names: Mapping[str, Any] | None, place: str) -> frozenset[str]:
    """The claims that were asked for at this place: `userinfo` or `id_token`."""
    return frozenset((names or {}).get(place, ()))


def permissions(
    scopes: frozenset[str], names: Mapping[str, Any] | None
) -> frozenset[str]:
    """What a person must allow: the scopes, and each claim that none of them opens."""
    every = frozenset[str]().union(*(asked_for(names, place) for place in _PLACES))
    return scopes | {f"claim {name}" for name in every - opened(scopes)}


def covered(granted: frozenset[str]) -> frozenset[str]:
    """What was allowed, and each claim that was allowed with it."""
    return granted | {f"claim {name}" for name in opened(granted)}


def _read_place(value: Any) -> dict[str, dict[str, Any]]:
    if not isinstance(value, dict):
        raise InvalidRequest("a member of claims must be an object")
    for how in value.values():
        if how is not None and not isinstance(how, dict):
            raise InvalidRequest("a claim in claims must be null or an object")
    claims = {name: how or {} for name, how in value.items()}
    if not all(isinstance(h.get("essential", False), bool) for h in claims.values()):
        raise InvalidRequest("essential in claims must be true or false")
    return claims


def _subjects(wanted: Mapping[str, Any]) -> frozenset[str] | None:
    """Section 5.5.1; who is named in two places must be in both."""
    named = [frozenset(values) for _, values in _values(wanted, "sub") if values]
    return frozenset.intersection(*named) if named else None


def _essential_acr(wanted: Mapping[str, Any]) -> tuple[str, ...]:
    """Section 5.5.1.1; one that is not essential is a wish."""
    essential = [v for how, v in _values(wanted, "acr") if how.get("essential")]
    return next((values for values in essential if values), ())


def _values(
    wanted: Mapping[str, Any], claim: str
) -> Iterator[tuple[Mapping[str, Any], tuple[str, ...]]]:
    for claims in wanted.values():
        how = claims.get(claim, {})
        if {"value", "values"} <= how.keys():
            raise InvalidRequest("value and values in claims exclude each other")
        values = how.get("values", [how["value"]] if "value" in how else [])
        if not isinstance(values, list) or not all(isinstance(v, str) for v in values):
            raise InvalidRequest("sub and acr in claims must be strings")
        yield how, tuple(values)
