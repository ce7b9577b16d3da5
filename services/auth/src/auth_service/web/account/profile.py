"""GET /account and POST /account/profile: who a person is to their apps."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.profile import Profile
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.languages import LANGUAGES
from auth_service.web.members import Member, Members, for_members, notice, see

PAGE = "/account"
#: What the form asks; whatever else is sent is nobody's business (mass assignment).
_FIELDS = ("name", "phone_number", "birthdate", "emp_user_id", "locale")
#: What languages call themselves, whichever the page is in.
_OWN_NAMES = {"en": "English", "de": "Deutsch"}
_SAID = {
    "profile": say("Your profile is saved."),
    "picture": say("Your picture is saved."),
    "no-picture": say("Your picture is gone."),
}


def routes(profile: Profile, members: Members) -> APIRouter:
    """The profile page."""
    router = for_members()

    @router.get(PAGE)
    async def show(request: Request) -> Response:
        member = await members.look(request)
        return show_profile(member, notice=notice(request, _SAID))

    @router.post(f"{PAGE}/profile")
    async def change(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE)
        values = {name: form.get(name, "") for name in _FIELDS}
        try:
            await profile.change(values, member.person, ip=member.ip)
        except Unusable as unusable:
            return show_profile(
                member, status=400, errors=unusable.errors, values=values
            )
        return see(f"{PAGE}?done=profile")

    return router


def show_profile(
    member: Member,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    values: Mapping[str, str] | None = None,
    notice: str | None = None,
) -> Response:
    """The page, with what is wrong about a form and what was typed into it."""
    person = member.person
    return member.show(
        "account/profile.html",
        status=status,
        person={
            "name": person.name,
            "username": person.username,
            "email": person.email,
            "email_verified": person.email_verified,
            "picture_url": person.picture,
        },
        values=values or {name: getattr(person, name) for name in _FIELDS},
        languages=[(tag, _OWN_NAMES.get(tag, tag)) for tag in LANGUAGES],
        errors=errors or {},
        notice=notice,
    )
