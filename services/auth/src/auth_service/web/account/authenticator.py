"""GET|POST /account/security/authenticator, …/remove, and the recovery codes."""

from collections.abc import Mapping

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from auth_service.flows.account.authenticator import Authenticator, Setup, SetupOver
from auth_service.protocol.message import say
from auth_service.protocol.sign_up_form import Unusable
from auth_service.web.account.security import PAGE, done, show_codes
from auth_service.web.members import Member, Members, for_members, see
from valetkey.errors import SlowDown

_HERE = f"{PAGE}/authenticator"


def routes(authenticator: Authenticator, members: Members) -> APIRouter:
    """The page that sets an app up, and the buttons of the security page."""
    router = for_members()

    @router.get(_HERE)
    async def begin(request: Request) -> Response:
        member = await members.look(request, fresh=True)
        return _show(member, await authenticator.begin(member.person))

    @router.post(_HERE)
    async def confirm(request: Request) -> Response:
        member, form = await members.read_form(request, page=_HERE, fresh=True)
        name, code = form.get("setup", ""), form.get("code", "")
        try:
            setup = await authenticator.look(name, member.person)
            codes = await authenticator.confirm(name, code, member.person, ip=member.ip)
        except SetupOver:
            return see(f"{PAGE}?done=again")
        except Unusable as unusable:
            return _show(member, setup, status=400, errors=unusable.errors)
        except SlowDown as slow:
            text = say(
                "Too many tries. Come back in {seconds} seconds.",
                seconds=slow.retry_after,
            )
            return _show(
                member,
                setup,
                status=slow.status,
                errors={"code": text},
                retry_after=slow.retry_after,
            )
        return done(member, codes, "authenticator")

    @router.post(f"{_HERE}/remove")
    async def remove(request: Request) -> Response:
        member, _ = await members.read_form(request, page=PAGE, fresh=True)
        await authenticator.remove(member.person, ip=member.ip)
        return see(f"{PAGE}?done=no-authenticator")

    @router.post(f"{PAGE}/recovery-codes")
    async def renew(request: Request) -> Response:
        member, _ = await members.read_form(request, page=PAGE, fresh=True)
        codes = await authenticator.renew_codes(member.person, ip=member.ip)
        return show_codes(member, codes) if codes else see(PAGE)

    return router


def _show(
    member: Member,
    setup: Setup,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    retry_after: int | None = None,
) -> Response:
    return member.show(
        "account/add_authenticator.html",
        status=status,
        retry_after=retry_after,
        setup=setup,
        # In groups: people type it where no camera is.
        secret=" ".join(setup.secret[i : i + 4] for i in range(0, 32, 4)),
        errors=errors or {},
    )
