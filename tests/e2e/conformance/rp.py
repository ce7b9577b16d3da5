"""The relying party of the conformance tests: OpenID Connect by itself, with PyJWT."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from tests.builders.auth import CODE_CHALLENGE, CODE_VERIFIER, PASSWORDS
from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.clients import provision
from tests.e2e.conformance.provider import userinfo, validated
from tests.e2e.conformance.responses import good_tokens, posted, queried

REDIRECT_URI = "https://rp.example/callback"
SCOPE = "openid profile email phone offline_access"


@dataclass(frozen=True)
class SignIn:
    """
    What a whole flow brought.

    Attributes:
        request: the authorization request.
        answer: what the redirect_uri was given.
        tokens: the token response.
        claims: of the ID token, which was validated.

    """

    request: dict[str, str]
    answer: dict[str, str]
    tokens: dict[str, Any]
    claims: dict[str, Any]


@dataclass
class RelyingParty:
    """
    A registered client, and the browser of somebody who uses it.

    Attributes:
        registration: its metadata as the server knows it.
        response_mode: asked for in every request; None: the default.
        key: what signs its assertions, for `private_key_jwt`.
        pkce: whether it adds PKCE, which the suite leaves out.
        person: who signs in where the server asks.

    """

    auth: AuthorizationServer
    registration: dict[str, Any]
    response_mode: str | None = None
    key: ClientKey | None = None
    pkce: bool = False
    person: str = "alice"
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.auth.browser()

    @property
    def client_id(self) -> str:
        """Its name at the server."""
        return str(self.registration["client_id"])

    @property
    def redirect_uri(self) -> str:
        """The first that it registered."""
        return str(self.registration["redirect_uris"][0])

    def on_another_device(self) -> Self:
        """The same client, in a browser that nobody has used yet."""
        return replace(self)

    def request(self, **changes: str | None) -> dict[str, str]:
        """An authorization request as the suite makes it; None takes away."""
        parameters = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "response_mode": self.response_mode,
            "scope": "openid",
            "state": uuid4().hex,
            "nonce": uuid4().hex,
            "code_challenge": CODE_CHALLENGE if self.pkce else None,
            "code_challenge_method": "S256" if self.pkce else None,
        } | changes
        return {name: value for name, value in parameters.items() if value is not None}

    async def send(
        self, request: dict[str, str], method: Literal["GET", "POST"] = "GET"
    ) -> Page:
        """The first page, or answer, that a request leads to."""
        url = f"{self.auth.issuer}/oauth/authorize"
        if method == "GET":
            return await self.browser.get(url, **request)
        headers = {"sec-fetch-site": "cross-site", "origin": "null"}
        answer = await self.browser.request("POST", url, data=request, headers=headers)
        return await self.browser.follow(answer, url)

    async def agree(self, page: Page) -> Page:
        """Sign in where that is asked, and allow everything."""
        if urlsplit(page.url).path == "/login":
            name = self.person
            page = await self.browser.send(
                page, "/login", identifier=name, password=PASSWORDS[name]
            )
        if urlsplit(page.url).path == "/consent":
            page = await self.browser.send(page, "/consent", action="allow")
        return page

    def read(self, page: Page, request: dict[str, str]) -> dict[str, str]:
        """What arrived at the redirect_uri, which says whose it is and from whom."""
        if self.response_mode == "form_post":
            given = posted(page, request["redirect_uri"])
        else:
            assert page.response.is_redirect, (page.url, page.response.text)
            given = queried(page.url, request["redirect_uri"])
        assert given.get("state") == request.get("state")
        assert given["iss"] == self.auth.issuer  # RFC 9207 section 2
        return given

    async def authorize(
        self, request: dict[str, str], method: Literal["GET", "POST"] = "GET"
    ) -> dict[str, str]:
        """A successful answer to a request, with whatever pages it takes."""
        page = await self.agree(await self.send(request, method))
        answer = self.read(page, request)
        assert "error" not in answer, answer
        assert answer["code"]
        return answer

    async def refused(self, request: dict[str, str], *errors: str) -> None:
        """The request brings one of these errors to the redirect_uri, and no code."""
        answer = self.read(await self.agree(await self.send(request)), request)
        assert answer["error"] in errors, answer
        known = {"error", "error_description", "error_uri", "state", "iss"}
        assert answer.keys() <= known  # OIDC Core section 3.1.2.6

    async def call(
        self, path: str, parameters: dict[str, str], **headers: str
    ) -> httpx.Response:
        """Call an endpoint for programs, as the client that it is."""
        method = self.registration["token_endpoint_auth_method"]
        auth: Any = httpx.USE_CLIENT_DEFAULT
        if method == "client_secret_basic":
            auth = (self.client_id, self.registration["client_secret"])
        elif method == "client_secret_post":
            secret = self.registration["client_secret"]
            own = {"client_id": self.client_id, "client_secret": secret}
            parameters = parameters | own
        elif method == "private_key_jwt":
            assert self.key is not None
            own = {"client_id": self.client_id, **self.key.assertion(self.client_id)}
            parameters = own | parameters
        return await self.auth.http().post(
            path, data=parameters, auth=auth, headers=headers
        )

    async def redeem(self, code: str, **changes: str) -> httpx.Response:
        """Present a code at the token endpoint."""
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
        } | changes
        if self.pkce:
            parameters = {"code_verifier": CODE_VERIFIER} | parameters
        return await self.call("/oauth/token", parameters)

    async def refresh(self, refresh_token: str, **changes: str) -> httpx.Response:
        """Present a refresh token at the token endpoint."""
        parameters = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.call("/oauth/token", parameters | changes)

    async def sign_in(
        self, method: Literal["GET", "POST"] = "GET", **changes: str | None
    ) -> SignIn:
        """A whole flow: request, code, tokens, ID token, userinfo."""
        request = self.request(**changes)
        answer = await self.authorize(request, method)
        response = await self.redeem(answer["code"])
        return await self.complete(request, answer, response)

    async def complete(
        self, request: dict[str, str], answer: dict[str, str], response: httpx.Response
    ) -> SignIn:
        """Check the token response of a code, and that userinfo knows its person."""
        tokens = good_tokens(response)
        claims = await self.validate(tokens, nonce=request.get("nonce"))
        person = await self.userinfo(tokens["access_token"])
        assert person["sub"] == claims["sub"]  # OIDC Core section 5.3.2
        return SignIn(request, answer, tokens, claims)

    async def validate(
        self, tokens: dict[str, Any], *, nonce: str | None
    ) -> dict[str, Any]:
        """The claims of an ID token, which is right and is for this client."""
        claims = await validated(
            self.auth,
            tokens,
            audience=self.client_id,
            alg=self.registration.get("id_token_signed_response_alg", "RS256"),
        )
        assert claims.get("nonce") == nonce
        return claims

    async def userinfo(
        self,
        access_token: str,
        method: Literal["GET", "POST header", "POST body"] = "GET",
    ) -> dict[str, Any]:
        """What the userinfo endpoint says, asked in one of three ways."""
        return await userinfo(self.auth, access_token, method)


async def static_client(
    auth: AuthorizationServer,
    client_id: str,
    *,
    response_mode: str | None = None,
    key: ClientKey | None = None,
    **changes: Any,
) -> RelyingParty:
    """A confidential client that the operator put in place; it need not do PKCE."""
    registration = {
        "client_secret": f"the-secret-of-{client_id}",
        "redirect_uris": [REDIRECT_URI],
        "token_endpoint_auth_method": "client_secret_basic",
        "require_pkce": False,
        "scope": SCOPE,
        **changes,
    }
    await provision(auth, client_id, **registration)
    registration["client_id"] = client_id
    return RelyingParty(auth, registration, response_mode, key)


async def dynamic_client(
    auth: AuthorizationServer, *, key: ClientKey | None = None, **metadata: Any
) -> RelyingParty:
    """A client that registered itself (RFC 7591 section 3.1); it does PKCE."""
    wanted = {
        "client_name": "Conformance",
        "redirect_uris": [REDIRECT_URI],
        "grant_types": ["authorization_code", "refresh_token"],
        **metadata,
    }
    answer = await auth.http().post("/oauth/register", json=wanted)
    assert answer.status_code == 201, answer.text
    assert answer.headers["content-type"] == "application/json"
    return RelyingParty(auth, answer.json(), key=key, pkce=True)
