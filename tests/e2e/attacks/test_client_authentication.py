"""Attacks on client authentication, at the three endpoints that ask (attacks, 1.7)."""

import logging
from base64 import b64encode
from urllib.parse import quote_plus

import httpx
import pytest

from tests.builders.auth import SECRETS
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.refusals import refused, told
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint

GRANT = {"grant_type": "client_credentials"}
ENDPOINTS = ("token", "introspect", "revoke")
endpoints = pytest.mark.parametrize("endpoint", ENDPOINTS)


def basic(client_id: str, client_secret: str) -> str:
    """RFC 6749 section 2.3.1: form-urlencoded, then base64."""
    return raw_basic(f"{quote_plus(client_id)}:{quote_plus(client_secret)}")


def raw_basic(text: str | bytes) -> str:
    text = text.encode() if isinstance(text, str) else text
    return f"Basic {b64encode(text).decode()}"


GOOD = basic("service-app", SECRETS["service-app"])


async def ask(
    auth: AuthorizationServer,
    endpoint: str = "token",
    *authorizations: str | bytes,
    **parameters: str,
) -> httpx.Response:
    """A request that only the client's credentials can spoil."""
    good = GRANT if endpoint == "token" else {"token": "a-token"}
    return await auth.http().post(
        f"/oauth/{endpoint}",
        data={**good, **parameters},
        headers=[("authorization", each) for each in authorizations],
    )


async def is_well(auth: AuthorizationServer) -> None:
    """The right credentials work afterwards."""
    assert (await ask(auth, "token", GOOD)).status_code == 200


@endpoints
async def test_CA02_an_unknown_client_and_a_wrong_secret_look_the_same(
    auth: AuthorizationServer, endpoint: str
) -> None:
    by_header = [
        await ask(auth, endpoint, basic("service-app", "wrong")),
        await ask(auth, endpoint, basic("nobody", "wrong")),
        await ask(auth, endpoint, basic("nobody", SECRETS["service-app"])),
        await ask(auth, endpoint, basic("spa-app", "wrong")),
        await ask(auth, endpoint, basic("post-app", SECRETS["post-app"])),
    ]
    by_body = [
        await ask(auth, endpoint, client_id="post-app", client_secret="wrong"),
        await ask(auth, endpoint, client_id="nobody", client_secret="wrong"),
        await ask(auth, endpoint, client_id="nobody"),
        await ask(auth, endpoint, client_id="service-app"),
    ]

    for answer in by_header:
        refused(answer, 401, "invalid_client", challenge='Basic realm="valetkey"')
        assert told(answer) == told(by_header[0])
    for answer in by_body:
        refused(answer, 401, "invalid_client")
        assert told(answer) == told(by_body[0])
    await is_well(auth)


async def test_CA03_basic_credentials_are_form_urlencoded(
    auth: AuthorizationServer,
) -> None:
    secret = SECRETS["odd-app"]
    assert (await ask(auth, "token", basic("odd-app", secret))).status_code == 200
    spaced = "odd-app:a%3Ab%25c%2Bd+%C3%A9"
    assert (await ask(auth, "token", raw_basic(spaced))).status_code == 200
    # Only the first colon divides; only what was encoded is decoded.
    half = "odd-app:a:b%25c%2Bd+%C3%A9"
    assert (await ask(auth, "token", raw_basic(half))).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        f"odd-app:{SECRETS['odd-app']}",
        "odd-app:a:b%25c+d+%C3%A9",
        "odd-app:a:b%25c%2Bd+%E9",
        "odd%2Dapp%3Aa:b",
        "odd-app:%ff",
        "odd-app:%ed%a0%80",
        "odd-app:%00",
        "odd-app%00:x",
        "odd-app:%",
        "odd-app:%zz",
        "odd-app:" + "%41" * 3000,
    ],
)
async def test_CA03_a_secret_in_other_characters_is_wrong(
    auth: AuthorizationServer, text: str
) -> None:
    refused(
        await ask(auth, "token", raw_basic(text)),
        401,
        "invalid_client",
        challenge="Basic",
    )


@pytest.mark.parametrize("secret", ["é", "\U0001f511", "\u0661", "\x01", " ", "é" * 99])
@endpoints
async def test_CA04_a_secret_beyond_ascii_is_only_wrong(
    auth: AuthorizationServer, endpoint: str, secret: str
) -> None:
    answer = await ask(auth, endpoint, client_id="post-app", client_secret=secret)
    refused(answer, 401, "invalid_client")
    answer = await ask(auth, endpoint, basic("service-app", secret))
    refused(answer, 401, "invalid_client", challenge="Basic")


_ENCODED = GOOD.removeprefix("Basic ")


@pytest.mark.parametrize(
    "encoded",
    [
        f"{_ENCODED}!!",
        f"{_ENCODED}==!!",
        f"{_ENCODED[:8]}\n{_ENCODED[8:]}",
        f"{_ENCODED[:8]}\r\n {_ENCODED[8:]}",
        f"{_ENCODED[:8]} {_ENCODED[8:]}",
        f"{_ENCODED}====",
        f"={_ENCODED}",
        f"{_ENCODED}\t",
        f"-{_ENCODED}",
        _ENCODED.rstrip("="),
    ],
)
async def test_CA05_lax_base64_is_refused(
    auth: AuthorizationServer, encoded: str
) -> None:
    # Whatever `encoded` ends in, some padding is needed for the last case to count.
    assert _ENCODED.endswith("=")
    answer = await ask(auth, "token", f"Basic {encoded}")
    refused(answer, 401, "invalid_client", challenge="Basic")
    await is_well(auth)


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic %%%",
        raw_basic("no colon"),
        raw_basic(""),
        raw_basic(":"),
        raw_basic(f":{SECRETS['service-app']}"),
        raw_basic("service-app:"),
        raw_basic(b"\xff\xfe:\xfd"),
        raw_basic("service-app\0:x"),
        f"Basic  {_ENCODED}",
        f"Bearer {_ENCODED}",
        f"BasicX {_ENCODED}",
        f"Digest {_ENCODED}",
        f"Basic\t{_ENCODED}",
        f"Basic {_ENCODED}, Basic {_ENCODED}",
        "Basic é".encode("latin-1"),
        "Basic é".encode(),
        b"\xff\xff",
    ],
)
@endpoints
async def test_CA06_a_malformed_header_is_refused(
    auth: AuthorizationServer, endpoint: str, header: str | bytes
) -> None:
    answer = await ask(auth, endpoint, header)
    refused(answer, 401, "invalid_client", challenge="Basic")


@endpoints
async def test_CA06_two_headers_are_refused(
    auth: AuthorizationServer, endpoint: str
) -> None:
    for second in (GOOD, basic("web-app", SECRETS["web-app"]), "Bearer x"):
        answer = await ask(auth, endpoint, GOOD, second)
        refused(answer, 401, "invalid_client", challenge="Basic")
    await is_well(auth)


@pytest.mark.parametrize("scheme", ["basic", "BASIC", "bAsIc"])
async def test_CA06_the_scheme_is_in_any_case(
    auth: AuthorizationServer, scheme: str
) -> None:
    assert (await ask(auth, "token", f"{scheme} {_ENCODED}")).status_code == 200


ASSERTION = {
    "client_assertion": "a.b.c",
    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
}


@pytest.mark.parametrize(
    "parameters",
    [
        {"client_secret": SECRETS["service-app"]},
        {"client_id": "service-app", "client_secret": SECRETS["service-app"]},
        {"client_secret": "wrong"},
        ASSERTION,
        {"client_assertion": "a.b.c"},
        {"client_assertion_type": "x"},
    ],
)
@endpoints
async def test_CA07_two_ways_at_once_are_refused(
    auth: AuthorizationServer, endpoint: str, parameters: dict[str, str]
) -> None:
    answer = await ask(auth, endpoint, GOOD, **parameters)
    refused(answer, 400, "invalid_request")
    await is_well(auth)


async def test_CA07_a_secret_and_an_assertion_are_refused(
    auth: AuthorizationServer,
) -> None:
    own = {"client_id": "post-app", "client_secret": SECRETS["post-app"]}
    answer = await ask(auth, "token", **own, **ASSERTION)
    refused(answer, 400, "invalid_request")


@endpoints
async def test_CA08_another_method_than_the_registered_is_refused(
    auth: AuthorizationServer, endpoint: str
) -> None:
    """With the right secret, where there is one."""

    def own(client_id: str, secret: str) -> dict[str, str]:
        return {"client_id": client_id, "client_secret": secret}

    by_body = [
        own("service-app", SECRETS["service-app"]),  # registered: basic
        own("spa-app", "a-secret"),  # registered: none
        {"client_id": "web-app"},  # as if it were public
        {"client_id": "post-app"},
        {"client_id": "post-app", **ASSERTION},
    ]
    for parameters in by_body:
        answer = await ask(auth, endpoint, **parameters)
        refused(answer, 401, "invalid_client")
    for header in (
        basic("post-app", SECRETS["post-app"]),  # registered: post
        raw_basic("spa-app:"),  # registered: none
        raw_basic("spa-app:a-secret"),
    ):
        answer = await ask(auth, endpoint, header)
        refused(answer, 401, "invalid_client", challenge="Basic")


@endpoints
async def test_CA09_an_empty_secret_is_no_secret(
    auth: AuthorizationServer, endpoint: str
) -> None:
    for client_id in ("web-app", "post-app", "service-app", "notes-api", "nobody"):
        answer = await ask(auth, endpoint, client_id=client_id, client_secret="")
        refused(answer, 401, "invalid_client")
        answer = await ask(auth, endpoint, raw_basic(f"{client_id}:"))
        refused(answer, 401, "invalid_client", challenge="Basic")


async def test_CA09_a_client_without_any_secret_cannot_be_matched(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """A confidential client whose last secret was removed."""
    mine = "WHERE client_id = 'one-time-app'"
    stores.run(f"DELETE FROM auth.client_secrets {mine}")

    for header in (raw_basic("one-time-app:"), basic("one-time-app", "x")):
        answer = await ask(auth, "token", header)
        refused(answer, 401, "invalid_client", challenge="Basic")

    stores.run(
        "INSERT INTO auth.client_secrets (id, client_id, fingerprint, hint)"
        " VALUES ('one-time', 'one-time-app', %s, '')",
        fingerprint(SECRETS["one-time-app"]),
    )


@endpoints
async def test_CA10_CA15_assertions_are_refused_while_they_are_not_supported(
    auth: AuthorizationServer, endpoint: str
) -> None:
    for assertion in ("null", "{}", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "[" * 999):
        given = {**ASSERTION, "client_assertion": assertion}
        refused(await ask(auth, endpoint, **given), 401, "invalid_client")


async def test_CA16_a_secret_is_stored_and_compared_as_its_hash(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """So what is stored opens nothing, and time tells nothing about the secret."""
    kept = stores.texts()
    for secret in SECRETS.values():
        assert secret not in kept
        assert fingerprint(secret) in kept
    answer = await ask(
        auth, "token", basic("service-app", fingerprint(SECRETS["service-app"]))
    )
    refused(answer, 401, "invalid_client", challenge="Basic")


async def test_CA18_a_replaced_secret_is_refused(
    auth: AuthorizationServer, stores: Stores
) -> None:
    """Two are alive while the new one is rolled out; then the old one is dead."""
    old, new = GOOD, basic("service-app", "the-next-secret")
    refused(await ask(auth, "token", new), 401, "invalid_client", challenge="Basic")
    stores.run(
        "INSERT INTO auth.client_secrets (id, client_id, fingerprint, hint)"
        " VALUES ('next', 'service-app', %s, '')",
        fingerprint("the-next-secret"),
    )
    assert (await ask(auth, "token", old)).status_code == 200
    assert (await ask(auth, "token", new)).status_code == 200

    change = "UPDATE auth.client_secrets SET client_id = %s WHERE fingerprint = %s"
    stores.run(change, "web-app", fingerprint(SECRETS["service-app"]))

    refused(await ask(auth, "token", old), 401, "invalid_client", challenge="Basic")
    assert (await ask(auth, "token", new)).status_code == 200
    stores.run(change, "service-app", fingerprint(SECRETS["service-app"]))
    stores.run("DELETE FROM auth.client_secrets WHERE id = 'next'")
    await is_well(auth)


@endpoints
async def test_CA20_no_secret_is_logged(
    auth: AuthorizationServer, endpoint: str, caplog: pytest.LogCaptureFixture
) -> None:
    canary = "canary-of-the-logs"
    with caplog.at_level(logging.DEBUG):
        await ask(auth, endpoint, basic("service-app", canary))
        await ask(auth, endpoint, raw_basic(canary))
        await ask(auth, endpoint, f"Bearer {canary}")
        await ask(auth, endpoint, GOOD, client_secret=canary)
        await ask(auth, endpoint, client_id=canary, client_secret=canary)

    ours = [r for r in caplog.records if not r.name.startswith("http")]
    assert any("refused" in record.getMessage() for record in ours)
    logged = repr([record.__dict__ for record in ours])
    assert canary not in logged
    assert b64encode(canary.encode()).decode() not in logged


@endpoints
async def test_G7_wrong_secrets_are_throttled_by_client_and_address(
    strict: AuthorizationServer, endpoint: str
) -> None:
    """Ten in a minute; the right secret never waits, and nobody else does."""
    http = strict.http()

    async def guess(client_id: str) -> httpx.Response:
        headers = {"authorization": basic(client_id, "guess")}
        data = {**GRANT, "token": "x"}
        return await http.post(f"/oauth/{endpoint}", data=data, headers=headers)

    answers = [await guess("web-app") for _ in range(13)]

    for answer in answers[:10]:
        refused(answer, 401, "invalid_client", challenge="Basic")
    for answer in answers[10:]:
        refused(answer, 429, "temporarily_unavailable")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await guess("other-app")).status_code == 401
    right = await http.post(
        f"/oauth/{endpoint}",
        data={"grant_type": "x", "token": "x"},
        auth=("web-app", SECRETS["web-app"]),
    )
    assert right.status_code in {200, 400}
