"""What the resource service refuses to start with (F30)."""

import pytest

from resource_service.settings import Settings
from valetkey.settings import UnusableSettings

GOOD = {
    "RESOURCE_URL": "https://api.example",
    "ISSUER_URL": "https://id.example",
    "DATABASE_URL": "postgresql://notes:secret@db/notes",
}


def test_three_settings_are_enough() -> None:
    settings = Settings.load(GOOD)

    assert settings.port == 9001
    assert settings.hosts == {"api.example"}
    assert not settings.has_docs
    assert "notes:secret" not in repr(settings)


def test_hosts_may_be_added() -> None:
    settings = Settings.load({**GOOD, "ALLOWED_HOSTS": "resource, 127.0.0.1,"})

    assert settings.hosts == {"api.example", "resource", "127.0.0.1"}


@pytest.mark.parametrize(
    ("environment", "docs", "shown"),
    [
        ("development", None, True),
        ("development", "false", False),
        ("production", None, False),
        ("production", "true", True),
    ],
)
def test_the_documentation_page_is_for_development(
    environment: str, docs: str | None, *, shown: bool
) -> None:
    told = {} if docs is None else {"DOCS": docs}

    settings = Settings.load({**GOOD, "ENVIRONMENT": environment, **told})

    assert settings.has_docs is shown


def test_every_problem_is_told_at_once_and_no_value() -> None:
    with pytest.raises(UnusableSettings) as refusal:
        Settings.load(
            {
                "RESOURCE_URL": "http://canary.example",
                "ISSUER_URL": "https://canary.example/",
                "BACKCHANNEL_BASE_URL": "http://canary:9000/path",
                "DATABASE_URL": "sqlite:///canary",
            }
        )

    names = {problem.partition(":")[0] for problem in refusal.value.problems}
    assert names == {
        "RESOURCE_URL",
        "ISSUER_URL",
        "BACKCHANNEL_BASE_URL",
        "DATABASE_URL",
    }
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"DPOP_NONCE_SECRET": "canary"}, "DPOP_NONCE_SECRET: must have"),
        ({"INTROSPECTION_CLIENT_ID": "canary"}, "INTROSPECTION_CLIENT_SECRET: set it"),
        ({"INTROSPECTION_CLIENT_SECRET": "canary"}, "INTROSPECTION_CLIENT_SECRET"),
    ],
)
def test_a_secret_is_strong_and_not_alone(given: dict[str, str], problem: str) -> None:
    with pytest.raises(UnusableSettings, match=problem) as refusal:
        Settings.load({**GOOD, **given})

    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("missing", GOOD)
def test_what_is_needed_is_named(missing: str) -> None:
    given = {name: value for name, value in GOOD.items() if name != missing}

    with pytest.raises(UnusableSettings, match=f"{missing}: not set"):
        Settings.load(given)
