"""One app's page, as all that changes an app shows it."""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.flows.transfer_app import TransferApp
from auth_service.protocol.app_form import kind_of
from auth_service.protocol.app_keys import uses_secret
from auth_service.protocol.client import Client
from auth_service.protocol.form_lines import Line
from auth_service.protocol.third_party_login import opening_url
from auth_service.web.apps.form import (
    choices,
    grant_choices,
    method_choices,
    values_of,
    verdicts,
)
from auth_service.web.members import Member


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowApp:
    """The page of one app: its credentials, its settings, and its end."""

    apps: Apps
    transferring: TransferApp
    issuer: str

    async def show(
        self,
        member: Member,
        app: Client,
        *,
        status: int = 200,
        secret: str | None = None,
        values: Mapping[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
        notice: str | None = None,
    ) -> Response:
        """
        The page.

        Args:
            secret: a new secret, in this answer and never again.
            values: what was typed, where it could not be taken or is to be checked.

        """
        shown, kind = values or values_of(app), kind_of(app)
        lines: Mapping[str, list[Line]] = (
            verdicts(values, app.application_type) if values else {}
        )
        return member.show(
            "apps/show.html",
            status=status,
            scripts=True,
            app=app,
            kind=kind,
            secret=secret,
            secrets=await self.apps.secrets(app),
            uses_secret=uses_secret(app),
            scopes=choices(
                await self.apps.scopes(app), frozenset(shown["scope"].split())
            ),
            grants=grant_choices(app, kind, shown.get("grant_types", "")),
            methods=method_choices(app),
            values=shown,
            lines=lines,
            errors=errors or {},
            notice=notice,
            opening_url=opening_url(app, issuer=self.issuer),
            transfer=await self.transferring.pending(app),
        )
