"""Attacks on client ID metadata documents: CM01 to CM12."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from auth_service.provision import Provision
from auth_service.storage.postgres.engine import connect
from tests.builders.auth import client as an_app
from tests.builders.auth import token_parameters
from tests.builders.client_keys import ClientKey
from tests.builders.sites import Site, site
from tests.builders.tokens import ec_jwk
from tests.e2e import answers
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.hearing import changed
from tests.e2e.people import Somebody, register
from tests.e2e.refusals import refused
from tests.e2e.stores import Stores

CB = "https://rp.example/cb"


@dataclass
class Documents:
    """A server that takes metadata documents, and a site with some."""

    auth: AuthorizationServer
    stores: Stores
    site: Site
    #: What is at each path; bytes are sent as they are.
    at: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: str = "200 OK"

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.site.port}{path}"

    def put(self, path: str, **members: Any) -> str:
        """A good document with changes: its client_id."""
        body = {
            "client_id": self.url(path),
            "client_name": "An App",
            "redirect_uris": [CB],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
            **members,
        }
        self.at[path] = {n: v for n, v in body.items() if v is not None}
        return self.url(path)

    async def answer(self, request: bytes, writer: asyncio.StreamWriter) -> None:
        path = request.split(b" ", 2)[1].decode()
        body = self.at.get(path, b"")
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status = self.status if path in self.at else "404 Not Found"
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(raw)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + raw)

    async def ask(self, client_id: str, **changes: str | None) -> httpx.Response:
        self.forget_calls()
        page = await self.auth.authorize(
            self.auth.browser(), client_id=client_id, redirect_uri=CB, **changes
        )
        return page.response

    async def is_shown(self, client_id: str, status: int = 400) -> None:
        """PAGE400, and no client of that name is there afterwards."""
        answers.shown(await self.ask(client_id), status)
        assert not self.stores.run(
            "SELECT 1 FROM auth.clients WHERE client_id = %s", client_id
        )

    def forget_calls(self) -> None:
        """Of how often the site was called."""
        for key in self.stores.redis.scan_iter("*tries*"):
            self.stores.redis.delete(key)

    def grow_old(self) -> None:
        """Every document's freshness is over."""
        self.stores.run("UPDATE auth.client_documents SET fresh_until = now()")


@pytest.fixture(scope="module")
async def documents(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[Documents]:
    """In development, where a document may be on one port of this computer."""
    found: Documents

    async def answer(request: bytes, writer: asyncio.StreamWriter) -> None:
        await found.answer(request, writer)

    async with site(answer) as there:
        changes = {
            "ENVIRONMENT": "development",
            "CLIENT_ID_METADATA_DOCUMENTS": "true",
            # Two hundred come at once, and it is not the pool that is looked at.
            "DATABASE_POOL_SIZE": "50",
            "OUTBOUND_LOOPBACK_PORTS": str(there.port),
        }
        async with running(new_database(), redis_url, **changes) as auth:
            stores = Stores(auth.settings)
            found = Documents(auth, stores, there)
            yield found
            stores.close()


@pytest.fixture(scope="module")
async def somebody(documents: Documents) -> Somebody:
    return await register(documents.auth)


async def code(documents: Documents, somebody: Somebody, client_id: str) -> str:
    documents.forget_calls()
    return await documents.auth.code(
        somebody.browser, client_id=client_id, redirect_uri=CB
    )


async def redeem(documents: Documents, client_id: str, a_code: str) -> httpx.Response:
    documents.forget_calls()
    return await documents.auth.token(
        token_parameters(a_code, client_id=client_id, redirect_uri=CB), client_id=None
    )


async def test_an_app_that_nobody_registered_signs_people_in(
    documents: Documents, somebody: Somebody
) -> None:
    client_id = documents.put("/app.json")

    answer = await redeem(
        documents, client_id, await code(documents, somebody, client_id)
    )

    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    again = await documents.auth.http().post(
        "/oauth/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": tokens["refresh_token"],
            "client_id": client_id,
        },
    )
    assert again.status_code == 200, again.text


async def test_an_app_that_publishes_keys_has_to_prove_them(
    documents: Documents, somebody: Somebody
) -> None:
    """Section 8.2: by what its document says, and by nothing less."""
    key, other = ClientKey(), ClientKey()
    method = {"token_endpoint_auth_method": "private_key_jwt", "jwks": key.jwks}
    client_id = documents.put("/confidential.json", **method)
    a_code = await code(documents, somebody, client_id)
    form = token_parameters(a_code, redirect_uri=CB)

    for proof in ({}, {"client_secret": "x"}, other.assertion(client_id)):
        form_with = {**form, "client_id": client_id, **proof}
        answer = await documents.auth.http().post("/oauth/token", data=form_with)
        refused(answer, 401, "invalid_client")
    issuer = documents.auth.issuer
    proof = key.assertion(client_id, aud=issuer)
    good = await documents.auth.http().post("/oauth/token", data={**form, **proof})
    assert good.status_code == 200, good.text


async def test_documents_are_not_looked_at_by_default(
    auth: AuthorizationServer,
) -> None:
    page = await auth.authorize(auth.browser(), client_id="https://rp.example/app")

    answers.shown(page.response)
    metadata = (await auth.http().get("/.well-known/openid-configuration")).json()
    assert "client_id_metadata_document_supported" not in metadata


async def test_it_is_advertised_where_it_works(documents: Documents) -> None:
    http = documents.auth.http()
    metadata = (await http.get("/.well-known/oauth-authorization-server")).json()

    assert metadata["client_id_metadata_document_supported"] is True


@pytest.mark.parametrize(
    "url",
    [
        "http://rp.example/app",
        "https://rp.example",
        "https://rp.example?x",
        "https://rp.example/../app",
        "https://rp.example/a/./b",
        "https://rp.example/%2e%2e/app",
        "https://rp.example/%2E./app",
        "https://rp.example/a/..",
        "https://rp.example/app#",
        "https://rp.example/app#x",
        "https://rp.example/?#",
        "https://rp.example/?#x",
        "https://@rp.example/app",
        "https://:@rp.example/app",
        "https://user@rp.example/app",
        "https://user:password@rp.example/app",
        "https://rp.example\\@evil.example/app",
        "https://rp.example/a\\b",
        "https://rp.example/\tapp",
        "https://rp.example/app\n",
        " https://rp.example/app",
        "https://RP.example/app",
        "https://rp.example:0/app",
        "https://rp.example:99999/app",
        "https://[::1/app",
        "https://2130706433/app",
        "https://\u2460\u2461\u2466.0.0.1/app",
        "https:///app",
        "https://",
        "HTTPS://rp.example/app",
        "https://rp.example/" + "x" * 2048,
    ],
)
async def test_CM01_a_name_that_cannot_be_one_is_not_fetched(
    documents: Documents, url: str
) -> None:
    before = documents.site.connections

    await documents.is_shown(url)

    assert documents.site.connections == before


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "10.0.0.1",
        "169.254.169.254",
        "100.64.0.1",
        "[fc00::1]",
        "[fe80::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "224.0.0.1",
        "0.0.0.0",
        "127.0.0.1:8443",
        "localhost:6379",
    ],
)
async def test_CM02_a_name_on_the_inside_is_not_fetched(
    documents: Documents, host: str
) -> None:
    await documents.is_shown(f"https://{host}/app")


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary"])
async def test_CM03_a_redirect_is_not_followed(
    documents: Documents, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    client_id = documents.put("/moved.json")
    documents.put("/target.json", client_id=client_id)
    monkeypatch.setattr(documents, "status", status)
    monkeypatch.setitem(documents.headers, "location", documents.url("/target.json"))

    await documents.is_shown(client_id)

    assert not [r for r in documents.site.requests if b"/target.json" in r]


@pytest.mark.parametrize("status", ["201 Created", "206 Partial", "404 No", "500 Oh"])
async def test_CM03_only_200_counts_and_no_failure_is_kept(
    documents: Documents, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    client_id = documents.put(f"/status-{status[:3]}.json")
    with monkeypatch.context() as context:
        context.setattr(documents, "status", status)
        await documents.is_shown(client_id)

    assert (await documents.ask(client_id)).status_code == 200


async def test_CM04_a_document_over_five_kilobytes_is_not_read(
    documents: Documents,
) -> None:
    client_id = documents.put("/long.json")
    raw = json.dumps(documents.at["/long.json"]).encode()
    documents.at["/long.json"] = raw + b" " * (5 * 1024 + 1 - len(raw))
    await documents.is_shown(client_id)

    documents.at["/long.json"] = raw + b" " * (5 * 1024 - len(raw))
    assert (await documents.ask(client_id)).status_code == 200


async def test_CM04_a_compressed_document_is_not_unfolded(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(documents.headers, "content-encoding", "gzip")

    await documents.is_shown(documents.put("/packed.json"))


@pytest.mark.parametrize(
    "named", ["/mismatch.jsoN", "/mismatch.json/", "/mismatch.json?", ""]
)
async def test_CM05_a_document_is_its_own_addresss_to_the_letter(
    documents: Documents, named: str
) -> None:
    wrong = documents.url(named) if named else None
    documents.put("/mismatch.json", client_id=wrong)

    await documents.is_shown(documents.url("/mismatch.json"))


@pytest.mark.parametrize(
    "members",
    [
        {"client_secret": "x"},
        {"client_secret": ""},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "client_secret_jwt"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"jwks": {"keys": [ec_jwk() | {"d": "AQAB"}]}},
        {"jwks": {"keys": [{"kty": "oct", "k": "AQAB"}]}},
        {"redirect_uris": []},
        {"redirect_uris": None},
        {"redirect_uris": ["http://rp.example/cb"]},
        {"grant_types": ["client_credentials"]},
        {"grant_types": ["password"]},
        {"client_name": "a\u202eb"},
        {"logo_uri": "javascript:alert(1)"},
    ],
)
async def test_CM06_secrets_and_what_cannot_be_taken_are_refused(
    documents: Documents, members: dict[str, Any]
) -> None:
    await documents.is_shown(documents.put("/unfit.json", **members))


@pytest.mark.parametrize(
    "raw", [b"", b"{", b"[]", b"null", b"\xff", b'{"client_id":1}', b"[" * 5000]
)
async def test_CM06_what_is_no_json_object_is_refused(
    documents: Documents, raw: bytes
) -> None:
    documents.at["/raw.json"] = raw

    await documents.is_shown(documents.url("/raw.json"))


async def test_CM06_a_name_that_stands_twice_is_refused(documents: Documents) -> None:
    client_id = documents.put("/twice.json")
    raw = json.dumps(documents.at["/twice.json"]).encode()
    documents.at["/twice.json"] = raw[:-1] + b', "client_id": "x"}'

    await documents.is_shown(client_id)


async def test_a_document_cannot_rise_above_its_rank(documents: Documents) -> None:
    client_id = documents.put(
        "/proud.json",
        first_party=True,
        owner="alice",
        require_pkce=False,
        profile="fapi2",
        sector_identifier_uri="https://other.example/sector",
        scope="openid admin notes:read",
    )

    await documents.ask(client_id)

    ((owner, first_party, require_pkce, scopes, metadata),) = documents.stores.run(
        "SELECT owner, first_party, require_pkce, scopes, metadata FROM auth.clients"
        " WHERE client_id = %s",
        client_id,
    )
    assert (owner, first_party, require_pkce) == (None, False, True)
    assert sorted(scopes) == ["notes:read", "openid"]
    assert metadata == {"self_registered": True}


async def test_CM08_two_hundred_ask_and_one_fetches(documents: Documents) -> None:
    client_id = documents.put("/cold.json")
    documents.forget_calls()

    pages = await asyncio.gather(
        *(
            documents.auth.authorize(
                documents.auth.browser(), client_id=client_id, redirect_uri=CB
            )
            for _ in range(200)
        )
    )

    asked = [r for r in documents.site.requests if b" /cold.json " in r]
    assert len(asked) == 1
    # Where two hundred at once are too many for the stores, the others are served.
    assert any("/login" in page.url for page in pages)


async def test_CM09_many_documents_are_not_fetched_in_a_moment(
    documents: Documents,
) -> None:
    documents.forget_calls()
    before = documents.site.connections

    pages = await asyncio.gather(
        *(
            documents.auth.authorize(
                documents.auth.browser(),
                client_id=documents.put(f"/victim-{n}.json"),
                redirect_uri=CB,
            )
            for n in range(50)
        )
    )

    statuses = [page.response.status_code for page in pages]
    # Three at once, and perhaps one or two more while the others were answered.
    assert 3 <= documents.site.connections - before <= 5
    assert statuses.count(429) > 20
    slow = next(p.response for p in pages if p.response.status_code == 429)
    assert int(slow.headers["retry-after"]) > 0


async def test_CM10_a_flow_ends_as_it_began(
    documents: Documents, somebody: Somebody
) -> None:
    """The document changes between authorize and token, and is fetched again."""
    client_id = documents.put("/changing.json")
    a_code = await code(documents, somebody, client_id)
    documents.put("/changing.json", redirect_uris=["https://elsewhere.example/cb"])
    documents.grow_old()

    answer = await redeem(documents, client_id, a_code)

    assert answer.status_code == 200, answer.text
    answers.shown(await documents.ask(client_id))


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uris": [CB, "https://elsewhere.example/cb"]},
        {"jwks": {"keys": [{n: v for n, v in ec_jwk().items() if n != "d"}]}},
    ],
)
async def test_CM10_other_addresses_or_keys_need_a_new_consent(
    documents: Documents, somebody: Somebody, changed: dict[str, Any]
) -> None:
    client_id = documents.put("/moving.json", client_name="Before")
    await code(documents, somebody, client_id)
    silent = {"client_id": client_id, "redirect_uri": CB, "prompt": "none"}
    browser = somebody.browser
    assert "code" in (await documents.auth.authorize(browser, **silent)).query

    documents.put("/moving.json", client_name="After")
    documents.grow_old()
    documents.forget_calls()
    assert "code" in (await documents.auth.authorize(browser, **silent)).query
    documents.put("/moving.json", **changed)
    documents.grow_old()
    documents.forget_calls()
    page = await documents.auth.authorize(browser, client_id=client_id, redirect_uri=CB)

    assert "/consent" in page.url
    documents.put("/moving.json")
    documents.grow_old()
    await documents.ask(client_id)


async def test_a_document_is_kept_as_long_as_it_says_within_bounds(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    for told, seconds in (
        ("max-age=600", 600),
        ("no-store", 300),
        ("max-age=0", 60),
        ("private, max-age=999999", 3600),
        ("max-age=99999999999999999999", 300),
    ):
        monkeypatch.setitem(documents.headers, "cache-control", told)
        documents.grow_old()
        client_id = documents.put("/cached.json")
        await documents.ask(client_id)
        ((kept,),) = documents.stores.run(
            "SELECT extract(epoch FROM fresh_until - fetched_at)::int"
            " FROM auth.client_documents WHERE client_id = %s",
            client_id,
        )
        assert kept == seconds


async def test_a_known_app_whose_site_is_down_goes_on_for_a_day(
    documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    client_id = documents.put("/down.json")
    await documents.ask(client_id)
    documents.grow_old()
    monkeypatch.setattr(documents, "status", "503 Down")

    assert (await documents.ask(client_id)).status_code == 200
    documents.stores.run(
        "UPDATE auth.client_documents SET fetched_at = now() - interval '25 hours'"
    )
    answers.shown(await documents.ask(client_id))


async def test_a_document_that_was_taken_away_ends_the_app(
    documents: Documents,
) -> None:
    client_id = documents.put("/gone.json")
    await documents.ask(client_id)
    del documents.at["/gone.json"]
    documents.grow_old()

    answers.shown(await documents.ask(client_id))


async def test_CM11_the_address_stands_beside_the_name_it_gives_itself(
    documents: Documents, somebody: Somebody
) -> None:
    client_id = documents.put("/google.json", client_name="Google")
    documents.forget_calls()

    page = await documents.auth.authorize(
        somebody.browser, client_id=client_id, redirect_uri=CB
    )

    host = f"127.0.0.1:{documents.site.port}"
    heading = page.response.text.partition("<h1>")[2].partition("</h1>")[0]
    assert f"<bdi>Google</bdi> at <strong>{host}</strong>" in heading
    assert f"whatever <strong>{host}</strong> says" in page.response.text


async def test_CM11_an_app_on_ones_own_computer_comes_with_a_warning(
    documents: Documents, somebody: Somebody
) -> None:
    loopback = "http://127.0.0.1/cb"
    client_id = documents.put(
        "/native.json", application_type="native", redirect_uris=[loopback]
    )
    documents.forget_calls()

    page = await documents.auth.authorize(
        somebody.browser, client_id=client_id, redirect_uri="http://127.0.0.1:4567/cb"
    )

    assert "runs on your own computer" in page.response.text


async def test_CM12_no_registered_app_is_named_like_an_address(
    documents: Documents,
) -> None:
    engine = connect(documents.auth.settings.database_url.get_secret_value())
    for client_id in ("https://rp.example/app", "http://127.0.0.1/app"):
        with pytest.raises(ValueError, match="the address of a document"):
            await Provision(engine).run({"clients": [an_app(client_id)]})
    await engine.dispose()
    changed()
