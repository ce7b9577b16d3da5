"""POST /account/picture and /account/picture/delete."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.profile import Profile
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.account.profile import PAGE, show_profile
from auth_service.web.members import Members, for_members, see


def routes(profile: Profile, members: Members) -> APIRouter:
    """What the picture's two buttons do."""
    router = for_members()

    @router.post(f"{PAGE}/picture")
    async def put(request: Request) -> Response:
        member, image = await members.read_upload(request, "picture", page=PAGE)
        try:
            await profile.put_picture(image, member.person, ip=member.ip)
        except Unusable as unusable:
            return show_profile(member, status=400, errors=unusable.errors)
        return see(f"{PAGE}?done=picture")

    @router.post(f"{PAGE}/picture/delete")
    async def delete(request: Request) -> Response:
        member, _ = await members.read_form(request, page=PAGE)
        await profile.delete_picture(member.person, ip=member.ip)
        return see(f"{PAGE}?done=no-picture")

    return router
