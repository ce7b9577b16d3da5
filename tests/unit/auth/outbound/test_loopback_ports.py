"""OUTBOUND_LOOPBACK_PORTS: this computer may be called in development only."""

import pytest

from auth_service.settings import Settings
from tests.builders.auth import environment
from valetkey.settings import UnusableSettings


def load(**changes: str) -> Settings:
    return Settings.load(environment("postgresql://db/x", "redis://r", **changes))


def test_no_port_is_listed_by_default() -> None:
    assert load().loopback_ports == frozenset()


def test_in_development_ports_may_be_listed() -> None:
    settings = load(ENVIRONMENT="development", OUTBOUND_LOOPBACK_PORTS="8000,9003")

    assert settings.loopback_ports == {8000, 9003}


@pytest.mark.parametrize(
    ("environment", "ports"),
    [
        ("production", "8000"),
        ("development", "8000,"),
        ("development", "http://localhost"),
        ("development", "8000, 9003"),
        ("development", "\u0661"),
    ],
)
def test_DC02_ports_are_refused_elsewhere_and_where_they_are_none(
    environment: str, ports: str
) -> None:
    with pytest.raises(UnusableSettings, match="OUTBOUND_LOOPBACK_PORTS"):
        load(ENVIRONMENT=environment, OUTBOUND_LOOPBACK_PORTS=ports)
