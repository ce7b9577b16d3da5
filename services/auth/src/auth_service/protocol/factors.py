"""What a person proves themselves with beside a password: passkeys and codes."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from auth_service.protocol.acr import ACR_VALUES, PASSWORD, SECOND_FACTOR
from auth_service.protocol.message import say

#: How long the step after the password waits, and a challenge for its answer.
STEP_LIFETIME = timedelta(minutes=5)
#: How long an authenticator app has to be set up.
ENROLMENT_LIFETIME = timedelta(minutes=15)
MAX_PASSKEYS = 20
RECOVERY_CODES = 10
#: Without the letters and digits that people mistake for each other.
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
#: 79 bits: a plain hash of it is not to be turned back.
RECOVERY_LENGTH = 16
_LONGEST_NAME = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """
    What a person has.

    Attributes:
        authenticator: whether an app of theirs shows codes (RFC 6238).
        recovery_codes: how many are left; they stand in for either factor.

    """

    authenticator: bool
    passkeys: int
    recovery_codes: int

    @property
    def required(self) -> bool:
        """Whether a password alone signs this person in nowhere."""
        return self.authenticator or self.passkeys > 0

    @property
    def acr_values(self) -> frozenset[str]:
        """The levels that this person can reach."""
        if self.passkeys:
            return frozenset(ACR_VALUES)
        return frozenset(
            {PASSWORD, SECOND_FACTOR} if self.authenticator else {PASSWORD}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """
    A key of a person's own device (WebAuthn Level 3 section 4).

    Attributes:
        credential_id: base64url, as browsers say it.
        sign_count: of the last use, where the device counts.
        backup_eligible: whether it may be copied to other devices of the person.
        backed_up: whether it was.

    """

    credential_id: str
    subject: str
    public_key: bytes
    name: str
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...] = ()
    created_at: datetime | None = None
    last_used_at: datetime | None = None

    @property
    def amr(self) -> tuple[str, ...]:
        """What using it proves (RFC 8176): who used it was verified by the device."""
        return ("swk" if self.backup_eligible else "hwk", "user", "mfa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """
    Whose answer a challenge waits for.

    Attributes:
        subject: who adds a passkey; None where somebody signs in.

    """

    browser_key: str
    subject: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The secret of an authenticator app that has not shown a right code yet."""

    subject: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignIn:
    """
    A person whose password was right, before their second factor.

    Attributes:
        password: fingerprint of the hash that it was checked against: whoever
            changes the password ends this.
        handle: of the app's request that waits, if they came from one.
        next: the page of ours where they wanted to go, if not.

    """

    browser_key: str
    subject: str
    password: str
    remembered: bool
    handle: str | None
    next: str | None


def read_passkey_name(text: str | None) -> str:
    """What a person calls a passkey; never empty, never long."""
    return " ".join((text or "").split())[:_LONGEST_NAME] or say("Passkey")


def read_code(text: str) -> str:
    """A code as it was typed, without what people put between its parts."""
    return "".join(c for c in text.casefold() if c not in " -\u00a0\t")
