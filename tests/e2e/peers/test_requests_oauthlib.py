"""requests-oauthlib (PyPI) as the app: sign in, refresh by itself, revoke, sign out."""

from tests.e2e.peers.python_peers import run
from tests.e2e.peers.python_stack import PERSON, Person, Stack, client


async def test_a_person_signs_in_stays_in_and_signs_out(
    stack: Stack, alice: Person
) -> None:
    app = client("requests-oauthlib")
    stack.add(clients=[app])

    seen = await run(
        "requests_oauthlib_app.py",
        alice,
        issuer=stack.issuer,
        client_id=app["client_id"],
        client_secret=app["client_secret"],
        redirect_uri=app["redirect_uris"][0],
        post_logout_redirect_uri=app["post_logout_redirect_uris"][0],
        scope=f"{PERSON} notes:read",
        notes=f"{stack.settings.resource}/notes",
    )

    assert seen["userinfo"]["preferred_username"] == "alice"
    assert seen["notes"]["status"] == 200, seen["notes"]
    (fresh,) = seen["kept"]
    assert fresh["refresh_token"] != seen["token"]["refresh_token"]
    assert seen["revoked"] == {"status": 200, "body": "", "content_type": None}
    assert seen["gone"] == "invalid_grant"
    assert seen["left"] == f"{app['post_logout_redirect_uris'][0]}?state=bye"
    assert alice.seen == ["/login", "/consent"]


async def test_a_service_gets_a_token_for_itself(stack: Stack) -> None:
    service = client(
        "requests-oauthlib-service",
        grant_types=["client_credentials"],
        redirect_uris=[],
        scope="stats:read",
    )
    stack.add(clients=[service])

    seen = await run(
        "requests_oauthlib_service.py",
        issuer=stack.issuer,
        client_id=service["client_id"],
        client_secret=service["client_secret"],
        stats=f"{stack.settings.resource}/stats",
    )

    assert "refresh_token" not in seen["token"]
    assert seen["stats"]["status"] == 200
