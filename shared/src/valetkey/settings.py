"""
Settings from the environment, every problem reported at once.

A service derives a frozen class from `ServiceSettings`, reads it once with
`load()` in its `__main__`, and passes it on. A variable `NAME` may also come from
a file that `NAME_FILE` names, as Docker and Kubernetes mount secrets.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import PrivateAttr, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

Environment = Literal["development", "production"]
Source = Literal["environment", "file", "default"]

#: Hosts that http may be used with, in development only.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class UnusableSettings(Exception):
    """The service must not start; `problems` names every reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """
    A setting as an operator sees it.

    Attributes:
        value: as text; `********` where it is secret and set.

    """

    name: str
    value: str
    source: Source


class ServiceSettings(BaseSettings):
    """What every service of ours is told."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_file=None)

    #: `development` allows http on loopback; anything else must be safe to publish.
    environment: Environment = "production"
    #: The address to listen on.
    host: str = "127.0.0.1"
    #: How many processes answer.
    workers: int = 1
    #: debug, info, warning or error.
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    #: Peers whose X-Forwarded-* headers are believed, comma-separated; none by default
    #: (RFC 9700 section 4.13).
    trusted_proxies: str = ""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load()` hands in: the environment is read in one place."""
        return (init_settings,)

    #: Where each value came from, by field; what is not in it is a default.
    _sources: dict[str, Source] = PrivateAttr(default_factory=dict)

    def described(self) -> list[Described]:
        """Every setting with its source; what is secret is not told."""
        return [
            Described(
                name=field.upper(),
                value=_told(getattr(self, field)),
                source=self._sources.get(field, "default"),
            )
            for field in type(self).model_fields
        ]

    def problems(self) -> list[str]:
        """What is unsafe about otherwise well-formed settings, one line each."""
        return []

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """
        Read the settings from an environment.

        Raises:
            UnusableSettings: with every problem that was found, each beginning
                with the name of its variable. No value is ever part of it.

        """
        environ = os.environ if environ is None else environ
        problems: list[str] = []
        values: dict[str, Any] = {}
        sources: dict[str, Source] = {}
        for field in cls.model_fields:
            name = field.upper()
            given = environ.get(name)
            path = environ.get(f"{name}_FILE")
            if given is not None and path is not None:
                problems.append(f"{name}: set it or {name}_FILE, not both")
            elif path is not None:
                try:
                    values[field] = Path(path).read_text().strip()
                    sources[field] = "file"
                except (OSError, UnicodeError):
                    problems.append(f"{name}_FILE: the file cannot be read")
            elif given:
                values[field] = given
                sources[field] = "environment"
        malformed: set[str] = set()
        try:
            settings = cls(**values)
        except ValidationError as invalid:
            for error in invalid.errors(include_input=False, include_url=False):
                field = str(error["loc"][0]) if error["loc"] else "settings"
                missing = error["type"] == "missing"
                told = "not set" if missing else error["msg"]
                problems.append(f"{field.upper()}: {told}")
                malformed.add(field)
            # The others are looked at all the same: one start, every problem. What
            # has no default is text, and an empty one stands in for a bad one.
            required = [n for n, f in cls.model_fields.items() if f.is_required()]
            good = {n: v for n, v in values.items() if n not in malformed}
            settings = cls(**{**dict.fromkeys(required, ""), **good})
        unsafe = [p for p in settings.problems() if not _is_about(p, malformed)]
        if problems + unsafe:
            raise UnusableSettings(problems + unsafe)
        settings._sources.update(sources)
        return settings


def _told(value: object) -> str:
    if isinstance(value, SecretStr):
        return "********" if value.get_secret_value() else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_about(problem: str, fields: set[str]) -> bool:
    return problem.partition(":")[0].lower() in fields


def url_problems(name: str, url: str, *, environment: Environment) -> list[str]:
    """What is wrong with a public base URL: https, or http on loopback to develop."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        return [f"{name}: not a URL"]
    found = []
    if not host or parts.username or parts.query or parts.fragment:
        found.append(f"{name}: must be scheme://host[:port][/path] and nothing else")
    if url.endswith("/"):
        found.append(f"{name}: must not end with a slash")
    loopback = environment == "development" and host in LOOPBACK
    # TLS (OIDC Core sections 3.1.2, 3.1.3, 5.3, 16.17; OIDC Discovery section 7.1).
    # OpenID Connect Registration sections 9 and 9.3, RP-Initiated Logout section 2.1,
    # RFC 7591 section 5, RFC 7592 section 5, RFC 8693 section 6 ask for the same, and
    # FAPI 2.0 sections 5.2.1 and 5.4.2.
    # So do RFC 6749 sections 2.3.1, 3.1, 3.2, 10.3, 10.4, 10.8, 10.9 and 10.11, RFC
    # 6750 sections 5.2 and 5.3, RFC 7009 section 2, RFC 7662 sections 2 and 4, RFC
    # 8414 sections 3 and 6.1, RFC 9207 section 2, RFC 9728 section 7.1, RFC 9126
    # section 2, RFC 9449 section 2, and RFC 9701 section 8.2.
    if parts.scheme != "https" and not (parts.scheme == "http" and loopback):
        found.append(f"{name}: must be https (http on loopback in development only)")
    return found


#: What examples write in place of a secret.
_EXAMPLES = ("change", "example", "secret", "password", "insecure", "todo", "xxx")


def secret_problems(
    name: str, secret: SecretStr, *, environment: Environment
) -> list[str]:
    """What is wrong with a secret: under 32 bytes, or copied from an example."""
    text = secret.get_secret_value()
    if len(text.encode()) < 32:
        return [f"{name}: must have at least 32 bytes"]
    weak = len(set(text)) < 8 or any(word in text.lower() for word in _EXAMPLES)
    if environment != "development" and weak:
        return [f"{name}: is an example; draw a random one"]
    return []
