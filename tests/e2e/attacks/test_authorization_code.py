"""Attacks on the exchange of an authorization code (attacks, 1.6)."""

import json
from typing import Any

import jwt
import pytest

from auth_service.settings import Settings
from tests.builders import auth as builder
from tests.builders.auth import CODE_CHALLENGE, PASSWORDS, SECRETS, token_parameters
from tests.e2e.aging import audited, disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, with_consent
from tests.e2e.racing import race
from tests.e2e.refusals import not_kept, refused, told
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint

SPA = {"client_id": "spa-app", "redirect_uri": "https://spa.example/cb"}


@pytest.fixture
async def code(auth: AuthorizationServer, somebody: Somebody) -> str:
    """A fresh code of web-app."""
    return await auth.code(somebody.browser.copy())


async def is_still_good(auth: AuthorizationServer, code: str) -> dict[str, Any]:
    """The right request works afterwards, with the same code."""
    answer = await auth.token(token_parameters(code))
    assert answer.status_code == 200, answer.text
    not_kept(answer)
    tokens: dict[str, Any] = answer.json()
    return tokens


def id_token_of(tokens: dict[str, Any]) -> dict[str, Any]:
    return jwt.decode(tokens["id_token"], options={"verify_signature": False})


async def are_alive(auth: AuthorizationServer, tokens: dict[str, Any]) -> bool:
    """Whether both tokens of an answer work; one alone would be a mistake."""
    access = (await auth.introspect(tokens["access_token"]))["active"]
    refresh = (await auth.introspect(tokens["refresh_token"], "web-app"))["active"]
    assert access == refresh
    return bool(access)


async def test_AC01_a_code_of_another_client_is_refused_and_stays_good(
    auth: AuthorizationServer, stores: Stores, code: str
) -> None:
    before = stores.counts()

    for client_id in ("other-app", "es256-app", "legacy-app"):
        answer = await auth.token(token_parameters(code), client_id=client_id)
        refused(answer, 400, "invalid_grant")
    public = {**token_parameters(code), "client_id": "spa-app"}
    refused(await auth.token(public, client_id=None), 400, "invalid_grant")

    assert not stores.changes_since(before)
    await is_still_good(auth, code)


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://other.example/cb",
        "https://app.example/cb/",
        "https://app.example/CB",
        "https://app.example/cb?",
        "https://app.example/cb é",
        "HTTPS://app.example/cb",
        None,
    ],
)
async def test_AC01_a_code_for_another_redirect_uri_is_refused_and_stays_good(
    auth: AuthorizationServer, code: str, redirect_uri: str | None
) -> None:
    answer = await auth.token(token_parameters(code, redirect_uri=redirect_uri))
    refused(answer, 400, "invalid_grant")
    await is_still_good(auth, code)


async def test_AC03_a_public_client_says_who_it_is(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    code = await auth.code(somebody.browser.copy(), **SPA)
    parameters = token_parameters(code, redirect_uri=SPA["redirect_uri"])

    refused(await auth.token(parameters, client_id=None), 401, "invalid_client")
    refused(await auth.token(parameters), 400, "invalid_grant")

    answer = await auth.token({**parameters, **SPA}, client_id=None)
    assert answer.status_code == 200


@pytest.mark.parametrize("absent", [None, ""])
async def test_AC04_a_code_without_its_verifier_is_refused(
    auth: AuthorizationServer, code: str, absent: str | None
) -> None:
    answer = await auth.token(token_parameters(code, code_verifier=absent))
    refused(answer, 400, "invalid_grant")
    await is_still_good(auth, code)


async def test_AC04_a_confidential_client_may_not_leave_it_out_either(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """The challenge was sent by choice; the exchange cannot take it back."""
    code = await auth.code(somebody.browser.copy(), client_id="legacy-app")

    answer = await auth.token(
        token_parameters(code, code_verifier=None), client_id="legacy-app"
    )

    refused(answer, 400, "invalid_grant")


async def test_AC05_the_fifth_wrong_verifier_burns_the_code(
    auth: AuthorizationServer, code: str
) -> None:
    wrong = token_parameters(code, code_verifier="w" * 43)

    for _ in range(5):
        refused(await auth.token(wrong), 400, "invalid_grant")

    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")


async def test_AC05_four_wrong_verifiers_do_not(
    auth: AuthorizationServer, code: str
) -> None:
    for last in "abcd":
        wrong = token_parameters(code, code_verifier="w" * 42 + last)
        refused(await auth.token(wrong), 400, "invalid_grant")
    await is_still_good(auth, code)


@pytest.mark.parametrize(
    "code_verifier",
    [
        "v",
        "v" * 42,
        "v" * 129,
        "v" * 42 + "+",
        "v" * 42 + "/",
        "v" * 42 + "=",
        "v" * 42 + " ",
        " " + "v" * 43,
        "v" * 43 + "\n",
        "v" * 42 + "é",
        "v" * 42 + "\u0661",
        builder.CODE_VERIFIER + "=",
    ],
)
async def test_AC06_a_verifier_outside_of_the_grammar_is_not_compared(
    auth: AuthorizationServer, code: str, code_verifier: str
) -> None:
    for _ in range(6):  # were it compared, the fifth would burn the code
        answer = await auth.token(token_parameters(code, code_verifier=code_verifier))
        refused(answer, 400, "invalid_request")
    await is_still_good(auth, code)


async def test_AC07_a_verifier_without_a_challenge_is_refused(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    code = await auth.code(
        somebody.browser.copy(),
        client_id="legacy-app",
        code_challenge=None,
        code_challenge_method=None,
    )

    answer = await auth.token(token_parameters(code), client_id="legacy-app")

    refused(answer, 400, "invalid_request")
    good = token_parameters(code, code_verifier=None)
    assert (await auth.token(good, client_id="legacy-app")).status_code == 200


async def test_AC08_the_challenge_is_not_its_own_verifier(
    auth: AuthorizationServer, code: str
) -> None:
    answer = await auth.token(token_parameters(code, code_verifier=CODE_CHALLENGE))
    refused(answer, 400, "invalid_grant")
    await is_still_good(auth, code)


async def test_AC09_a_replay_kills_the_tokens_of_the_code(
    auth: AuthorizationServer, stores: Stores, code: str
) -> None:
    tokens = await is_still_good(auth, code)
    assert await are_alive(auth, tokens)

    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")

    assert not await are_alive(auth, tokens)
    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    client_id, subject, ip = audited(stores, "code.replayed")[0]
    assert (client_id, subject) == ("web-app", id_token_of(tokens)["sub"])
    assert ip.startswith("10.")


@pytest.mark.parametrize(
    ("changes", "client_id", "status", "error"),
    [
        ({"code_verifier": "w" * 43}, "web-app", 400, "invalid_grant"),
        ({"code_verifier": None}, "web-app", 400, "invalid_grant"),
        ({"code_verifier": "short"}, "web-app", 400, "invalid_request"),
        ({"redirect_uri": "https://other.example/cb"}, "web-app", 400, "invalid_grant"),
        ({"redirect_uri": None}, "web-app", 400, "invalid_grant"),
        ({"resource": "https://other-api.example"}, "web-app", 400, "invalid_target"),
        ({"scope": "admin"}, "web-app", 400, "invalid_scope"),
        ({}, "other-app", 400, "invalid_grant"),
        ({}, None, 401, "invalid_client"),
        ({"client_id": "web-app"}, None, 401, "invalid_client"),
        ({"client_id": "spa-app"}, None, 400, "invalid_grant"),
    ],
)
async def test_AC10_a_replay_that_proves_nothing_kills_nothing(
    auth: AuthorizationServer,
    code: str,
    changes: dict[str, str],
    client_id: str | None,
    status: int,
    error: str,
) -> None:
    tokens = await is_still_good(auth, code)

    for _ in range(6):
        answer = await auth.token(
            token_parameters(code, **changes), client_id=client_id
        )
        refused(answer, status, error)

    assert await are_alive(auth, tokens)
    assert (await auth.refresh(tokens["refresh_token"])).status_code == 200


async def test_AC11_of_fifty_at_once_one_gets_tokens(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """All others are valid replays, so what the one got is dead soon after."""
    for _ in range(3):
        answers = None
        while answers is None:
            code = await auth.code(somebody.browser.copy())
            answers = await race(auth, token_parameters(code))

        statuses = [answer.status_code for answer in answers]
        assert sorted(statuses) == [200] + [400] * 49
        for answer in answers:
            if answer.status_code == 400:
                refused(answer, 400, "invalid_grant")
        assert not await are_alive(auth, answers[statuses.index(200)].json())


async def test_AC11_the_first_is_answered_though_a_replay_was_faster_to_revoke(
    auth: AuthorizationServer, stores: Stores, code: str
) -> None:
    """Two processes: the loser revokes before the winner has stored its family."""
    kept = json.loads(stores.redis.get(f"vk:auth:code:{fingerprint(code)}"))
    stores.run("INSERT INTO auth.revocations (id) VALUES (%s)", kept["grant_id"])

    tokens = await is_still_good(auth, code)

    assert not await are_alive(auth, tokens)


async def test_AC12_an_expired_code_is_refused(
    auth: AuthorizationServer, stores: Stores, code: str
) -> None:
    """Redis counts, not this machine's clock; a minute and no longer."""
    key = f"vk:auth:code:{fingerprint(code)}"
    assert 50_000 < stores.redis.pttl(key) <= 60_000
    stores.redis.pexpire(key, 1)
    while stores.redis.exists(key):
        pass

    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")


def test_AC12_a_code_lives_for_a_minute_unless_told_otherwise() -> None:
    assert Settings.model_fields["authorization_code_lifetime"].default == 60


async def test_AC13_nothing_else_is_a_code(
    auth: AuthorizationServer, somebody: Somebody, code: str
) -> None:
    browser = somebody.browser.copy()
    waiting = await auth.authorize(browser, prompt="login")
    tokens = await is_still_good(auth, await auth.code(browser))
    others = [
        tokens["refresh_token"],
        tokens["access_token"],
        tokens["id_token"],
        waiting.query["handle"],
        *browser.cookies["id.example"].values(),
        id_token_of(tokens)["sid"],
        jwt.decode(tokens["access_token"], options={"verify_signature": False})["jti"],
        "urn:ietf:params:oauth:request_uri:x",
        fingerprint(code),
        SECRETS["web-app"],
        PASSWORDS["alice"],
    ]

    for other in others:
        answer = await auth.token(token_parameters(other))
        refused(answer, 400, "invalid_grant")
    refused(await auth.refresh(code), 400, "invalid_grant")
    refused(await auth.refresh(waiting.query["handle"]), 400, "invalid_grant")

    assert await are_alive(auth, tokens)
    await is_still_good(auth, code)


async def test_AC14_no_value_spends_something_else(
    auth: AuthorizationServer, stores: Stores, code: str
) -> None:
    """A code is found by its hash under a prefix of its own, never as a key."""
    person = await with_consent(auth)
    browser = person.browser
    waiting = await auth.authorize(browser, prompt="login")
    handle = waiting.query["handle"]
    before = sorted(stores.keys())
    crafted = [
        *before[:50],
        handle,
        f"../waiting:{fingerprint(handle)}",
        f"code-spent:{fingerprint(code)}",
        f"{fingerprint(code)}\r\nDEL vk:auth:code:{fingerprint(code)}\r\n",
        "*",
        "code:*",
    ]

    for value in crafted:
        answer = await auth.token(token_parameters(value))
        refused(answer, 400, "invalid_grant")

    assert {k for k in before if ":tries" not in k} <= set(stores.keys())
    await is_still_good(auth, code)
    page = await person.sign_in(browser, waiting)
    assert page.url.startswith("https://app.example/cb?code=")


async def test_AC15_a_code_of_a_deleted_client_is_refused(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    code = await auth.code(somebody.browser.copy(), client_id="es256-app")
    row = stores.run(
        "DELETE FROM auth.clients WHERE client_id = 'es256-app' RETURNING"
        " client_name, token_endpoint_auth_method, grant_types, scopes,"
        " redirect_uris, post_logout_redirect_uris, id_token_signed_response_alg"
    )[0]

    answer = await auth.token(token_parameters(code), client_id="es256-app")

    refused(answer, 401, "invalid_client", challenge="Basic")
    stores.run(
        "INSERT INTO auth.clients (client_id, client_name,"
        " token_endpoint_auth_method, grant_types, scopes, redirect_uris,"
        " post_logout_redirect_uris, id_token_signed_response_alg)"
        " VALUES ('es256-app', %s, %s, %s, %s, %s, %s, %s)",
        *row,
    )
    stores.run(
        "INSERT INTO auth.client_secrets (id, client_id, fingerprint, hint)"
        " VALUES ('es256', 'es256-app', %s, '')",
        fingerprint(SECRETS["es256-app"]),
    )


async def test_AC16_a_code_of_a_disabled_person_is_refused(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores, code: str
) -> None:
    before = stores.counts()
    with disabled(stores, somebody.username):
        refused(await auth.token(token_parameters(code)), 400, "invalid_grant")
    assert stores.counts()["grants"] == before["grants"]
    assert stores.counts()["refresh_tokens"] == before["refresh_tokens"]


async def test_AC16_a_code_of_a_deleted_person_is_refused(
    auth: AuthorizationServer, stores: Stores
) -> None:
    person = await with_consent(auth)
    code = await auth.code(person.browser)
    stores.run("DELETE FROM auth.users WHERE username = %s", person.username)

    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")


async def test_AC16_a_code_from_before_a_new_password_is_refused(
    auth: AuthorizationServer, stores: Stores
) -> None:
    person = await with_consent(auth)
    code = await auth.code(person.browser)
    stores.run(
        "UPDATE auth.users SET valid_after = clock_timestamp() WHERE username = %s",
        person.username,
    )

    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")


@pytest.mark.parametrize("offline", ["", " offline_access"])
async def test_AC17_a_code_from_before_the_logout_is_refused(
    auth: AuthorizationServer, offline: str
) -> None:
    """Also one that would outlive its session, had it become tokens before."""
    person = await with_consent(auth, scope=f"openid notes:read{offline}")
    code = await auth.code(person.browser, scope=f"openid notes:read{offline}")

    page = await person.browser.get(f"{auth.issuer}/oauth/logout")
    page = await person.browser.send(page, "/oauth/logout/confirm")

    assert page.response.status_code == 200
    refused(await auth.token(token_parameters(code)), 400, "invalid_grant")


async def test_AC18_a_code_that_was_changed_is_refused(
    auth: AuthorizationServer, code: str
) -> None:
    last = "A" if code[-1] != "A" else "B"
    changed = [
        code[:-1],
        code[1:],
        code + "A",
        code.swapcase(),
        code[:-1] + last,
        code + "=",
        code + " ",
        " " + code,
        code + "\n",
        code + "\u200b",
        f'"{code}"',
    ]

    for value in changed:
        refused(await auth.token(token_parameters(value)), 400, "invalid_grant")

    assert await are_alive(auth, await is_still_good(auth, code))


async def test_AC19_guessing_is_throttled(
    strict: AuthorizationServer, stores: Stores, code: str
) -> None:
    """By client and address: nobody else waits, and a right code never does."""
    http = strict.http()

    async def guess(n: int) -> Any:
        return await strict.token(token_parameters(f"guess-{n}"), http=http)

    answers = [await guess(n) for n in range(15)]

    for answer in answers[:10]:
        refused(answer, 400, "invalid_grant")
    for answer in answers[10:]:
        refused(answer, 429, "temporarily_unavailable")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
    elsewhere = await strict.token(token_parameters("guess"))
    refused(elsewhere, 400, "invalid_grant")
    right = await strict.token(
        token_parameters(await strict.code()), client_id="web-app", http=http
    )
    assert right.status_code == 200


async def test_AC19_a_code_has_256_bits_and_only_its_hash_is_stored(
    stores: Stores, code: str
) -> None:
    assert len(code) == 43
    kept = stores.texts()
    assert code not in kept
    assert fingerprint(code) in kept


@pytest.mark.parametrize("nonce", ["a nonce/+é", "x" * 255, None])
async def test_AC20_the_nonce_is_the_one_that_was_sent(
    auth: AuthorizationServer, somebody: Somebody, nonce: str | None
) -> None:
    code = await auth.code(somebody.browser.copy(), nonce=nonce)

    tokens = await is_still_good(auth, code)

    assert id_token_of(tokens).get("nonce") == nonce
    assert ("nonce" in id_token_of(tokens)) == (nonce is not None)


@pytest.mark.parametrize(
    "resource",
    ["https://other-api.example", "https://api.example/", "https://nowhere", "x"],
)
async def test_AC21_another_resource_is_refused(
    auth: AuthorizationServer, code: str, resource: str
) -> None:
    answer = await auth.token(token_parameters(code, resource=resource))
    refused(answer, 400, "invalid_target")
    own = await auth.token(token_parameters(code, resource=builder.API))
    assert own.status_code == 200


@pytest.mark.parametrize(
    "scope", ["admin", "openid notes:write", "openid email", "stats:read", 'a"b']
)
async def test_AC22_a_wider_scope_is_refused(
    auth: AuthorizationServer, code: str, scope: str
) -> None:
    """Also one that the app is registered for, and was not granted."""
    answer = await auth.token(token_parameters(code, scope=scope))
    refused(answer, 400, "invalid_scope")

    tokens = (await auth.token(token_parameters(code, scope="openid"))).json()

    assert set(tokens["scope"].split()) <= {"openid", "profile", "notes:read"}


async def test_G2_every_reason_for_invalid_grant_looks_the_same(
    auth: AuthorizationServer, stores: Stores, somebody: Somebody
) -> None:
    """Unknown, spent, another's, wrong verifier, wrong redirect_uri, expired."""
    spent, fresh, burned = [await auth.code(somebody.browser.copy()) for _ in range(3)]
    await is_still_good(auth, spent)
    stores.redis.delete(f"vk:auth:code:{fingerprint(burned)}")

    answers = [
        await auth.token(token_parameters("unknown")),
        await auth.token(token_parameters(spent)),
        await auth.token(token_parameters(fresh), client_id="other-app"),
        await auth.token(token_parameters(fresh, code_verifier="w" * 43)),
        await auth.token(token_parameters(fresh, redirect_uri="https://x.example")),
        await auth.token(token_parameters(burned)),
    ]

    assert len({repr(told(answer)) for answer in answers}) == 1
