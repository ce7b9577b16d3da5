"""Attacks on the device authorization grant (attacks, 1.9: RFC 8628)."""

import asyncio
import base64
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from auth_service.protocol.device_grant import PER_CLIENT, WRONG_CODES
from tests.builders.auth import API, DEVICE, ISSUER, SECRETS, token_parameters
from tests.e2e import answers
from tests.e2e.aging import audited, disabled
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.devices import (
    SCOPE,
    TV,
    allow,
    ask,
    asks,
    begin,
    expire,
    key_of,
    poll,
    provision_tv,
    type_in,
)
from tests.e2e.people import Somebody, register
from tests.e2e.refusals import not_kept, refused
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint
from valetkey.testing import ProofKey

DETAILS = '[{"type":"note_access","actions":["read"],"identifier":"7"}]'


@pytest.fixture(scope="module", autouse=True)
async def apps(auth: AuthorizationServer) -> None:
    """Another public app for devices, and a confidential one."""
    await provision_tv(auth, "other-tv-app")
    await provision_tv(
        auth,
        "details-tv-app",
        token_endpoint_auth_method="client_secret_post",
        client_secret=SECRETS["post-app"],
        authorization_details_types=["note_access"],
    )


@pytest.fixture
async def alice(auth: AuthorizationServer) -> Somebody:
    """Somebody whose wrong codes nobody else has to wait for."""
    return await register(auth)


async def test_a_device_gets_the_tokens_that_a_person_allowed(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    answer = await ask(auth)
    not_kept(answer)
    told = answer.json()
    assert told["verification_uri"] == f"{ISSUER}/device"
    shown = parse_qs(urlsplit(told["verification_uri_complete"]).query)
    assert shown == {"user_code": [told["user_code"]]}
    assert (told["expires_in"], told["interval"]) == (600, 5)
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")

    page = await type_in(auth, alice.browser, told["user_code"])
    assert asks(page)
    page = await alice.browser.send(page, "/device", action="allow")
    assert "Your device is connected" in page.response.text

    answer = await poll(auth, told["device_code"])
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert set(tokens["scope"].split()) == set(SCOPE.split())
    claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
    assert (claims["aud"], claims["client_id"]) == (API, TV)
    about = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert about["aud"] == TV
    assert {"auth_time", "sid", "amr"} <= about.keys()
    assert audited(stores, "device.allowed")[0][0] == TV
    page = await alice.browser.get(f"{ISSUER}/account/apps")
    assert "Tv App" in page.response.text


async def test_DV01_nobody_can_guess_a_user_code(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    """Five in a minute, by address and by person, whatever the form says it wants."""
    told = await begin(auth)
    page = await alice.browser.get(f"{ISSUER}/device")
    for number in range(WRONG_CODES.free):
        action = ("allow", "deny", "")[number % 3]
        wrong = await alice.browser.send(
            page, "/device", user_code=f"BCDF-GHJ{'BCDFG'[number]}", action=action
        )
        assert wrong.response.status_code == 404
    right = await alice.browser.send(page, "/device", user_code=told["user_code"])
    assert right.response.status_code == 429
    assert 0 < int(right.response.headers["retry-after"]) <= 60
    # Another address of the same person, and another person at the same address.
    elsewhere = auth.browser()
    elsewhere.cookies = alice.browser.cookies
    again = await elsewhere.get(told["verification_uri_complete"])
    assert again.response.status_code == 429
    bob = await register(auth)
    bob.browser.client = alice.browser.client
    again = await bob.browser.get(told["verification_uri_complete"])
    assert again.response.status_code == 429


async def test_DV01_right_codes_are_not_counted(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    for _ in range(WRONG_CODES.free + 2):
        told = await begin(auth)
        await allow(auth, alice, told)


async def test_DV02_codes_are_random_and_kept_as_fingerprints(
    auth: AuthorizationServer, stores: Stores
) -> None:
    given = [await begin(auth) for _ in range(10)]
    codes = {told["user_code"] for told in given}
    assert len(codes) == 10
    form = "[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}"
    assert all(re.fullmatch(form, code) for code in codes)
    for told in given:
        secret = told["device_code"]
        assert len(base64.urlsafe_b64decode(secret + "=")) == 32
        assert secret not in repr(stores.keys())
        assert key_of(secret) in stores.keys("device")
        assert told["user_code"].replace("-", "") not in repr(stores.keys())


async def test_DV03_who_polls_too_fast_has_to_wait_longer(
    auth: AuthorizationServer, stores: Stores
) -> None:
    code = (await begin(auth))["device_code"]
    refused(await poll(auth, code), 400, "authorization_pending")
    refused(await poll(auth, code), 400, "slow_down")
    refused(await poll(auth, code), 400, "slow_down")
    key = key_of(code)
    assert stores.redis.hget(key, "interval") == "15"
    for waited, error in ((14, "slow_down"), (21, "authorization_pending")):
        polled = float(stores.redis.hget(key, "polled"))
        stores.redis.hset(key, "polled", polled - waited)
        refused(await poll(auth, code), 400, error)


async def test_DV03_polling_is_no_wrong_grant(strict: AuthorizationServer) -> None:
    """Its client and address may go on, however often nobody had answered yet."""
    http = strict.http()
    codes = [(await begin(strict))["device_code"] for _ in range(12)]
    for code in codes:
        refused(await poll(strict, code, http=http), 400, "authorization_pending")
        refused(await poll(strict, code, http=http), 400, "slow_down")


async def test_DV04_pending_denied_and_expired(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    told = await begin(auth)
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")
    page = await alice.browser.get(told["verification_uri_complete"])
    page = await alice.browser.send(page, "/device", action="deny")
    assert "You said no" in page.response.text
    refused(await poll(auth, told["device_code"]), 400, "access_denied")
    assert audited(stores, "device.denied")[0][0] == TV

    late = await begin(auth)
    expire(stores, late["device_code"])
    refused(await poll(auth, late["device_code"]), 400, "expired_token")
    refused(await poll(auth, "x" * 43), 400, "invalid_grant")


async def test_DV05_a_device_code_gives_one_set_of_tokens(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    told = await begin(auth)
    await allow(auth, alice, told)
    http = auth.http()
    racing = (poll(auth, told["device_code"], http=http) for _ in range(20))
    statuses = Counter(answer.status_code for answer in await asyncio.gather(*racing))
    assert statuses == {200: 1, 400: 19}
    # Two walls: the claim took it from Redis, and PostgreSQL knows its fingerprint.
    assert not stores.redis.exists(key_of(told["device_code"]))
    refused(await poll(auth, told["device_code"]), 400, "invalid_grant")


async def test_DV06_a_device_code_is_its_own_clients(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    await allow(auth, alice, told)
    stolen = await poll(auth, told["device_code"], client_id="other-tv-app")
    refused(stolen, 400, "invalid_grant")
    assert (await poll(auth, told["device_code"])).status_code == 200


@pytest.mark.parametrize("action", ["allow", "deny"])
async def test_DV07_a_user_code_is_answered_once(
    auth: AuthorizationServer, alice: Somebody, action: str
) -> None:
    told = await begin(auth)
    question = await alice.browser.get(told["verification_uri_complete"])
    await alice.browser.send(question, "/device", action=action)

    again = await type_in(auth, alice.browser, told["user_code"])
    twice = await alice.browser.send(question, "/device", action="allow")
    random = await type_in(auth, alice.browser, "BCDF-GHJK")

    assert [p.response.status_code for p in (again, twice, random)] == [404] * 3
    texts = {
        page.response.text.replace(told["user_code"], "BCDF-GHJK")
        for page in (again, twice, random)
    }
    assert len(texts) == 1


async def test_DV07_of_a_yes_and_a_no_at_once_one_counts(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    question = await alice.browser.get(told["verification_uri_complete"])
    windows = [(alice.browser.copy(), act) for act in ("allow", "deny") * 2]
    ends = await asyncio.gather(
        *(window.send(question, "/device", action=act) for window, act in windows)
    )
    assert sum("done=" in page.url for page in ends) == 1
    said = next(page.query["done"] for page in ends if "done=" in page.url)
    answer = await poll(auth, told["device_code"])
    assert answer.status_code == (200 if said == "allowed" else 400)


async def test_DV08_only_whoever_opened_it_can_answer(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    bob = await register(auth)
    told = await begin(auth)
    question = await alice.browser.get(told["verification_uri_complete"])
    assert asks(question)

    opened = await bob.browser.get(told["verification_uri_complete"])
    page = await bob.browser.get(f"{ISSUER}/device")
    sent = await bob.browser.send(
        page, "/device", user_code=told["user_code"], action="allow"
    )

    for page in (opened, sent):
        answers.shown(page.response, 404)
        assert not asks(page)
        assert "Tv App" not in page.response.text
    await alice.browser.send(question, "/device", action="allow")
    answer = await poll(auth, told["device_code"])
    claims = jwt.decode(answer.json()["id_token"], options={"verify_signature": False})
    mine = await auth.http().get(
        "/oauth/userinfo",
        headers={"authorization": f"Bearer {answer.json()['access_token']}"},
    )
    assert mine.json()["sub"] == claims["sub"]


async def test_DV09_the_complete_address_asks_and_says_what(
    auth: AuthorizationServer,
) -> None:
    told = await begin(auth, scope="openid notes:write offline_access")
    browser = auth.browser()
    page = await browser.get(told["verification_uri_complete"])
    assert page.url.startswith(f"{ISSUER}/login?next=")
    page = await auth.sign_in(browser, page)
    assert page.url == told["verification_uri_complete"]
    answers.shown(page.response, 200)
    text = page.response.text
    sentences = ("Tv App", "Change your notes", "Know that it is you", "Notes")
    device = (told["user_code"], "10.", "python-httpx", "Deny this unless you")
    assert all(said in text for said in (*sentences, *device)), text
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")


async def test_DV09_an_answer_without_the_question_is_none(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    page = await alice.browser.get(f"{ISSUER}/device")
    code = told["user_code"]
    sent = await alice.browser.send(page, "/device", user_code=code, action="allow")
    answers.shown(sent.response, 404)
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")


async def test_DV09_another_site_cannot_send_the_form(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    question = await alice.browser.get(told["verification_uri_complete"])
    fields = {**question.form("/device").fields, "action": "allow"}
    for sent, site in (
        (fields, "cross-site"),
        ({**fields, "csrf_token": "x"}, "same-origin"),
        ({k: v for k, v in fields.items() if k != "csrf_token"}, "same-origin"),
    ):
        answer = await alice.browser.request(
            "POST", f"{ISSUER}/device", data=sent, headers={"sec-fetch-site": site}
        )
        answers.shown(answer, 403)
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")


@pytest.mark.parametrize(
    "write",
    [
        str.lower,
        lambda code: code.replace("-", ""),
        lambda code: f" {code.replace('-', ' ')} ",
        lambda code: "-".join(code.replace("-", "")),
    ],
)
async def test_DV10_case_and_separators_do_not_matter(
    auth: AuthorizationServer, alice: Somebody, write: Any
) -> None:
    told = await begin(auth)
    assert asks(await type_in(auth, alice.browser, write(told["user_code"])))


async def test_DV10_nothing_else_is_taken_for_a_letter(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    code = told["user_code"]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code.replace("-", ""))
    for typed in (wide, code.replace("-", "\u2013"), "0OI1-AEUY", f"{code}B", "", "\0"):
        page = await type_in(auth, alice.browser, typed)
        answers.shown(page.response, 400)
        assert not asks(page)


async def test_DV11_no_more_than_the_app_is_registered_for(
    auth: AuthorizationServer,
) -> None:
    refused(await ask(auth, scope="openid other:read"), 400, "invalid_scope")
    refused(await ask(auth, scope="nothing"), 400, "invalid_scope")
    refused(await ask(auth, resource="https://x.example"), 400, "invalid_target")
    wrong = await ask(auth, authorization_details=DETAILS)
    refused(wrong, 400, "invalid_authorization_details")
    refused(await ask(auth, client_id="spa-app"), 400, "unauthorized_client")
    refused(await ask(auth, client_id="web-app"), 401, "invalid_client")
    refused(await ask(auth, client_id=None), 401, "invalid_client")


async def test_DV11_a_poll_cannot_widen_what_was_allowed(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    await allow(auth, alice, told)
    code = told["device_code"]
    other = await poll(auth, code, resource="https://other-api.example")
    refused(other, 400, "invalid_target")
    refused(await poll(auth, code, scope="notes:write"), 400, "invalid_scope")
    tokens = (await poll(auth, code)).json()
    assert set(tokens["scope"].split()) == set(SCOPE.split())


async def test_DV12_an_app_in_testing_is_not_for_everybody(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    tv = await provision_tv(auth, "tv-in-testing")
    told = await begin(auth, client_id=tv)
    stores.run(
        "UPDATE auth.clients SET metadata = metadata || '{\"live\": false}'"
        " WHERE client_id = %s",
        tv,
    )
    page = await type_in(auth, alice.browser, told["user_code"])
    answers.shown(page.response, 403)
    assert not asks(page)
    waiting = await poll(auth, told["device_code"], client_id=tv)
    refused(waiting, 400, "authorization_pending")


async def test_DV13_a_disabled_person_gives_no_tokens(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    told = await begin(auth)
    await allow(auth, alice, told)
    with disabled(stores, alice.username):
        refused(await poll(auth, told["device_code"]), 400, "invalid_grant")


async def test_DV13_a_disabled_person_is_not_asked(
    auth: AuthorizationServer, alice: Somebody, stores: Stores
) -> None:
    told = await begin(auth)
    question = await alice.browser.get(told["verification_uri_complete"])
    with disabled(stores, alice.username):
        page = await alice.browser.send(question, "/device", action="allow")
    assert page.url.startswith(f"{ISSUER}/login?")
    refused(await poll(auth, told["device_code"]), 400, "authorization_pending")


async def test_LG20_what_was_taken_back_gives_no_tokens(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    """The consent and the session that allowed it are both asked again."""
    for how in ("consent", "session"):
        told = await begin(auth)
        await allow(auth, alice, told)
        if how == "consent":
            page = await alice.browser.get(f"{ISSUER}/account/apps")
            await alice.browser.send(page, "/account/apps/revoke", client_id=TV)
        else:
            page = await alice.browser.get(f"{ISSUER}/account")
            await alice.browser.send(page, "/account/sign-out")
        refused(await poll(auth, told["device_code"]), 400, "invalid_grant")


async def test_AC13_a_code_of_another_kind_is_none(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    told = await begin(auth)
    await allow(auth, alice, told)
    code = told["device_code"]
    refused(await auth.refresh(code), 400, "invalid_grant")
    as_code = {"grant_type": "authorization_code", "code": code}
    refused(await auth.token(as_code), 400, "invalid_grant")
    refused(await poll(auth, told["user_code"]), 400, "invalid_grant")
    assert (await poll(auth, code)).status_code == 200


@pytest.fixture(scope="module")
async def small(
    new_database: Callable[..., str], redis_url: str
) -> AsyncIterator[AuthorizationServer]:
    """Three devices of an address may begin in a minute; apps register themselves."""
    changes = {"SIGN_INS_PER_MINUTE": "3", "REGISTRATION": "open"}
    async with running(new_database(), redis_url, **changes) as server:
        yield server


async def test_DV15_an_address_begins_so_many_devices(
    small: AuthorizationServer,
) -> None:
    http = small.http()
    for _ in range(3):
        answer = await ask(small, http=http)
        assert answer.status_code == 200
    answer = await ask(small, http=http)
    refused(answer, 429, "temporarily_unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert (await ask(small)).status_code == 200


async def test_DV15_an_app_begins_so_many_devices_wherever_they_are(
    auth: AuthorizationServer, stores: Stores
) -> None:
    app = await provision_tv(auth, "popular-app")
    tries = f"vk:auth:tries:{fingerprint(f'device-of:{app}')}"
    stores.redis.set(tries, PER_CLIENT.free - 1, ex=60)
    assert (await ask(auth, client_id=app)).status_code == 200
    refused(await ask(auth, client_id=app), 429, "temporarily_unavailable")
    assert (await ask(auth, client_id="other-tv-app")).status_code == 200


async def test_DV15_nothing_is_kept_for_longer_than_it_is_known(
    auth: AuthorizationServer, stores: Stores
) -> None:
    told = await begin(auth)
    code = fingerprint(told["user_code"].replace("-", ""))
    assert 0 < stores.redis.ttl(f"vk:auth:device-user:{code}") <= 600
    assert 600 < stores.redis.ttl(key_of(told["device_code"])) <= 1200


async def test_a_public_apps_tokens_are_bound_to_its_key(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    key = ProofKey()
    told = await begin(auth, scope="openid notes:read offline_access")
    await allow(auth, alice, told)
    proof = {"dpop": key.proof("POST", f"{ISSUER}/oauth/token")}
    tokens = (await poll(auth, told["device_code"], headers=proof)).json()
    assert tokens["token_type"] == "DPoP"
    again = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    without = await auth.http().post("/oauth/token", data={**again, "client_id": TV})
    refused(without, 400, "invalid_dpop_proof")


async def test_authorization_details_are_asked_and_given(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    own = {"client_id": "details-tv-app", "client_secret": SECRETS["post-app"]}
    told = await begin(auth, authorization_details=DETAILS, scope="openid", **own)
    page = await alice.browser.get(told["verification_uri_complete"])
    assert "Read the note 7" in page.response.text
    await alice.browser.send(page, "/device", action="allow")
    tokens = (await poll(auth, told["device_code"], **own)).json()
    assert tokens["authorization_details"][0]["identifier"] == "7"


async def test_only_offline_access_outlives_the_session_that_allowed_it(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    refreshed = {}
    for scope in ("openid", "openid offline_access"):
        told = await begin(auth, scope=scope)
        await allow(auth, alice, told)
        tokens = (await poll(auth, told["device_code"])).json()
        refreshed[scope] = tokens["refresh_token"]
    page = await alice.browser.get(f"{ISSUER}/account")
    await alice.browser.send(page, "/account/sign-out")
    for scope, status in (("openid", 400), ("openid offline_access", 200)):
        again = {"grant_type": "refresh_token", "refresh_token": refreshed[scope]}
        answer = await auth.http().post("/oauth/token", data={**again, "client_id": TV})
        assert answer.status_code == status, answer.text


async def test_a_device_may_register_itself_without_a_redirect_uri(
    small: AuthorizationServer,
) -> None:
    """RFC 7591 section 2; whoever is asked hears that nobody vouches for it."""
    wants = {"grant_types": [DEVICE], "token_endpoint_auth_method": "none"}
    answer = await small.http().post("/oauth/register", json=wants)
    assert answer.status_code == 201, answer.text
    assert answer.json()["response_types"] == []
    client_id = answer.json()["client_id"]
    told = await begin(small, client_id=client_id)
    browser = small.browser()
    page = await browser.get(told["verification_uri_complete"])
    page = await small.sign_in(browser, page)
    assert asks(page)
    assert "nobody here has checked it" in page.response.text


async def test_AC23_a_code_of_one_road_is_nothing_on_the_other(
    auth: AuthorizationServer, alice: Somebody
) -> None:
    """Nor does an attempt to use it there spoil it for its own."""
    code = await auth.code(alice.browser)
    refused(await poll(auth, code), 400, "invalid_grant")
    refused(await auth.token(token_parameters("x")), 400, "invalid_grant")
    assert (await auth.token(token_parameters(code))).status_code == 200

    told = await begin(auth)
    await allow(auth, alice, told)
    for stolen in (told["device_code"], told["user_code"]):
        refused(await auth.token(token_parameters(stolen)), 400, "invalid_grant")
    assert (await poll(auth, told["device_code"])).status_code == 200
