"""`.env.example` lists every setting of every service, and no other."""

import re
from pathlib import Path

import auth_service.settings
import client_demo.settings
import resource_service.settings
from valetkey.settings import ServiceSettings

ROOT = Path(__file__).parents[3]
SERVICES: list[type[ServiceSettings]] = [
    auth_service.settings.Settings,
    resource_service.settings.Settings,
    client_demo.settings.Settings,
]
DEMO = {"AUTH_PORT", "RESOURCE_PORT", "CLIENT_DEMO_PORT", "VALETKEY_DEMO_DIR"}


def _listed(line: str) -> dict[str, str]:
    """Names and values of the lines that look like `line`."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(rf"^{line}([A-Z_]+)=(.*)$", text, re.MULTILINE))


def test_every_setting_is_listed_and_no_other() -> None:
    read = {field.upper() for service in SERVICES for field in service.model_fields}

    assert _listed("#?").keys() == read | DEMO


def test_what_is_commented_out_is_the_default() -> None:
    listed = _listed("#")
    defaults = {
        (field.upper(), _written(about.default))
        for service in SERVICES
        for field, about in service.model_fields.items()
        if field.upper() in listed and field != "port"
    }

    assert defaults == {
        item for item in listed.items() if item[0] not in {*DEMO, "PORT"}
    }


def _written(default: object) -> str:
    """As it stands in the file; nothing for what is not set."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, float):
        return f"{default:g}"
    return "" if default is None else str(default)
