"""Each container's folder holds what it needs, for it alone, the same every time."""

import json
import os
from pathlib import Path

import pytest

from demo.folder import DemoFolder, open_folder
from demo.settings import DemoSettings
from deploy.write_secrets import SERVICE, demo_files, stack_files, write

ADDRESSES = {"AUTH_PORT": "9100", "RESOURCE_PORT": "9101", "CLIENT_DEMO_PORT": "9102"}


def texts(kept: DemoFolder) -> dict[str, str]:
    demo = demo_files(kept, DemoSettings.load(ADDRESSES))
    return {name: text for name, _, text in [*stack_files(kept), *demo]}


def test_what_was_drawn_once_stays(tmp_path: Path) -> None:
    with open_folder(tmp_path / "kept") as kept:
        first = texts(kept)
    with open_folder(tmp_path / "kept") as kept:
        assert texts(kept) == first
    with open_folder(tmp_path / "another") as kept:
        changed = {name for name, text in texts(kept).items() if text != first[name]}

    assert changed == set(first)


def test_a_redis_user_reaches_the_keys_of_its_service_only(tmp_path: Path) -> None:
    with open_folder(tmp_path / "kept") as kept:
        files = texts(kept)
    users = dict(
        line.removeprefix("user ").split(" ", 1)
        for line in files["redis/users.acl"].splitlines()
    )

    assert users["default"] == "reset off"
    assert users["health"] == "reset on nopass +ping"
    for name, prefix in (("auth", "vk:auth:*"), ("client-demo", "vk:demo:*")):
        rules = users[name].split()
        assert [rule for rule in rules if rule.startswith("~")] == [f"~{prefix}"]
        assert {"-@admin", "-@dangerous"} < set(rules)
        password = next(rule[1:] for rule in rules if rule.startswith(">"))
        assert f"redis://{name}:{password}@redis:6379/0" == files[f"{name}/redis_url"]


def test_a_service_has_a_database_role_of_its_own(tmp_path: Path) -> None:
    with open_folder(tmp_path / "kept") as kept:
        files = texts(kept)
    urls = {
        role: files[f"{container}/database_url"]
        for role, container in (
            ("migrations", "migrate"),
            ("auth", "auth"),
            ("notes", "resource"),
        )
    }

    for role, url in urls.items():
        password = url.removeprefix(f"postgresql://{role}:").partition("@")[0]
        statement = f"CREATE ROLE {role} LOGIN PASSWORD '{password}';"
        assert statement in files["postgres/roles.sql"]
    assert "$" not in files["postgres/roles.sql"]
    assert "SUPERUSER" not in files["postgres/roles.sql"]


def test_the_demo_app_is_registered_with_the_secret_it_gets(tmp_path: Path) -> None:
    with open_folder(tmp_path / "kept") as kept:
        files = texts(kept)
    provision = json.loads(files["migrate/provision.json"])
    clients = {each["client_id"]: each for each in provision["clients"]}

    app = clients["client-demo"]
    assert app["client_secret"] == files["client-demo/client_secret"]
    assert "backchannel_logout_uri" not in app
    for file, client_id in (
        ("client-demo/service_client_secret", "service-app"),
        ("resource/introspection_client_secret", "notes-api"),
    ):
        assert clients[client_id]["client_secret"] == files[file]
    assert app["redirect_uris"] == ["http://localhost:9102/callback"]
    assert provision["resources"][0]["identifier"] == "http://localhost:9101"
    for person in provision["users"]:
        line = f"{person['username']}  {person['password']}"
        assert line in files["migrate/welcome.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_file_is_for_its_owner_only(tmp_path: Path) -> None:
    write(tmp_path, iter([("auth/secret", SERVICE, "one")]))
    write(tmp_path, iter([("auth/secret", SERVICE, "two")]))

    found = (tmp_path / "auth/secret").stat()

    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (
        SERVICE,
        SERVICE,
        0o400,
    )
    assert (tmp_path / "auth/secret").read_text() == "two"
    assert [each.name for each in (tmp_path / "auth").iterdir()] == ["secret"]
