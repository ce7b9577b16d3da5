"""The plan of the 3rd-party-initiated login: `initiate_login_uri` (OIDC Core 4)."""

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.rp import REDIRECT_URI, dynamic_client
from tests.e2e.refusals import refused

START = "https://rp.example/initiate-login"


async def test_oidcc_3rd_party_init_login(registrar: AuthorizationServer) -> None:
    rp = await dynamic_client(registrar, initiate_login_uri=START)
    told = rp.registration
    assert told["initiate_login_uri"] == START
    bearer = {"authorization": f"Bearer {told['registration_access_token']}"}
    answer = await registrar.http().get(told["registration_client_uri"], headers=bearer)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["initiate_login_uri"] == START


async def test_oidcc_3rd_party_init_login_nohttps(
    registrar: AuthorizationServer,
) -> None:
    wanted = {
        "redirect_uris": [REDIRECT_URI],
        "initiate_login_uri": START.replace("https:", "http:"),
    }
    answer = await registrar.http().post("/oauth/register", json=wanted)
    refused(answer, 400, "invalid_client_metadata")
