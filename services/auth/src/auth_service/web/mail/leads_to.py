"""Which app goes on after a sign-up, for the headers of the page that ends it."""

from auth_service.flows.sign_in import SignIn
from auth_service.protocol.interaction import FlowOver
from auth_service.protocol.proof_of_address import PendingSignUp
from auth_service.web.languages import speak_as_app_asks
from auth_service.web.visitors import Visitor


async def leads_to(
    pending: PendingSignUp, visitor: Visitor, sign_in: SignIn
) -> str | None:
    """
    The redirect URI of the flow that still waits in this browser, or None.

    From here on the page speaks as that flow's app asks.
    """
    here = pending.browser_key == visitor.browser.key
    if pending.handle is None or not here:
        return None
    try:
        waiting, _ = await sign_in.look(pending.handle, visitor.browser)
    except FlowOver:
        return None
    speak_as_app_asks(waiting.request.ui_locales)
    return waiting.request.reply_to.redirect_uri
