"""Attacks on what a client does to its own registration: DC13, DC14 (RFC 7592)."""

import asyncio

import pytest

from tests.e2e.attacks.registrar import CB, Registrar
from tests.e2e.refusals import refused
from valetkey.opaque import fingerprint, new_handle


async def test_DC13_the_token_of_one_client_does_not_open_another(
    registrar: Registrar,
) -> None:
    mine, other = await registrar.register(), await registrar.register()

    for token in (other["registration_access_token"], None, "x", mine["client_secret"]):
        for method, raw in (("GET", b""), ("PUT", b"{}"), ("DELETE", b"")):
            answer = await registrar.call(
                method, mine["registration_client_uri"], raw, token
            )
            refused(answer, 401, "invalid_token", challenge="Bearer")
    assert (
        await registrar.get(mine, mine["registration_access_token"])
    ).status_code == 200


@pytest.mark.parametrize(
    "name", ["web-app", "dyn_x", "%00", "dyn_%00", "..%2f", "\u00e9", "x" * 2000]
)
async def test_DC13_a_client_that_is_not_there_is_not_told_apart(
    registrar: Registrar, name: str
) -> None:
    url = f"/oauth/register/{name}"
    answer = await registrar.call("GET", url, token=new_handle())

    assert answer.status_code in {401, 404}


async def test_DC13_a_deleted_client_is_gone_with_its_token(
    registrar: Registrar,
) -> None:
    client = await registrar.register()
    token = client["registration_access_token"]
    url = client["registration_client_uri"]

    answer = await registrar.call("DELETE", url, token=token)

    assert (answer.status_code, answer.content) == (204, b"")
    for method, raw in (("GET", b""), ("PUT", b"{}"), ("DELETE", b"")):
        again = await registrar.call(method, url, raw, token)
        refused(again, 401, "invalid_token", challenge="Bearer")
    answer = await registrar.auth.http().post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": "x"},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert answer.json()["error"] == "invalid_client"


async def test_DC14_neither_token_nor_secret_is_stored_or_shown_again(
    registrar: Registrar,
) -> None:
    client = await registrar.register()

    rows = registrar.stores.run(
        "SELECT token_fingerprint FROM auth.registrations WHERE client_id = %s",
        client["client_id"],
    )
    assert rows == [(fingerprint(client["registration_access_token"]),)]
    dump = registrar.stores.run("SELECT r::text FROM auth.client_secrets r")
    assert client["client_secret"] not in str(dump)
    shown = (await registrar.get(client, client["registration_access_token"])).json()
    assert "client_secret" not in shown


async def test_an_update_replaces_everything_and_the_token(
    registrar: Registrar,
) -> None:
    """RFC 7592 section 2.2."""
    client = await registrar.register(client_uri="https://rp.example/", tos_uri=CB)

    answer = await registrar.put(client, client_name="Now")

    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["client_name"] == "Now"
    assert "client_uri" not in told
    assert "client_secret" not in told
    assert told["registration_access_token"] != client["registration_access_token"]
    stale = await registrar.get(client, client["registration_access_token"])
    refused(stale, 401, "invalid_token", challenge="Bearer")
    shown = (await registrar.get(client, told["registration_access_token"])).json()
    assert shown == told
    alive = await registrar.auth.http().post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": "x"},
        auth=(client["client_id"], client["client_secret"]),
    )
    assert alive.json()["error"] == "invalid_grant"


async def test_of_two_updates_at_once_one_wins(registrar: Registrar) -> None:
    client = await registrar.register()

    done = await asyncio.gather(
        *(registrar.put(client, client_name=f"N{n}") for n in range(10))
    )

    assert sorted(answer.status_code for answer in done) == [200] + [401] * 9


async def test_an_update_judges_the_new_state(registrar: Registrar) -> None:
    """CVE-2026-18573: the old state was looked at."""
    client = await registrar.register()
    for members, error in (
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        (
            {"application_type": "native", "redirect_uris": ["x"]},
            "invalid_redirect_uri",
        ),
        ({"jwks_uri": "https://127.0.0.1/"}, "invalid_client_metadata"),
        ({"grant_types": ["client_credentials"]}, "invalid_client_metadata"),
        ({"client_id": "dyn_other"}, "invalid_client_metadata"),
        ({"client_id": None}, "invalid_client_metadata"),
        ({"client_secret": "another"}, "invalid_client_metadata"),
    ):
        refused(await registrar.put(client, **members), 400, error)

    kept = await registrar.get(client, client["registration_access_token"])
    assert kept.json()["redirect_uris"] == [CB]
    same = await registrar.put(client, client_secret=client["client_secret"])
    assert same.status_code == 200


async def test_a_secret_goes_with_the_method_that_needed_it(
    registrar: Registrar,
) -> None:
    client = await registrar.register()
    public = await registrar.put(client, token_endpoint_auth_method="none")
    assert "client_secret" not in public.json()
    rows = registrar.stores.run(
        "SELECT 1 FROM auth.client_secrets WHERE client_id = %s", client["client_id"]
    )
    assert rows == []

    back = await registrar.put(public.json())

    assert len(back.json()["client_secret"]) == 43
    assert back.json()["client_secret"] != client["client_secret"]
