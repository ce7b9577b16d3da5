"""Letters that this server writes, and the errands that lead to them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from auth_service.protocol.message import Message, say
from auth_service.protocol.throttle import Throttle

Kind = Literal[
    "sign_up",
    "reset",
    "reset_done",
    "password_changed",
    "account_deleted",
    "confirm_address",
    "address_change",
    "address_changed",
]

#: How long each waits for a mail server: no longer than what is in it is good for.
LIFETIMES: Mapping[Kind, timedelta] = {
    "sign_up": timedelta(minutes=30),
    "reset": timedelta(minutes=30),
    "reset_done": timedelta(days=1),
    "password_changed": timedelta(days=1),
    "account_deleted": timedelta(days=1),
    "confirm_address": timedelta(days=1),
    "address_change": timedelta(days=1),
    "address_changed": timedelta(days=1),
}
#: Waits between tries; the last one is repeated for as long as the letter lives.
_DELAYS = (2, 10, 30, 60, 300)

#: Letters of one kind to one mailbox: nobody's is filled by a stranger.
PER_MAILBOX = Throttle(free=5, first=timedelta(hours=1), longest=timedelta(hours=1))
#: Letters with a link that opens an account.
PER_ACCOUNT = Throttle(free=3, first=timedelta(hours=1), longest=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """
    A letter that has to be written and sent.

    Attributes:
        to: whom somebody named: an address or, for a reset, a username.
        language: what the page was in, whose form led to this (RFC 5646).
        values: what this kind of letter needs besides; secrets among it.

    """

    kind: Kind
    to: str
    language: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedErrand:
    """An errand that is this worker's for a minute; `tries` counts this one too."""

    id: str
    tries: int
    errand: Errand


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """
    What stands in a letter, in whichever language it is going to be.

    No name that a stranger chose is in a letter to an address that is not proven:
    nobody can make this server say their words to others.

    Attributes:
        language: the reader's own (RFC 5646), where they chose one.
        code: to be typed into the page that waits for it.
        link: where the one button leads, and what is on it.

    """

    to: str
    subject: Message
    before: tuple[Message, ...]
    language: str | None = None
    code: str | None = None
    link: tuple[str, Message] | None = None
    after: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A letter in the inbox that stands in for a mailbox, as it would be sent."""

    id: str
    sender: str
    to: str
    subject: str
    text: str
    sent_at: str


def delay_after(tries: int) -> timedelta:
    """How long to wait after so many failed tries."""
    return timedelta(seconds=_DELAYS[min(tries, len(_DELAYS)) - 1])


def confirm_sign_up(to: str, *, code: str, link: str) -> Letter:
    """To a new person's address: is it theirs?"""
    return Letter(
        to=to,
        subject=say("Your code to create an account"),
        before=(
            say("Somebody, most likely you, is creating an account with this address."),
            say("Type this code into the page that asks for it:"),
        ),
        code=code,
        link=(link, say("Create my account")),
        after=(
            say("Or use the link. Both work once, and for 30 minutes."),
            say(
                "If this was not you, do nothing: without the code there is no account."
            ),
        ),
    )


def address_in_use(to: str, *, sign_in: str, reset: str) -> Letter:
    """To somebody who has an account, when a form names their address."""
    return Letter(
        to=to,
        subject=say("You have an account already"),
        before=(
            say("Somebody, perhaps you, wanted to use this address for an account."),
            say("There is one already. Nothing was changed."),
        ),
        link=(sign_in, say("Sign in")),
        after=(
            say("Forgot your password? Choose a new one here: {link}", link=reset),
            say("If this was not you, there is nothing to do."),
        ),
    )


def reset(to: str, *, username: str, link: str) -> Letter:
    """To a person who cannot sign in."""
    return Letter(
        to=to,
        subject=say("Choose a new password"),
        before=(
            say(
                "Somebody, most likely you, wants a new password for the account"
                " {username}.",
                username=username,
            ),
        ),
        link=(link, say("Choose a new password")),
        after=(
            say("The link works once, and for 30 minutes."),
            say("If this was not you, do nothing: your password stays as it is."),
        ),
    )


def reset_done(to: str, *, username: str, link: str) -> Letter:
    """To a person whose password was reset just now."""
    return Letter(
        to=to,
        subject=say("Your password was changed"),
        before=(
            say(
                "The account {username} has a new password, by a link that was sent"
                " to this address.",
                username=username,
            ),
            say("You were signed out everywhere, in browsers and in apps."),
        ),
        link=(link, say("This was not me: choose another password")),
    )


def password_changed(to: str, *, username: str, link: str) -> Letter:
    """To a person who changed their password just now."""
    return Letter(
        to=to,
        subject=say("Your password was changed"),
        before=(
            say("The account {username} has a new password.", username=username),
            say("You were signed out in every other browser, and in apps."),
        ),
        link=(link, say("This was not me: choose another password")),
    )


def account_deleted(to: str, *, username: str) -> Letter:
    """To a person who deleted their account just now."""
    return Letter(
        to=to,
        subject=say("Your account is deleted"),
        before=(
            say(
                "The account {username} and all that was in it is gone.",
                username=username,
            ),
            say("If this was not you, ask whoever runs this server for help."),
        ),
    )


def confirm_address(to: str, *, link: str) -> Letter:
    """To an address that somebody says is theirs."""
    return Letter(
        to=to,
        subject=say("Confirm your e-mail address"),
        before=(
            say("Somebody, most likely you, gave this address as theirs."),
            say("Confirm it while you are signed in there."),
        ),
        link=(link, say("Confirm this address")),
        after=(
            say("The link works once, and for 24 hours."),
            say("If this was not you, do nothing: the address is not used."),
        ),
    )


def address_change(to: str, *, username: str, new: str, link: str) -> Letter:
    """To the address that a person has until they confirm another."""
    return Letter(
        to=to,
        subject=say("Your e-mail address is about to change"),
        before=(
            say(
                "Somebody who is signed in as {username} wants to use the address"
                " {new} instead of this one.",
                username=username,
                new=new,
            ),
            say("It changes once the new address is confirmed."),
        ),
        link=(link, say("This was not me: choose a new password")),
    )


def address_changed(to: str, *, username: str, new: str) -> Letter:
    """To the address that was a person's until now."""
    return Letter(
        to=to,
        subject=say("Your e-mail address was changed"),
        before=(
            say(
                "The account {username} now has the address {new} instead of this one.",
                username=username,
                new=new,
            ),
            say(
                "If this was not you, sign in, change your password and your address,"
                " or ask whoever runs this server for help."
            ),
        ),
    )
