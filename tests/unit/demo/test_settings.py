"""What the demo is told."""

from pathlib import Path

import pytest

from demo.settings import DemoSettings, UnusableSetting


def test_nothing_need_be_told() -> None:
    settings = DemoSettings.load({})

    assert settings.issuer == "http://localhost:9000"
    assert settings.resource == "http://localhost:9001"
    assert settings.client_demo == "http://localhost:9002"
    assert settings.folder == Path(".demo").absolute()
    assert settings.database_url is None
    assert settings.redis_url is None


@pytest.mark.parametrize("port", ["0", "65536", "-1", "web", "9000 ", "٩٠"])
def test_a_port_is_a_number_from_1_to_65535(port: str) -> None:
    with pytest.raises(UnusableSetting, match="RESOURCE_PORT"):
        DemoSettings.load({"RESOURCE_PORT": port})


def test_two_services_cannot_share_a_port() -> None:
    with pytest.raises(UnusableSetting, match="must differ"):
        DemoSettings.load({"AUTH_PORT": "9001"})
