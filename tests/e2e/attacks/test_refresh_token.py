"""Attacks on refresh tokens (attacks, 1.8)."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from auth_service.crypto.seal import Succession
from auth_service.flows import issue
from auth_service.settings import Settings
from auth_service.storage.postgres.prepared import Lanes, Prepared
from tests.builders.auth import API, PASSWORDS, SECRETS, token_parameters
from tests.e2e.aging import ENDINGS, age_refresh_token, audited, disabled
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.people import Somebody, with_consent
from tests.e2e.racing import race
from tests.e2e.refusals import not_kept, refused, told
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint, new_handle

OFFLINE = "openid notes:read offline_access"


@pytest.fixture
async def tokens(auth: AuthorizationServer, somebody: Somebody) -> dict[str, Any]:
    """Fresh tokens of web-app."""
    return await auth.tokens(somebody.browser.copy())


def claims_of(access_token: str) -> dict[str, Any]:
    return jwt.decode(access_token, options={"verify_signature": False})


async def is_alive(auth: AuthorizationServer, tokens: dict[str, Any]) -> bool:
    """Whether the family is: by its access token, which changes nothing."""
    return bool((await auth.introspect(tokens["access_token"]))["active"])


def refresh_parameters(tokens: dict[str, Any]) -> dict[str, str]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
    }


async def refresh(
    auth: AuthorizationServer, tokens: dict[str, Any], **more: str
) -> dict[str, Any]:
    """The next tokens of a family."""
    answer = await auth.refresh(tokens["refresh_token"], **more)
    assert answer.status_code == 200, answer.text
    not_kept(answer)
    fresh: dict[str, Any] = answer.json()
    return fresh


async def test_RF01_reuse_outside_of_the_grace_kills_the_family(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    fresh = await refresh(auth, tokens)
    age_refresh_token(stores, tokens["refresh_token"], "11 s")

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")

    refused(await auth.refresh(fresh["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, tokens)
    assert not await is_alive(auth, fresh)
    client_id, subject, ip = audited(stores, "refresh_token.reused")[0]
    assert (client_id, subject) == ("web-app", claims_of(fresh["access_token"])["sub"])
    assert ip.startswith("10.")


async def test_RF01_the_grace_is_for_the_parent_only(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    """A grandparent is refused within the same ten seconds."""
    child = await refresh(auth, tokens)
    grandchild = await refresh(auth, child)

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")

    refused(await auth.refresh(grandchild["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, grandchild)


async def test_RF01_another_family_of_the_same_person_lives_on(
    auth: AuthorizationServer,
    somebody: Somebody,
    tokens: dict[str, Any],
    stores: Stores,
) -> None:
    other = await auth.tokens(somebody.browser.copy())
    await refresh(auth, tokens)
    age_refresh_token(stores, tokens["refresh_token"], "11 s")
    await auth.refresh(tokens["refresh_token"])

    assert await is_alive(auth, other)
    await refresh(auth, other)


async def test_RF02_the_grace_gives_the_same_successor(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    """Ten seconds less one: a client that lost our answer goes on."""
    first = await refresh(auth, tokens)
    age_refresh_token(stores, tokens["refresh_token"], "8 s")

    again = await refresh(auth, tokens)

    assert again["refresh_token"] == first["refresh_token"]
    assert again["access_token"] != first["access_token"]
    await refresh(auth, again)


async def test_RF02_of_fifty_at_once_four_are_answered_as_one_family(
    auth: AuthorizationServer, somebody: Somebody, stores: Stores
) -> None:
    """One that rotates and three within the grace; the others are reuse."""
    for _ in range(2):
        answers = None
        while answers is None:
            tokens = await auth.tokens(somebody.browser.copy())
            before = stores.counts()
            answers = await race(auth, refresh_parameters(tokens))

        good = [answer.json() for answer in answers if answer.status_code == 200]
        for answer in answers:
            if answer.status_code != 200:
                refused(answer, 400, "invalid_grant")
        assert 1 <= len(good) <= 4
        assert len({each["refresh_token"] for each in good}) == 1
        family = {claims_of(each["access_token"])["grant_id"] for each in good}
        assert family == {claims_of(tokens["access_token"])["grant_id"]}
        assert stores.counts()["grants"] == before["grants"]
        assert stores.counts()["refresh_tokens"] == before["refresh_tokens"] + 1
        assert not await is_alive(auth, good[0])


async def test_RF02_four_at_once_all_go_on(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    """The tabs of one browser app."""
    answers = await race(auth, refresh_parameters(tokens), 4)

    assert answers is not None
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.json()["refresh_token"] for answer in answers}) == 1
    await refresh(auth, answers[0].json())


@pytest.mark.parametrize("revoked", ["child", "parent"])
@pytest.mark.parametrize("used", ["child", "parent"])
async def test_RF04_deliberate_revocation_beats_the_grace(
    auth: AuthorizationServer, tokens: dict[str, Any], revoked: str, used: str
) -> None:
    family = {"parent": tokens, "child": await refresh(auth, tokens)}
    answer = await auth.http().post(
        "/oauth/revoke",
        data={"token": family[revoked]["refresh_token"]},
        auth=("web-app", SECRETS["web-app"]),
    )
    assert answer.status_code == 200

    refused(await auth.refresh(family[used]["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, family["child"])


async def test_RF06_the_fourth_reuse_kills_the_family(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    first = await refresh(auth, tokens)
    for _ in range(3):
        again = await refresh(auth, tokens)
        assert again["refresh_token"] == first["refresh_token"]

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")

    refused(await auth.refresh(first["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, first)


async def test_RF07_a_stranger_gets_nothing_and_kills_nothing(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    """A current token, and one that would be reuse if it came from its own client."""
    fresh = await refresh(auth, tokens)
    age_refresh_token(stores, tokens["refresh_token"], "1 minute")
    unknown = await auth.refresh(new_handle())

    for each in (tokens, fresh):
        request = refresh_parameters(each)
        answer = await auth.token(request, client_id="other-app")
        refused(answer, 400, "invalid_grant")
        assert told(answer) == told(unknown)
        public = await auth.token({**request, "client_id": "spa-app"}, client_id=None)
        refused(public, 400, "invalid_grant")
        for own in ({}, {"client_id": "web-app"}):
            answer = await auth.token({**request, **own}, client_id=None)
            refused(answer, 401, "invalid_client")

    assert await is_alive(auth, fresh)
    await refresh(auth, fresh)


@pytest.mark.parametrize(
    "scope",
    [
        "openid admin",
        "openid notes:write",
        "openid email",
        "offline_access",
        "stats:read",
        "openid\nadmin",
        'openid "',
        "x" * 1025,
    ],
)
async def test_RF08_a_wider_scope_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any], scope: str
) -> None:
    answer = await auth.refresh(tokens["refresh_token"], scope=scope)
    refused(answer, 400, "invalid_scope")
    # The token was not spent on it.
    await refresh(auth, tokens)


async def test_RF09_a_narrower_scope_is_for_one_access_token(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    narrow = await refresh(auth, tokens, scope="notes:read")
    assert narrow["scope"] == "notes:read"
    assert claims_of(narrow["access_token"])["scope"] == "notes:read"
    assert "id_token" not in narrow

    full = await refresh(auth, narrow)

    assert full["scope"] == tokens["scope"]
    assert claims_of(full["access_token"])["scope"] == tokens["scope"]
    assert "id_token" in full


@pytest.mark.parametrize(
    "resource", ["https://other-api.example", "https://nowhere.example", f"{API}/", "x"]
)
async def test_RF10_another_resource_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any], resource: str
) -> None:
    answer = await auth.refresh(tokens["refresh_token"], resource=resource)
    refused(answer, 400, "invalid_target")

    fresh = await refresh(auth, tokens, resource=API)

    assert claims_of(fresh["access_token"])["aud"] == API


async def test_RF11_a_disabled_person_gets_nothing(
    auth: AuthorizationServer,
    somebody: Somebody,
    stores: Stores,
    tokens: dict[str, Any],
) -> None:
    with disabled(stores, somebody.username):
        refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")
        assert not await is_alive(auth, tokens)
    await refresh(auth, tokens)


@pytest.mark.parametrize("change", ENDINGS.values(), ids=ENDINGS)
async def test_RF11_whoever_is_gone_gets_nothing(
    auth: AuthorizationServer, stores: Stores, change: str
) -> None:
    person = await with_consent(auth, scope=OFFLINE)
    tokens = await auth.tokens(person.browser, scope=OFFLINE)
    stores.run(change, person.username)

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, tokens)


async def test_RF12_an_unused_token_expires_without_a_sweeper(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    """By PostgreSQL's clock: fourteen days and a second."""
    age_refresh_token(stores, tokens["refresh_token"], "13 days 23 hours 59 minutes")
    fresh = await refresh(auth, tokens)
    age_refresh_token(stores, fresh["refresh_token"], "14 days 1 second")

    refused(await auth.refresh(fresh["refresh_token"]), 400, "invalid_grant")
    refused(await auth.refresh(fresh["refresh_token"]), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("scope", "lives"),
    [("openid notes:read", timedelta(days=1)), (OFFLINE, timedelta(days=30))],
)
async def test_RF12_a_family_expires_however_much_it_is_used(
    auth: AuthorizationServer, stores: Stores, scope: str, lives: timedelta
) -> None:
    tokens = await auth.tokens(scope=scope)
    family = claims_of(tokens["access_token"])["grant_id"]
    age = "UPDATE auth.grants SET expires_at = expires_at - %s WHERE grant_id = %s"
    stores.run(age, lives - timedelta(minutes=1), family)
    fresh = await refresh(auth, tokens)
    stores.run(age, timedelta(minutes=1), family)

    refused(await auth.refresh(fresh["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, fresh)


async def test_RF12_expiry_beats_the_grace(
    auth: AuthorizationServer, stores: Stores, tokens: dict[str, Any]
) -> None:
    await refresh(auth, tokens)
    stores.run(
        "UPDATE auth.grants SET expires_at = now() WHERE grant_id = %s",
        claims_of(tokens["access_token"])["grant_id"],
    )

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")


async def test_RF14_a_long_family_costs_no_more_than_a_short_one(
    auth: AuthorizationServer,
    somebody: Somebody,
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statements: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    async def run(self: Prepared, lanes: Lanes, **values: Any) -> Any:
        statements.append(self.text.decode())
        return await ask(self, lanes, **values)

    ask, counts = Prepared.run, []
    monkeypatch.setattr(Prepared, "run", run)
    for ancestors in (0, 5000):
        tokens = await auth.tokens(somebody.browser.copy())
        family = claims_of(tokens["access_token"])["grant_id"]
        stores.run(
            "INSERT INTO auth.refresh_tokens"
            " (fingerprint, grant_id, successor, rotated_at, expires_at)"
            " SELECT %s || i, %s, %s || i + 1, now(), now() + interval '1 day'"
            " FROM generate_series(1, %s) AS i",
            family,
            family,
            family,
            ancestors,
        )
        fresh = await refresh(auth, tokens)
        age_refresh_token(stores, tokens["refresh_token"], "1 minute")
        statements.clear()
        event.listen(Engine, "before_cursor_execute", note)
        refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")
        event.remove(Engine, "before_cursor_execute", note)
        # What the server does beside that, every second, is not about tokens.
        about = [s for s in statements if "refresh_tokens" in s or "revocations" in s]
        counts.append(len(about))
        refused(await auth.refresh(fresh["refresh_token"]), 400, "invalid_grant")

    assert counts[0] == counts[1]
    assert 0 < counts[1] < 8


async def test_RF15_a_token_that_was_changed_is_refused(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    token = tokens["refresh_token"]
    last = "A" if token[-1] != "A" else "B"
    for changed in (
        token[:-1],
        token[1:],
        token + "A",
        token[:-1] + last,
        token.swapcase(),
        token + "=",
        token + " ",
        " " + token,
        token + "\n",
        token + "\u200b",
        f"Bearer {token}",
        fingerprint(token),
    ):
        refused(await auth.refresh(changed), 400, "invalid_grant")

    await refresh(auth, tokens)


async def test_RF15_no_refresh_token_is_a_bad_request(
    auth: AuthorizationServer,
) -> None:
    for parameters in ({}, {"refresh_token": ""}):
        answer = await auth.token({"grant_type": "refresh_token", **parameters})
        refused(answer, 400, "invalid_request")


async def test_RF16_a_refresh_token_is_no_bearer_token(
    auth: AuthorizationServer, tokens: dict[str, Any]
) -> None:
    headers = {"authorization": f"Bearer {tokens['refresh_token']}"}

    answer = await auth.http().get("/oauth/userinfo", headers=headers)

    refused(answer, 401, "invalid_token", challenge='Bearer error="invalid_token"')
    await refresh(auth, tokens)


async def test_RF18_a_token_that_is_drawn_twice_is_refused(
    auth: AuthorizationServer,
    somebody: Somebody,
    tokens: dict[str, Any],
    stores: Stores,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code = await auth.code(somebody.browser.copy())
    before = stores.counts()
    with monkeypatch.context() as forced:
        forced.setattr(issue, "new_handle", lambda: tokens["refresh_token"])
        answer = await auth.token(token_parameters(code))

    refused(answer, 400, "invalid_grant")
    assert stores.counts()["grants"] == before["grants"]
    await refresh(auth, tokens)


async def test_RF18_a_successor_that_is_there_already_is_refused(
    auth: AuthorizationServer,
    somebody: Somebody,
    tokens: dict[str, Any],
    stores: Stores,
) -> None:
    """It is drawn from the token before it; somebody else's stays untouched."""
    other = await auth.tokens(somebody.browser.copy())
    secret = auth.settings.key_encryption_secret.get_secret_value()
    successor = Succession(secret).of(tokens["refresh_token"])
    stores.run(
        "UPDATE auth.refresh_tokens SET fingerprint = %s WHERE fingerprint = %s",
        fingerprint(successor),
        fingerprint(other["refresh_token"]),
    )

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")

    assert await is_alive(auth, other)


async def log_out(auth: AuthorizationServer, person: Somebody) -> None:
    page = await person.browser.get(f"{auth.issuer}/oauth/logout")
    page = await person.browser.send(page, "/oauth/logout/confirm")
    assert page.response.status_code == 200


async def test_RF19_without_offline_access_a_token_ends_with_the_session(
    auth: AuthorizationServer,
) -> None:
    person = await with_consent(auth)
    tokens = await refresh(auth, await auth.tokens(person.browser))

    await log_out(auth, person)

    refused(await auth.refresh(tokens["refresh_token"]), 400, "invalid_grant")
    assert not await is_alive(auth, tokens)


async def test_RF19_with_offline_access_it_outlives_the_session(
    auth: AuthorizationServer,
) -> None:
    person = await with_consent(auth, scope=OFFLINE)
    tokens = await auth.tokens(person.browser, scope=OFFLINE)

    await log_out(auth, person)

    fresh = await refresh(auth, tokens)
    assert await is_alive(auth, fresh)


async def test_RF19_an_app_that_is_not_registered_for_it_gets_none(
    auth: AuthorizationServer, somebody: Somebody
) -> None:
    """Not even with offline_access."""
    code = await auth.code(
        somebody.browser.copy(), client_id="one-time-app", scope=OFFLINE
    )
    answer = await auth.token(token_parameters(code), client_id="one-time-app")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()


async def test_RF19_a_service_gets_none(auth: AuthorizationServer) -> None:
    answer = await auth.token(
        {"grant_type": "client_credentials"}, client_id="service-app"
    )
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope"}


async def test_RF19_the_password_grant_keeps_to_the_same_rules(
    auth: AuthorizationServer,
) -> None:
    own = {"client_id": "password-app", "client_secret": SECRETS["password-app"]}
    person = {"username": "alice", "password": PASSWORDS["alice"]}
    answer = await auth.token(
        {"grant_type": "password", **own, **person, "scope": "openid"}, client_id=None
    )
    tokens = answer.json()

    again = {
        "grant_type": "refresh_token",
        "refresh_token": tokens["refresh_token"],
        **own,
    }
    fresh = await auth.token(again, client_id=None)

    assert fresh.status_code == 200
    assert fresh.json()["scope"] == "openid"


def test_RF12_the_lifetimes_are_those_of_the_documents() -> None:
    defaults = {name: field.default for name, field in Settings.model_fields.items()}
    assert defaults["access_token_lifetime"] == 600
    assert defaults["refresh_token_idle_lifetime"] == 14 * 86400
    assert defaults["refresh_token_lifetime"] == 30 * 86400
    assert defaults["session_bound_lifetime"] == 86400
