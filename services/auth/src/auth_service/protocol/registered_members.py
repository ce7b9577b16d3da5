"""
The members of a client's metadata that stand alone, and what each may be.

RFC 7591 section 2, OpenID Connect Dynamic Client Registration section 2.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.protocol.client import ID_TOKEN_ALGS, SUBJECT_TYPES
from auth_service.protocol.client_assertion import ALGS
from auth_service.protocol.client_keys import jwks_problem
from auth_service.protocol.client_metadata import name_problem, web_page_problem

#: A list of words or addresses has no more entries than this.
MAX_ENTRIES = 20
#: One of them has no more characters than this.
MAX_WORD = 254


class Unfit(Exception):
    """A value cannot be taken; the text says what it must be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """
    What a stranger may register for here.

    Attributes:
        auth_methods: of the token endpoint; the first is the default.
        grant_types: what else is asked for is left out.
        loopback: whether pages on this computer will do, as in development.

    """

    auth_methods: tuple[str, ...]
    grant_types: frozenset[str]
    loopback: bool


#: What everybody may register for: a person says yes each time.
FOR_EVERYBODY = frozenset(
    {
        "authorization_code",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
    }
)

#: A member's value as `Client` keeps it, or `Unfit`.
Reader = Callable[[Any, Offer], Any]


def one_of(known: Collection[str]) -> Reader:
    """One of these words, to the letter (OpenID Connect Registration section 6)."""

    def read(value: Any, _: Offer) -> str:
        if not isinstance(value, str) or value not in known:
            raise Unfit("must be one of those that are supported")
        return value

    return read


def _flag(value: Any, _: Offer) -> bool:
    if not isinstance(value, bool):
        raise Unfit("must be true or false")
    return value


def _seconds(value: Any, _: Offer) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 2**31:
        raise Unfit("must be a number of seconds")
    return value


def _word(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_WORD:
        raise Unfit(f"must have 1 to {MAX_WORD} characters")
    if not value.isprintable():
        raise Unfit("must be printable")
    return value


def _text(value: Any, _: Offer) -> str:
    return _word(value)


def _words(value: Any, _: Offer) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_ENTRIES:
        raise Unfit(f"must be an array of at most {MAX_ENTRIES} strings")
    return tuple(dict.fromkeys(_word(each) for each in value))


def _name(value: Any, _: Offer) -> str:
    """
    Kept as it is, and of no language that we would guess.

    RFC 7591 section 2.2, OpenID Connect Registration section 2.1.
    """
    if not isinstance(value, str) or name_problem(value):
        raise Unfit("must be a short name in printable characters")
    return value


def _page(value: Any, offer: Offer) -> str:
    if not isinstance(value, str):
        raise Unfit("must be a URL")
    if problem := web_page_problem(value, loopback=offer.loopback):
        raise Unfit(problem)
    return value


def _jwks(value: Any, _: Offer) -> Mapping[str, Any]:
    if problem := jwks_problem(value):
        raise Unfit(problem)
    return {"keys": value["keys"]}


_signature = one_of(ID_TOKEN_ALGS)
_client_signature = one_of(ALGS)

#: OpenID Connect Dynamic Client Registration section 2, RP-Initiated and Back-Channel
#: Logout, RFC 7591, 8705, 9101, 9126, 9396, 9449 and 9701. What belongs together is
#: read apart: redirect URIs, grants, scopes, and how the client authenticates.
MEMBERS: Mapping[str, Reader] = {
    "application_type": one_of(("web", "native")),
    "client_name": _name,
    "client_uri": _page,
    "logo_uri": _page,
    "policy_uri": _page,
    "tos_uri": _page,
    "contacts": _words,
    "initiate_login_uri": _page,
    "backchannel_logout_uri": _page,
    "backchannel_logout_session_required": _flag,
    "jwks": _jwks,
    "jwks_uri": _page,
    "token_endpoint_auth_signing_alg": _client_signature,
    "tls_client_auth_subject_dn": _text,
    "tls_client_auth_san_dns": _text,
    "tls_client_auth_san_uri": _text,
    "tls_client_auth_san_ip": _text,
    "tls_client_auth_san_email": _text,
    "tls_client_certificate_bound_access_tokens": _flag,
    "dpop_bound_access_tokens": _flag,
    "require_pushed_authorization_requests": _flag,
    "require_signed_request_object": _flag,
    "request_object_signing_alg": _client_signature,
    "id_token_signed_response_alg": _signature,
    "userinfo_signed_response_alg": _signature,
    "authorization_signed_response_alg": _signature,
    "introspection_signed_response_alg": _signature,
    "subject_type": one_of(SUBJECT_TYPES),
    "sector_identifier_uri": _page,
    "default_max_age": _seconds,
    "require_auth_time": _flag,
    "default_acr_values": _words,
    "authorization_details_types": _words,
}
