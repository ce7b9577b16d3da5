"""Joins /account: what people do with what is theirs."""

from fastapi import APIRouter

from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.password import ChangePassword
from auth_service.web import account, pictures
from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """The pages of a person's own, and the pictures that others see."""
    outside = people.outside
    changing_password = ChangePassword(
        check_password=people.check_password,
        users=outside.users,
        passwords=outside.passwords,
        begin_session=people.begin_session,
        sessions=people.own_sessions,
        audit=outside.audit,
    )
    connected = ConnectedApps(
        issuer=people.settings.issuer_url,
        consents=outside.consents,
        resources=outside.resources,
        audit=outside.audit,
    )
    return [
        account.routes(
            people.profile,
            changing_password,
            people.own_sessions,
            connected,
            people.members,
        ),
        pictures.routes(outside.users.find_picture),
    ]
