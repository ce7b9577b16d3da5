"""GET /account/activity: what happened to an account."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.activity import Activity
from auth_service.web.members import Members, for_members
from auth_service.web.read import read_query

_PAGE = "/account/activity"


def routes(activity: Activity, members: Members) -> APIRouter:
    """The activity page."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        page = read_query(request).get("page")
        entries, following = await activity.of(member.person, page)
        return member.show(
            "account/activity.html",
            entries=entries,
            next=f"{_PAGE}?page={following}" if following else None,
            first=page is None,
        )

    return router
