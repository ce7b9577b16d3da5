"""GET and POST /account/delete: the end of an account."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.deletion import DeleteAccount
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web import visitors as cookies
from auth_service.web.languages import language
from auth_service.web.members import Member, Members, for_members, see

_PAGE = "/account/delete"


def routes(deletion: DeleteAccount, members: Members) -> APIRouter:
    """The page that asks, and what its button does."""
    router = for_members()

    async def ask(
        member: Member, *, status: int = 200, errors: Mapping[str, str] | None = None
    ) -> Response:
        apps = await deletion.apps_of(member.person)
        return member.show(
            "account/delete.html",
            status=status,
            username=member.person.username,
            apps=apps,
            blocked=any(app.people for app in apps),
            errors=errors or {},
        )

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        return await ask(await members.look(request, fresh=True))

    @router.post(_PAGE)
    async def delete(request: Request) -> Response:
        member, form = await members.read_form(request, page=_PAGE, fresh=True)
        try:
            await deletion.delete(
                form.get("username", ""), member.person, language=language()
            )
        except Unusable as unusable:
            return await ask(member, status=400, errors=unusable.errors)
        answer = see("/")
        cookies.sign_out(answer, [member.session], member.visitor)
        return answer

    return router
