"""A narrower token in place of one that can do more (RFC 8693, client side)."""

from collections.abc import Mapping
from typing import Any

from client_demo.errors import AnswerRefused

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
#: Scopes about the person, which open nothing at an API (OpenID Connect Core 5.4).
_OF_THE_PERSON = {"openid", "profile", "email", "address", "phone", "offline_access"}


def narrower(scope: str) -> str | None:
    """The first scope for an API, of several; None where nothing can be left out."""
    for_apis = [each for each in scope.split() if each not in _OF_THE_PERSON]
    return for_apis[0] if for_apis else None


def exchange_request(access_token: str, *, scope: str | None) -> dict[str, str]:
    """The parameters of the request (section 2.1)."""
    form = {
        "grant_type": GRANT_TYPE,
        "subject_token": access_token,
        "subject_token_type": ACCESS_TOKEN,
        "requested_token_type": ACCESS_TOKEN,
    }
    return form if scope is None else {**form, "scope": scope}


def check_issued(answer: Mapping[str, Any]) -> None:
    """
    What came is an access token (section 2.2.1).

    Raises:
        AnswerRefused: it is something else.

    """
    if answer.get("issued_token_type") != ACCESS_TOKEN:
        raise AnswerRefused("issued_token_type is not the one that we asked for")
