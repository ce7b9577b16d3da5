"""
Write each container's secrets into a folder of its own, readable by it alone.

    python -m deploy.write_secrets FOLDER           what every stack needs
    python -m deploy.write_secrets FOLDER --demo    people and applications as well

Runs as root before anything else starts, with the standard library only. FOLDER/kept
remembers what was drawn, so that running it again changes nothing; the folders of
the containers are made from that, and from AUTH_PORT and the like for the demo.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from string import Template
from typing import Any

from demo.folder import DemoFolder, open_folder
from demo.people_and_apps import clients, people, provision_file
from demo.settings import DemoSettings

#: The users of the images postgres and redis, and of ours (deploy/Dockerfile).
POSTGRES = REDIS = 999
SERVICE = 10001

#: Where a file belongs, whose it is, and what it says.
File = tuple[str, int, str]


def stack_files(kept: DemoFolder) -> Iterator[File]:
    """The servers' accounts, and the key that signing keys are encrypted under."""
    database = {
        role: kept.secret(f"postgres {role}")
        for role in ("migrations", "auth", "notes")
    }
    redis = {"auth": kept.secret("redis auth"), "demo": kept.secret("redis demo")}

    def database_url(role: str) -> str:
        return f"postgresql://{role}:{database[role]}@postgres:5432/valetkey"

    def redis_url(user: str, password: str) -> str:
        return f"redis://{user}:{password}@redis:6379/0"

    superuser = kept.secret("postgres superuser")
    yield "postgres/superuser_password", POSTGRES, superuser
    yield "postgres/roles.sql", POSTGRES, _filled("postgres/roles.sql", database)
    acl = _filled("redis/users.acl", {**redis, "client_demo": redis["demo"]})
    yield "redis/users.acl", REDIS, _without_comments(acl)
    yield "migrate/database_url", SERVICE, database_url("migrations")
    yield "auth/database_url", SERVICE, database_url("auth")
    yield "auth/redis_url", SERVICE, redis_url("auth", redis["auth"])
    yield "auth/key_encryption_secret", SERVICE, kept.secret("key encryption")
    yield "resource/database_url", SERVICE, database_url("notes")
    yield "resource/dpop_nonce_secret", SERVICE, kept.secret("DPoP nonces")
    yield "client-demo/redis_url", SERVICE, redis_url("client-demo", redis["demo"])


def demo_files(kept: DemoFolder, settings: DemoSettings) -> Iterator[File]:
    """Who may sign in and where, for `valetkey provision`; the apps' own secrets."""
    provision = _without_calls(provision_file(settings, kept))
    yield "migrate/provision.json", SERVICE, json.dumps(provision, indent=2)
    yield "migrate/welcome.txt", SERVICE, _welcome(kept, settings)
    secret = {
        each["client_id"]: each["client_secret"] for each in clients(settings, kept)
    }
    yield "client-demo/client_secret", SERVICE, secret["client-demo"]
    yield "client-demo/service_client_secret", SERVICE, secret["service-app"]
    yield "resource/introspection_client_secret", SERVICE, secret["notes-api"]


def write(folder: Path, files: Iterator[File]) -> None:
    """Replace the files; whoever reads one meanwhile sees the old or the new."""
    for name, owner, text in files:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_name(f".{path.name}")
        unfinished.unlink(missing_ok=True)
        opened = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(opened, "w") as file:
            file.write(text)
            os.fchown(opened, owner, owner)
        unfinished.replace(path)


def main(arguments: list[str]) -> int:
    """Do it; the exit status of the process."""
    folder = Path(arguments[0])
    with open_folder(folder / "kept") as kept:
        write(folder, stack_files(kept))
        if arguments[1:] == ["--demo"]:
            write(folder, demo_files(kept, DemoSettings.load()))
    return 0


def _without_calls(provision: dict[str, Any]) -> dict[str, Any]:
    """The same, with no address that the auth container would call and not reach."""
    apps = [
        {name: app[name] for name in app if not name.startswith("backchannel_logout_")}
        for app in provision["clients"]
    ]
    return {**provision, "clients": apps}


def _welcome(kept: DemoFolder, settings: DemoSettings) -> str:
    accounts = [f"{each['username']}  {each['password']}" for each in people(kept)]
    return (
        f"\nValetkey starts. Open {settings.client_demo} and sign in as\n\n    "
        + "\n    ".join(accounts)
        + f"\n\nThe accounts are at {settings.issuer}/account, "
        f"the API is at {settings.resource}/docs\n"
    )


def _filled(template: str, values: dict[str, str]) -> str:
    text = (Path(__file__).parent / template).read_text()
    return Template(text).substitute(values)


def _without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith("#"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
