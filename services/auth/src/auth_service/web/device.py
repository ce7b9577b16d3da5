"""GET|POST /device: the page on which people answer a device (RFC 8628 section 3.3)."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.device import AnswerDevice, UnknownCode
from auth_service.protocol.device_grant import read_user_code, write_user_code
from auth_service.protocol.message import say
from auth_service.web.asking import who_asks_whom
from auth_service.web.members import Member, Members, for_members, see
from auth_service.web.read import read_query

_PAGE = "/device"
_ANSWERED = ("allowed", "denied")
_NOT_A_CODE = say(
    "A code has eight letters, such as WDJB-MJHT. Look at your device again."
)
_UNKNOWN = say(
    "No device waits for this code. It may have expired, or been used already: ask "
    "your device for a new one."
)


def routes(devices: AnswerDevice, members: Members) -> APIRouter:
    """The page; whoever is not signed in does that first."""
    router = for_members()

    @router.get(_PAGE)
    async def show(request: Request) -> Response:
        query = read_query(request)
        typed = query.get("user_code")
        user_code = read_user_code(typed or "")
        here = f"{_PAGE}?user_code={write_user_code(user_code)}" if user_code else _PAGE
        member = await members.look(request, page=here)
        if query.get("done") in _ANSWERED:
            return member.show("device/done.html", answer=query["done"])
        if typed is None:
            return _enter(member)
        return await _ask(devices, member, typed)

    @router.post(_PAGE)
    async def answer(request: Request) -> Response:
        member, form = await members.read_form(request, page=_PAGE)
        typed, action = form.get("user_code", ""), form.get("action")
        user_code = read_user_code(typed)
        if user_code is None or action not in {"allow", "deny"}:
            return await _ask(devices, member, typed)
        act = devices.allow if action == "allow" else devices.deny
        try:
            await act(user_code, member.session, ip=member.ip)
        except UnknownCode:
            return _enter(member, typed, error=_UNKNOWN, status=404)
        done = "allowed" if action == "allow" else "denied"
        return see(f"{_PAGE}?done={done}")

    return router


def _enter(
    member: Member, typed: str = "", *, error: str | None = None, status: int = 200
) -> Response:
    return member.show(
        "device/code.html",
        status=status,
        person=member.person,
        typed=typed,
        error=error,
    )


async def _ask(devices: AnswerDevice, member: Member, typed: str) -> Response:
    """Never an answer without a question: whoever brought the code may be a thief."""
    user_code = read_user_code(typed)
    if user_code is None:
        return _enter(member, typed, error=_NOT_A_CODE, status=400)
    try:
        question = await devices.ask(user_code, member.session, ip=member.ip)
    except UnknownCode:
        return _enter(member, typed, error=_UNKNOWN, status=404)
    return member.show(
        "device/confirm.html",
        user_code=write_user_code(user_code),
        **who_asks_whom(question.client, member.person),
        scopes=question.scopes,
        resource_names=[resource.name for resource in question.resources],
        device=question.request,
    )
