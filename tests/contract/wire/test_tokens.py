"""What the authorization server signs is what a resource server accepts."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from auth_service.crypto.keyring import ALGS, Keyring
from auth_service.crypto.seal import Seal
from auth_service.ports import SealedKey
from auth_service.protocol import access_token, id_token
from auth_service.protocol.access_token import Access, access_token_claims
from auth_service.protocol.client import ID_TOKEN_ALGS
from auth_service.protocol.id_token import id_token_claims
from auth_service.protocol.refresh_grant import Grant
from tests.builders.tokens import AUDIENCE, ISSUER
from valetkey import AccessToken, ResourceServer
from valetkey.errors import InvalidToken
from valetkey.jwk import VerificationKey, find_key, read_jwks
from valetkey.jwt_verification import Expectation, verify_jwt

NOW = datetime.now(UTC).replace(microsecond=0)
LIFETIME = timedelta(minutes=10)
PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

ACCESS = Access(
    client_id="app",
    subject="alice",
    audience=AUDIENCE,
    scopes=frozenset({"notes:read", "openid"}),
    grant_id="grant",
    sid="session",
    auth_time=NOW,
    amr=("pwd",),
)
GRANT = Grant(
    grant_id="grant",
    client_id="app",
    subject="alice",
    scopes=ACCESS.scopes,
    resources=(AUDIENCE,),
    sid="session",
    auth_time=NOW,
    amr=("pwd",),
    offline=False,
)


@pytest.fixture(scope="module")
async def keyring() -> Keyring:
    """With one key of each algorithm, as a server has after its first start."""
    keyring = Keyring(Seal("k" * 32), issuer=ISSUER)
    since = NOW - timedelta(minutes=1)
    keys = [
        SealedKey(
            kid=drawn.kid,
            alg=drawn.alg,
            public_jwk=drawn.public_jwk,
            private_key_sealed=drawn.private_key_sealed,
            created_at=since,
            active_at=since,
        )
        for drawn in await keyring.draw(ALGS)
    ]
    keyring.load(NOW, keys)
    return keyring


class Published:
    """The keys as everybody can read them."""

    def __init__(self, jwks: dict[str, Any]) -> None:
        self.keys = read_jwks(jwks)

    async def find(self, kid: str | None) -> VerificationKey | None:
        return find_key(self.keys, kid)

    async def ready(self) -> bool:
        return True


def signed_access_token(keyring: Keyring) -> str:
    claims = access_token_claims(
        ACCESS, issuer=ISSUER, jti="j1", now=NOW, lifetime=LIFETIME
    )
    return keyring.sign(claims, typ=access_token.TYP, alg=access_token.ALG)


def signed_id_token(keyring: Keyring, alg: str) -> str:
    claims = id_token_claims(
        GRANT,
        issuer=ISSUER,
        sub=GRANT.subject,
        alg=alg,
        nonce="n",
        access_token="t",
        told={},
        now=NOW,
        lifetime=LIFETIME,
    )
    return keyring.sign(claims, typ=id_token.TYP, alg=alg)


def resource_server(keyring: Keyring) -> ResourceServer:
    return ResourceServer(
        issuer=ISSUER, audience=AUDIENCE, keys=Published(keyring.jwks)
    )


async def test_an_access_token_is_accepted_and_says_what_was_granted(
    keyring: Keyring,
) -> None:
    token = await resource_server(keyring).verify(signed_access_token(keyring))

    assert isinstance(token, AccessToken)
    assert (token.subject, token.client_id) == ("alice", "app")
    assert token.scopes == {"notes:read", "openid"}
    assert token.expires_at - token.issued_at == LIFETIME
    assert token.claims["grant_id"] == "grant"
    assert not token.is_clients_own


@pytest.mark.parametrize("alg", ID_TOKEN_ALGS)
async def test_JW11_an_id_token_is_not_an_access_token(
    keyring: Keyring, alg: str
) -> None:
    with pytest.raises(InvalidToken):
        await resource_server(keyring).verify(signed_id_token(keyring, alg))


@pytest.mark.parametrize("alg", ID_TOKEN_ALGS)
def test_an_id_token_is_accepted_by_its_client(keyring: Keyring, alg: str) -> None:
    expectation = Expectation.id_token(issuer=ISSUER, client_id="app")
    text = signed_id_token(keyring, alg)

    claims = verify_jwt(text, read_jwks(keyring.jwks), expectation, now=NOW)

    assert (claims["sub"], claims["nonce"]) == ("alice", "n")


def test_JW11_an_access_token_is_not_an_id_token(keyring: Keyring) -> None:
    expectation = Expectation.id_token(issuer=ISSUER, client_id=AUDIENCE)
    text = signed_access_token(keyring)

    with pytest.raises(InvalidToken):
        verify_jwt(text, read_jwks(keyring.jwks), expectation, now=NOW)


def test_JK07_only_public_members_are_published(keyring: Keyring) -> None:
    keys = keyring.jwks["keys"]

    assert [key["alg"] for key in keys] == list(ALGS)
    for key in keys:
        assert not PRIVATE & key.keys()
        assert {"kid", "kty", "use", "alg"} <= key.keys()


def test_every_published_key_can_be_used(keyring: Keyring) -> None:
    published = keyring.jwks["keys"]

    assert list(read_jwks(keyring.jwks)) == [key["kid"] for key in published]
