"""Attacks on the token endpoint: transport and parsing (attacks, 1.5)."""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

import httpx
import jwt
import pytest

from auth_service.protocol.code_grant import CodeGrant
from auth_service.storage.redis.codes import RedisCodes
from auth_service.storage.redis.connect import connect
from tests.builders.auth import (
    CODE_CHALLENGE,
    PASSWORDS,
    SECRETS,
    token_parameters,
)
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody
from tests.e2e.refusals import not_kept, refused
from tests.e2e.stores import Stores
from valetkey.opaque import new_handle

FORM = {"content-type": "application/x-www-form-urlencoded"}
WEB_APP = ("web-app", SECRETS["web-app"])
SERVICE = {"grant_type": "client_credentials"}


async def post(
    auth: AuthorizationServer,
    body: str | bytes | AsyncIterator[bytes] = b"",
    *,
    url: str = "/oauth/token",
    client: tuple[str, str] | None = WEB_APP,
    headers: dict[str, str] | None = None,
) -> httpx.Response:
    """A body as it is, a form unless the headers say otherwise."""
    return await auth.http().post(
        url,
        content=body.encode() if isinstance(body, str) else body,
        headers=FORM if headers is None else headers,
        auth=client or httpx.USE_CLIENT_DEFAULT,
    )


@pytest.fixture
async def code(auth: AuthorizationServer, somebody: Somebody) -> str:
    """A fresh code of web-app."""
    return await auth.code(somebody.browser.copy())


async def is_still_good(auth: AuthorizationServer, code: str) -> None:
    """The right request works afterwards, with the same code."""
    answer = await auth.token(token_parameters(code))
    assert answer.status_code == 200, answer.text
    not_kept(answer)


async def is_well(auth: AuthorizationServer) -> None:
    """A right request works afterwards."""
    answer = await auth.token(SERVICE, client_id="service-app")
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def test_TK01_only_post_is_answered(
    auth: AuthorizationServer, method: str, caplog: pytest.LogCaptureFixture, code: str
) -> None:

    with caplog.at_level(logging.DEBUG):
        answer = await auth.http().request(
            method, "/oauth/token", params=token_parameters(code), auth=WEB_APP
        )

    refused(answer, 405, "invalid_request")
    assert answer.headers["allow"] == "POST"
    # httpx is the caller here, and logs what it calls.
    ours = [r.__dict__ for r in caplog.records if not r.name.startswith("http")]
    assert ours
    assert code not in repr(ours)
    await is_still_good(auth, code)


@pytest.mark.parametrize("headers", [FORM, {}])
@pytest.mark.parametrize("in_query", [None, "code", "client_secret"])
async def test_TK02_parameters_in_the_query_are_refused(
    auth: AuthorizationServer, headers: dict[str, str], in_query: str | None, code: str
) -> None:
    """All of them with an empty body, or one of them beside a good body."""
    parameters = token_parameters(code)
    query = urlencode({in_query: parameters.pop(in_query, "x")} if in_query else {})
    body = urlencode(parameters) if in_query else ""
    query = query or urlencode(parameters)

    answer = await post(auth, body, url=f"/oauth/token?{query}", headers=headers)

    refused(answer, 400, "invalid_request")
    await is_still_good(auth, code)


async def test_TK03_HT05_json_is_refused_and_not_echoed(
    auth: AuthorizationServer,
    code: str,
) -> None:
    parameters = {**token_parameters(code), "password": "hunter2-hunter2"}

    answer = await auth.http().post("/oauth/token", json=parameters, auth=WEB_APP)

    refused(answer, 400, "invalid_request")
    assert "hunter2" not in answer.text
    assert code not in answer.text
    await is_still_good(auth, code)


async def test_TK04_multipart_is_refused(auth: AuthorizationServer, code: str) -> None:
    fields = {name: (None, value) for name, value in token_parameters(code).items()}

    answer = await auth.http().post("/oauth/token", files=fields, auth=WEB_APP)

    refused(answer, 400, "invalid_request")
    await is_still_good(auth, code)


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencoded; charset=utf-8; charset=utf-16",
        "application/x-www-form-urlencoded, text/plain",
        "application/x-www-form-urlencodedx",
        "*/*",
    ],
)
async def test_TK05_another_content_type_is_refused(
    auth: AuthorizationServer, content_type: str | None, code: str
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}

    answer = await post(auth, urlencode(token_parameters(code)), headers=headers)

    refused(answer, 400, "invalid_request")
    await is_still_good(auth, code)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded; charset=UTF-8",
        'Application/X-WWW-Form-URLEncoded;charset="utf-8"',
    ],
)
async def test_TK05_a_form_in_utf_8_may_say_so(
    auth: AuthorizationServer, content_type: str
) -> None:
    answer = await post(
        auth,
        urlencode(SERVICE),
        client=("service-app", SECRETS["service-app"]),
        headers={"content-type": content_type},
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("code", "another-code"),
        ("grant_type", "refresh_token"),
        ("client_id", "other-app"),
        ("redirect_uri", "https://other.example/cb"),
        ("scope", "openid"),
        ("code_verifier", "x" * 43),
        ("unknown", "2"),
        ("code", ""),
    ],
)
async def test_TK06_a_repeated_parameter_is_refused(
    auth: AuthorizationServer, name: str, other: str, same: bool, code: str
) -> None:
    own = {"client_id": "web-app", "scope": "profile", "unknown": "1"}
    parameters = {**own, **token_parameters(code)}
    second = parameters[name] if same else other

    for pairs in (
        [*parameters.items(), (name, second)],
        [(name, second), *parameters.items()],
    ):
        refused(await post(auth, urlencode(pairs)), 400, "invalid_request")

    await is_still_good(auth, code)


async def test_TK07_two_client_ids_are_refused(
    auth: AuthorizationServer, code: str
) -> None:
    parameters = token_parameters(code)

    for other in ("other-app", "spa-app", "nobody", "Web-App"):
        answer = await auth.token({**parameters, "client_id": other})
        refused(answer, 400, "invalid_request")

    answer = await auth.token({**parameters, "client_id": "web-app"})
    assert answer.status_code == 200


async def endless(size: int) -> AsyncIterator[bytes]:
    """A body that comes piece by piece, without a length before it."""
    yield b"code="
    for _ in range(size // 65536):
        yield b"x" * 65536


@pytest.mark.parametrize(
    "body",
    [
        "code=" + "x" * 2**20,
        "code=" + "x" * 4097,
        "x" * 4097 + "=1",
        "&".join(f"f{n}=" for n in range(10**5)),
        "&".join(f"f{n}=" for n in range(60)),
        "&" * 16_000,
        "a=" + "%41" * 5000,
    ],
    ids=["MiB", "field", "name", "fields", "60 fields", "empty fields", "escapes"],
)
async def test_TK08_a_body_beyond_the_bounds_is_refused(
    auth: AuthorizationServer, body: str
) -> None:
    refused(await post(auth, body), 413, "invalid_request")
    await is_well(auth)


@pytest.mark.parametrize("said", [{}, {"content-length": str(64 * 2**20)}])
async def test_TK08_64_mib_are_refused(
    auth: AuthorizationServer, said: dict[str, str]
) -> None:
    answer = await post(auth, endless(64 * 2**20), headers={**FORM, **said})
    refused(answer, 413, "invalid_request")
    await is_well(auth)


@pytest.mark.parametrize(
    "value",
    ["%00", "a%00b", "%ff", "%c0%af", "%ed%a0%80", "%f8%88%80%80%80", "\xe9", "%e2%82"],
)
@pytest.mark.parametrize(
    "name",
    [
        "code",
        "client_id",
        "client_secret",
        "redirect_uri",
        "code_verifier",
        "grant_type",
        "scope",
        "resource",
        "refresh_token",
        "username",
        "password",
    ],
)
async def test_TK09_bytes_that_are_no_text_are_refused(
    auth: AuthorizationServer, name: str, value: str
) -> None:
    own = {"client_id": "web-app", "client_secret": SECRETS["web-app"]}
    parameters = {**own, **token_parameters("a-code")}
    parameters.pop(name, None)
    body = f"{urlencode(parameters)}&{name}=".encode() + value.encode("latin-1")

    answer = await post(auth, body, client=None)

    refused(answer, 400, "invalid_request", "invalid_grant")


async def test_TK09_well_formed_text_beyond_ascii_is_only_wrong(
    auth: AuthorizationServer,
    code: str,
) -> None:
    for text in ("é", "\U0001f511", "\u202e", "\x01", "\r\n", " "):
        answer = await auth.token(token_parameters(text))
        refused(answer, 400, "invalid_grant")
    await is_still_good(auth, code)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("code", "invalid_request"),
        ("grant_type", "invalid_request"),
        # Absent, as if the challenge had none: AC04.
        ("code_verifier", "invalid_grant"),
        ("redirect_uri", "invalid_grant"),
    ],
)
async def test_TK10_an_empty_value_counts_as_absent(
    auth: AuthorizationServer, name: str, error: str, code: str
) -> None:

    good = token_parameters(code)

    empty = await auth.token({**good, name: ""})
    absent = await auth.token({n: v for n, v in good.items() if n != name})

    refused(empty, 400, error)
    assert empty.content == absent.content
    await is_still_good(auth, code)


async def test_TK10_an_empty_client_id_counts_as_absent(
    auth: AuthorizationServer,
    code: str,
) -> None:

    answer = await auth.token(token_parameters(code, client_id=""), client_id=None)

    refused(answer, 401, "invalid_client")
    good = await auth.token(token_parameters(code, client_id="", scope=""))
    assert good.status_code == 200


@pytest.mark.parametrize(
    "grant_type",
    [
        "foo",
        "AUTHORIZATION_CODE",
        "authorization_code ",
        " authorization_code",
        "authorization-code",
        "implicit",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "__class__",
    ],
)
async def test_TK11_an_unknown_grant_type_is_refused(
    auth: AuthorizationServer, grant_type: str, code: str
) -> None:

    answer = await auth.token(token_parameters(code, grant_type=grant_type))

    refused(answer, 400, "unsupported_grant_type")
    await is_still_good(auth, code)


def password_grant(client_id: str, **changes: str) -> dict[str, str]:
    own = {"client_id": client_id}
    if client_id in SECRETS:
        own["client_secret"] = SECRETS[client_id]
    person = {"username": "alice", "password": PASSWORDS["alice"]}
    return {"grant_type": "password", **own, **person, **changes}


@pytest.mark.parametrize(
    ("client_id", "status", "error"),
    [
        ("post-app", 400, "unauthorized_client"),
        ("foreign-password-app", 400, "unauthorized_client"),
        ("spa-app", 400, "unauthorized_client"),
        ("public-password-app", 401, "invalid_client"),
    ],
)
async def test_TK12_only_a_confidential_app_that_opted_in_sees_passwords(
    auth: AuthorizationServer, stores: Stores, client_id: str, status: int, error: str
) -> None:
    before = stores.counts()

    answer = await auth.token(password_grant(client_id), client_id=None)

    refused(answer, status, error)
    assert not stores.changes_since(before)


@pytest.mark.parametrize("username", ["alice", "nobody-of-this-name"])
async def test_TK12_wrong_passwords_are_throttled_like_at_the_login_page(
    auth: AuthorizationServer, username: str
) -> None:
    """The same text for whoever exists, the same wait; one counter for both doors."""
    http = auth.http()
    wrong = password_grant("password-app", username=username, password="not the one")

    answers = [await auth.token(wrong, client_id=None, http=http) for _ in range(20)]

    for answer in answers[:5]:
        refused(answer, 400, "invalid_grant")
        assert answer.content == answers[0].content
    for answer in answers[5:]:
        refused(answer, 429, "temporarily_unavailable")
        assert 1 <= int(answer.headers["retry-after"]) <= 900
    browser = auth.browser()
    browser.client = http
    page = await auth.authorize(browser)
    page = await browser.send(
        page, "/login", identifier=username, password=PASSWORDS["alice"]
    )
    assert page.response.status_code == 429
    elsewhere = await auth.token(password_grant("password-app"), client_id=None)
    assert elsewhere.status_code == 200


@pytest.mark.parametrize(
    ("parameters", "status", "error"),
    [
        ({"username": ""}, 400, "invalid_request"),
        ({"password": ""}, 400, "invalid_request"),
        ({"password": "x" * 2000}, 400, "invalid_request"),
        ({"scope": "admin"}, 400, "invalid_scope"),
        ({"scope": "stats:read"}, 400, "invalid_scope"),
        ({"resource": "https://evil.example"}, 400, "invalid_target"),
    ],
)
async def test_TK12_a_password_does_not_open_more_than_was_registered(
    auth: AuthorizationServer, parameters: dict[str, str], status: int, error: str
) -> None:
    answer = await auth.token(
        password_grant("password-app", **parameters), client_id=None
    )
    refused(answer, status, error)


@pytest.mark.parametrize(
    ("client_id", "grant_type"),
    [
        ("spa-app", "client_credentials"),
        ("web-app", "client_credentials"),
        ("web-app", "password"),
        ("service-app", "authorization_code"),
        ("service-app", "refresh_token"),
        ("one-time-app", "refresh_token"),
        ("notes-api", "client_credentials"),
    ],
)
async def test_TK13_a_grant_type_that_the_app_is_not_registered_for_is_refused(
    auth: AuthorizationServer, client_id: str, grant_type: str
) -> None:
    parameters = {"grant_type": grant_type, "code": "x", "refresh_token": "x"}
    public = client_id not in SECRETS
    if public:
        parameters["client_id"] = client_id

    answer = await auth.token(parameters, client_id=None if public else client_id)

    refused(answer, 400, "unauthorized_client")
    await is_well(auth)


async def test_TK14_unknown_parameters_are_ignored_and_never_followed(
    auth: AuthorizationServer, stores: Stores
) -> None:
    called: list[object] = []
    server = await asyncio.start_server(
        lambda _, writer: called.append(writer), "127.0.0.1", 0
    )
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    names = ("client_session_host", "jwks_uri", "request_uri", "logo_uri", "iss")

    answer = await auth.token(
        {**token_parameters(await auth.code()), **dict.fromkeys(names, url)}
    )

    assert answer.status_code == 200
    assert url not in stores.texts()
    assert not called
    server.close()


SPA = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}
POST_APP = {
    "grant_type": "refresh_token",
    "refresh_token": "x",
    "client_id": "post-app",
    "client_secret": SECRETS["post-app"],
}
FORGED = jwt.encode({"azp": "spa-app", "iss": "spa-app"}, "k" * 32, "HS256")


def readable_by(answer: httpx.Response) -> str | None:
    """The one origin whose scripts may read the answer; never with credentials."""
    assert "access-control-allow-credentials" not in answer.headers
    origin: str | None = answer.headers.get("access-control-allow-origin")
    return origin


BAD_ORIGINS = [
    "null",
    "*",
    "https:",
    "https:/",
    "https://",
    "http://spa.example",
    "https://spa.example:444",
    "https://spa.example.evil.example",
    "https://spa.example/",
    "https://spa.example/cb",
    "https://SPA.example",
    "https://evil.example",
    "https://spa.exampl",
    "https://s",
    "https://spa.example https://evil.example",
    "com.example.app:",
    "",
    # A confidential client's, and another public client's.
    "https://app.example",
    "http://127.0.0.1",
]


@pytest.mark.parametrize("origin", BAD_ORIGINS)
async def test_TK15_another_origin_cannot_read_the_answer(
    auth: AuthorizationServer, origin: str, somebody: Somebody
) -> None:
    http = auth.http()
    http.headers["origin"] = origin
    code = await auth.code(somebody.browser.copy(), **SPA)
    good = {**token_parameters(code), **SPA}
    web = token_parameters(await auth.code())

    for answer in (
        await auth.token({**good, "code": "x"}, client_id=None, http=http),
        await auth.token(good, client_id=None, http=http),
        await auth.token(web, http=http),
        await auth.token(POST_APP, client_id=None, http=http),
        await auth.token(
            {"client_assertion": FORGED, "grant_type": "x"}, client_id=None, http=http
        ),
    ):
        assert readable_by(answer) is None


async def test_TK15_the_origin_of_the_public_client_reads_the_answer(
    auth: AuthorizationServer,
    somebody: Somebody,
) -> None:
    http = auth.http()
    http.headers["origin"] = "https://spa.example"
    good = {**token_parameters(await auth.code(somebody.browser.copy(), **SPA)), **SPA}

    wrong = await auth.token({**good, "code": "x"}, client_id=None, http=http)
    answer = await auth.token(good, client_id=None, http=http)

    for told in (wrong, answer):
        assert readable_by(told) == "https://spa.example"
        assert "origin" in told.headers["vary"].lower()
    assert answer.status_code == 200
    # A confidential client's secret is no business of a browser.
    other = await auth.token({"grant_type": "x", "client_id": "web-app"}, http=http)
    assert readable_by(other) is None


@pytest.mark.parametrize("path", ["token", "revoke", "userinfo"])
async def test_TK15_a_preflight_is_answered_for_registered_origins_only(
    auth: AuthorizationServer, path: str
) -> None:
    async def preflight(origin: str, path: str = path) -> httpx.Response:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        return await auth.http().options(f"/oauth/{path}", headers=headers)

    good = await preflight("https://spa.example")
    assert good.status_code == 204
    assert readable_by(good) == "https://spa.example"
    for origin in BAD_ORIGINS[:-1]:
        assert readable_by(await preflight(origin)) is None, origin
    for elsewhere in ("introspect", "authorize", "logout"):
        assert readable_by(await preflight("https://spa.example", elsewhere)) is None


async def test_TK16_a_trailing_slash_redirects_nowhere(
    auth: AuthorizationServer,
    code: str,
) -> None:
    body = urlencode(token_parameters(code))

    own = await post(auth, body, url="/oauth/token/")
    evil = await post(auth, body, url="/oauth/token/", headers=FORM | {"host": "evil"})

    refused(own, 404, "invalid_request")
    refused(evil, 421, "invalid_request")
    await is_still_good(auth, code)


async def test_TK17_no_answer_is_kept(auth: AuthorizationServer) -> None:
    """Whatever it is, and whoever refused it."""
    good = urlencode(token_parameters(await auth.code()))
    wrong = ("web-app", "wrong")
    answers = {
        200: await post(auth, good),
        400: await post(auth, good),
        401: await post(auth, good, client=wrong),
        404: await post(auth, good, url="/oauth/tokens"),
        405: await auth.http().get("/oauth/token"),
        413: await post(auth, "x" * 20_000),
        415: await post(auth, good, headers={**FORM, "content-encoding": "gzip"}),
        421: await post(auth, good, headers={**FORM, "host": "evil.example"}),
        431: await post(auth, good, headers={**FORM, "x-long": "x" * 20_000}),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        if status != 404:
            not_kept(answer)


@pytest.mark.parametrize(
    "name", ["grant_type", "code", "redirect_uri", "scope", "resource", "client_id"]
)
async def test_TK18_nothing_is_reflected(
    auth: AuthorizationServer, name: str, code: str
) -> None:
    value = 'canary"><script>\r\nX-Injected: 1\\'

    answer = await auth.token({**token_parameters(code), name: value})

    refused(answer, 400, answer.json()["error"])
    assert "canary" not in answer.text
    assert "canary" not in repr(answer.headers)
    assert "x-injected" not in answer.headers
    await is_still_good(auth, code)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "GZIP", "gzip, gzip"])
async def test_TK19_a_compressed_body_is_refused(
    auth: AuthorizationServer, encoding: str
) -> None:
    bomb = gzip.compress(b"code=" + b"x" * 10 * 2**20)
    assert len(bomb) < 16 * 1024

    answer = await post(auth, bomb, headers={**FORM, "content-encoding": encoding})

    refused(answer, 415, "invalid_request")
    await is_well(auth)


async def test_TK20_a_hundred_people_each_get_their_own_tokens(
    auth: AuthorizationServer, stores: Stores
) -> None:
    valkey = connect(auth.settings.redis_url.get_secret_value())
    codes = RedisCodes(valkey, lifetime=60)
    stores.run(
        "INSERT INTO auth.users (subject, username, username_canonical, email,"
        " email_canonical, password_hash, name)"
        " SELECT n, n, n, n, n, '', n FROM (SELECT 'person-' || i AS n"
        " FROM generate_series(1, 100) AS i)"
    )
    given = {new_handle(): f"person-{1 + n % 100}" for n in range(200)}
    for code, subject in given.items():
        await codes.put(code, code_of(subject))
    http = auth.http()
    atonce = asyncio.Semaphore(15)

    async def redeem(code: str) -> str:
        async with atonce:
            answer = await auth.token(token_parameters(code), http=http)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id_token"])

    tokens = await asyncio.gather(*(redeem(code) for code in given))

    for id_token, subject in zip(tokens, given.values(), strict=True):
        claims = jwt.decode(id_token, options={"verify_signature": False})
        assert claims["sub"] == subject
        assert claims["nonce"] == f"nonce of {subject}"
    await valkey.aclose()


async def test_each_access_token_has_a_name_of_its_own(
    auth: AuthorizationServer,
) -> None:
    """RFC 7519 section 4.1.7."""
    http = auth.http()
    answers = await asyncio.gather(
        *(auth.token(SERVICE, client_id="service-app", http=http) for _ in range(10))
    )
    tokens = [answer.json()["access_token"] for answer in answers]
    told = [jwt.decode(t, options={"verify_signature": False}) for t in tokens]
    assert len({claims["jti"] for claims in told}) == 10


def code_of(subject: str) -> CodeGrant:
    """What a person has just allowed web-app."""
    now = datetime.now(UTC)
    return CodeGrant(
        grant_id=uuid4().hex,
        client_id="web-app",
        redirect_uri="https://app.example/cb",
        code_challenge=CODE_CHALLENGE,
        nonce=f"nonce of {subject}",
        scopes=frozenset({"openid"}),
        resources=(),
        subject=subject,
        sid=uuid4().hex,
        auth_time=now,
        amr=("pwd",),
        authorized_at=now,
    )
