"""Joins /apps: the developer console."""

from fastapi import APIRouter

from auth_service.flows.apps import Apps
from auth_service.flows.transfer_app import TransferApp
from auth_service.flows.try_app import TryApp
from auth_service.storage.postgres.app_transfers import PostgresTransfers
from auth_service.storage.redis.trials import RedisTrials
from auth_service.web import apps
from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """The pages of a developer's apps."""
    outside, settings = people.outside, people.settings
    own = Apps(
        clients=outside.clients,
        resources=outside.resources,
        logouts=outside.deliveries,
        refusals=outside.refusals,
        outbound=outside.outbound,
        audit=outside.audit,
        loopback=settings.environment == "development",
    )
    transferring = TransferApp(
        clients=outside.clients,
        transfers=PostgresTransfers(outside.engine),
        audit=outside.audit,
    )
    trying = TryApp(
        issuer=settings.issuer_url,
        requests=people.requests,
        resources=outside.resources,
        authorize=people.authorize,
        codes=outside.codes,
        grants=outside.grants,
        exchange_code=people.exchange_code,
        verifier=outside.keyring,
        trials=RedisTrials(outside.redis),
    )
    return [
        apps.routes(
            own, transferring, trying, people.members, issuer=settings.issuer_url
        )
    ]
