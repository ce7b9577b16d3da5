"""Joins /apps: the developer console."""

from fastapi import APIRouter

from auth_service.flows.apps import Apps
from auth_service.web import apps
from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """The pages of a developer's apps."""
    outside, settings = people.outside, people.settings
    own = Apps(
        clients=outside.clients,
        resources=outside.resources,
        logouts=outside.deliveries,
        audit=outside.audit,
        loopback=settings.environment == "development",
    )
    return [apps.routes(own, people.members, issuer=settings.issuer_url)]
