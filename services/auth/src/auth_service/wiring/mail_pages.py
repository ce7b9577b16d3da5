"""Joins the pages to which letters lead."""

from fastapi import APIRouter

from auth_service.flows.confirm_sign_up import ConfirmSignUp
from auth_service.flows.mail.prove_address import ProveAddress
from auth_service.flows.mail.reset_password import ResetPassword
from auth_service.flows.sign_in import SignIn
from auth_service.web.mail import (
    address,
    confirm_address,
    inbox,
    reset,
    reset_link,
    sign_up_code,
    sign_up_link,
)
from auth_service.wiring.people import People


def routers(
    people: People, confirming: ConfirmSignUp, signing_in: SignIn
) -> list[APIRouter]:
    """The pages to which letters lead; the inbox where it stands in for a mailbox."""
    outside, mail, visitors = people.outside, people.mail, people.visitors
    proving = ProveAddress(
        post=mail.post,
        addresses=mail.addresses,
        users=outside.users,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    resetting = ResetPassword(
        post=mail.post,
        resets=mail.resets,
        users=outside.users,
        passwords=outside.passwords,
        sessions=outside.sessions,
        log_out=people.log_out,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    found = [
        sign_up_code.routes(confirming, signing_in, visitors),
        sign_up_link.routes(confirming, signing_in, visitors),
        reset.routes(resetting, visitors),
        reset_link.routes(resetting, visitors),
        address.routes(proving, people.members),
        confirm_address.routes(proving, people.members),
    ]
    if mail.inbox is not None:
        found.append(inbox.routes(mail.inbox.letters))
    return found
