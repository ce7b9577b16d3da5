"""/account: profile, security, sessions, connected apps, activity, data, the end."""

from fastapi import APIRouter

from auth_service.flows.account.activity import Activity
from auth_service.flows.account.authenticator import Authenticator
from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.deletion import DeleteAccount
from auth_service.flows.account.export import Export
from auth_service.flows.account.passkeys import OwnPasskeys
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.profile import Profile
from auth_service.flows.account.security import Security
from auth_service.flows.account.sessions import OwnSessions
from auth_service.web.account import (
    activity,
    authenticator,
    connected_apps,
    data,
    deletion,
    passkeys,
    password,
    picture,
    security,
    sessions,
)
from auth_service.web.account import profile as profile_page
from auth_service.web.members import Members


def security_routes(
    show: Security,
    change_password: ChangePassword,
    own_passkeys: OwnPasskeys,
    own_authenticator: Authenticator,
    members: Members,
) -> APIRouter:
    """What a person signs in with."""
    page = security.ShowSecurity(security=show)
    router = APIRouter(redirect_slashes=False)
    router.include_router(security.routes(page, members))
    router.include_router(password.routes(change_password, page, members))
    router.include_router(passkeys.routes(own_passkeys, members))
    router.include_router(authenticator.routes(own_authenticator, members))
    return router


def routes(
    profile: Profile,
    own_sessions: OwnSessions,
    connected: ConnectedApps,
    own_activity: Activity,
    export: Export,
    delete_account: DeleteAccount,
    members: Members,
) -> APIRouter:
    """Every page of a person's own."""
    router = APIRouter(redirect_slashes=False)
    router.include_router(profile_page.routes(profile, members))
    router.include_router(picture.routes(profile, members))
    router.include_router(sessions.routes(own_sessions, members))
    router.include_router(connected_apps.routes(connected, members))
    router.include_router(activity.routes(own_activity, members))
    router.include_router(data.routes(export, members))
    router.include_router(deletion.routes(delete_account, members))
    return router
