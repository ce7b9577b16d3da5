"""The notes API over HTTP, on a real PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from resource_service.storage.database import database_url
from resource_service.storage.migrate import migrate
from resource_service.storage.tables import metadata
from tests.builders.notes_api import BOTH, NotesApi, notes_api
from tests.builders.tokens import AUDIENCE, ISSUER
from valetkey.testing import ProofKey

NOTE = {"title": "Milk", "text": "two litres"}


@pytest.fixture(scope="module")
def database(new_database: Callable[..., str]) -> str:
    url = new_database()
    migrate(url)
    return url


@pytest.fixture
async def api(database: str) -> AsyncIterator[NotesApi]:
    async with notes_api(database, SWAGGER_CLIENT_ID='docs"><x') as running:
        yield running


async def test_a_note_is_written_read_rewritten_and_deleted(api: NotesApi) -> None:
    written = await api.call("POST", "/notes", json=NOTE)
    place = written.headers["location"]
    assert written.status_code == 201
    assert place == f"/notes/{written.json()['id']}"
    assert (await api.call("GET", place)).json() == written.json()

    rewritten = await api.call("PUT", place, json={"title": "Tea"})
    assert rewritten.json() == {
        **written.json(),
        "title": "Tea",
        "text": "",
        "updated_at": rewritten.json()["updated_at"],
    }

    assert (await api.call("DELETE", place)).status_code == 204
    assert (await api.call("DELETE", place)).status_code == 404
    assert (await api.call("GET", place)).status_code == 404


async def test_pages_hold_every_note_once_newest_first(api: NotesApi) -> None:
    for number in range(7):
        note = {"title": f"number {number}"}
        await api.call("POST", "/notes", sub="pager", json=note)

    titles: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        page = (await api.call("GET", "/notes", sub="pager", params=query)).json()
        titles += [note["title"] for note in page["items"]]
        cursor = page["next_cursor"]

    assert titles == [f"number {number}" for number in reversed(range(7))]


async def test_the_last_full_page_leads_nowhere(api: NotesApi) -> None:
    for _ in range(2):
        await api.call("POST", "/notes", sub="exact", json=NOTE)

    page = (await api.call("GET", "/notes?limit=2", sub="exact")).json()

    assert (len(page["items"]), page["next_cursor"]) == (2, None)


async def test_another_persons_cursor_shows_only_ones_own(api: NotesApi) -> None:
    for sub in ("carol", "dave"):
        for _ in range(2):
            await api.call("POST", "/notes", sub=sub, json={"title": sub})
    first = (await api.call("GET", "/notes?limit=1", sub="dave")).json()

    page = await api.call(
        "GET", "/notes", sub="carol", params={"cursor": first["next_cursor"]}
    )

    assert {note["title"] for note in page.json()["items"]} == {"carol"}


@pytest.mark.parametrize(
    ("note", "field"),
    [
        ({}, "body.title"),
        ({"title": ""}, "body.title"),
        ({"title": "  "}, "body.title"),
        ({"title": "a\nb"}, "body.title"),
        ({"title": "a\0b"}, "body.title"),
        ({"title": "x" * 201}, "body.title"),
        ({"title": 1}, "body.title"),
        ({"title": None}, "body.title"),
        ({"title": "a", "text": "x" * 10_001}, "body.text"),
        ({"title": "a", "text": "\0"}, "body.text"),
        ({"title": "a", "text": ["b"]}, "body.text"),
        ({"title": "a", "owner": "bob"}, "body"),
        ({"title": "a", "id": "1"}, "body"),
        ([], "body"),
        (None, "body"),
    ],
)
async def test_a_note_that_cannot_be_kept_is_refused(
    api: NotesApi, note: Any, field: str
) -> None:
    answer = await api.call("POST", "/notes", json=note)

    assert answer.status_code == 400
    assert [each["field"] for each in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("content", [b'{"title":"\\ud800"}', b'{"title":"\xff"}', b"{"])
async def test_text_that_is_not_unicode_is_refused(
    api: NotesApi, content: bytes
) -> None:
    headers = {"content-type": "application/json"}

    answer = await api.call("POST", "/notes", content=content, headers=headers)

    assert answer.status_code == 400


async def test_the_longest_note_fits(api: NotesApi) -> None:
    longest = {"title": "\u00e9" * 200, "text": "\U0001f511" * 10_000}

    assert (await api.call("POST", "/notes", json=longest)).status_code == 201


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/notes?limit=0", 400),
        ("/notes?limit=101", 400),
        ("/notes?limit=x", 400),
        ("/notes?limit=99999999999999999999999", 400),
        ("/notes?limit=100", 200),
        (f"/notes?cursor={'x' * 201}", 400),
        ("/notes?cursor=", 400),
    ],
)
async def test_pages_have_limits(api: NotesApi, path: str, status: int) -> None:
    assert (await api.call("GET", path)).status_code == status


async def test_a_body_that_is_too_long_is_not_read(api: NotesApi) -> None:
    answer = await api.call("POST", "/notes", content=b" " * 70_000)

    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


async def test_deleting_everything_needs_a_recent_sign_in(api: NotesApi) -> None:
    """RFC 9470: the person has been away, and the app is told to ask them back."""
    for sub in ("eraser", "keeper"):
        await api.call("POST", "/notes", sub=sub, json=NOTE)
    now = int(datetime.now(UTC).timestamp())

    async def erase(**claims: Any) -> httpx.Response:
        headers = api.bearer(sub="eraser", **{"scopes": BOTH, **claims})
        return await api.client.delete("/notes", headers=headers)

    refusals = [await erase(), await erase(auth_time=now - 400)]
    poor = await erase(auth_time=now, scopes=["notes:read"])
    kept = (await api.call("GET", "/notes", sub="eraser")).json()["items"]
    done = await erase(auth_time=now - 200)

    for refused in refusals:
        assert refused.status_code == 401
        challenge = refused.headers["www-authenticate"]
        assert 'error="insufficient_user_authentication"' in challenge
        assert 'max_age="300", scope="notes:write"' in challenge
    assert (poor.status_code, len(kept), done.status_code) == (403, 1, 204)
    assert (await api.call("GET", "/notes", sub="eraser")).json()["items"] == []
    assert len((await api.call("GET", "/notes", sub="keeper")).json()["items"]) == 1


async def test_a_detail_allows_one_note_and_no_other(api: NotesApi) -> None:
    """RFC 9396: `note_access`, in a token without scopes."""
    one, other = [
        (await api.call("POST", "/notes", json=NOTE)).json()["id"] for _ in range(2)
    ]

    async def status(method: str, path: str, **detail: Any) -> int:
        detail = {
            "type": "note_access",
            "actions": ["read"],
            "identifier": one,
            **detail,
        }
        headers = api.bearer(scope="", authorization_details=[detail])
        body = NOTE if method in {"PUT", "POST"} else None
        answer = await api.client.request(method, path, headers=headers, json=body)
        return answer.status_code

    path, both = f"/notes/{one}", ["read", "write"]
    assert await status("GET", path) == 200
    assert await status("GET", path, locations=[AUDIENCE]) == 200
    assert await status("PUT", path, actions=both) == 200
    assert await status("PUT", path) == 403
    assert await status("GET", path, actions=["write"]) == 403
    assert await status("DELETE", path, actions=both) == 403
    assert await status("GET", f"/notes/{other}", actions=both) == 403
    assert await status("GET", "/notes") == 403
    assert await status("POST", "/notes", actions=both) == 403
    for wrong in (
        {"type": "notes_access"},
        {"identifier": None},
        {"identifier": [one]},
        {"identifier": one.upper()},
        {"actions": "read"},
        {"actions": None},
        {"locations": ["https://rs2.example"]},
        {"locations": AUDIENCE},
    ):
        assert await status("GET", path, **wrong) == 403


async def test_a_detail_reaches_no_note_of_somebody_else(api: NotesApi) -> None:
    note = (await api.call("POST", "/notes", sub="bob", json=NOTE)).json()["id"]
    detail = {"type": "note_access", "actions": ["read"], "identifier": note}
    headers = api.bearer(sub="alice", scope="", authorization_details=[detail])

    assert (await api.client.get(f"/notes/{note}", headers=headers)).status_code == 404


async def test_a_nonce_is_demanded_where_there_is_a_secret(database: str) -> None:
    async with notes_api(database, DPOP_NONCE_SECRET="n0123456789" * 3) as api:
        key = ProofKey()
        token = api.issuer.token(cnf=key.cnf)
        url = f"{AUDIENCE}/me"
        refused = await api.client.get(url, headers=key.headers("GET", url, token))
        nonce = refused.headers["dpop-nonce"]
        proved = key.headers("GET", url, token, nonce=nonce)
        answer = await api.client.get(url, headers=proved)

    assert [refused.status_code, answer.status_code] == [401, 200]
    assert answer.headers["dpop-nonce"]


async def test_a_token_is_told_whom_it_speaks_for(api: NotesApi) -> None:
    person = (await api.call("GET", "/me")).json()
    own = api.bearer(sub="app", client_id="app", scopes=["stats:read"])
    client = (await api.client.get("/me", headers=own)).json()

    assert (person["speaks_for"], person["sub"]) == ("person", "alice")
    assert person["scope"] == "notes:read notes:write"
    assert (client["speaks_for"], client["sub"]) == ("client", "app")


async def test_notes_and_people_are_counted(api: NotesApi) -> None:
    own = api.bearer(sub="app", client_id="app", scopes=["stats:read"])
    before = (await api.client.get("/stats", headers=own)).json()
    for _ in range(2):
        await api.call("POST", "/notes", sub="counted", json=NOTE)

    after = (await api.client.get("/stats", headers=own)).json()

    assert after["notes"] - before["notes"] == 2
    assert after["people"] - before["people"] == 1
    assert (await api.call("GET", "/stats")).status_code == 403


async def test_the_metadata_says_who_issues_tokens(api: NotesApi) -> None:
    """RFC 9728 section 2."""
    path = "/.well-known/oauth-protected-resource"

    found = (await api.client.get(path)).json()

    assert found == {
        "resource_name": "Valetkey notes",
        "authorization_details_types_supported": ["note_access"],
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["notes:read", "notes:write", "stats:read"],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "PS256", "RS256"],
        "dpop_bound_access_tokens_required": False,
        "tls_client_certificate_bound_access_tokens": False,
    }
    challenge = (await api.client.get("/notes")).headers["www-authenticate"]
    assert f'resource_metadata="{AUDIENCE}{path}"' in challenge


async def test_every_answer_has_the_security_headers(api: NotesApi) -> None:
    answers = [
        await api.client.get("/healthz"),
        await api.client.get("/notes"),
        await api.client.get("/nothing"),
        await api.client.patch("/notes"),
        await api.client.get("/docs"),
        await api.client.get("/notes", headers={"host": "evil.example"}),
        await api.call("POST", "/notes", content=b" " * 70_000),
    ]

    for answer in answers:
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-request-id"]
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_the_documentation_page_has_no_script_inside(api: NotesApi) -> None:
    page = await api.client.get("/docs")

    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.text.count("<script ") == page.text.count("<script src=") == 2
    assert "docs&quot;&gt;&lt;x" in page.text
    for asset in ("swagger-ui.css", "swagger-ui-bundle.js", "docs.js"):
        found = await api.client.get(f"/docs/assets/{asset}")
        assert found.status_code == 200
    assert (await api.client.get("/docs/oauth2-redirect")).status_code == 200


async def test_the_documentation_says_how_to_get_a_token(api: NotesApi) -> None:
    document = (await api.client.get("/openapi.json")).json()

    flow = document["components"]["securitySchemes"]["OAuth2"]["flows"]
    assert flow["authorizationCode"]["tokenUrl"] == f"{ISSUER}/oauth/token"
    assert document["paths"]["/notes"]["get"]["security"] == [
        {"OAuth2": ["notes:read"]}
    ]


async def test_without_docs_there_is_no_page(database: str) -> None:
    async with notes_api(database, DOCS="false") as api:
        for path in ("/docs", "/openapi.json", "/redoc", "/docs/assets/docs.js"):
            assert (await api.client.get(path)).status_code == 404


async def test_health_is_told_apart_from_readiness(
    new_database: Callable[..., str],
) -> None:
    async with notes_api(new_database()) as api:
        assert (await api.client.get("/healthz")).json() == {"status": "ok"}
        ready = await api.client.get("/readyz")

    assert ready.status_code == 503
    checks = {"database": "failed", "keys": "ok"}
    assert ready.json() == {"status": "failed", "checks": checks}


async def test_a_database_that_is_away_is_503_and_nothing_else_is() -> None:
    async with notes_api("postgresql://notes@127.0.0.1:9/notes") as api:
        answer = await api.call("GET", "/notes")
        me = await api.call("GET", "/me")

    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["error"] == "temporarily_unavailable"
    assert me.status_code == 200


async def test_F09_a_read_only_database_is_still_read(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(
            f"ALTER DATABASE {name} SET default_transaction_read_only = on"
        )
    try:
        async with notes_api(database) as api:
            assert (await api.call("GET", "/notes")).status_code == 200
            assert (await api.call("POST", "/notes", json=NOTE)).status_code == 503
    finally:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("SET default_transaction_read_only = off")
            connection.execute(
                f"ALTER DATABASE {name} RESET default_transaction_read_only"
            )


async def test_F07_lost_connections_are_replaced(database: str, api: NotesApi) -> None:
    assert (await api.call("GET", "/notes")).status_code == 200
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE application_name = 'valetkey-resource'"
        )

    assert (await api.call("GET", "/notes")).status_code == 200


async def test_F10_F11_a_locked_table_ends_as_503(database: str, api: NotesApi) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("LOCK TABLE notes.notes")

        answers = await asyncio.gather(
            *(api.call("GET", "/notes") for _ in range(40)),
            *(api.call("GET", "/me") for _ in range(5)),
        )

    statuses = [answer.status_code for answer in answers]
    assert statuses == [503] * 40 + [200] * 5
    for _ in range(3):
        together = await asyncio.gather(*(api.call("GET", "/notes") for _ in range(10)))
        assert [answer.status_code for answer in together] == [200] * 10


def test_the_migrations_make_what_the_code_expects(database: str) -> None:
    """No table, column or index of `tables` is missing from the database."""
    engine = create_engine(database_url(database))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "version_table_schema": "notes",
                "include_name": lambda name, kind, _: (
                    kind != "schema" or name == "notes"
                ),
            },
        )
        assert compare_metadata(context, metadata) == []
    engine.dispose()
