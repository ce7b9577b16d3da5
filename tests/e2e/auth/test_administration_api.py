"""/api/admin: who may call what, and what it does."""

from typing import Any

import pytest

from tests.builders import auth as builder
from tests.e2e.administrators import (
    SCOPES,
    SECRET,
    access_token,
    administrator,
    call,
    program,
    provision_app,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.dpop_key import DpopKey
from tests.e2e.people import register
from tests.e2e.stores import Stores

#: Every endpoint, its scope, and a body that is right.
ENDPOINTS: list[tuple[str, str, str, Any]] = [
    ("GET", "/people", "admin:people", None),
    ("POST", "/people", "admin:people", {"username": "x", "email": "x@y.example"}),
    ("GET", "/people/nobody", "admin:people", None),
    ("GET", "/people/nobody/sessions", "admin:people", None),
    ("POST", "/people/nobody/reset", "admin:people", None),
    ("POST", "/people/nobody/disable", "admin:people", None),
    ("POST", "/people/nobody/enable", "admin:people", None),
    ("POST", "/people/nobody/verify-email", "admin:people", None),
    ("POST", "/people/nobody/end-sessions", "admin:people", None),
    ("POST", "/people/nobody/make-administrator", "admin:people", None),
    ("POST", "/people/nobody/unmake-administrator", "admin:people", None),
    ("GET", "/apps", "admin:apps", None),
    ("GET", "/app?client_id=none", "admin:apps", None),
    ("POST", "/app", "admin:apps", {"client_id": "none", "verified": True}),
    ("GET", "/resources", "admin:resources", None),
    (
        "PUT",
        "/resource",
        "admin:resources",
        {"identifier": "nothing", "name": "", "scopes": []},
    ),
    ("GET", "/keys", "admin:keys", None),
    ("POST", "/keys/rotate", "admin:keys", {}),
    ("DELETE", "/keys/none", "admin:keys", None),
    ("GET", "/audit", "admin:audit", None),
    ("GET", "/audit/export", "admin:audit", None),
    ("GET", "/settings", "admin:audit", None),
]
each_endpoint = pytest.mark.parametrize(("method", "path", "scope", "body"), ENDPOINTS)


@pytest.fixture(scope="module")
async def _program(auth: AuthorizationServer) -> None:
    await program(auth)


pytestmark = pytest.mark.usefixtures("_program")


@each_endpoint
async def test_without_a_token_nothing_is_told(
    auth: AuthorizationServer, method: str, path: str, scope: str, body: Any
) -> None:
    answer = await call(auth, method, path, None, json=body)

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    challenge = answer.headers["www-authenticate"]
    assert f'scope="{scope}"' in challenge
    assert "/.well-known/oauth-protected-resource/api/admin" in challenge


@each_endpoint
async def test_another_scope_does_not_reach(
    auth: AuthorizationServer, method: str, path: str, scope: str, body: Any
) -> None:
    others = " ".join(other for other in SCOPES if other != scope)
    token = await access_token(auth, others)

    answer = await call(auth, method, path, token, json=body)

    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"


@each_endpoint
async def test_a_token_for_another_api_is_none(
    auth: AuthorizationServer, method: str, path: str, scope: str, body: Any
) -> None:
    tokens = await auth.tokens()
    token = tokens["access_token"]

    answer = await call(auth, method, path, token, json=body)

    assert answer.status_code == 401, scope
    assert answer.json()["error"] == "invalid_token"


@each_endpoint
async def test_AU20_a_parameter_that_does_not_exist_is_refused(
    auth: AuthorizationServer, method: str, path: str, scope: str, body: Any
) -> None:
    token = await access_token(auth, scope)
    query = "&" if "?" in path else "?"

    answer = await call(auth, method, f"{path}{query}field=password", token, json=body)

    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] == "invalid_request"


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("admin:people", "/people?order=id%3Bdrop"),
        ("admin:people", "/people?order=password_hash"),
        ("admin:people", "/people?page=forged"),
        ("admin:people", "/people?page=" + "A" * 60),
        ("admin:people", "/people?search=%00"),
        ("admin:people", "/people?order=username&order=newest"),
        ("admin:apps", "/apps?order=secret"),
        ("admin:apps", "/apps?page=%E2%82%AC"),
        ("admin:audit", "/audit?page=MQ"),
        ("admin:audit", "/audit?since=yesterday"),
        ("admin:audit", "/audit?until=99999-01-01"),
        ("admin:audit", "/audit/export?format=xlsx"),
    ],
)
async def test_AU20_lists_take_only_what_is_on_their_lists(
    auth: AuthorizationServer, scope: str, path: str
) -> None:
    answer = await call(auth, "GET", path, await access_token(auth, scope))

    assert answer.status_code == 400, answer.text


async def test_AU20_a_page_token_of_one_list_is_none_of_another(
    auth: AuthorizationServer, stores: Stores
) -> None:
    stores.run(
        "INSERT INTO auth.users (subject, username, username_canonical, email,"
        " email_canonical, password_hash, name) SELECT 'page-' || n, 'page-' || n,"
        " 'page-' || n, n || '@page.example', n || '@page.example', '', 'Page'"
        " FROM generate_series(100, 220) n ON CONFLICT DO NOTHING"
    )
    token = await access_token(auth, "admin:people")
    seen: list[str] = []
    query = {"search": "page-"}
    while True:
        answer = (await call(auth, "GET", "/people", token, params=query)).json()
        seen += [person["username"] for person in answer["people"]]
        if answer["next"] is None:
            break
        query["page"] = answer["next"]
    first = (await call(auth, "GET", "/people?search=page-", token)).json()["next"]
    wrong = [
        {"search": "page", "page": first},
        {"search": "page-", "order": "newest", "page": first},
        {"search": "page-", "page": first[:-1] + ("A" if first[-1] != "A" else "B")},
    ]
    refused = [await call(auth, "GET", "/people", token, params=w) for w in wrong]

    assert seen == [f"page-{n}" for n in range(100, 221)]
    assert {answer.status_code for answer in refused} == {400}


async def test_people_are_listed_newest_first_as_well(
    auth: AuthorizationServer,
) -> None:
    token = await access_token(auth, "admin:people")
    seen: list[str] = []
    query = {"order": "newest"}
    while True:
        answer = (await call(auth, "GET", "/people", token, params=query)).json()
        seen += [person["created_at"] for person in answer["people"]]
        if answer["next"] is None:
            break
        query["page"] = answer["next"]

    assert seen == sorted(seen, reverse=True)
    assert seen


async def test_AU12_nobody_is_made_with_more_than_the_form_asks(
    auth: AuthorizationServer,
) -> None:
    token = await access_token(auth, "admin:people")
    body = {"username": "massive", "email": "massive@people.example", "sub": "me"}
    more = {"email_verified": True, "administrator": True, "password_hash": "x"}

    answer = await call(auth, "POST", "/people", token, json={**body, **more})

    made = answer.json()["person"]
    assert answer.status_code == 201
    assert not made["email_verified"]
    assert not made["administrator"]
    assert made["subject"] != "me"
    assert answer.json()["reset_link"].startswith(f"{auth.issuer}/reset/new?token=")


async def test_an_operators_program_administers_people(
    auth: AuthorizationServer, stores: Stores
) -> None:
    token = await access_token(auth, "admin:people admin:audit")
    body = {"username": "made-by-api", "email": "made@people.example", "name": "Made"}
    made = (await call(auth, "POST", "/people", token, json=body)).json()["person"]
    subject = made["subject"]

    disabled = await call(auth, "POST", f"/people/{subject}/disable", token)
    enabled = await call(auth, "POST", f"/people/{subject}/enable", token)
    verified = await call(auth, "POST", f"/people/{subject}/verify-email", token)
    log = await call(auth, "GET", "/audit", token, params={"person": subject})
    twice = await call(auth, "POST", "/people", token, json=body)
    odd = await call(auth, "POST", f"/people/{subject}/crown", token)

    assert log.status_code == 200, log.text
    assert disabled.json()["disabled"]
    assert not enabled.json()["disabled"]
    assert verified.json()["email_verified"]
    assert [(e["event"], e["detail"]["by"]) for e in log.json()["events"]] == [
        ("person.email_verified", "operators-program"),
        ("person.enabled", "operators-program"),
        ("person.disabled", "operators-program"),
        ("person.created", "operators-program"),
    ]
    assert twice.status_code == 400
    assert twice.json()["errors"].keys() <= {"username", "email"}
    assert odd.status_code == 400


async def test_resources_and_their_sentences(auth: AuthorizationServer) -> None:
    token = await access_token(auth, "admin:resources")
    api = {
        "identifier": "https://new-api.example",
        "name": "New",
        "scopes": [{"name": "new:read", "description": "Read what is new"}],
    }
    own = {**api, "identifier": f"{auth.issuer}/api/admin"}
    builtin = {**api, "scopes": [{"name": "openid", "description": "Mine"}]}
    twice = {**api, "scopes": api["scopes"] * 2}
    nobody = {**api, "client_id": "no-such-app\0"}

    made = await call(auth, "PUT", "/resource", token, json=api)
    changed = await call(auth, "PUT", "/resource", token, json={**api, "name": "Newer"})
    refused = [
        await call(auth, "PUT", "/resource", token, json=bad)
        for bad in (own, builtin, twice, nobody, {**api, "identifier": "nowhere"})
    ]
    listed = (await call(auth, "GET", "/resources", token)).json()

    assert made.status_code == 200
    assert changed.json()["name"] == "Newer"
    assert [answer.status_code for answer in refused] == [400] * 5
    assert [r["name"] for r in listed if r["identifier"] == api["identifier"]] == [
        "Newer"
    ]


async def test_a_key_that_is_needed_stays(auth: AuthorizationServer) -> None:
    token = await access_token(auth, "admin:keys")
    keys = (await call(auth, "GET", "/keys", token)).json()
    states = {key["state"] for key in keys}

    needed = [await call(auth, "DELETE", f"/keys/{k['kid']}", token) for k in keys]
    unknown = await call(auth, "DELETE", "/keys/none", token)

    assert states <= {"current", "next", "retired"}
    assert {answer.status_code for answer in needed} == {409}
    assert unknown.status_code == 404


async def test_a_person_lends_an_app_no_more_than_they_may(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Whoever stops administering takes the rights of their tokens with them."""
    await provision_app(
        auth,
        **builder.client("admin-app", client_secret="s", scope="openid admin:people"),
    )
    boss, other = await administrator(auth, stores), await register(auth)

    answers = {}
    for who in (boss, other):
        code = await auth.code(
            who.browser,
            client_id="admin-app",
            scope="openid admin:people",
            resource=f"{auth.issuer}/api/admin",
        )
        tokens = await auth.http().post(
            "/oauth/token", data=builder.token_parameters(code), auth=("admin-app", "s")
        )
        token = tokens.json()["access_token"]
        answers[who.username] = (await call(auth, "GET", "/people", token)).status_code
        stores.run(
            "UPDATE auth.users SET administrator = false WHERE username = %s",
            who.username,
        )
        after = await call(auth, "GET", "/people", token)
        assert after.status_code == 401

    assert answers == {boss.username: 200, other.username: 401}


@pytest.mark.parametrize("how", ["revoked", "suspended", "scope taken", "deleted"])
async def test_what_the_operator_takes_is_gone_at_once(
    auth: AuthorizationServer, stores: Stores, how: str
) -> None:
    name = f"program-{how.replace(' ', '-')}"
    await program(auth, "admin:people", client_id=name)
    token = await access_token(auth, "admin:people", name)
    assert (await call(auth, "GET", "/people", token)).status_code == 200

    if how == "revoked":
        await auth.http().post(
            "/oauth/revoke",
            data={"token": token},
            auth=(name, "secret-of-the-operators-program"),
        )
    elif how == "suspended":
        change = "UPDATE auth.clients SET suspended_at = now() WHERE client_id = %s"
        stores.run(change, name)
    elif how == "scope taken":
        stores.run("UPDATE auth.clients SET scopes = '{}' WHERE client_id = %s", name)
    else:
        stores.run("DELETE FROM auth.clients WHERE client_id = %s", name)

    assert (await call(auth, "GET", "/people", token)).status_code == 401


async def test_AU12_nobody_helps_themselves_to_the_scopes(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Neither by asking, nor in the console, nor with a form that is forged."""
    somebody = await register(auth)
    page = await somebody.browser.get(f"{auth.issuer}/apps/new")
    forged = await somebody.browser.send(
        page,
        "/apps/new",
        kind="service",
        client_name="Helps itself",
        scope="admin:people",
    )
    refused = await auth.token(
        {"grant_type": "client_credentials", "scope": "admin:people"},
        client_id="service-app",
    )

    assert "admin:people" not in page.response.text
    assert forged.response.status_code == 400
    name = "Helps itself"
    assert not stores.run("SELECT 1 FROM auth.clients WHERE client_name = %s", name)
    assert refused.json()["error"] == "invalid_scope"


async def test_the_document_describes_every_endpoint(auth: AuthorizationServer) -> None:
    document = (await auth.http().get("/api/admin/openapi.json")).json()
    told = {
        (method.upper(), path.removeprefix("/api/admin"))
        for path, operations in document["paths"].items()
        for method in operations
    }
    scopes = {
        (method.upper(), path.removeprefix("/api/admin")): operation["security"]
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    }

    for method, path, scope, _ in ENDPOINTS:
        plain = path.partition("?")[0]
        plain = plain.replace("nobody", "{subject}").replace(
            "/keys/none", "/keys/{kid}"
        )
        head, _, last = plain.rpartition("/")
        if head.endswith("{subject}") and last not in {"reset", "sessions"}:
            plain = f"{head}/{{change}}"
        assert (method, plain) in told
        assert scopes[method, plain] == [{"OAuth2": [scope]}]


async def test_the_resource_says_what_it_is(auth: AuthorizationServer) -> None:
    place = "/.well-known/oauth-protected-resource/api/admin"

    told = (await auth.http().get(place)).json()

    assert told["resource"] == f"{auth.issuer}/api/admin"
    assert told["authorization_servers"] == [auth.issuer]
    assert told["scopes_supported"] == sorted(SCOPES)


async def test_settings_are_told_without_their_secrets(
    auth: AuthorizationServer,
) -> None:
    token = await access_token(auth, "admin:audit")

    answer = await call(auth, "GET", "/settings", token)

    told = {each["name"]: each for each in answer.json()}
    assert told["KEY_ENCRYPTION_SECRET"]["value"] == "********"
    assert told["ISSUER_URL"] == {
        "name": "ISSUER_URL",
        "value": auth.issuer,
        "source": "environment",
    }
    assert told["PORT"]["source"] == "default"
    assert auth.settings.key_encryption_secret.get_secret_value() not in answer.text
    assert auth.settings.database_url.get_secret_value() not in answer.text


async def test_an_app_that_somebody_owns_does_not_administer(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """However it came by the scope."""
    await program(auth, "admin:people", client_id="owned-program")
    token = await access_token(auth, "admin:people", "owned-program")
    owner = await register(auth)
    change = (
        "UPDATE auth.clients SET owner ="
        " (SELECT subject FROM auth.users WHERE username = %s)"
        " WHERE client_id = 'owned-program'"
    )

    before = await call(auth, "GET", "/people", token)
    stores.run(change, owner.username)
    after = await call(auth, "GET", "/people", token)

    assert (before.status_code, after.status_code) == (200, 401)


async def test_a_token_that_is_bound_to_a_key_needs_its_proof(
    auth: AuthorizationServer,
) -> None:
    """RFC 9449 section 7.1, at our own API as at everybody's."""
    key, url = DpopKey(), f"{auth.issuer}/api/admin/keys"
    answer = await auth.http().post(
        "/oauth/token",
        data={
            "grant_type": "client_credentials",
            "scope": "admin:keys",
            "resource": f"{auth.issuer}/api/admin",
        },
        auth=("operators-program", SECRET),
        headers={"dpop": key.proof("POST", f"{auth.issuer}/oauth/token")},
    )
    token = answer.json()["access_token"]
    assert answer.json()["token_type"] == "DPoP"

    async def get(scheme: str, proof: str | None) -> int:
        headers = {"authorization": f"{scheme} {token}"}
        headers |= {"dpop": proof} if proof else {}
        return (await auth.http().get("/api/admin/keys", headers=headers)).status_code

    good = key.proof("GET", url, token)
    assert await get("DPoP", good) == 200
    assert await get("DPoP", good) == 401  # used
    assert await get("DPoP", None) == 401
    assert await get("Bearer", None) == 401
    assert await get("DPoP", DpopKey().proof("GET", url, token)) == 401
    assert await get("DPoP", key.proof("POST", url, token)) == 401
