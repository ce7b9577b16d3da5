"""How to test such an API: no server, no network, tokens of your own making."""

import httpx
from protected_api import app, auth

from valetkey.testing import TestIssuer


async def test_each_person_has_their_own_notes() -> None:
    issuer = TestIssuer.attach(auth)
    both = ["notes:read", "notes:write"]
    alice = {"authorization": f"Bearer {issuer.token(sub='alice', scopes=both)}"}
    bob = {"authorization": f"Bearer {issuer.token(sub='bob', scopes=both)}"}

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api") as api:
        await api.post("/notes?text=milk", headers=alice)

        assert (await api.get("/notes", headers=alice)).json() == ["milk"]
        assert (await api.get("/notes", headers=bob)).json() == []
        assert (await api.get("/notes")).status_code == 401
