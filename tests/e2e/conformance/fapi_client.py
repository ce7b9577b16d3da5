"""A client of the FAPI 2.0 Security Profile: it pushes, proves its key, and asks."""

from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from tests.builders.auth import ISSUER, token_parameters
from tests.builders.client_keys import ClientKey
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.clients import provision
from tests.e2e.conformance.dpop_key import DpopKey
from tests.e2e.conformance.provider import validated
from tests.e2e.conformance.responses import good_tokens, queried
from tests.e2e.pushing import push

PAR = f"{ISSUER}/oauth/par"
TOKEN = f"{ISSUER}/oauth/token"
USERINFO = f"{ISSUER}/oauth/userinfo"
REDIRECT_URI = "https://app.example/cb"


@dataclass(frozen=True)
class FapiClient:
    """
    The client, and a browser of a person who is signed in.

    Attributes:
        key: with which it authenticates.
        dpop: to which its tokens are bound.

    """

    auth: AuthorizationServer
    client_id: str
    browser: Browser
    key: ClientKey
    dpop: DpopKey

    def with_another_key(self) -> Self:
        """The same client, as if its tokens were bound to a new key."""
        return replace(self, dpop=DpopKey(self.dpop.alg))

    async def pushes(
        self,
        *,
        proof: str | None = None,
        assertion: dict[str, Any] | None = None,
        **changes: str | None,
    ) -> httpx.Response:
        """
        Push a request that is right but for what is changed.

        Args:
            proof: a DPoP proof that goes with it; None: no proof.
            assertion: what is changed in the client's assertion.

        """
        http = self.auth.http()
        if proof is not None:
            http.headers["dpop"] = proof
        credentials = self.key.assertion(self.client_id, **(assertion or {}))
        return await push(
            self.auth, self.client_id, credentials=credentials, http=http, **changes
        )

    async def reference(self, **changes: Any) -> str:
        """The request_uri of a request that was pushed."""
        answer = await self.pushes(**changes)
        assert answer.status_code == 201, answer.text
        told = answer.json()
        assert 5 <= told["expires_in"] <= 600  # FAPI 2.0 section 5.3.2.2: short-lived
        return str(told["request_uri"])

    async def opens(
        self, request_uri: str, *, action: str = "allow", **beside: str
    ) -> Page:
        """Send the browser with a reference; consent is answered if it is asked."""
        query = {"client_id": self.client_id, "request_uri": request_uri, **beside}
        page = await self.browser.get(f"{ISSUER}/oauth/authorize", **query)
        if urlsplit(page.url).path == "/consent":
            page = await self.browser.send(page, "/consent", action=action)
        return page

    async def answer(
        self, *, beside: dict[str, str] | None = None, **push: Any
    ) -> dict[str, str]:
        """What its redirect_uri is given for a request, by this issuer."""
        page = await self.opens(await self.reference(**push), **(beside or {}))
        given = queried(page.url, REDIRECT_URI)
        assert given["iss"] == ISSUER
        return given

    async def code(self, **push: Any) -> str:
        """A fresh code."""
        return (await self.answer(**push))["code"]

    async def asks(
        self,
        parameters: dict[str, str],
        *proofs: str,
        credentials: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Call the token endpoint; no proof given: no proof sent."""
        known = self.key.assertion(self.client_id)
        return await self.auth.http().post(
            "/oauth/token",
            data={**parameters, **(known if credentials is None else credentials)},
            headers=[("dpop", proof) for proof in proofs],
        )

    def proof(self, **changes: Any) -> str:
        """A proof of its key for the token endpoint."""
        return self.dpop.proof("POST", TOKEN, **changes)

    async def redeems(
        self,
        code: str,
        *,
        proof: str | None = None,
        credentials: dict[str, str] | None = None,
        **changes: str | None,
    ) -> httpx.Response:
        """Exchange a code, right but for what is changed."""
        return await self.asks(
            token_parameters(code, **changes),
            proof or self.proof(),
            credentials=credentials,
        )

    async def refreshes(self, refresh_token: str, *proofs: str) -> httpx.Response:
        """Present a refresh token."""
        again = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return await self.asks(again, *proofs)

    async def tokens(self, *, proof: str | None = None, **push: Any) -> dict[str, Any]:
        """The tokens of a whole flow, bound to its key."""
        tokens = good_tokens(await self.redeems(await self.code(**push), proof=proof))
        assert tokens["token_type"] == "DPoP"
        return tokens

    async def claims(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """The claims of an ID token that is right."""
        return await validated(self.auth, tokens, audience=self.client_id, alg="ES256")

    async def reads(
        self, token: str, *proofs: str, scheme: str = "DPoP"
    ) -> httpx.Response:
        """Ask userinfo with a token; no proof given: no proof sent."""
        headers = [("authorization", f"{scheme} {token}")]
        headers += [("dpop", proof) for proof in proofs]
        return await self.auth.http().get("/oauth/userinfo", headers=headers)

    async def can_read(self, tokens: dict[str, Any]) -> dict[str, Any]:
        """What userinfo says to a token with a good proof."""
        token = tokens["access_token"]
        answer = await self.reads(token, self.dpop.proof("GET", USERINFO, token))
        assert answer.status_code == 200, answer.text
        person: dict[str, Any] = answer.json()
        return person


async def fapi_client(
    auth: AuthorizationServer, name: str, browser: Browser, alg: str = "ES256"
) -> FapiClient:
    """Put a client of the profile in place, whose keys are of an algorithm."""
    key = ClientKey(alg)
    await provision(
        auth,
        name,
        profile="fapi2",
        client_secret=None,
        token_endpoint_auth_method="private_key_jwt",
        jwks=key.jwks,
    )
    return FapiClient(auth, name, browser, key, DpopKey(alg))
