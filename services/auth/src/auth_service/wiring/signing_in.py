"""Joins the pages of a sign-in: from the request of an app to its answer."""

from fastapi import APIRouter

from auth_service.flows.confirm_sign_up import ConfirmSignUp
from auth_service.flows.consent import Consent
from auth_service.flows.device import AnswerDevice
from auth_service.flows.select_account import SelectAccount
from auth_service.flows.sign_in import SignIn
from auth_service.flows.sign_up import SignUp
from auth_service.protocol.throttle import per_hour
from auth_service.web import (
    authorize,
    consent,
    device,
    home,
    log_out,
    second_factor,
    select_account,
    sign_in,
    sign_up,
)
from auth_service.wiring import mail_pages
from auth_service.wiring.factors import FactorParts
from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """Home, authorize, login, register, chooser, consent, device, logout."""
    outside, settings = people.outside, people.settings
    factors = FactorParts(people)
    signing_in = SignIn(
        authorize=people.authorize,
        visits=people.visits,
        clients=outside.clients,
        users=outside.users,
        check_password=people.check_password,
        check_passkey=factors.check_passkey,
        second_factor=factors.second_factor,
        begin_session=people.begin_session,
        audit=outside.audit,
    )
    confirming = ConfirmSignUp(
        visits=people.visits,
        pending=people.mail.pending,
        post=people.mail.post,
        users=outside.users,
        passwords=outside.passwords,
        begin_session=people.begin_session,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    signing_up = SignUp(
        visits=people.visits,
        users=outside.users,
        passwords=outside.passwords,
        pictures=people.profile.pictures,
        confirm=confirming,
        attempts=outside.attempts,
        registrations=per_hour(settings.registrations_per_hour),
    )
    consenting = Consent(
        visits=people.visits,
        respond=people.respond,
        clients=outside.clients,
        consents=outside.consents,
        resources=outside.resources,
        users=outside.users,
    )
    selecting = SelectAccount(
        visits=people.visits, clients=outside.clients, users=outside.users
    )
    answering_device = AnswerDevice(
        devices=outside.devices,
        clients=outside.known,
        consents=outside.consents,
        resources=outside.resources,
        in_testing=people.in_testing,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    visitors = people.visitors
    return [
        home.routes(settings.issuer_url),
        authorize.routes(people.authorize, visitors, outside.note_refusals),
        sign_in.routes(signing_in, consenting, visitors),
        second_factor.routes(factors.second_factor, visitors),
        *factors.routers(),
        sign_up.routes(signing_up, signing_in, visitors),
        *mail_pages.routers(people, confirming, signing_in),
        select_account.routes(selecting, consenting, visitors),
        consent.routes(consenting, visitors),
        device.routes(answering_device, people.members),
        log_out.routes(people.log_out, visitors),
    ]
