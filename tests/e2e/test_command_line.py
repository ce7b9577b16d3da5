"""`valetkey` as an operator uses it: a process of its own, on real stores."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.builders import auth as builder
from tests.e2e.authorization_server import AuthorizationServer, running
from tests.e2e.stores import Stores
from tests.servers import numbered

_PROGRAM = str(Path(sys.executable).with_name("valetkey"))


class CommandLine:
    """A shell whose environment is the server's."""

    def __init__(self, auth: AuthorizationServer) -> None:
        settings = auth.settings
        self.environment = builder.environment(
            settings.database_url.get_secret_value(),
            settings.redis_url.get_secret_value(),
        )

    async def run(
        self, *arguments: str, given: str = "", **changes: str
    ) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(
            subprocess.run,
            [_PROGRAM, *arguments],
            input=given,
            capture_output=True,
            text=True,
            timeout=60,
            env={"PATH": os.environ["PATH"], **self.environment, **changes},
        )

    async def json(self, *arguments: str, given: str = "") -> Any:
        done = await self.run(*arguments, "--json", given=given)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def valetkey(auth: AuthorizationServer) -> CommandLine:
    return CommandLine(auth)


async def test_settings_are_dumped_without_their_secrets(
    valetkey: CommandLine, tmp_path: Path
) -> None:
    path = tmp_path / "secret"
    path.write_text(valetkey.environment["KEY_ENCRYPTION_SECRET"])
    from_file = CommandLine.__new__(CommandLine)
    from_file.environment = {
        **valetkey.environment,
        "KEY_ENCRYPTION_SECRET_FILE": str(path),
    }
    del from_file.environment["KEY_ENCRYPTION_SECRET"]

    told = {s["name"]: s for s in await from_file.json("config", "dump")}
    text = (await from_file.run("config", "dump")).stdout

    secret = told["KEY_ENCRYPTION_SECRET"]
    assert (secret["value"], secret["source"]) == ("********", "file")
    assert told["ISSUER_URL"]["source"] == "environment"
    assert told["WORKERS"]["source"] == "default"
    assert path.read_text() not in text
    assert valetkey.environment["DATABASE_URL"] not in text


async def test_every_problem_of_the_settings_is_an_error(
    valetkey: CommandLine,
) -> None:
    done = await valetkey.run("config", "check", ISSUER_URL="http://x", PORT="many")

    assert done.returncode == 1
    assert done.stdout == ""
    assert {line.partition(":")[0] for line in done.stderr.splitlines()} == {
        "ISSUER_URL",
        "PORT",
    }


async def test_the_doctor_says_what_should_be_seen_to(valetkey: CommandLine) -> None:
    done = await valetkey.run("doctor", "--json")

    states = {each["name"]: each["state"] for each in json.loads(done.stdout)}
    assert states.keys() == {
        *("database", "redis", "keys", "issuer", "clock", "mail", "administrator")
    }
    assert "problem" not in states.values()
    assert states["mail"] == "warning"
    assert done.returncode == 1


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"}, "database"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, "redis"),
        ({"KEY_ENCRYPTION_SECRET": "f0f0d5bd9cb469fa165b1c2d3e4f5060"}, "keys"),
    ],
)
async def test_the_doctor_says_why_the_server_cannot_work(
    valetkey: CommandLine, changes: dict[str, str], name: str
) -> None:
    done = await valetkey.run("doctor", "--json", **changes)

    problems = {f["name"] for f in json.loads(done.stdout) if f["state"] == "problem"}
    assert name in problems
    assert done.returncode == 2


async def test_a_person_is_made_and_put_in_charge(
    valetkey: CommandLine, auth: AuthorizationServer, stores: Stores
) -> None:
    password = "a very long and odd password"
    made = await valetkey.json(
        *("user", "create", "operator", "operator@people.example"),
        *("--administrator", "--password-file", "-"),
        given=f"{password}\n",
    )
    browser = auth.browser()
    page = await browser.get(f"{auth.issuer}/login")
    page = await browser.send(page, "/login", identifier="operator", password=password)
    there = await browser.get(f"{auth.issuer}/admin/people")

    assert made["reset_link"] is None
    assert there.response.status_code == 200
    events = stores.run(
        "SELECT event, detail ->> 'by' FROM auth.audit_log WHERE subject = %s"
        " AND event LIKE 'person.%%' ORDER BY id",
        made["subject"],
    )
    assert [event for event, _ in events] == [
        "person.created",
        "person.made_administrator",
    ]
    assert all("@" in by for _, by in events)


async def test_without_a_password_its_owner_chooses_one(
    valetkey: CommandLine, auth: AuthorizationServer
) -> None:
    made = await valetkey.json("user", "create", "chooser", "chooser@people.example")
    again = await valetkey.json("user", "reset", "chooser@people.example")
    browser = auth.browser()

    first = await browser.get(made["reset_link"])
    page = await browser.get(again["reset_link"])
    page = await browser.send(
        page, "/reset/new", new_password="seven odd elephants in a row"
    )

    # The second link made the first one worthless: the password is another.
    assert first.response.status_code == 400
    assert page.response.status_code == 200


async def test_a_person_is_shut_out_and_let_in(
    valetkey: CommandLine, auth: AuthorizationServer
) -> None:
    await valetkey.json("user", "create", "shut", "shut@people.example")

    out = await valetkey.json("user", "disable", "shut")
    back = await valetkey.json("user", "enable", "shut@people.example")
    nobody = await valetkey.run("user", "disable", "no-such-person")

    assert (out["disabled"], back["disabled"]) == (True, False)
    assert nobody.returncode == 1
    assert nobody.stdout == ""
    assert nobody.stderr


async def test_an_app_of_the_operators_calls_the_api(
    valetkey: CommandLine, auth: AuthorizationServer
) -> None:
    made = await valetkey.json(
        *("client", "create", "Night shift", "--kind", "service"),
        *("--scope", "admin:keys"),
    )
    second = await valetkey.json("client", "rotate-secret", made["client_id"])
    third = await valetkey.run("client", "rotate-secret", made["client_id"])
    answers = []
    for secret in (made["client_secret"], second["client_secret"]):
        answer = await auth.http().post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(made["client_id"], secret),
        )
        bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
        answers.append(await auth.http().get("/api/admin/keys", headers=bearer))
    listed = await valetkey.json("client", "list", "--search", "Night")
    text = (await valetkey.run("client", "list", "--json")).stdout

    assert [answer.status_code for answer in answers] == [200, 200]
    assert third.returncode == 1
    assert [each["client_id"] for each in listed] == [made["client_id"]]
    assert made["client_secret"] not in text
    ended = await valetkey.json(
        "client", "rotate-secret", made["client_id"], "--end-others"
    )
    old = await _authenticate(auth, made["client_id"], second["client_secret"])
    new = await _authenticate(auth, made["client_id"], ended["client_secret"])
    assert (old.status_code, new.status_code) == (401, 200)


async def _authenticate(
    auth: AuthorizationServer, client_id: str, secret: str
) -> httpx.Response:
    return await auth.http().post(
        "/oauth/token",
        data={"grant_type": "client_credentials"},
        auth=(client_id, secret),
    )


async def test_a_token_is_decoded_and_introspected(
    valetkey: CommandLine, auth: AuthorizationServer, tmp_path: Path
) -> None:
    tokens = await auth.tokens(scope="openid notes:read offline_access")
    path = tmp_path / "token"
    path.write_text(tokens["access_token"])

    decoded = await valetkey.json("token", "decode", given=tokens["access_token"])
    access = await valetkey.json("token", "introspect", "--file", str(path))
    refresh = await valetkey.json(
        "token", "introspect", given=f"{tokens['refresh_token']}\n"
    )
    nonsense = await valetkey.json("token", "introspect", given="a.b.c")
    broken = await valetkey.run("token", "decode", given="a.b.c")
    argument = await valetkey.run("token", "decode", tokens["access_token"])

    assert decoded["header"]["typ"] == "at+jwt"
    assert not decoded["verified"]
    assert access["active"]
    assert access["username"] == "alice"
    assert refresh["active"]
    assert nonsense == {"active": False}
    assert broken.returncode == 1
    # A secret in an argument is one that every process of the machine can read.
    assert argument.returncode == 2


async def test_keys_are_listed_and_one_that_is_needed_stays(
    valetkey: CommandLine,
) -> None:
    keys = await valetkey.json("keys", "list")
    current = next(key for key in keys if key["state"] == "current")

    refused = await valetkey.run("keys", "remove", current["kid"])

    assert {key["alg"] for key in keys} == {"ES256", "RS256", "PS256", "EdDSA"}
    assert refused.returncode == 1
    assert "rotate" in refused.stderr.lower()


async def test_a_key_whose_name_begins_with_a_hyphen_is_no_option(
    valetkey: CommandLine,
) -> None:
    refused = await valetkey.run("keys", "remove", "-Ss4M9zrj3ueqsCDt")

    assert refused.returncode == 1
    assert "option" not in refused.stderr.lower()


async def test_a_stolen_key_is_rotated_and_removed(
    new_database: Callable[..., str], redis_url: str
) -> None:
    """On a server of its own: other tests' tokens are signed by the other keys."""
    async with running(new_database(), numbered(redis_url, 8)) as auth:
        valetkey = CommandLine(auth)

        async def es256() -> dict[str, str]:
            keys = await valetkey.json("keys", "list")
            return {k["state"]: k["kid"] for k in keys if k["alg"] == "ES256"}

        before = await es256()
        await valetkey.json("keys", "rotate", "--now")
        between = await es256()
        removed = await valetkey.json("keys", "remove", before["current"])
        after = await es256()

    assert between["current"] == before["next"]
    assert between["retired"] == before["current"]
    assert removed == {"removed": before["current"]}
    assert after["current"] == before["next"]
    assert "retired" not in after


async def test_there_is_no_colour_where_none_is_wanted(valetkey: CommandLine) -> None:
    done = await valetkey.run("--help", NO_COLOR="1", FORCE_COLOR="1")

    assert done.returncode == 0
    assert "\x1b[3" not in done.stdout


@pytest.mark.parametrize(
    "command",
    [
        "migrate",
        "provision",
        "doctor",
        "config check",
        "config dump",
        "keys list",
        "keys rotate",
        "keys remove",
        "client create",
        "client list",
        "client rotate-secret",
        "user create",
        "user disable",
        "user enable",
        "user reset",
        "user make-administrator",
        "token decode",
        "token introspect",
        "registration-tokens create",
    ],
)
async def test_every_command_speaks_json(valetkey: CommandLine, command: str) -> None:
    done = await valetkey.run(*command.split(), "--help", NO_COLOR="1")

    assert "--json" in done.stdout
