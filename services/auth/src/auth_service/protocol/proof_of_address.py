"""What a link in a letter is good for, bound to the person and to the address."""

from dataclasses import dataclass

from auth_service.protocol.user import User, canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetProof:
    """
    The right to choose a new password.

    Attributes:
        email: where the letter went; void once the person has another address.
        password: fingerprint of the hash that it replaces, so that any other change
            of the password voids it too.

    """

    subject: str
    email: str
    password: str

    def is_good_for(self, user: User, password: str) -> bool:
        """Whether nothing has changed since it was sent."""
        same = canonical(user.email) == canonical(self.email)
        return same and password == self.password and not user.disabled


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressProof:
    """
    Whoever has it reads the mail of `email`.

    Attributes:
        before: the person's address when they asked; void once it is another.

    """

    subject: str
    email: str
    before: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingSignUp:
    """
    A person who has filled in the register page and has yet to prove their address.

    Attributes:
        browser_key: fingerprint of the cookie of the browser in which they did.
        code: what the letter says; it counts in that browser only.
        secret: the second half of the letter's link; the browser has only the first.
        handle: the flow that waits for them.
        picture: a square WEBP image in base64, or nothing.

    """

    browser_key: str
    user: User
    password_hash: str
    code: str
    secret: str
    handle: str | None
    next: str | None
    picture: str = ""
