"""Attacks on an API that accepts our tokens (attacks, 1.18)."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from resource_service.app import build_app
from resource_service.storage.migrate import migrate
from tests.builders.auth import NOTES, SECRETS
from tests.builders.issuer_site import IssuerSite, Ticks
from tests.builders.notes_api import BOTH, NotesApi, notes_api, settings
from tests.builders.sites import document, site
from tests.builders.tokens import AUDIENCE, ISSUER, StoppedClock, encode, token
from tests.e2e.authorization_server import AuthorizationServer
from valetkey.introspection import RemoteIntrospection, client_secret_basic
from valetkey.jwks import RemoteKeys
from valetkey.testing import ProofKey

NOTE = {"title": "Milk", "text": "two litres"}


@pytest.fixture(scope="module")
def database(new_database: Callable[..., str]) -> str:
    url = new_database()
    migrate(url)
    return url


@pytest.fixture
async def api(database: str) -> AsyncIterator[NotesApi]:
    async with notes_api(database) as running:
        yield running


async def test_RS01_a_token_in_the_query_is_not_seen(api: NotesApi) -> None:
    text = api.issuer.token(scopes=BOTH)

    answer = await api.client.get("/notes", params={"access_token": text})

    assert answer.status_code == 401
    assert "error" not in answer.headers["www-authenticate"]


async def test_RS02_a_token_in_a_body_or_cookie_is_not_seen(api: NotesApi) -> None:
    text = api.issuer.token(scopes=BOTH)
    cookie = {"cookie": f"access_token={text}; authorization=Bearer {text}"}

    for answer in (
        await api.client.post("/notes", data={"access_token": text}),
        await api.client.post("/notes", json={"access_token": text, **NOTE}),
        await api.client.get("/notes", headers=cookie),
        await api.client.get("/notes", headers={"authorization": f"Basic {text}"}),
        await api.client.get("/notes", headers={"authorization": "Bearer"}),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer scope=")


async def test_two_tokens_are_one_too_many(api: NotesApi) -> None:
    header = next(iter(api.bearer(scopes=BOTH).items()))

    answer = await api.client.get("/notes", headers=[header, header])

    assert answer.status_code == 400
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]


async def test_RS03_a_token_for_another_resource_is_refused(api: NotesApi) -> None:
    for aud in (
        "https://rs2.example",
        [AUDIENCE, "https://rs2.example"],
        f"{AUDIENCE}/",
    ):
        answer = await api.client.get("/me", headers=api.bearer(aud=aud))

        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]


async def test_RS04_a_missing_scope_is_named(api: NotesApi) -> None:
    headers = api.bearer(scopes=["notes:read"])

    answer = await api.client.post("/notes", json=NOTE, headers=headers)

    assert answer.status_code == 403
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="insufficient_scope"')
    assert 'scope="notes:write"' in challenge


@pytest.mark.parametrize(
    "scope",
    [
        "notes:read:all",
        "xnotes:read",
        "notes:rea",
        "NOTES:READ",
        "notes:read,notes:write",
        "notes",
        "*",
        "",
        None,
    ],
)
async def test_RS05_a_scope_is_a_whole_word(api: NotesApi, scope: str | None) -> None:
    answer = await api.client.get("/notes", headers=api.bearer(scope=scope))

    assert answer.status_code == 403


async def test_RS05_only_a_space_parts_scopes(api: NotesApi) -> None:
    headers = api.bearer(scope="notes:write\tnotes:read")

    assert (await api.client.get("/notes", headers=headers)).status_code == 401


async def test_RS06_one_request_leaves_no_scope_to_the_next(api: NotesApi) -> None:
    reader = api.bearer(scopes=["notes:read"])
    for _ in range(3):
        assert (await api.call("POST", "/notes", json=NOTE)).status_code == 201

        written = await api.client.post("/notes", json=NOTE, headers=reader)
        assert written.status_code == 403
        assert 'scope="notes:write"' in written.headers["www-authenticate"]


async def test_RS07_no_header_changes_the_method(api: NotesApi) -> None:
    place = (await api.call("POST", "/notes", json=NOTE)).headers["location"]

    for name in ("x-http-method-override", "x-http-method", "x-method-override"):
        answer = await api.call("GET", place, headers={name: "DELETE"})
        assert answer.status_code == 200
        answer = await api.call("POST", place, headers={name: "DELETE"})
        assert answer.status_code == 405
        assert answer.headers["allow"] == "DELETE, GET, PUT"


@pytest.mark.parametrize(
    "path",
    [
        "/notes/",
        "//notes",
        "/notes/..",
        "/%2e%2e/notes",
        "/notes;x",
        "/notes%2f",
        "/notes%00",
        "/NOTES",
        "/docs/assets/..%2f..%2fapp.py",
        "/docs/assets/%2e%2e/docs.py",
    ],
)
async def test_RS08_a_path_means_what_is_routed(api: NotesApi, path: str) -> None:
    """Refused with and without a token, and never led elsewhere."""
    # A path relative to the base would be tidied before it is sent.
    target = api.client.base_url.copy_with(raw_path=path.encode())

    for headers in ({}, api.bearer(scopes=BOTH)):
        answer = await api.client.get(target, headers=headers)
        assert answer.status_code in {400, 404}
        assert "location" not in answer.headers


async def test_RS09_nobody_is_who_a_header_says(api: NotesApi) -> None:
    names = ("x-user", "x-forwarded-user", "oidc_claim_sub", "remote-user", "x-sub")
    claimed = dict.fromkeys(names, "bob")

    assert (await api.client.get("/me", headers=claimed)).status_code == 401
    answer = await api.call("GET", "/me", headers=claimed)
    assert answer.json()["sub"] == "alice"


async def test_RS10_somebody_elses_note_is_not_there(api: NotesApi) -> None:
    place = (await api.call("POST", "/notes", sub="bob", json=NOTE)).headers["location"]
    missing = await api.call("GET", "/notes/00000000-0000-4000-8000-000000000000")

    for answer in (
        await api.call("GET", place),
        await api.call("PUT", place, json=NOTE),
        await api.call("DELETE", place),
    ):
        assert answer.status_code == 404
        assert answer.json() == missing.json()
    assert (await api.call("GET", place, sub="bob")).json()["title"] == "Milk"
    listed = (await api.call("GET", "/notes?limit=100")).json()["items"]
    assert all(note["id"] not in place for note in listed)


async def test_RS11_an_application_is_no_person(api: NotesApi) -> None:
    """RFC 9700 section 4.15: its sub is its client_id."""
    headers = api.bearer(sub="app", client_id="app", scopes=BOTH)

    for answer in (
        await api.client.get("/notes", headers=headers),
        await api.client.post("/notes", json=NOTE, headers=headers),
    ):
        assert answer.status_code == 403
        assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


async def test_RS12_F40_it_serves_on_while_the_issuer_is_away(database: str) -> None:
    """Cold and alone it says so: 503, and not that the token is bad."""
    site, ticks = IssuerSite(), Ticks()
    keys = RemoteKeys(ISSUER, transport=site, monotonic=ticks)
    app = build_app(settings(database), keys=keys, clock=StoppedClock())
    site.answer = httpx.ConnectError("away")
    me = {"authorization": f"Bearer {token()}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=AUDIENCE) as client:
        cold = await client.get("/me", headers=me)
        assert (cold.status_code, cold.headers["retry-after"]) == (503, "2")
        assert "www-authenticate" not in cold.headers
        assert (await client.get("/readyz")).json()["checks"]["keys"] == "failed"

        site.answer = None
        ticks.now += 1
        assert (await client.get("/me", headers=me)).status_code == 200

        site.answer = httpx.ConnectError("away")
        for _ in range(60):
            ticks.now += 60
            assert (await client.get("/me", headers=me)).status_code == 200
        bad = await client.get("/me", headers={"authorization": f"Bearer {token()}x"})
        assert bad.status_code == 401


async def test_RS13_HT05_no_refusal_repeats_what_was_sent(api: NotesApi) -> None:
    canary = "canary-7f3a"
    answers = [
        await api.call("POST", "/notes", json={"title": canary * 99, "text": 1}),
        await api.call("POST", "/notes", json={**NOTE, canary: canary}),
        await api.call("POST", "/notes", content=f'{{"title":"{canary}'),
        await api.call("POST", "/notes", content=canary, headers={"a": canary}),
        await api.call("POST", "/notes", json=[canary]),
        await api.call("GET", f"/notes?limit={canary}"),
        await api.call("GET", f"/notes?cursor={canary}"),
        await api.call("GET", f"/notes/{canary}"),
        await api.call("GET", f"/{canary}"),
        await api.client.get("/me", headers={"authorization": f"Bearer {canary}"}),
        await api.client.get("/me", headers=api.bearer(aud=canary)),
    ]

    for answer in answers:
        assert answer.status_code in {400, 401, 404}
        assert answer.headers["content-type"] == "application/problem+json"
        assert canary not in answer.text
        assert canary not in json.dumps(dict(answer.headers))


async def test_JW36_a_proof_that_proves_nothing_is_refused(api: NotesApi) -> None:
    """RFC 9449 section 7.1; tests/unit/shared/test_dpop.py has many more."""
    url, key = f"{AUDIENCE}/me", ProofKey()
    text = api.issuer.token(cnf=key.cnf)
    good = key.headers("GET", url, text)
    attempts: list[Any] = [
        {"authorization": good["authorization"]},
        {**good, "dpop": key.proof("POST", url, text)},
        {**good, "dpop": key.proof("GET", f"{AUDIENCE}/notes", text)},
        {**good, "dpop": key.proof("GET", url, text, htu=7)},
        {**good, "dpop": key.proof("GET", url, text, iat=1)},
        {**good, "dpop": key.proof("GET", url, f"{text}x")},
        {**good, "dpop": key.proof("GET", url)},
        {**good, "dpop": unsigned(good["dpop"])},
        {**good, "dpop": text},
        [*good.items(), ("dpop", key.proof("GET", url, text))],
    ]

    for headers in attempts:
        answer = await api.client.get(url, headers=headers)
        assert answer.status_code == 401
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('DPoP error="invalid_dpop_proof"')
    assert (await api.client.get(url, headers=good)).status_code == 200
    again = await api.client.get(url, headers=good)
    assert again.json()["error"] == "invalid_dpop_proof"


async def test_RS14_a_stolen_token_is_of_no_use_to_another_api(api: NotesApi) -> None:
    """RFC 9700 section 4.9: neither bound to a key nor made out to somebody else."""
    url, owner, thief = f"{AUDIENCE}/me", ProofKey(), ProofKey()
    stolen = api.issuer.token(cnf=owner.cnf)
    seen = owner.headers("GET", "https://rs2.example/me", stolen)
    attempts = [
        {"authorization": f"Bearer {stolen}"},
        {**seen, "authorization": f"Bearer {stolen}"},
        seen,
        thief.headers("GET", url, stolen),
        {**thief.headers("GET", url, stolen), "dpop": seen["dpop"]},
        api.bearer(aud="https://rs2.example"),
    ]

    for headers in attempts:
        assert (await api.client.get(url, headers=headers)).status_code == 401
    good = owner.headers("GET", url, stolen)
    assert (await api.client.get(url, headers=good)).status_code == 200


def unsigned(proof: str) -> str:
    """The same claims under `alg: none`, as some libraries took it."""
    head = encode(json.dumps({"alg": "none", "typ": "dpop+jwt"}).encode())
    return f"{head}.{proof.split('.')[1]}."


async def test_JW33_a_revoked_token_deletes_nothing(
    auth: AuthorizationServer, database: str
) -> None:
    """A real one, whose signature stays good for ten minutes."""
    to_auth = httpx.ASGITransport(auth.app)
    introspection = RemoteIntrospection(
        auth.issuer,
        auth=client_secret_basic("notes-api", SECRETS["notes-api"]),
        keep=0,
        transport=to_auth,
    )
    app = build_app(
        settings(database),
        keys=RemoteKeys(auth.issuer, transport=to_auth),
        introspection=introspection,
    )
    tokens = await auth.tokens(scope=f"openid {NOTES}", resource=AUDIENCE)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=AUDIENCE) as client:
        before = await client.delete("/notes", headers=headers)
        await auth.http().post(
            "/oauth/revoke",
            data={"token": tokens["access_token"]},
            auth=("web-app", SECRETS["web-app"]),
        )
        after = await client.delete("/notes", headers=headers)

    assert [before.status_code, after.status_code] == [204, 401]
    assert 'error="invalid_token"' in after.headers["www-authenticate"]


async def test_IN07_an_answer_is_kept_for_seconds_and_for_one_token(
    database: str,
) -> None:
    site, ticks = IssuerSite(), Ticks()
    introspection = RemoteIntrospection(
        ISSUER,
        auth=client_secret_basic("notes-api", "s"),
        keep=10,
        transport=site,
        monotonic=ticks,
    )
    async with notes_api(database, introspection=introspection) as api:

        async def erase(text: str) -> int:
            headers = {"authorization": f"Bearer {text}"}
            return (await api.client.delete("/notes", headers=headers)).status_code

        now = int(time.time())
        poor, good = (
            api.issuer.token(scope=scope, jti="same", auth_time=now)
            for scope in ("notes:read", "notes:write")
        )
        first = [await erase(good), await erase(good)]
        site.inactive.add(good)
        kept = await erase(good)
        ticks.now += 10
        asked = site.introspections
        over = await erase(good)

        assert (first, kept, over) == ([204, 204], 204, 401)
        assert (asked, site.introspections) == (1, 2)
        assert await erase(poor) == 403


async def test_IN09_RS12_an_issuer_that_hangs_holds_nobody_up(database: str) -> None:
    """It takes the connection and says nothing: 503, and other routes answer."""
    hangs = asyncio.Event()

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        if b"/oauth/introspect" in request:
            await hangs.wait()
        issuer = f"http://127.0.0.1:{served.port}"
        endpoint = f"{issuer}/oauth/introspect"
        body = json.dumps({"issuer": issuer, "introspection_endpoint": endpoint})
        await document(body.encode())(request, writer)

    async with site(answer) as served:
        issuer = f"http://127.0.0.1:{served.port}"
        client = {"INTROSPECTION_CLIENT_ID": "a", "INTROSPECTION_CLIENT_SECRET": "b"}
        async with notes_api(database, ISSUER_URL=issuer, **client) as api:
            own = api.bearer(scopes=BOTH, auth_time=int(time.time()))
            async with asyncio.timeout(9), asyncio.TaskGroup() as tasks:
                stuck = [
                    tasks.create_task(api.client.delete("/notes", headers=own))
                    for _ in range(20)
                ]
                while not all(each.done() for each in stuck):
                    meanwhile = await api.client.get("/notes", headers=own)
                    assert meanwhile.status_code == 200
            at_once = await api.client.delete("/notes", headers=own)
            hangs.set()

    for answered in [*(each.result() for each in stuck), at_once]:
        assert answered.status_code == 503
        assert answered.headers["retry-after"]
        assert "www-authenticate" not in answered.headers
