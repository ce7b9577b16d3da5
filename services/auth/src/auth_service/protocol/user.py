"""User: a person, their canonical names, and their claims (OIDC Core section 5.1)."""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """
    A person who signs in.

    Attributes:
        subject: what tokens call them; stable, never given to anybody else (OIDC Core
            section 5.7, RFC 7519 section 4.1.2).
        picture: the URL path of their picture on this server, or None.
        locale: the language of their pages, as RFC 5646 writes it.
        disabled: signs in nowhere, and every token of theirs is dead.
        administrator: may do everything under /admin.

    """

    subject: str
    username: str
    email: str
    name: str
    email_verified: bool = False
    phone_number: str | None = None
    birthdate: date | None = None
    emp_user_id: str | None = None
    picture: str | None = None
    updated_at: datetime | None = None
    disabled: bool = False
    administrator: bool = False
    locale: str | None = None


def canonical(text: str) -> str:
    """
    The form in which names and addresses are compared.

    NFKC, case-folded, without characters that cannot be seen, so that `Alice`, the
    same in full-width letters and `alice` with a zero-width joiner are one account,
    and one counter of wrong passwords.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    # Folding takes some letters apart; their accents belong to them.
    whole = unicodedata.normalize("NFKC", folded)
    seen = (c for c in whole if unicodedata.category(c) not in {"Cf", "Cc", "Mn"})
    return unicodedata.normalize("NFKC", "".join(seen)).strip()


#: Which claims a scope opens (OIDC Core section 5.4; `employee` is ours).
CLAIMS_OF_SCOPE: dict[str, tuple[str, ...]] = {
    "profile": (
        "name",
        "preferred_username",
        "picture",
        "birthdate",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "employee": ("emp_user_id",),
}


def opened(scopes: frozenset[str]) -> frozenset[str]:
    """The claims that these scopes open."""
    return frozenset(name for s in scopes for name in CLAIMS_OF_SCOPE.get(s, ()))


def claims(user: User, names: frozenset[str], *, issuer: str) -> dict[str, object]:
    """These claims about a person, so far as they are known (OIDC Core section 5.6)."""
    known: dict[str, object] = {
        "name": user.name,
        "preferred_username": user.username,
        "picture": f"{issuer}{user.picture}" if user.picture else None,
        "birthdate": user.birthdate.isoformat() if user.birthdate else None,
        "locale": user.locale,
        "updated_at": int(user.updated_at.timestamp()) if user.updated_at else None,
        "email": user.email,
        "email_verified": user.email_verified,
        "phone_number": user.phone_number,
        "phone_number_verified": False if user.phone_number else None,
        "emp_user_id": user.emp_user_id,
    }
    return {
        name: value
        for name, value in known.items()
        if name in names and value is not None
    }
