"""POST /account/password."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.password import ChangePassword
from auth_service.flows.check_password import WrongPassword
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web import visitors as cookies
from auth_service.web.account.security import PAGE, ShowSecurity
from auth_service.web.languages import language
from auth_service.web.members import Members, for_members, see
from valetkey.errors import SlowDown


def routes(
    password: ChangePassword, security: ShowSecurity, members: Members
) -> APIRouter:
    """What the password form does."""
    router = for_members()

    @router.post("/account/password")
    async def change(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE, fresh=True)
        current, new = form.get("current_password", ""), form.get("new_password", "")
        try:
            signed_in = await password.change(
                current, new, member.person, member.browser, language=language()
            )
        except Unusable as unusable:
            return await security.show(member, status=400, errors=unusable.errors)
        except WrongPassword as wrong:
            errors = {"current_password": say("This is not your password.")}
            return await security.show(member, status=wrong.status, errors=errors)
        except SlowDown as slow:
            text = say(
                "Too many tries. Come back in {seconds} seconds.",
                seconds=slow.retry_after,
            )
            return await security.show(
                member,
                status=slow.status,
                errors={"current_password": text},
                retry_after=slow.retry_after,
            )
        answer = see(f"{PAGE}?done=password")
        cookies.sign_in(answer, signed_in, member.visitor)
        return answer

    return router
