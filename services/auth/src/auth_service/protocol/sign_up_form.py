"""What a person may call themselves, and which passwords are no use."""

import re
from collections.abc import Mapping
from datetime import date

from email_validator import EmailNotValidError, validate_email
from zxcvbn import zxcvbn

from auth_service.protocol.message import say
from auth_service.protocol.user import User

#: No `@`: a username must never look like somebody else's e-mail address.
_USERNAME = re.compile(r"[^\W_][\w.\-]{1,38}[^\W_]|[^\W_]{2,3}")
#: E.164.
_PHONE_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST_NAME = 100
#: A language tag; which of them there are pages in is not known here (RFC 5646).
_LOCALE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
_LONGEST_LOCALE = 35
_PASSWORD_CHARS, _PASSWORD_BYTES = 8, 1024
#: zxcvbn's estimate: below this a password is found within a million guesses.
_STRENGTH = 2


class Unusable(Exception):
    """What is wrong, by field, in words for the person."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(", ".join(errors))
        self.errors = errors


def password_problem(password: str, *, about: tuple[str, ...] = ()) -> str | None:
    """
    Why a password cannot be taken, or None (NIST SP 800-63B section 5.1.1.2).

    Length and guessability only; no rule about which characters it is made of.

    Args:
        about: the person's own names, which make a bad password.

    """
    if len(password) < _PASSWORD_CHARS:
        return say("Use at least {count} characters.", count=_PASSWORD_CHARS)
    if len(password.encode()) > _PASSWORD_BYTES:
        return say("This is too long for a password.")
    # zxcvbn refuses more than 72 characters; what comes after only adds strength.
    if zxcvbn(password[:72], user_inputs=list(about))["score"] < _STRENGTH:
        return say("This password is easy to guess. Try a few unrelated words.")
    return None


def read_email(text: str) -> str:
    """
    An e-mail address, in its one way to be written.

    Raises:
        Unusable: it is none.

    """
    try:
        return validate_email(text.strip(), check_deliverability=False).normalized
    except EmailNotValidError:
        problem = say("This does not look like an e-mail address.")
        raise Unusable({"email": problem}) from None


def read_profile(values: Mapping[str, str], user: User) -> User:
    """
    A person with the profile that a form gives them.

    Raises:
        Unusable: with every field that cannot be taken.

    """
    errors: dict[str, str] = {}
    username = values.get("username", user.username).strip()
    if not _USERNAME.fullmatch(username):
        errors["username"] = say(
            "Use 2 to 40 letters, digits, dots, dashes or underscores."
        )
    email = user.email
    try:
        email = read_email(values.get("email", user.email))  # OIDC Core section 5.1
    except Unusable as unusable:
        errors.update(unusable.errors)
    name = values.get("name", "").strip() or username
    if len(name) > _LONGEST_NAME or not name.isprintable():
        errors["name"] = say(
            "Use at most {count} printable characters.", count=_LONGEST_NAME
        )
    birthdate, phone_number = _optional(values, errors)
    emp_user_id = values.get("emp_user_id", "").strip() or None
    if emp_user_id and not (len(emp_user_id) <= 64 and emp_user_id.isprintable()):
        errors["emp_user_id"] = say(
            "Use at most {count} printable characters.", count=64
        )
    locale = values.get("locale", user.locale or "").strip() or None
    if locale and not (len(locale) <= _LONGEST_LOCALE and _LOCALE.fullmatch(locale)):
        errors["locale"] = say("Choose one of the languages.")
    if errors:
        raise Unusable(errors)
    return User(
        subject=user.subject,
        username=username,
        email=email,
        name=name,
        email_verified=user.email_verified and email == user.email,
        phone_number=phone_number,
        birthdate=birthdate,
        emp_user_id=emp_user_id,
        picture=user.picture,
        locale=locale,
    )


def _optional(
    values: Mapping[str, str], errors: dict[str, str]
) -> tuple[date | None, str | None]:
    birthdate = None
    if given := values.get("birthdate", "").strip():
        try:
            birthdate = date.fromisoformat(given)
        except ValueError:
            errors["birthdate"] = say("Write the date as 1990-12-31.")
        else:
            if not 1900 <= birthdate.year <= 2100:
                errors["birthdate"] = say("This is not a date of birth.")
    phone_number = re.sub(r"[ ()\-./]", "", values.get("phone_number", "")) or None
    if phone_number and not _PHONE_NUMBER.fullmatch(phone_number):
        errors["phone_number"] = say(
            "Write it as +49 30 123456, with the country code."
        )
    return birthdate, phone_number
