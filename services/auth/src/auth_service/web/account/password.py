"""POST /account/password."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.password import ChangePassword
from auth_service.flows.check_password import WrongPassword
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web import visitors as cookies
from auth_service.web.account.profile import PAGE, show_profile
from auth_service.web.members import Members, for_members, see
from valetkey.errors import SlowDown


def routes(password: ChangePassword, members: Members) -> APIRouter:
    """What the password form does."""
    router = for_members()

    @router.post(f"{PAGE}/password")
    async def change(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE)
        current, new = form.get("current_password", ""), form.get("new_password", "")
        try:
            signed_in = await password.change(
                current, new, member.person, member.browser
            )
        except Unusable as unusable:
            return show_profile(member, status=400, errors=unusable.errors)
        except WrongPassword as wrong:
            errors = {"current_password": "This is not your password."}
            return show_profile(member, status=wrong.status, errors=errors)
        except SlowDown as slow:
            text = f"Too many tries. Come back in {slow.retry_after} seconds."
            answer = show_profile(
                member, status=slow.status, errors={"current_password": text}
            )
            answer.headers["retry-after"] = str(slow.retry_after)
            return answer
        answer = see(f"{PAGE}?done=password")
        remembered = signed_in.session.remembered
        cookies.sign_in(answer, signed_in.cookie, remembered=remembered)
        return answer

    return router
