"""Attacks on an API that accepts our tokens (attacks, 1.18)."""

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from resource_service.app import build_app
from resource_service.storage.migrate import migrate
from tests.builders.issuer_site import IssuerSite, Ticks
from tests.builders.notes_api import BOTH, NotesApi, notes_api, settings
from tests.builders.tokens import AUDIENCE, ISSUER, StoppedClock, token
from valetkey.jwks import RemoteKeys

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
