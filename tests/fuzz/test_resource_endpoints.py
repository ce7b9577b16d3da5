"""Every endpoint of the notes API: from its own OpenAPI document, and beyond it."""

import asyncio
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode

from resource_service.app import build_app
from resource_service.storage.migrate import migrate
from tests.builders.notes_api import settings
from tests.builders.tokens import AUDIENCE, ISSUER
from tests.fuzz.asgi import Answer, Sent, send
from tests.fuzz.budget import cases
from tests.fuzz.invariants import check, has, tells_a_problem
from tests.fuzz.requests import Live, Pairs, Request, fill_in
from tests.fuzz.steps import near
from tests.fuzz.values import NASTY, texts
from valetkey.dpop_nonces import Nonces
from valetkey.testing import ProofKey, TestIssuer

HEADERS = {
    "content-security-policy": "default-src 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "strict-transport-security": "max-age=",
    "cache-control": "",
    "x-request-id": "",
}
NONCE_SECRET = "nonces of the fuzz tests, 32 bytes"
PERSON: Pairs = (("authorization", Live("person")),)
NOTE = b'{"title": "Milk", "text": "two litres"}'
JSON: Pairs = (*PERSON, ("content-type", "application/json"))
#: A token that is bound to a key, one of a sign-in just now, one for a single note.
_BOUND: Pairs = (("authorization", Live("bound")), ("dpop", Live("proof")))
_FRESH: Pairs = (("authorization", Live("fresh")),)
_DETAILED: Pairs = (("authorization", Live("detailed")), JSON[1])
_put = Request("PUT", ("notes", Live("note")), headers=JSON, body=(NOTE,))
_get = Request("GET", ("notes",), headers=PERSON)
_asked = {"limit": ("1", "100", "0", "101", "1.0", "+1"), "x": ("y",)}
ALL: dict[str, tuple[Request, ...]] = {
    "/notes": (
        replace(_get, extras=_asked),
        replace(_get, query=(("limit", "2"), ("cursor", Live("cursor")))),
        replace(_get, headers=(("authorization", Live("client")),)),
        Request("POST", ("notes",), headers=JSON, body=(NOTE,)),
        Request("POST", ("notes",), headers=JSON, body=(b'{"title":"', b'"}')),
        replace(_get, headers=_BOUND),
        Request("DELETE", ("notes",), headers=_FRESH),
        Request("DELETE", ("notes",), headers=PERSON),
    ),
    "/notes/{note_id}": (
        _put,
        replace(_put, method="GET", body=None),
        replace(_put, method="DELETE", body=None),
        replace(_put, headers=_DETAILED),
        replace(_put, method="GET", body=None, headers=_DETAILED[:1]),
        replace(_put, path=("notes", "00000000-0000-4000-8000-000000000000")),
    ),
    "/me": (
        Request("GET", ("me",), headers=PERSON),
        Request("GET", ("me",), headers=(("authorization", Live("client")),)),
    ),
    "/stats": (
        Request("GET", ("stats",), headers=(("authorization", Live("client")),)),
        Request("GET", ("stats",), headers=PERSON),
    ),
    "/healthz": (Request("GET", ("healthz",)),),
    "/readyz": (Request("GET", ("readyz",)),),
    "/openapi.json": (Request("GET", ("openapi.json",)),),
    "/.well-known/oauth-protected-resource": (
        Request("GET", (".well-known", "oauth-protected-resource")),
    ),
    "/docs": (Request("GET", ("docs",)),),
    "/docs/oauth2-redirect": (
        Request("GET", ("docs", "oauth2-redirect"), query=(("code", "x"),)),
    ),
    "/docs/assets": (
        Request("GET", ("docs", "assets", "docs.js")),
        Request(
            "HEAD", ("docs", "assets", "docs.css"), headers=(("range", "bytes=0-1"),)
        ),
        Request("GET", ("docs", "assets", "..", "docs.html")),
    ),
}


class World:
    """The service, and what only it can give."""

    def __init__(self, app: FastAPI, issuer: TestIssuer) -> None:
        self.app = app
        self.issuer = issuer
        self.nonces = Nonces(NONCE_SECRET.encode())
        self.key = ProofKey()
        own = {"sub": "alice", "scopes": ("notes:read",), "cnf": self.key.cnf}
        self.bound = issuer.token(**own)
        self._note = ""
        self._given = 0

    async def give(self, kind: str) -> str:
        """A token as its header has it, a note of the person's, or a cursor."""
        match kind:
            case "person":
                scopes = ("notes:read", "notes:write")
                return f"Bearer {self.issuer.token(sub='alice', scopes=scopes)}"
            case "client":
                own = {"sub": "service-app", "client_id": "service-app"}
                return f"Bearer {self.issuer.token(**own, scopes=('stats:read',))}"
            case "bound":
                return f"DPoP {self.bound}"
            case "proof":
                url, nonce = f"{AUDIENCE}/notes", self.nonces.issue(datetime.now(UTC))
                return self.key.proof("GET", url, self.bound, nonce=nonce)
            case "fresh":
                now = int(time.time())
                told = {"sub": "bob", "auth_time": now, "scopes": ("notes:write",)}
                return f"Bearer {self.issuer.token(**told)}"
            case "detailed":
                detail = {"type": "note_access", "actions": ["read", "write"]}
                detail["identifier"] = await self.give("note")
                token = self.issuer.token(
                    sub="alice", scope="", authorization_details=[detail]
                )
                return f"Bearer {token}"
            case "cursor":
                text = f"1700000000000000.{'0' * 32}"
                return urlsafe_b64encode(text.encode()).decode()
        self._given += 1
        if self._given % 5 == 1:
            request = Request("POST", ("notes",), headers=JSON, body=(NOTE,))
            self._note = json.loads((await self.send(request)).body)["id"]
        return self._note

    async def send(self, request: Request) -> Answer:
        """Send a request."""
        sent = await fill_in(request, self.give, host="api.example", ip="198.18.0.1")
        return await send(self.app, sent)


@pytest.fixture(scope="module")
def world(runner: asyncio.Runner, new_database: Callable[..., str]) -> Iterator[World]:
    database = new_database()
    migrate(database)
    issuer = TestIssuer(ISSUER, AUDIENCE)
    told = settings(database, DPOP_NONCE_SECRET=NONCE_SECRET)
    app = build_app(told, keys=issuer)
    life = app.router.lifespan_context(app)
    runner.run(life.__aenter__())
    yield World(app, issuer)
    runner.run(life.__aexit__(None, None, None))


@pytest.fixture
def still_works(runner: asyncio.Runner, world: World) -> Iterator[None]:
    """After a batch it is as good as before."""
    yield
    assert runner.run(world.send(Request("GET", ("readyz",)))).status == 200
    assert runner.run(world.send(_get)).status == 200


def test_every_route_is_among_those_that_are_tried(world: World) -> None:
    assert {context.path for context in iter_route_contexts(world.app.routes)} == {*ALL}


@pytest.mark.parametrize("route", ALL)
@pytest.mark.usefixtures("still_works")
@cases("resource", parts=3 * len(ALL))
@given(data=st.data())
def test_no_request_breaks_it(
    runner: asyncio.Runner, world: World, route: str, data: st.DataObject
) -> None:
    """No 5xx, every refusal a problem document, nothing given away."""
    request = data.draw(near(ALL[route]))
    _judge(runner.run(world.send(request)))


_letters = st.text(st.characters(), max_size=20)
_scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    _letters,
    st.sampled_from(NASTY),
)
_json = st.recursive(
    _scalars,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
    ),
    max_leaves=4,
)
_notes = st.fixed_dictionaries(
    {"title": st.one_of(st.just("Milk"), _letters, st.sampled_from(NASTY), _scalars)},
    optional={
        "text": st.one_of(_letters, _scalars),
        "owner": _scalars,
        "\ud800": _json,
    },
)


@pytest.mark.usefixtures("still_works")
@cases("resource", parts=3)
@given(
    value=st.one_of(_notes, _notes, _json), lone=st.booleans(), rewrite=st.booleans()
)
def test_no_json_breaks_it(
    runner: asyncio.Runner, world: World, value: Any, lone: bool, rewrite: bool
) -> None:
    """Numbers that are none, half characters, other types, more members."""
    body = json.dumps(value, ensure_ascii=lone or rewrite).encode(
        errors="surrogatepass"
    )
    new = replace(_put, method="POST", path=("notes",))
    request = replace(_put if rewrite else new, body=(body,))
    answer = runner.run(world.send(request))
    _judge(answer)
    if answer.status in {200, 201}:
        assert json.loads(answer.body)["title"] == value["title"]


_MODES = {"positive": GenerationMode.POSITIVE, "negative": GenerationMode.NEGATIVE}
#: What the document describes with anything to choose.
_OPERATIONS = {
    ("GET", "/notes"): _MODES,
    ("POST", "/notes"): _MODES,
    ("PUT", "/notes/{note_id}"): _MODES,
    ("GET", "/notes/{note_id}"): {"positive": GenerationMode.POSITIVE},
    ("DELETE", "/notes/{note_id}"): {"positive": GenerationMode.POSITIVE},
}


@pytest.mark.parametrize("operation", _OPERATIONS, ids=" ".join)
@pytest.mark.usefixtures("still_works")
@cases("resource", parts=3 * len(_OPERATIONS))
@given(data=st.data())
def test_it_answers_as_its_document_says(
    runner: asyncio.Runner,
    world: World,
    operation: tuple[str, str],
    data: st.DataObject,
) -> None:
    """What Schemathesis makes of the document, and answers that conform to it."""
    method, path = operation
    described = schemathesis.openapi.from_dict(world.app.openapi())[path][method]
    mode = data.draw(st.sampled_from(sorted(_OPERATIONS[operation])))
    case = data.draw(described.as_strategy(generation_mode=_MODES[mode]))
    options = case.as_transport_kwargs(base_url=AUDIENCE)
    prepared = requests.Request(**options).prepare()
    body = prepared.body or b""
    token = runner.run(world.give("person"))
    headers = {**prepared.headers, "host": "api.example", "authorization": token}
    headers.pop("Content-Length", None)
    sent = Sent(
        method=method,
        target=(prepared.path_url or "/").encode(),
        headers=tuple((n.lower().encode(), _latin(v)) for n, v in headers.items()),
        body=body.encode() if isinstance(body, str) else body,
    )
    answer = runner.run(send(world.app, sent))
    _judge(answer)
    told = httpx.Response(
        answer.status,
        headers=list(answer.headers),
        content=answer.body,
        request=httpx.Request(method, prepared.url or ""),
    )
    told.elapsed = timedelta()
    described.validate_response(told)


def _latin(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1", "replace")


def _judge(answer: Answer) -> None:
    check("resource", answer, secrets=())
    has(answer, HEADERS)
    assert "unsafe" not in (answer.header("content-security-policy") or "")
    assert not answer.all("set-cookie")
    location = answer.header("location")
    assert location is None or location.startswith("/notes/")
    # The framework itself answers for a file whose Range makes no sense.
    of_a_file = (answer.header("content-type") or "").startswith("text/plain")
    if answer.status >= 400 and answer.body and not of_a_file:
        tells_a_problem(answer)
    if of_a_file:
        assert answer.status in {400, 416}
    if answer.status == 401:
        assert (answer.header("www-authenticate") or "").startswith(("Bearer", "DPoP"))
