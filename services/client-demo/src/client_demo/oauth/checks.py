"""The checks of a sign-in in the order they are made, for the page that lists them."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One check that every sign-in here passes, and where it is written."""

    rule: str
    section: str


_AT_CALLBACK = (
    Check("No parameter of the answer is repeated", "RFC 6749 §3.1"),
    Check("state belongs to a request of this browser, used once", "RFC 9700 §4.7"),
)
_ISS = Check("iss of the answer is the provider that was asked", "RFC 9207 §2.4")
_AT_TOKEN = (
    Check("The provider took our code_verifier for the code", "RFC 7636 §4.6"),
    Check("The token response is whole, its token_type is ours", "RFC 6749 §5.1"),
)
_AT_ID_TOKEN = (
    Check("Signed by a key of the provider, with that key's own alg", "RFC 8725 §3.1"),
    Check("typ is that of an ID token, not of an access token", "RFC 8725 §3.11"),
    Check("iss is exactly the provider", "OpenID Connect Core §3.1.3.7 (2)"),
    Check(
        "aud is this application, azp no other", "OpenID Connect Core §3.1.3.7 (3–5)"
    ),
    Check("Not expired, not from the future", "OpenID Connect Core §3.1.3.7 (9, 10)"),
    Check("nonce is the one of this browser", "OpenID Connect Core §3.1.3.7 (11)"),
)
_AT_HASH = Check("at_hash fits the access token", "OpenID Connect Core §3.1.3.8")
_AT_USERINFO = Check("userinfo speaks of the same sub", "OpenID Connect Core §5.3.2")


def at_callback(answer: Container[str]) -> tuple[Check, ...]:
    """What an accepted callback passed; `answer`: the names of its parameters."""
    return (*_AT_CALLBACK, *((_ISS,) if "iss" in answer else ()))


def at_token(claims: Container[str], *, userinfo: bool) -> tuple[Check, ...]:
    """What the tokens passed; two checks depend on what the provider sent."""
    return (
        *_AT_TOKEN,
        *_AT_ID_TOKEN,
        *((_AT_HASH,) if "at_hash" in claims else ()),
        *((_AT_USERINFO,) if userinfo else ()),
    )
