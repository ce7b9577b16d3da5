"""One app's page, as all that changes an app shows it."""

from collections.abc import Mapping, Sequence

from starlette.responses import Response

from auth_service.flows.apps import Apps
from auth_service.protocol.client import Client
from auth_service.protocol.scopes import PERSON_SCOPES, Scope
from auth_service.protocol.third_party_login import opening_url
from auth_service.web.members import Member

#: The text fields of an app's form; whatever else is sent is nobody's business.
FIELDS = (
    "client_name",
    "client_uri",
    "redirect_uris",
    "post_logout_redirect_uris",
    "initiate_login_uri",
    "backchannel_logout_uri",
)
#: The one field that comes as often as there are ticked boxes.
SCOPE = frozenset({"scope"})


def choices(scopes: Sequence[Scope], chosen: frozenset[str]) -> list[dict[str, object]]:
    """Scopes as boxes to tick."""
    return [
        {
            "name": scope.name,
            "description": scope.description,
            "of_person": scope.name in PERSON_SCOPES,
            "checked": scope.name in chosen,
        }
        for scope in scopes
    ]


async def show_app(
    apps: Apps,
    member: Member,
    app: Client,
    *,
    issuer: str,
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
        values: what was typed, where it could not be taken.

    """
    chosen = frozenset(values["scope"].split()) if values else app.scopes
    return member.show(
        "apps/show.html",
        status=status,
        app=app,
        secret=secret,
        secrets=await apps.secrets(app),
        scopes=choices(await apps.scopes(), chosen),
        values=values or _values(app),
        errors=errors or {},
        notice=notice,
        opening_url=opening_url(app, issuer=issuer),
        issuer=issuer,
    )


def _values(app: Client) -> dict[str, str]:
    return {
        "client_name": app.client_name,
        "client_uri": app.client_uri or "",
        "redirect_uris": "\n".join(app.redirect_uris),
        "post_logout_redirect_uris": "\n".join(app.post_logout_redirect_uris),
        "initiate_login_uri": app.initiate_login_uri or "",
        "backchannel_logout_uri": app.backchannel_logout_uri or "",
    }
