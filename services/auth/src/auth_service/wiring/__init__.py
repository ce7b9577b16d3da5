"""What people meet, joined area by area for app.py."""

from fastapi import APIRouter

from auth_service.flows.check_password import CheckPassword
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.read_request import ReadRequest
from auth_service.outside import Outside
from auth_service.settings import Settings
from auth_service.wiring import account, administration, console, signing_in
from auth_service.wiring.mail import Mail
from auth_service.wiring.people import People


def pages(
    settings: Settings,
    outside: Outside,
    requests: ReadRequest,
    check_password: CheckPassword,
    exchange_code: AuthorizationCode,
    mail: Mail,
) -> list[APIRouter]:
    """The routes whose refusals are pages."""
    people = People(settings, outside, requests, check_password, exchange_code, mail)
    return [
        *signing_in.routers(people),
        *account.routers(people),
        *console.routers(people),
        *administration.routers(people),
    ]
