"""Settings: every problem at once, and no value in any of them."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from auth_service.settings import Settings
from tests.builders.auth import environment
from valetkey.settings import UnusableSettings, secret_problems, url_problems

GOOD = environment("postgresql://u:p@db/valetkey", "redis://:p@cache/0")


def problems(**changes: str | None) -> list[str]:
    """What is wrong with the environment after these changes; None: not set."""
    changed = {**GOOD, **changes}
    try:
        Settings.load({n: v for n, v in changed.items() if v is not None})
    except UnusableSettings as unusable:
        return unusable.problems
    return []


def test_good_settings_load() -> None:
    settings = Settings.load(GOOD)
    assert settings.environment == "production"
    assert settings.hosts == {"id.example"}
    assert "p@db" not in repr(settings)


def test_F30_every_problem_is_named_at_once() -> None:
    found = problems(
        ISSUER_URL="http://id.example",
        DATABASE_URL="mysql://u:canary@db/x",
        REDIS_URL=None,
        KEY_ENCRYPTION_SECRET="short-canary",
        PORT="canary",
    )
    named = {problem.partition(":")[0] for problem in found}
    assert named == {
        "ISSUER_URL",
        "DATABASE_URL",
        "REDIS_URL",
        "KEY_ENCRYPTION_SECRET",
        "PORT",
    }
    assert "canary" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENVIRONMENT", "staging"),
        ("LOG_LEVEL", "debug"),
        ("LOG_LEVEL", "verbose"),
        ("ACCESS_TOKEN_LIFETIME", "0"),
        ("ACCESS_TOKEN_LIFETIME", "-1"),
        ("AUTHORIZATION_CODE_LIFETIME", "601"),
        ("AUTHORIZATION_CODE_LIFETIME", "0"),
        ("KEY_ANNOUNCEMENT", "300"),
        ("AUTH_FAILURES_PER_MINUTE", "0"),
        ("KEY_ROTATION", "-1"),
        ("REDIS_URL", "http://cache"),
        ("WORKERS", "many"),
    ],
)
def test_F30_what_is_unsafe_or_malformed_is_refused(name: str, value: str) -> None:
    assert [p.partition(":")[0] for p in problems(**{name: value})] == [name]


HEADER, PROXY = {"MTLS_CERTIFICATE_HEADER": "Client-Cert"}, "192.0.2.0/29, ::1"


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("MTLS_CERTIFICATE_HEADER", HEADER),
        ("MTLS_CERTIFICATE_HEADER", {**HEADER, "TRUSTED_PROXIES": "*"}),
        ("MTLS_CERTIFICATE_HEADER", {"MTLS_CERTIFICATE_HEADER": "a b"}),
        ("MTLS_CERTIFICATES", {"MTLS_CERTIFICATES": "some"}),
        ("MTLS_BASE_URL", {"MTLS_BASE_URL": "https://mtls.id.example"}),
        ("MTLS_BASE_URL", {**HEADER, "MTLS_BASE_URL": "http://mtls.id.example"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "proxy.example"}),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": "192.0.2.1/29"}),
    ],
)
def test_certificates_come_from_a_proxy_that_is_known(
    name: str, changes: dict[str, str]
) -> None:
    if changes.keys() & {"MTLS_BASE_URL"} and HEADER.items() <= changes.items():
        changes = {**changes, "TRUSTED_PROXIES": PROXY}
    assert name in {p.partition(":")[0] for p in problems(**changes)}


def test_with_a_proxy_that_is_known_certificates_count() -> None:
    good = {**GOOD, **HEADER, "TRUSTED_PROXIES": PROXY}
    by_name, by_key = "tls_client_auth", "self_signed_tls_client_auth"
    assert Settings.load(GOOD).tls_auth_methods == ()
    assert Settings.load(good).tls_auth_methods == (by_name, by_key)
    any_ = {**good, "MTLS_CERTIFICATES": "any"}
    assert Settings.load(any_).tls_auth_methods == (by_key,)
    elsewhere = {**good, "MTLS_BASE_URL": "https://mtls.id.example"}
    assert Settings.load(elsewhere).hosts == {"id.example", "mtls.id.example"}


def test_development_allows_http_on_loopback_and_debug() -> None:
    for host in ("localhost:9000", "127.0.0.1:9000", "[::1]:9000"):
        assert not problems(
            ENVIRONMENT="development", ISSUER_URL=f"http://{host}", LOG_LEVEL="debug"
        )
    assert problems(ENVIRONMENT="development", ISSUER_URL="http://id.example")
    assert problems(ISSUER_URL="http://localhost:9000")


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("0f8fad5bd9cb469fa165b1c2d3e4f506\n")
    from_file = {**GOOD, "KEY_ENCRYPTION_SECRET_FILE": str(file)}
    del from_file["KEY_ENCRYPTION_SECRET"]

    settings = Settings.load(from_file)

    assert (
        settings.key_encryption_secret.get_secret_value()
        == "0f8fad5bd9cb469fa165b1c2d3e4f506"
    )
    (problem, *_) = problems(KEY_ENCRYPTION_SECRET_FILE=str(file))
    assert problem == (
        "KEY_ENCRYPTION_SECRET: set it or KEY_ENCRYPTION_SECRET_FILE, not both"
    )
    missing = str(tmp_path / "missing")
    (problem, *_) = problems(
        KEY_ENCRYPTION_SECRET=None, KEY_ENCRYPTION_SECRET_FILE=missing
    )
    assert problem == "KEY_ENCRYPTION_SECRET_FILE: the file cannot be read"


@pytest.mark.parametrize(
    "url",
    [
        "id.example",
        "https://",
        "https://id.example/",
        "https://u:p@id.example",
        "https://id.example?x=1",
        "https://id.example#x",
        "ftp://id.example",
        "https://[::1",
        "https://id.example:99999",
    ],
)
def test_a_base_url_is_scheme_host_and_path(url: str) -> None:
    assert url_problems("X", url, environment="production")
    assert not url_problems("X", "https://id.example/base", environment="production")


@pytest.mark.parametrize(
    "secret",
    ["x" * 31, "a" * 40, "change-me-change-me-change-me-1234", "my-secret-" * 4],
)
def test_F30_a_secret_is_long_and_no_example(secret: str) -> None:
    assert secret_problems("X", SecretStr(secret), environment="production")
