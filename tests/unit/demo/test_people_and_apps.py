"""The demo's people and applications, and the two files that tell of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.folder import DemoFolder, open_folder
from demo.people_and_apps import demo_file, provision_file
from demo.settings import DemoSettings


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[DemoFolder]:
    with open_folder(tmp_path / "demo") as opened:
        yield opened


def _settings(**environ: str) -> DemoSettings:
    return DemoSettings.load(environ)


def test_addresses_and_redirects_follow_the_ports(folder: DemoFolder) -> None:
    settings = _settings(
        AUTH_PORT="19000", RESOURCE_PORT="19001", CLIENT_DEMO_PORT="19002"
    )

    told = demo_file(settings, folder)
    redirects = {
        client["client_id"]: client["redirect_uris"] for client in told["clients"]
    }

    assert told["issuer"] == "http://localhost:19000"
    assert told["resource"] == "http://localhost:19001"
    assert redirects["client-demo"] == ["http://localhost:19002/callback"]
    assert redirects["swagger-ui"] == ["http://localhost:19001/docs/oauth2-redirect"]


def test_there_is_a_client_of_every_kind(folder: DemoFolder) -> None:
    clients = {
        client["client_id"]: client
        for client in demo_file(_settings(), folder)["clients"]
    }

    assert clients["web-app"]["redirect_uris"] == ["http://127.0.0.1:9500/cb"]
    assert clients["web-app"]["token_endpoint_auth_method"] == "client_secret_basic"
    assert clients["native-app"]["token_endpoint_auth_method"] == "none"
    assert clients["native-app"]["client_secret"] is None
    assert clients["service-app"]["grant_types"] == ["client_credentials"]
    assert "password" in clients["password-app"]["grant_types"]
    assert clients["notes-api"]["grant_types"] == []


def test_only_a_first_party_client_may_ask_for_passwords(folder: DemoFolder) -> None:
    clients = provision_file(_settings(), folder)["clients"]

    for client in clients:
        assert client["first_party"] == ("password" in client["grant_types"])


def test_both_files_hold_the_same_secrets(folder: DemoFolder) -> None:
    made = provision_file(_settings(), folder)
    told = demo_file(_settings(), folder)

    def secrets(content: dict) -> list:
        return [
            *(user["password"] for user in content["users"]),
            *(client["client_secret"] for client in content["clients"]),
        ]

    assert secrets(made) == secrets(told)


def test_no_two_secrets_are_alike(folder: DemoFolder) -> None:
    told = demo_file(_settings(), folder)
    drawn = [user["password"] for user in told["users"]]
    drawn += [c["client_secret"] for c in told["clients"] if c["client_secret"]]

    assert len(set(drawn)) == len(drawn)
