"""What an API wants before it does what it was asked (RFC 9110 11.6.1, RFC 9470)."""

import re
from dataclasses import dataclass

_PARAMETER = re.compile(r'([A-Za-z_]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')
#: Values that we repeat in a request of our own.
_ACR_VALUES = re.compile(r"[\x21-\x7e]+(?: [\x21-\x7e]+)*")
_MAX_AGE = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """
    The API wants the person to prove again, or better, who they are.

    Attributes:
        max_age: how old the sign-in may be at most, in seconds.
        acr_values: how strong it must be, the best first, by spaces.

    """

    max_age: str | None
    acr_values: str | None

    @property
    def parameters(self) -> dict[str, str]:
        """What the authorization request must say (RFC 9470 section 4)."""
        wanted = {"max_age": self.max_age, "acr_values": self.acr_values}
        return {name: value for name, value in wanted.items() if value is not None}


def read_step_up(www_authenticate: str) -> StepUp | None:
    """The challenge of RFC 9470 section 3, or None where it is another one."""
    told = {
        name.lower(): plain or re.sub(r"\\(.)", r"\1", quoted)
        for name, quoted, plain in _PARAMETER.findall(www_authenticate)
    }
    if told.get("error") != "insufficient_user_authentication":
        return None
    max_age, acr_values = told.get("max_age", ""), told.get("acr_values", "")
    return StepUp(
        max_age=max_age if _MAX_AGE.fullmatch(max_age) else None,
        acr_values=acr_values if _ACR_VALUES.fullmatch(acr_values) else None,
    )
