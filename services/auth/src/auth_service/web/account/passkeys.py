"""GET|POST /account/security/passkeys, and …/rename, …/remove."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.passkeys import OwnPasskeys
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.account.security import PAGE, done
from auth_service.web.members import Member, Members, for_members, see

_HERE = f"{PAGE}/passkeys"


def routes(passkeys: OwnPasskeys, members: Members) -> APIRouter:
    """The page on which a passkey is added, and the forms beside each."""
    router = for_members()

    async def show(
        member: Member, *, status: int = 200, errors: Mapping[str, str] | None = None
    ) -> Response:
        return member.show(
            "account/add_passkey.html",
            status=status,
            scripts=True,
            options=await passkeys.ask(member.person, member.browser),
            errors=errors or {},
        )

    @router.get(_HERE)
    async def ask(request: Request) -> Response:
        return await show(await members.look(request, fresh=True))

    @router.post(_HERE)
    async def add(request: Request) -> Response:
        member, form = await members.read_form(request, page=_HERE, fresh=True)
        try:
            codes = await passkeys.add(
                form.get("credential", ""),
                form.get("name"),
                member.person,
                member.browser,
            )
        except Unusable as unusable:
            return await show(member, status=400, errors=unusable.errors)
        return done(member, codes, "passkey")

    @router.post(f"{_HERE}/rename")
    async def rename(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE)
        await passkeys.rename(
            form.get("id", ""), form.get("name"), member.person, ip=member.ip
        )
        return see(f"{PAGE}?done=renamed")

    @router.post(f"{_HERE}/remove")
    async def remove(request: Request) -> Response:
        member, form = await members.read_form(request, page=PAGE, fresh=True)
        await passkeys.remove(form.get("id", ""), member.person, ip=member.ip)
        return see(f"{PAGE}?done=no-passkey")

    return router
