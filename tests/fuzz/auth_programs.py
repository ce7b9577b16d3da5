"""What apps get from a running authorization server, and what they sign for it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import jwt

from tests.builders import auth as builder
from tests.builders.client_keys import ClientKey
from tests.builders.foreign_issuer import assertion
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.clients import provision
from tests.e2e.devices import allow, begin
from tests.e2e.people import Somebody
from tests.e2e.pushing import reference, request_object
from tests.e2e.stores import Stores
from valetkey.testing import ProofKey

TOKEN = f"{builder.ISSUER}/oauth/token"
#: An app that signs, and that asks for details.
SIGNING_APP = "signing-app"


class Programs:
    """One method for each kind of thing; a name ends like the request it is for."""

    def __init__(
        self,
        auth: AuthorizationServer,
        stores: Stores,
        person: Callable[[], Awaitable[Somebody]],
        give: Callable[[str], Awaitable[str]],
    ) -> None:
        self.auth = auth
        self.key = ClientKey()
        self.proof_key = ProofKey()
        self._stores = stores
        self._person = person
        self._give = give
        self._ready = False

    async def _signing_app(self) -> None:
        if not self._ready:
            await provision(
                self.auth,
                SIGNING_APP,
                token_endpoint_auth_method="private_key_jwt",
                jwks=self.key.jwks,
                grant_types=["authorization_code", "client_credentials"],
                authorization_details_types=["note_access"],
                scope=f"{builder.PERSON} {builder.NOTES}",
            )
            self._ready = True

    async def client_assertion(self) -> str:
        """Proves that it is the app, once (RFC 7523 section 2.2)."""
        await self._signing_app()
        return self.key.sign(SIGNING_APP)

    async def request_object(self) -> str:
        """An authorization request in a JWT (RFC 9101)."""
        await self._signing_app()
        return request_object(self.key, SIGNING_APP)

    async def saying(self, kind: str, claims: dict[str, Any]) -> str:
        """One of these three with other claims, signed by the key that it is for."""
        good = await getattr(self, kind)()
        header = jwt.get_unverified_header(good)
        if kind == "token_proof":
            header["jwk"] = self.key.jwk
        said = jwt.decode(good, options={"verify_signature": False}) | claims
        payload = json.dumps(said).replace("Infinity", "1e999").encode()
        signer = jwt.PyJWS()
        return signer.encode(payload, self.key.private, self.key.alg, header)

    async def request_uri(self) -> str:
        """A request of web-app that was pushed (RFC 9126)."""
        return await reference(self.auth)

    async def jkt(self) -> str:
        """The thumbprint of the key for proofs."""
        return self.proof_key.jkt

    async def token_proof(self) -> str:
        """A DPoP proof for the token endpoint (RFC 9449)."""
        return self.proof_key.proof("POST", TOKEN)

    async def pushing_proof(self) -> str:
        """The same, for the endpoint for pushed requests."""
        return self.proof_key.proof("POST", f"{builder.ISSUER}/oauth/par")

    async def bound_token(self) -> str:
        """A person's access token that is bound to the key."""
        code = await self.auth.code((await self._person()).browser)
        answer = await self.auth.http().post(
            TOKEN,
            data=builder.token_parameters(code),
            auth=("web-app", builder.SECRETS["web-app"]),
            headers={"dpop": await self.token_proof()},
        )
        return str(answer.json()["access_token"])

    async def bound_bearer(self) -> str:
        """How it is sent (section 7.1)."""
        return f"DPoP {await self._give('bound_token')}"

    async def reading_proof(self) -> str:
        """The proof that goes with it to the userinfo endpoint."""
        token = await self._give("bound_token")
        return self.proof_key.proof("GET", f"{builder.ISSUER}/oauth/userinfo", token)

    async def device_code(self) -> str:
        """Nobody has typed its user code yet (RFC 8628)."""
        return str((await begin(self.auth))["device_code"])

    async def allowed_device_code(self) -> str:
        """The person has said yes."""
        told = await begin(self.auth)
        await allow(self.auth, await self._person(), told)
        return str(told["device_code"])

    async def user_code(self) -> str:
        """What a device shows now."""
        return str((await begin(self.auth))["user_code"])

    async def foreign_assertion(self) -> str:
        """Another company's word for the person, who uses its app (RFC 7523)."""
        person = await self._person()
        await self.auth.code(person.browser, client_id="partner-app")
        return assertion(person.username, audience=builder.ISSUER)

    async def subject_token(self) -> str:
        """A person's token of an app that may exchange it (RFC 8693)."""
        who, app = await self._person(), "exchange-app"
        scope = "openid notes:read"
        code = await self.auth.code(who.browser, client_id=app, scope=scope)
        answer = await self.auth.token(builder.token_parameters(code), client_id=app)
        return str(answer.json()["access_token"])

    async def actor_token(self) -> str:
        """A token of the same app's own."""
        grant = {"grant_type": "client_credentials", "scope": "notes:read"}
        answer = await self.auth.token(grant, client_id="exchange-app")
        return str(answer.json()["access_token"])

    async def registration(self) -> str:
        """An app that registered itself (RFC 7591): its client_id."""
        await self._give("registration_token")
        return self._registered

    async def registration_token(self) -> str:
        """What it reads, changes and deletes itself with (RFC 7592)."""
        members = {"redirect_uris": ["https://rp.example/cb"], "client_name": "RP"}
        answer = await self.auth.http().post("/oauth/register", json=members)
        told = answer.json()
        self._registered: str = told["client_id"]
        return str(told["registration_access_token"])

    async def registration_bearer(self) -> str:
        """How it is sent."""
        return f"Bearer {await self._give('registration_token')}"

    async def registration_body(self) -> str:
        """What it would like to be from now on."""
        members = {
            "client_id": await self._give("registration"),
            "redirect_uris": ["https://rp.example/cb2"],
            "scope": "openid notes:read",
        }
        return json.dumps(members)

    async def delivery_id(self) -> str:
        """A logout token that waits for the person's app, if that is still there."""
        name = uuid4().hex
        self._stores.run(
            "INSERT INTO auth.logout_deliveries"
            " (id, client_id, subject, sid, attempts, outcome)"
            " SELECT %s, client_id, 'somebody', 'a-session', 9, '503'"
            " FROM auth.clients WHERE client_id = %s",
            name,
            await self._give("app"),
        )
        return name
