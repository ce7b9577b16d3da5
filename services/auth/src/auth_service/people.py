"""Joins what people meet: the pages of a sign-in, of an account, of the console."""

from fastapi import APIRouter

from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.profile import Profile
from auth_service.flows.account.sessions import OwnSessions
from auth_service.flows.apps import Apps
from auth_service.flows.authorize import Authorize
from auth_service.flows.begin_session import BeginSession
from auth_service.flows.check_password import CheckPassword
from auth_service.flows.consent import Consent
from auth_service.flows.device import AnswerDevice
from auth_service.flows.log_out import LogOut
from auth_service.flows.read_request import ReadRequest
from auth_service.flows.recognise import Recognise
from auth_service.flows.respond import Respond
from auth_service.flows.select_account import SelectAccount
from auth_service.flows.sign_in import SignIn
from auth_service.flows.sign_up import SignUp
from auth_service.flows.visits import Visits
from auth_service.imaging.pictures import PillowPictures
from auth_service.outside import Outside
from auth_service.protocol.throttle import per_hour, per_minute
from auth_service.settings import Settings
from auth_service.storage.redis.waiting_requests import RedisWaitingRequests
from auth_service.web import account as account_pages
from auth_service.web import apps as apps_pages
from auth_service.web import (
    authorize,
    consent,
    device,
    home,
    log_out,
    pictures,
    select_account,
    sign_in,
    sign_up,
)
from auth_service.web.members import Members
from auth_service.web.visitors import Visitors


def pages(
    settings: Settings,
    outside: Outside,
    requests: ReadRequest,
    check_password: CheckPassword,
) -> list[APIRouter]:
    """The routes whose refusals are pages."""
    issuer = settings.issuer_url
    visits = Visits(clients=outside.known, waiting=RedisWaitingRequests(outside.redis))
    respond = Respond(
        clients=outside.known,
        resources=outside.resources,
        pushed=outside.pushed,
        consents=outside.consents,
        codes=outside.codes,
        signer=outside.keyring,
        clock=outside.clock,
    )
    authorizing = Authorize(
        requests=requests,
        clients=outside.known,
        pushed=outside.pushed,
        visits=visits,
        respond=respond,
        consents=outside.consents,
        subjects=outside.subjects,
        attempts=outside.attempts,
        starts=per_minute(settings.sign_ins_per_minute),
        clock=outside.clock,
        must_push=settings.require_pushed_authorization_requests,
    )
    begin_session = BeginSession(
        visits=visits,
        sessions=outside.sessions,
        grants=outside.grants,
        clock=outside.clock,
    )
    signing_in = SignIn(
        authorize=authorizing,
        visits=visits,
        clients=outside.clients,
        check_password=check_password,
        begin_session=begin_session,
        audit=outside.audit,
    )
    signing_up = SignUp(
        visits=visits,
        users=outside.users,
        passwords=outside.passwords,
        begin_session=begin_session,
        attempts=outside.attempts,
        registrations=per_hour(settings.registrations_per_hour),
        audit=outside.audit,
    )
    consenting = Consent(
        visits=visits,
        respond=respond,
        clients=outside.clients,
        consents=outside.consents,
        resources=outside.resources,
        users=outside.users,
    )
    logging_out = LogOut(
        clients=outside.clients,
        sessions=outside.sessions,
        grants=outside.grants,
        verifier=outside.keyring,
        audit=outside.audit,
    )
    answering_device = AnswerDevice(
        devices=outside.devices,
        clients=outside.known,
        consents=outside.consents,
        resources=outside.resources,
        attempts=outside.attempts,
        audit=outside.audit,
    )
    visitors = Visitors(
        recognise=Recognise(sessions=outside.sessions, clock=outside.clock),
        origin=_origin(issuer),
    )
    profile = Profile(
        users=outside.users, pictures=PillowPictures(), audit=outside.audit
    )
    own_sessions = OwnSessions(sessions=outside.sessions, log_out=logging_out)
    changing_password = ChangePassword(
        check_password=check_password,
        users=outside.users,
        passwords=outside.passwords,
        begin_session=begin_session,
        sessions=own_sessions,
        audit=outside.audit,
    )
    connected = ConnectedApps(
        issuer=issuer,
        consents=outside.consents,
        resources=outside.resources,
        audit=outside.audit,
    )
    apps = Apps(
        clients=outside.clients,
        resources=outside.resources,
        logouts=outside.deliveries,
        audit=outside.audit,
        loopback=settings.environment == "development",
    )
    members = Members(visitors=visitors, profile=profile)

    return [
        home.routes(issuer),
        authorize.routes(authorizing, visitors),
        sign_in.routes(signing_in, consenting, visitors),
        sign_up.routes(signing_up, signing_in, visitors),
        select_account.routes(
            SelectAccount(visits=visits, clients=outside.clients, users=outside.users),
            consenting,
            visitors,
        ),
        consent.routes(consenting, visitors),
        device.routes(answering_device, members),
        log_out.routes(logging_out, visitors),
        account_pages.routes(
            profile, changing_password, own_sessions, connected, members
        ),
        apps_pages.routes(apps, members, issuer=issuer),
        pictures.routes(outside.users.find_picture),
    ]


def _origin(url: str) -> str:
    """Scheme and host of the issuer, as a browser's Origin header says it."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
