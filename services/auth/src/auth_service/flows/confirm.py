"""Which keys a caller has proved to hold, and whether they are its token's."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from auth_service.ports import SingleUse
from auth_service.protocol.call import Call
from auth_service.protocol.client import Client
from auth_service.protocol.confirmation import Confirmation
from valetkey.access_token import AccessToken
from valetkey.clock import Clock
from valetkey.confirmation import certificate_thumbprint
from valetkey.dpop import check_proof, claim_once
from valetkey.dpop_nonces import Nonces
from valetkey.errors import InvalidDpopProof, InvalidRequest
from valetkey.sender import DPoP, Presentation, check_sender


@dataclass(frozen=True, slots=True)
class _Replays:
    """The library's `ProofReplays`, on the store that every worker shares."""

    proofs: SingleUse

    async def claim(self, key: str, lifetime_seconds: int) -> bool:
        return await self.proofs.claim("", key, seconds=lifetime_seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm:
    """Proof of possession by DPoP (RFC 9449) and by certificate (RFC 8705)."""

    proofs: SingleUse
    nonces: Nonces
    nonce_required: bool
    clock: Clock

    def next_proof(self, call: Call) -> dict[str, str]:
        """
        The header that says what the next proof must have, for who sends proofs.

        Only where it will be demanded: a proof without a nonce that was given must
        not be taken (RFC 9449 sections 8.2 and 11.3).
        """
        if not call.dpop or not self.nonce_required:
            return {}
        return {"dpop-nonce": self.nonces.issue(self.clock.now())}

    async def key(self, call: Call) -> str | None:
        """
        The thumbprint of the key that the call's DPoP proof is of; None without one.

        Raises:
            InvalidDpopProof: it proves nothing, or was used before.
            UseDpopNonce: it needs our nonce.

        """
        if not call.dpop:
            return None
        taken, now = self._taken(), self.clock.now()
        proof = check_proof(
            call.dpop, method=call.method, url=call.url, now=now, nonces=taken.nonces
        )
        await claim_once(proof, taken.replays, now=now)
        return proof.jkt

    async def confirm(self, client: Client, call: Call) -> Confirmation | None:
        """
        What the tokens of this call are bound to.

        Raises:
            InvalidDpopProof, UseDpopNonce: see `key`; or there is none, and the
                client takes no other tokens (RFC 9449 section 5.2).
            InvalidRequest: there is no certificate, and the client takes no tokens
                without (RFC 8705 section 3.4).

        """
        bound = {}
        if (jkt := await self.key(call)) is not None:
            bound["jkt"] = jkt
        elif client.dpop_bound_access_tokens:
            raise InvalidDpopProof("a DPoP proof is needed")
        if client.tls_client_certificate_bound_access_tokens:
            if call.certificate is None:
                raise InvalidRequest("a client certificate is needed")
            bound["x5t#S256"] = certificate_thumbprint(call.certificate)
        return bound or None

    async def check_sender(
        self, claims: Mapping[str, Any], access_token: str, scheme: str, call: Call
    ) -> None:
        """
        Whoever sends an access token to us holds the keys that it is bound to.

        Args:
            claims: of the token.
            access_token: its text.
            scheme: that it was sent by, in lower case.

        Raises:
            InvalidToken: the wrong scheme, key or certificate.
            InvalidDpopProof, UseDpopNonce: see `key`; or there is none.

        """
        shown = Presentation(
            token=access_token,
            dpop=scheme == "dpop",
            method=call.method,
            url=call.url,
            proofs=call.dpop,
            certificate=call.certificate,
        )
        token, taken = AccessToken.of(claims), self._taken()
        await check_sender(token, shown, taken, now=self.clock.now())

    def _taken(self) -> DPoP:
        """Which proofs are taken, the same at every endpoint."""
        nonces = self.nonces if self.nonce_required else None
        return DPoP(nonces=nonces, replays=_Replays(self.proofs))
