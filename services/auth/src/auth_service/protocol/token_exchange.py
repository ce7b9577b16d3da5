"""Token exchange: what may be had for a token, by whom (RFC 8693)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.scopes import PERSON_SCOPES, Catalogue, read_scopes
from valetkey.errors import InvalidGrant, InvalidRequest, InvalidScope, InvalidTarget
from valetkey.parameters import words

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
#: What we take and give (section 3): our access tokens, which are JWTs.
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_TYPES = frozenset({ACCESS_TOKEN, "urn:ietf:params:oauth:token-type:jwt"})
#: So many may have acted one for the other.
MAX_ACTORS = 5

Claims = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ExchangeRequest:
    """
    What is asked for (section 2.1).

    Attributes:
        actor_token: of whoever acts for the subject; None where nobody is named.
        audience: the API that the new token is for; None for that of the subject's.

    """

    subject_token: str
    actor_token: str | None
    audience: str | None
    scopes: frozenset[str]


def read_exchange(parameters: Mapping[str, str]) -> ExchangeRequest:
    """
    The request, with types that we know.

    Raises:
        InvalidRequest: a token or its type is missing, or of a type that we do not
            take or give (section 2.1).
        InvalidTarget: more than one API; each access token has one (section 2.2.2).

    """
    subject_token = parameters.get("subject_token")
    actor_token = parameters.get("actor_token")
    types = [parameters.get("requested_token_type", ACCESS_TOKEN)]
    types.append(parameters.get("subject_token_type", ""))
    if (actor_token is None) != ("actor_token_type" not in parameters):
        raise InvalidRequest("actor_token and actor_token_type come together")
    if actor_token is not None:
        types.append(parameters["actor_token_type"])
    if subject_token is None or not set(types) <= _TYPES:
        raise InvalidRequest("a token is missing or of a type that is not exchanged")
    named = {*words(parameters.get("resource")), *words(parameters.get("audience"))}
    if len(named) > 1:
        raise InvalidTarget("an access token has one audience: name one")
    return ExchangeRequest(
        subject_token=subject_token,
        actor_token=actor_token,
        audience=next(iter(named), None),
        scopes=read_scopes(parameters.get("scope")),
    )


def check_holder(
    subject: Claims,
    client: Client,
    catalogue: Catalogue,
    confirmation: Mapping[str, str] | None,
) -> None:
    """
    The token came to this client by right: it was issued to it, or is for its API.

    Raises:
        InvalidGrant: it is somebody else's, or bound to a key that was not proved.

    """
    if subject["client_id"] == client.client_id:
        if "cnf" in subject and subject["cnf"] != confirmation:
            raise InvalidGrant(detail="the key of subject_token was not proved")
        return
    if subject["aud"] not in catalogue.speaks_for(client.client_id):
        raise InvalidGrant(detail="subject_token is neither from nor for this client")


def reach(
    subject: Claims,
    client: Client,
    audience: str,
    consented: frozenset[str],
    catalogue: Catalogue,
) -> frozenset[str]:
    """
    The most that the new token may allow; never more than a person said yes to.

    At the same API, what the token allows. At another one, what the operator lets
    this client exchange for there; of an app that is not the operator's own, only
    what the person has allowed it there as well (RFC 9700 section 2.3).

    Args:
        consented: what the person has allowed this client at that API.

    Raises:
        InvalidTarget: the API is not known, or not for this client (section 2.2.2).

    """
    if audience == subject["aud"]:
        return read_scopes(subject.get("scope"))
    target = catalogue.find(audience)
    policy = (client.token_exchange or {}).get(audience)
    if target is None or policy is None:
        raise InvalidTarget("the app may not exchange tokens for this audience")
    known = frozenset(scope.name for scope in target.scopes) - PERSON_SCOPES.keys()
    most = known & frozenset(policy)
    return most if _is_the_operators(client, catalogue) else most & consented


def _is_the_operators(client: Client, catalogue: Catalogue) -> bool:
    return client.first_party or bool(catalogue.speaks_for(client.client_id))


def narrow_to(most: frozenset[str], wanted: frozenset[str]) -> frozenset[str]:
    """
    The scopes of the new token: all, or the fewer that were asked for.

    Raises:
        InvalidGrant: nothing is left of it: the person was not asked.
        InvalidScope: wider than what there is.

    """
    if not most:
        raise InvalidGrant(detail="nothing was allowed at this audience")
    if not wanted <= most:
        raise InvalidScope("scope is wider than what may be had")
    return wanted or most


def chain(subject: Claims, actor: Claims | None) -> Claims | None:
    """
    The `act` claim: who acts now, and who acted before (section 4.1).

    Without an actor the subject's own chain goes on: what was done on behalf of
    somebody stays known.

    Raises:
        InvalidGrant: the chain is too long.

    """
    before: Claims | None = subject.get("act")
    if actor is None:
        return before
    told = {"sub": actor["sub"], "client_id": actor["client_id"]}
    if before is not None:
        told["act"] = before
    if _length(told) > MAX_ACTORS:
        raise InvalidGrant(detail="too many have acted one for the other")
    return told


def _length(act: Claims | None) -> int:
    return 0 if act is None else 1 + _length(act.get("act"))
