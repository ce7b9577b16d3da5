"""A program registers itself, and changes what it registered (RFC 7591, RFC 7592)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import uuid4

from auth_service.ports import (
    Attempts,
    Audit,
    Outbound,
    Registrations,
    Resources,
)
from auth_service.protocol.client import Client
from auth_service.protocol.registered_members import Offer
from auth_service.protocol.registration import read_registration, write_registration
from auth_service.protocol.throttle import Throttle
from valetkey.errors import InvalidClientMetadata, InvalidToken, SlowDown
from valetkey.fetch import Unfetchable
from valetkey.opaque import fingerprint, new_handle

#: off: nobody; token: with an initial access token; open: everybody, within limits.
Mode = Literal["off", "token", "open"]
#: Of clients that registered in open mode and were never used, there may be so many.
QUOTA = 10_000
#: Members that this server will call itself.
_CALLED = ("jwks_uri", "backchannel_logout_uri")

#: What `register()` makes.
_CLIENT_ID = re.compile(r"dyn_[0-9a-f]{32}")

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """
    The registration endpoint and each client's own.

    Attributes:
        open: whether a client needs no initial access token.

    """

    issuer: str
    open: bool
    offer: Offer
    registrations: Registrations
    resources: Resources
    outbound: Outbound
    attempts: Attempts
    limit: Throttle
    audit: Audit

    async def register(
        self, members: Mapping[str, Any], token: str | None, *, ip: str
    ) -> Answer:
        """
        Register a client under a name that nobody chose (RFC 9700 section 4.15).

        Raises:
            InvalidToken: the initial access token is missing, used up or expired.
            SlowDown: too many were registered, from there or by everybody.
            InvalidRedirectUri: see `read_registration`.
            InvalidClientMetadata: see `read_registration`.

        """
        initial = None if self.open else await self._admit(token)
        blank = _blank(f"dyn_{uuid4().hex}")
        client = await self._read(members, blank)
        if self.open:
            await self._count(ip)
        secret = _new_secret(client)
        # 256 random bits: nobody guesses it (RFC 7592 section 5).
        registration_access_token = new_handle()
        moment = await self.registrations.add(
            client,
            client_secret=secret,
            registration_access_token=registration_access_token,
            initial_access_token=initial,
        )
        if moment is None:  # somebody was faster
            raise InvalidToken("the initial access token is used up")
        await self._record("client.registered", client, ip)
        registered = replace(client, created_at=moment)
        return self._answer(registered, registration_access_token, secret)

    async def read(self, client_id: str, token: str | None) -> Answer:
        """
        What is registered (RFC 7592 section 2.1); of a secret only a hash is kept.

        Raises:
            InvalidToken: the token is not this client's.

        """
        client, token = await self._find(client_id, token)
        return self._answer(client, token, None)

    async def replace(
        self, client_id: str, members: Mapping[str, Any], token: str | None, *, ip: str
    ) -> Answer:
        """
        Replace all that is registered (RFC 7592 section 2.2), and the token.

        The new state is judged as if nothing had been registered before.

        Raises:
            InvalidToken: the token is not this client's, or was used for a change.
            InvalidRedirectUri: see `read_registration`.
            InvalidClientMetadata: see `read_registration`; also another client_id,
                or another client_secret.

        """
        before, token = await self._find(client_id, token)
        if members.get("client_id") != client_id:
            raise InvalidClientMetadata("client_id: must be the client's own")
        _check_secret(members.get("client_secret"), before)
        client = await self._read(members, _blank(client_id))
        keeps = needs_secret(before) and needs_secret(client)
        secret = None if keeps else _new_secret(client)
        successor = new_handle()
        if not await self.registrations.replace(
            client,
            client_secret=secret,
            keeps_secrets=keeps,
            registration_access_token=token,
            successor=successor,
        ):
            raise _refusal()
        await self._record("client.changed", client, ip)
        changed = replace(client, created_at=before.created_at)
        return self._answer(changed, successor, secret)

    async def delete(self, client_id: str, token: str | None, *, ip: str) -> None:
        """
        Remove the client and all that people allowed it (RFC 7592 section 2.3).

        Raises:
            InvalidToken: the token is not this client's.

        """
        client, token = await self._find(client_id, token)
        await self.registrations.delete(client_id, token)
        await self._record("client.deleted", client, ip)

    async def _admit(self, token: str | None) -> str:
        if token is None or not await self.registrations.admits(token):
            raise InvalidToken("an initial access token is needed")
        return token

    async def _count(self, ip: str) -> None:
        if wait := await self.attempts.reserve(f"register:{ip}", self.limit):
            raise SlowDown(retry_after=wait, detail="too many clients registered")
        if await self.registrations.unused() >= QUOTA:
            raise SlowDown(retry_after=3600, detail="the quota of clients is used up")

    async def _find(self, client_id: str, token: str | None) -> tuple[Client, str]:
        """The client whose own token it is (OpenID Connect Registration s. 4, 4.1)."""
        ours = token is not None and _CLIENT_ID.fullmatch(client_id)
        client = await self.registrations.find(client_id, token or "") if ours else None
        if client is None or token is None:
            raise _refusal()
        return client, token

    async def _read(self, members: Mapping[str, Any], blank: Client) -> Client:
        catalogue = await self.resources.catalogue()
        client = read_registration(members, blank, catalogue, self.offer)
        for name in _CALLED:
            if (url := getattr(client, name)) is not None:
                await self._check(name, url)
        if client.sector_identifier_uri is not None:
            await self._check_sector(client.sector_identifier_uri, client)
        return client

    async def _check(self, name: str, url: str) -> None:
        """One that we call has no fragment (Back-Channel Logout section 2.2)."""
        try:
            await self.outbound.check(url)
        except Unfetchable as error:
            raise InvalidClientMetadata(
                f"{name}: cannot be called from here", detail=str(error)
            ) from None

    async def _check_sector(self, url: str, client: Client) -> None:
        """Every redirect_uri is listed there (OpenID Connect Registration s. 5)."""
        try:
            listed = (await self.outbound.get_json(url)).value
        except Unfetchable as error:
            raise InvalidClientMetadata(
                "sector_identifier_uri: cannot be fetched", detail=str(error)
            ) from None
        if not isinstance(listed, list) or any(
            uri not in listed for uri in client.redirect_uris
        ):
            raise InvalidClientMetadata(
                "sector_identifier_uri: does not list every redirect URI"
            )

    def _answer(self, client: Client, token: str, secret: str | None) -> Answer:
        """
        The client information response (RFC 7591 s. 3.2.1, RFC 7592 s. 3).

        OpenID Connect Registration sections 3.2 and 4.1.
        """
        told: Answer = {
            "client_id": client.client_id,
            **write_registration(client),
            "registration_access_token": token,
            "registration_client_uri": (
                f"{self.issuer}/oauth/register/{client.client_id}"
            ),
        }
        if client.created_at is not None:
            told["client_id_issued_at"] = int(client.created_at.timestamp())
        if secret is not None:
            # It does not expire.
            told |= {"client_secret": secret, "client_secret_expires_at": 0}
        return told

    async def _record(self, event: str, client: Client, ip: str) -> None:
        await self.audit.record(event, client_id=client.client_id, ip=ip)


def _blank(client_id: str) -> Client:
    """A stranger: nobody vouches for what it says of itself (RFC 7591 section 5)."""
    return Client(
        client_id=client_id,
        client_name=client_id,
        token_endpoint_auth_method="none",
        grant_types=frozenset(),
        scopes=frozenset(),
        self_registered=True,
    )


def needs_secret(client: Client) -> bool:
    """Whether it authenticates with a secret that we give it."""
    return client.token_endpoint_auth_method.startswith("client_secret_")


def _new_secret(client: Client) -> str | None:
    return new_handle() if needs_secret(client) else None


def _check_secret(given: object, client: Client) -> None:
    """RFC 7592 section 2.2: where it is repeated, it is the one that was given."""
    if given is None:
        return
    fingerprints = client.secret_fingerprints
    if not isinstance(given, str) or fingerprint(given) not in fingerprints:
        raise InvalidClientMetadata("client_secret: is not the one that was issued")


def _refusal() -> InvalidToken:
    """
    One answer, whether the client or the token is wrong (RFC 7592 section 2).

    Never 404, which would tell them apart (OpenID Connect Registration section 4.4).
    """
    return InvalidToken("the registration access token is not valid here")
