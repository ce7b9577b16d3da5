"""
What can go wrong for somebody who signs in here, in words for them.

    Refusal
    ├── BadRequest             400  the request to us is malformed
    ├── ForgedRequest          403  a form that this application did not send
    ├── PageNotFound           404
    ├── NotOurCallback         400  an answer to no request of this browser
    ├── SignInRefused          400  the provider said no (RFC 6749 section 4.1.2.1)
    ├── AnswerRefused          400  the provider's answer fails a check
    ├── NotOffered             400  the provider, or this application, has no such thing
    ├── TokenRefused           400  the token endpoint said no (RFC 6749 section 5.2)
    ├── ApiRefused             400  the API said no
    └── Unavailable            503  something that we need is away
        ├── ProviderUnavailable
        ├── ApiUnavailable
        └── SessionsUnavailable
    SignedOut                       there is no session, or it ended just now
"""

from collections.abc import Sequence
from typing import ClassVar


class Refusal(Exception):
    """
    Something that a person is told on a page.

    Attributes:
        title: what happened, in a few words.
        status: the HTTP status of the page.
        explanation: what happened and what to do, in whole sentences.
        again: a link that may help, as its text and its path, or None.
        detail: for the developer: which check failed, or the error code; never
            a token, a code or any other secret.
        messages: what went over the wire until then, where that is worth showing.

    """

    title: ClassVar[str] = "This did not work"
    status: ClassVar[int] = 400
    explanation: str = "Please try again."
    again: ClassVar[tuple[str, str] | None] = ("Try to sign in again", "/sign-in")

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.messages: Sequence[object] = ()


class BadRequest(Refusal):
    """The request to us is malformed."""

    title = "This request makes no sense here"
    explanation = "Go back to the start page and try again from there."
    again = None


class ForgedRequest(Refusal):
    """A form that did not come from a page of this session."""

    title = "This form was not sent from here"
    status = 403
    explanation = (
        "The form came from another site, or from a page that is no longer current. "
        "Nothing was changed. Open the page again and send the form from there."
    )
    again = None


class PageNotFound(Refusal):
    """There is no such page."""

    title = "There is no such page"
    status = 404
    explanation = "The address may be mistyped."
    again = None


class NotOurCallback(Refusal):
    """An answer to a request that this browser did not make, or made long ago."""

    title = "This answer does not belong to a sign-in of yours"
    explanation = (
        "The sign-in was not started in this browser, was finished before, or took "
        "longer than fifteen minutes. Nobody was signed in. Starting again is safe."
    )


class SignInRefused(Refusal):
    """The provider answered with an error (RFC 6749 section 4.1.2.1)."""

    title = "You were not signed in"
    explanation = (
        "The provider did not accept the request of this application. "
        "Trying again may help; otherwise tell whoever runs it."
    )

    #: What the error codes mean for the person who reads them.
    meanings: ClassVar[dict[str, str]] = {
        "access_denied": "The sign-in was cancelled, or access was not allowed. "
        "Nothing was shared with this application.",
        "login_required": "You are not signed in at the provider.",
        "consent_required": "The provider needs your consent first.",
        "interaction_required": "The provider needs to ask you something first.",
        "temporarily_unavailable": "The provider is busy. Try again in a moment.",
        "server_error": "The provider had a problem of its own. Try again in a moment.",
    }

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(f"error={error}" + (f": {description}" if description else ""))
        self.explanation = self.meanings.get(error, self.explanation)


class AnswerRefused(Refusal):
    """The provider's answer fails a check; nothing in it is believed."""

    title = "The provider's answer did not pass our checks"
    explanation = (
        "Nobody was signed in. If it happens again, tell whoever runs this "
        "application; the line below helps them."
    )


class NotOffered(Refusal):
    """This flow cannot be shown here."""

    title = "This is not offered here"
    explanation = (
        "The provider does not offer it, or this application is not set up for it. "
        "The page of all flows says which."
    )
    again = ("To all flows", "/flows")


class TokenRefused(Refusal):
    """The token endpoint answered with an error (RFC 6749 section 5.2)."""

    title = "The provider gave no tokens"
    explanation = (
        "A code works once, for a minute or so, and only for the browser that asked "
        "for it; other requests only for applications that may make them. Starting "
        "again is safe."
    )

    def __init__(self, error: str) -> None:
        super().__init__(f"error={error}")
        self.error = error


class ApiRefused(Refusal):
    """The API understood the request and said no."""

    title = "The notes API said no"
    explanation = (
        "The access token may not reach this far, or the note is too long, or gone."
    )
    again = ("Back to your notes", "/notes")


class Unavailable(Refusal):
    """Something that we need is away; the same request may succeed later."""

    status = 503


class ProviderUnavailable(Unavailable):
    """The OpenID provider cannot be reached or cannot be used."""

    title = "The sign-in service cannot be reached"
    explanation = "Nothing is lost. Wait a moment and try again."


class ApiUnavailable(Unavailable):
    """The notes API cannot be reached."""

    title = "The notes API cannot be reached"
    explanation = "You are still signed in. Wait a moment and try again."
    again = ("Try again", "/notes")


class SessionsUnavailable(Unavailable):
    """Redis cannot be reached."""

    title = "We cannot look up your session"
    explanation = "The store of our sessions is away. Wait a moment and try again."
    again = None


class SignedOut(Exception):
    """
    There is nobody signed in.

    Attributes:
        ended: whether a session ended just now, because it could not be renewed.

    """

    def __init__(self, *, ended: bool = False) -> None:
        super().__init__("signed out")
        self.ended = ended
