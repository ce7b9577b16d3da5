"""/account: profile, picture, password, sessions, connected apps."""

from fastapi import APIRouter

from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.password import ChangePassword
from auth_service.flows.account.profile import Profile
from auth_service.flows.account.sessions import OwnSessions
from auth_service.web.account import (
    connected_apps,
    password,
    picture,
    sessions,
)
from auth_service.web.account import profile as profile_page
from auth_service.web.members import Members


def routes(
    profile: Profile,
    change_password: ChangePassword,
    own_sessions: OwnSessions,
    connected: ConnectedApps,
    members: Members,
) -> APIRouter:
    """Every page of a person's own."""
    router = APIRouter(redirect_slashes=False)
    router.include_router(profile_page.routes(profile, members))
    router.include_router(picture.routes(profile, members))
    router.include_router(password.routes(change_password, members))
    router.include_router(sessions.routes(own_sessions, members))
    router.include_router(connected_apps.routes(connected, members))
    return router
