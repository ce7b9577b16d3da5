"""GET /account/sessions, POST /account/sessions/end and /account/sign-out."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.sessions import OwnSessions
from auth_service.protocol.message import say
from auth_service.web import visitors as cookies
from auth_service.web.members import Members, for_members, notice, see
from auth_service.web.user_agent import in_words

_PAGE = "/account/sessions"
_SAID = {
    "one": say("The session is over."),
    "others": say("Every other session is over."),
}


def routes(sessions: OwnSessions, members: Members) -> APIRouter:
    """The sessions page, and the button that ends this one."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        return member.show(
            "account/sessions.html",
            sessions=[
                {
                    "sid": session.sid,
                    "device": in_words(session.device),
                    "ip": session.ip,
                    "auth_time": session.auth_time,
                    "last_seen_at": session.last_seen_at,
                    "current": session.key == member.session.key,
                }
                for session in await sessions.of(member.session)
            ],
            notice=notice(request, _SAID),
        )

    @router.post(f"{_PAGE}/end")
    async def end(request: Request) -> Response:
        member, form = await members.read_form(request, page=_PAGE)
        if "others" in form:
            await sessions.end_others(member.session, ip=member.ip)
            return see(f"{_PAGE}?done=others")
        await sessions.end(form.get("sid", ""), member.session, ip=member.ip)
        return see(f"{_PAGE}?done=one")

    @router.post("/account/sign-out")
    async def sign_out(request: Request) -> Response:
        member, _ = await members.read_form(request, page="/account")
        await sessions.end(member.session.sid, member.session, ip=member.ip)
        answer = see("/")
        cookies.sign_out(answer, [member.session], member.visitor)
        return answer

    return router
