"""Joins /account: what people do with what is theirs."""

from fastapi import APIRouter

from auth_service.crypto.page_tokens import PageTokens
from auth_service.flows.account.activity import Activity
from auth_service.flows.account.connected_apps import ConnectedApps
from auth_service.flows.account.deletion import DeleteAccount
from auth_service.flows.account.export import Export
from auth_service.storage.postgres.accounts import PostgresAccounts
from auth_service.web import account, pictures
from auth_service.wiring.people import People


def routers(people: People) -> list[APIRouter]:
    """The pages of a person's own, and the pictures that others see."""
    outside = people.outside
    connected = ConnectedApps(
        issuer=people.settings.issuer_url,
        consents=outside.consents,
        resources=outside.resources,
        audit=outside.audit,
    )
    accounts = PostgresAccounts(outside.engine)
    activity = Activity(events=outside.audit, pages=PageTokens(outside.secret))
    export = Export(
        issuer=people.settings.issuer_url,
        sessions=people.own_sessions,
        connected=connected,
        accounts=accounts,
        passkeys=outside.passkeys,
        factors=outside.factors,
        events=outside.audit,
        audit=outside.audit,
        clock=outside.clock,
    )
    delete_account = DeleteAccount(
        accounts=accounts,
        sessions=outside.sessions,
        post=people.mail.post,
        audit=outside.audit,
    )
    return [
        account.routes(
            people.profile,
            people.own_sessions,
            connected,
            activity,
            export,
            delete_account,
            people.members,
        ),
        pictures.routes(outside.users.find_picture, outside.logos.find),
    ]
