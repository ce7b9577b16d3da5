"""Who may use an app that is in testing: its owner, and the testers they named."""

from collections.abc import Sequence
from dataclasses import dataclass

from auth_service.protocol.app_form import kind_of
from auth_service.protocol.app_keys import uses_secret
from auth_service.protocol.client import Client
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.user import User, canonical
from valetkey.errors import AccessDenied

#: An app has no more of them.
MAX_TESTERS = 50
#: A username or an e-mail address has no more characters.
_LONGEST = 254


class NotATester(AccessDenied):
    """The app is in testing, and this person was not asked to try it."""

    def __init__(self) -> None:
        super().__init__("the app is in testing, and this person is no tester of it")


def is_named(person: User, name: str) -> bool:
    """
    Whether somebody meant this person, by username or by e-mail address.

    By an address only where the person has shown that it is theirs: else whoever
    registers under somebody's address is taken for them.
    """
    given = canonical(name)
    by_email = person.email_verified and given == canonical(person.email)
    return by_email or given == canonical(person.username)


def may_try(client: Client, person: User | None) -> bool:
    """Whether this person may use the app as it is now."""
    if client.live or person is None:
        return client.live
    return person.subject == client.owner or any(
        is_named(person, tester) for tester in client.testers
    )


def read_name(typed: str) -> str:
    """
    A username or an e-mail address, as it was typed; nobody is looked up.

    Raises:
        Unusable: it can be neither.

    """
    name = typed.strip()
    if not name or len(name) > _LONGEST or not name.isprintable() or " " in name:
        raise Unusable({"name": say("Type a username or an e-mail address.")})
    return name


@dataclass(frozen=True, slots=True)
class Check:
    """
    One line of the list of what an app needs before everybody may use it.

    Attributes:
        required: it cannot go live without.

    """

    text: str
    done: bool
    required: bool = True


def checklist(app: Client, *, has_secret: bool, loopback: bool) -> Sequence[Check]:
    """
    What an app needs, and what people will miss, before it goes live.

    Args:
        has_secret: whether a secret of it is alive.
        loopback: whether pages on this computer will do, as in development.

    """
    kind = kind_of(app)
    checks = [
        Check(
            say("A home page, so that people can see who is behind the app."),
            app.client_uri is not None,
        )
    ]
    if kind in {"web", "spa"}:
        # RFC 8252 section 7.3: the loopback interface is for apps on one's computer.
        local = any(uri.startswith("http:") for uri in app.redirect_uris)
        checks.append(
            Check(
                say("Redirect URIs on the web: none leads to this computer."),
                not local or loopback,
            )
        )
    if not app.is_public:
        proven = has_secret if uses_secret(app) else True
        checks.append(Check(say("A secret or a key to prove itself with."), proven))
    checks.append(
        Check(
            say("Somebody to turn to: an e-mail address under Contacts."),
            bool(app.contacts),
        )
    )
    checks += [
        Check(say("A privacy policy."), app.policy_uri is not None, required=False),
        Check(say("Terms of service."), app.tos_uri is not None, required=False),
        Check(say("A logo."), app.logo_uri is not None, required=False),
    ]
    return checks
