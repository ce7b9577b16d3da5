"""/admin/people: everybody, searched, made, let in and shut out."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.administration.lists import NotNow
from auth_service.flows.administration.people import ManagePeople, Reset
from auth_service.protocol.administration import PEOPLE_ORDERS, Actor
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.protocol.user import User
from auth_service.web.administration.door import Administrators, actor, asked
from auth_service.web.languages import language
from auth_service.web.members import Member, for_members, see

_PAGE = "/admin/people"
#: What the form asks; whatever else is sent is nobody's business (mass assignment).
_FIELDS = ("username", "email", "name", "phone_number", "birthdate", "emp_user_id")
_SAID = {
    "disable": say("The account is disabled. Every session and token of it is dead."),
    "enable": say("The account is enabled."),
    "verify-email": say("The address counts as verified."),
    "end-sessions": say("Every session is over."),
    "make-administrator": say("This person administers now."),
    "unmake-administrator": say("This person does not administer any more."),
    "reset": say("A letter with a link to a new password is on its way."),
}


def routes(people: ManagePeople, administrators: Administrators) -> APIRouter:
    """The list, the form for one more, and the page of one person."""
    router = for_members()
    changes: Mapping[str, Callable[[User, Actor], Awaitable[None]]] = {
        "disable": people.disable,
        "enable": people.enable,
        "verify-email": people.verify_email,
        "end-sessions": people.end_sessions,
        "make-administrator": people.make_administrator,
        "unmake-administrator": people.unmake_administrator,
    }

    @router.get(_PAGE)
    async def search(request: Request) -> Response:
        member = await administrators.look(request)
        query = asked(request, "search", "order", "page")
        text, order = query.get("search", ""), query.get("order", "username")
        found = await people.search(text, order=order, page=query.get("page"))
        return member.show(
            "admin/people.html",
            rows=[(row.user, row.created_at) for row in found.rows],
            next=found.next,
            search=text,
            order=order,
            orders=PEOPLE_ORDERS,
        )

    @router.get(f"{_PAGE}/new")
    async def ask(request: Request) -> Response:
        member = await administrators.look(request)
        return _form(member, dict.fromkeys(_FIELDS, ""), {})

    @router.post(f"{_PAGE}/new")
    async def create(request: Request) -> Response:
        member, form = await administrators.read_form(request, page=f"{_PAGE}/new")
        values = {name: form.get(name, "") for name in _FIELDS}
        try:
            person, reset = await people.create(
                values, actor(member), language=language()
            )
        except Unusable as unusable:
            return _form(member, values, unusable.errors)
        if reset.link is None:
            return see(f"{_PAGE}/{person.subject}?done=reset")
        return await _show(people, member, person, reset=reset)

    @router.get(_PAGE + "/{subject}")
    async def show(request: Request, subject: str) -> Response:
        member = await administrators.look(request)
        said = _SAID.get(asked(request, "done").get("done", ""))
        person = await people.find(subject)
        return await _show(people, member, person, notice=said)

    @router.post(_PAGE + "/{subject}/reset")
    async def reset(request: Request, subject: str) -> Response:
        page = f"{_PAGE}/{subject}"
        member, _ = await administrators.read_form(request, page=page)
        person = await people.find(subject)
        done = await people.reset(person, actor(member), language=language())
        if done.link is None:
            return see(f"{page}?done=reset")
        # In this answer's body and nowhere else: a URL would be logged and kept.
        return await _show(people, member, person, reset=done)

    for name, change in changes.items():
        router.post(f"{_PAGE}/{{subject}}/{name}")(
            _change(people, administrators, name, change)
        )
    return router


def _change(
    people: ManagePeople,
    administrators: Administrators,
    name: str,
    change: Callable[[User, Actor], Awaitable[None]],
) -> Callable[[Request, str], Awaitable[Response]]:
    async def answer(request: Request, subject: str) -> Response:
        page = f"{_PAGE}/{subject}"
        member, _ = await administrators.read_form(request, page=page)
        person = await people.find(subject)
        try:
            await change(person, actor(member))
        except NotNow as why:
            return await _show(people, member, person, status=409, problem=why)
        return see(f"{page}?done={name}")

    return answer


def _form(
    member: Member, values: Mapping[str, str], errors: Mapping[str, str]
) -> Response:
    status = 400 if errors else 200
    return member.show(
        "admin/person_new.html", status=status, values=values, errors=errors
    )


async def _show(
    people: ManagePeople,
    member: Member,
    person: User,
    *,
    status: int = 200,
    notice: str | None = None,
    problem: NotNow | None = None,
    reset: Reset | None = None,
) -> Response:
    return member.show(
        "admin/person.html",
        status=status,
        person=person,
        sessions=await people.sessions_of(person),
        notice=notice,
        problem=problem.description if problem else None,
        reset_link=reset.link if reset else None,
    )
