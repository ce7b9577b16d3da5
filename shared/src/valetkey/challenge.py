"""The challenge that says what would let a request pass (RFC 9110 section 11.6.1)."""

from collections.abc import Mapping
from dataclasses import dataclass

from valetkey.errors import (
    InsufficientScope,
    InsufficientUserAuthentication,
    InvalidToken,
    OAuthError,
)
from valetkey.requirement import Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenger:
    """
    Writes WWW-Authenticate for one API.

    Attributes:
        resource_metadata: where the API's metadata is (RFC 9728 section 5.1).
        algs: what DPoP proofs may be signed with; empty where there is no DPoP.
        only_dpop: whether a bearer token is never enough.

    """

    resource_metadata: str | None
    algs: tuple[str, ...]
    only_dpop: bool

    def write(
        self, error: OAuthError | None, requirement: Requirement, *, dpop: bool
    ) -> str:
        """
        The value of the header (RFC 6750 section 3, RFC 9449 section 7.1).

        Values are constants or checked scopes, so nothing is escaped.

        Args:
            error: what was wrong; None where no token was presented.
            requirement: what the route asks for.
            dpop: whether the token was presented with the scheme DPoP.

        """
        fields = self._fields(error, requirement)
        if dpop or self.only_dpop:
            return _challenge("DPoP", {**fields, "algs": " ".join(self.algs)})
        # It has one parameter at least (RFC 6750 section 3).
        bearer = _challenge("Bearer", fields or {"realm": "api"})
        # Another scheme helps where a token does, not where it must reach further.
        if self.algs and (error is None or isinstance(error, InvalidToken)):
            return f"{bearer}, {_challenge('DPoP', {'algs': ' '.join(self.algs)})}"
        return bearer

    def _fields(
        self, error: OAuthError | None, requirement: Requirement
    ) -> dict[str, str]:
        fields = {} if error is None else error.parameters()
        unproven = isinstance(error, InsufficientUserAuthentication)
        if unproven and requirement.acr_values:
            fields["acr_values"] = " ".join(requirement.acr_values)
        if unproven and requirement.max_age is not None:
            fields["max_age"] = str(requirement.max_age)
        # Every scope is named at once, so that a client asks the person once.
        asks = error is None or unproven or isinstance(error, InsufficientScope)
        if requirement.scopes and asks:
            fields["scope"] = " ".join(requirement.scopes)
        if self.resource_metadata is not None:
            fields["resource_metadata"] = self.resource_metadata
        return fields


def _challenge(scheme: str, fields: Mapping[str, str]) -> str:
    told = ", ".join(f'{name}="{value}"' for name, value in fields.items())
    return f"{scheme} {told}".rstrip()
