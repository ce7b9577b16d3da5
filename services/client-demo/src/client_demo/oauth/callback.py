"""The answer at our redirect_uri: whether it is ours, then what it says."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hmac import compare_digest

from client_demo.errors import NotOurCallback, SignInRefused
from client_demo.oauth.attempt import Attempt

#: The characters that `error` and `error_description` may have (RFC 6749 4.1.2.1).
_PRINTABLE = re.compile(r"[\x20-\x21\x23-\x5B\x5D-\x7E]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """An answer to the request that we made. Only `validate_callback()` makes one."""

    code: str


def validate_callback(
    parameters: Mapping[str, str], attempt: Attempt, *, issuer: str, iss_required: bool
) -> Callback:
    """
    First whether it is ours, then what it says (RFC 9207 sections 2.4 and 4, RFC 9700
    sections 4.4.2 and 4.4.2.1).

    OpenID Connect Core section 3.1.2.7 asks for that too.

    Args:
        parameters: the query, each parameter once.
        attempt: what this browser began, found by its state and its cookie.
        issuer: the provider that this application uses.
        iss_required: whether that provider promises to send `iss`.

    Raises:
        NotOurCallback: another state, another issuer, or neither code nor error.
        SignInRefused: it is ours, and the provider says no.

    """
    if not compare_digest(parameters.get("state", "").encode(), attempt.state.encode()):
        raise NotOurCallback("state is not the one that we sent")
    if attempt.issuer != issuer:
        raise NotOurCallback("this sign-in was begun at another provider")
    iss = parameters.get("iss")
    if iss is None and iss_required:
        raise NotOurCallback("iss is missing, though the provider promises it")
    if iss is not None and iss != issuer:
        raise NotOurCallback("iss is not the provider that we asked")
    if "error" in parameters:
        raise SignInRefused(
            _shown(parameters["error"]) or "unreadable",
            _shown(parameters.get("error_description", "")),
        )
    if "code" not in parameters:
        raise NotOurCallback("neither a code nor an error came back")
    return Callback(code=parameters["code"])


def _shown(text: str) -> str:
    """A text from the provider, or nothing where it is not what the RFC allows."""
    return text if _PRINTABLE.fullmatch(text) else ""
