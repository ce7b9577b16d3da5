"""The answer to an authorization request: a code or a refusal (RFC 6749 s. 4.1.2)."""

from dataclasses import dataclass
from uuid import uuid4

from auth_service.ports import (
    Clients,
    Codes,
    Consents,
    Granted,
    PushedRequests,
    Resources,
    Signer,
)
from auth_service.protocol.authorization_request import AuthorizationRequest
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import CodeGrant
from auth_service.protocol.fapi import CODE_LIFETIME, is_fapi
from auth_service.protocol.interaction import FlowOver
from auth_service.protocol.reply import Reply, ReplyAddress
from auth_service.protocol.session import Browser, Session
from auth_service.protocol.testing import NotATester
from valetkey.clock import Clock
from valetkey.errors import InvalidRequest, OAuthError
from valetkey.opaque import new_handle


@dataclass(frozen=True, slots=True)
class Leave:
    """
    To a page that says where the app is, and lets the person decide.

    Attributes:
        in_testing: that is why, and not that nobody vouches for the app.

    """

    reply: Reply
    client: Client
    in_testing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Respond:
    """The one place from which anything goes back to an app through the browser."""

    clients: Clients
    resources: Resources
    pushed: PushedRequests
    consents: Consents
    codes: Codes
    signer: Signer
    clock: Clock

    async def grant(
        self, request: AuthorizationRequest, session: Session, granted: Granted | None
    ) -> Reply:
        """
        A code for what the person allowed.

        Raises:
            FlowOver: the request was pushed, and has been answered already.

        """
        client = await self.clients.find(request.client_id)
        if client is None:  # deleted or suspended in the meantime
            raise InvalidRequest("the app is not known here any more")
        if request.request_uri is not None and not await self.pushed.claim(
            request.request_uri
        ):
            raise FlowOver(client)  # answered in another tab
        code = new_handle()
        grant = CodeGrant(
            grant_id=uuid4().hex,
            client_id=request.client_id,
            redirect_uri=request.reply_to.redirect_uri,
            code_challenge=request.code_challenge,
            nonce=request.nonce,
            scopes=request.scopes,
            resources=request.resources,
            subject=session.subject,
            sid=session.sid,
            auth_time=session.auth_time,
            amr=session.amr,
            authorized_at=granted.at if granted else self.clock.now(),
            claims=request.claims,
            authorization_details=request.authorization_details,
            dpop_jkt=request.dpop_jkt,
        )
        longest = CODE_LIFETIME if is_fapi(client) else None
        await self.codes.put(code, grant, longest=longest)
        return self._signed(request.reply_to.grants(code))

    async def refuse(
        self, error: OAuthError, request: AuthorizationRequest, browser: Browser
    ) -> Reply | Leave:
        """Tell the app that its request is refused (RFC 6749 section 4.1.2.1)."""
        if request.request_uri is not None:  # a pushed request is answered by that
            await self.pushed.claim(request.request_uri)
        client = await self.clients.find(request.client_id)
        if client is None:
            raise InvalidRequest("the app is not known here any more")
        if isinstance(error, NotATester) and "none" not in request.prompts:
            back = self._signed(request.reply_to.refuses(error))
            return Leave(back, client, in_testing=True)
        return await self.turn_away(error, client, request.reply_to, browser)

    async def turn_away(
        self,
        error: OAuthError,
        client: Client,
        reply_to: ReplyAddress,
        browser: Browser,
    ) -> Reply | Leave:
        """
        Back to the app; where nobody vouches for it, only if the person wants to.

        RFC 9700 section 4.11.2: else whoever registers an app has our address lead
        anybody to theirs. Having allowed the app something is trust enough.
        """
        back = self._signed(reply_to.refuses(error))
        if client.self_registered and not await self._has_allowed(client, browser):
            return Leave(back, client)
        return back

    def _signed(self, reply: Reply) -> Reply:
        """The answer as the app wants it: signed where it asked for that (JARM)."""
        if not reply.to.is_signed:
            return reply
        claims = reply.claims(self.clock.now())
        return reply.signed(self.signer.sign(claims, typ="JWT", alg=reply.to.alg))

    async def _has_allowed(self, client: Client, browser: Browser) -> bool:
        if browser.session is None:
            return False
        catalogue = await self.resources.catalogue()
        everywhere = ["", *(resource.identifier for resource in catalogue.resources)]
        granted = await self.consents.granted(
            browser.session.subject, client.client_id, everywhere
        )
        return granted is not None and bool(granted.scopes)
