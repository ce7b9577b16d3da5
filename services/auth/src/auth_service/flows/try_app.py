"""A developer tries a sign-in to their app, from the console and back to it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from auth_service.flows.authorize import Authorize, Outcome
from auth_service.flows.grants.authorization_code import AuthorizationCode
from auth_service.flows.issue import Answer
from auth_service.flows.read_request import ReadRequest
from auth_service.flows.token import Caller
from auth_service.ports import Codes, Grants, Resources, Trials, Verifier
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.code_grant import exchange_parameters
from auth_service.protocol.scopes import write_scopes
from auth_service.protocol.session import Browser
from auth_service.protocol.trial import Trial, TrialResult
from valetkey.errors import InvalidGrant, InvalidRequest, OAuthError
from valetkey.opaque import new_handle
from valetkey.pkce import new_code_verifier, s256

#: Of what comes back, what nobody needs to see.
_TOKENS = ("access_token", "refresh_token", "id_token")


@dataclass(frozen=True, slots=True, kw_only=True)
class TryApp:
    """
    The code flow with PKCE against an app, with a callback of this server's own.

    The callback is no redirect URI of the app, and the authorization endpoint takes
    it from nobody: the request is made and begun in here, for the owner who is
    signed in, and its state is good in their browser only. The tokens are looked at
    and revoked.
    """

    issuer: str
    requests: ReadRequest
    resources: Resources
    authorize: Authorize
    codes: Codes
    grants: Grants
    exchange_code: AuthorizationCode
    verifier: Verifier
    trials: Trials

    async def begin(self, app: Client, browser: Browser) -> Outcome:
        """
        Begin as the app would, but for where the answer goes.

        Raises:
            OAuthError: the app could not ask for this.

        """
        redirect_uri = f"{self.issuer}/apps/{app.client_id}/test-callback"
        trial = Trial(
            client_id=app.client_id,
            browser=browser.key,
            redirect_uri=redirect_uri,
            verifier=new_code_verifier(),
            nonce=new_handle(),
        )
        state = new_handle()
        parameters = {
            "response_type": "code",
            "client_id": app.client_id,
            "redirect_uri": redirect_uri,
            "scope": write_scopes(app.scopes),
            **await self._several(app),
            "state": state,
            "nonce": trial.nonce,
            "code_challenge": s256(trial.verifier),
            "code_challenge_method": "S256",
        }
        tried = replace(app, redirect_uris=(redirect_uri,))
        reply_to = self.requests.match(parameters, tried)
        request = await self.requests.read(parameters, tried, reply_to)
        await self.trials.put(state, replace(trial, request=parameters))
        return await self.authorize.start(request, browser)

    async def finish(
        self, app: Client, browser: Browser, parameters: Mapping[str, str]
    ) -> TrialResult:
        """
        What came back, and what its code is worth.

        Raises:
            InvalidRequest: nothing was begun in this browser with that state.

        """
        trial = await self.trials.take(parameters.get("state", ""))
        if (
            trial is None
            or (trial.client_id, trial.browser) != (app.client_id, browser.key)
            or parameters.get("iss") != self.issuer  # RFC 9207 section 2.4
        ):
            raise InvalidRequest("this test is over, or was begun in another browser")
        result = TrialResult(request=trial.request, answer=parameters)
        if "code" not in parameters:
            return result
        try:
            tokens = await self._exchange(app, trial, parameters["code"], browser.ip)
        except OAuthError as error:
            told = error.detail or error.description
            return replace(result, error=(error.error, told))
        id_token = str(tokens.get("id_token", ""))
        claims = self.verifier.read_id_token_hint(id_token) if id_token else None
        return replace(
            result,
            tokens={n: v for n, v in tokens.items() if n not in _TOKENS},
            elided=tuple(name for name in _TOKENS if name in tokens),
            id_token=claims,
            nonce_matches=claims is not None and claims.get("nonce") == trial.nonce,
        )

    async def _exchange(self, app: Client, trial: Trial, code: str, ip: str) -> Answer:
        """As the token endpoint does it, once it knows which app asks."""
        grant = await self.codes.find(code)
        if grant is None:
            raise InvalidGrant(detail="code is not known")
        call = Call(method="POST", url=f"{self.issuer}/oauth/token", ip=ip)
        parameters = exchange_parameters(code, trial.redirect_uri, trial.verifier)
        try:
            return await self.exchange_code.exchange(parameters, Caller(app, call))
        finally:
            if grant.client_id == app.client_id:
                await self.grants.revoke(grant.grant_id)

    async def _several(self, app: Client) -> dict[str, str]:
        """Who asks for scopes of several APIs has to name them (RFC 8707)."""
        catalogue = await self.resources.catalogue()
        concerned = [
            resource.identifier
            for resource in catalogue.resources
            if app.scopes & {scope.name for scope in resource.scopes}
        ]
        return {"resource": " ".join(concerned)} if len(concerned) > 1 else {}
