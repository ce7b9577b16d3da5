"""Settings, frozen and read once; refuses to start insecure."""

from datetime import timedelta
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr

from auth_service.flows.issue import Lifetimes
from valetkey.settings import (
    LOOPBACK,
    ServiceSettings,
    secret_problems,
    url_problems,
)


class Settings(ServiceSettings):
    """What the authorization server is told; every field is a variable in capitals."""

    #: The one name of this server in every token: https://id.example.com
    issuer_url: str
    #: postgresql://user:password@host:port/database
    database_url: SecretStr
    #: redis://user:password@host:port/0
    redis_url: SecretStr
    #: Seals the signing keys; at least 32 random bytes. Lose it and they are lost.
    key_encryption_secret: SecretStr
    #: The port to listen on.
    port: int = 9000
    #: More names that this server answers to, comma-separated, for calls that do not
    #: come through the issuer's own: a container's name, for example.
    allowed_hosts: str = ""

    #: Seconds that an access token lives.
    access_token_lifetime: PositiveInt = 600
    #: Seconds that an ID token lives.
    id_token_lifetime: PositiveInt = 600
    #: Seconds that an authorization code lives; at most ten minutes.
    authorization_code_lifetime: float = Field(default=60, gt=0, le=600)
    #: Seconds after which an unused refresh token dies.
    refresh_token_idle_lifetime: PositiveInt = 14 * 24 * 3600
    #: Seconds after which a family with offline_access dies, used or not.
    refresh_token_lifetime: PositiveInt = 30 * 24 * 3600
    #: Seconds after which a family without offline_access dies, used or not.
    session_bound_lifetime: PositiveInt = 24 * 3600

    #: Seconds for which others may keep our JWKS.
    jwks_max_age: PositiveInt = 300
    #: Seconds that a new signing key is published before it signs.
    key_announcement: PositiveInt = 24 * 3600
    #: Seconds after which the signing keys are rotated; 0 leaves it to you.
    key_rotation: int = Field(default=30 * 24 * 3600, ge=0)

    #: Wrong client secrets, and wrong grants, in a minute, per client and address.
    auth_failures_per_minute: PositiveInt = 10
    #: Tokens that an API asks about in a minute and that are inactive, per address.
    inactive_tokens_per_minute: PositiveInt = 6000
    #: Sign-ins begun in a minute by browsers without a session, per address.
    sign_ins_per_minute: PositiveInt = 60
    #: People registered in an hour, per address.
    registrations_per_hour: PositiveInt = 10

    #: Database connections of each worker.
    database_pool_size: PositiveInt = 10

    def problems(self) -> list[str]:
        """What is unsafe about otherwise well-formed settings, one line each."""
        found = url_problems(
            "ISSUER_URL", self.issuer_url, environment=self.environment
        )
        found += secret_problems(
            "KEY_ENCRYPTION_SECRET",
            self.key_encryption_secret,
            environment=self.environment,
        )
        for name, url, schemes in (
            ("DATABASE_URL", self.database_url, {"postgresql"}),
            ("REDIS_URL", self.redis_url, {"redis", "rediss", "unix"}),
        ):
            if urlsplit(url.get_secret_value()).scheme not in schemes:
                found.append(f"{name}: must begin with {min(schemes)}://")
        if self.environment != "development":
            if self.log_level == "debug":
                found.append("LOG_LEVEL: debug is for development only")
            if self.key_announcement < 2 * self.jwks_max_age:
                found.append("KEY_ANNOUNCEMENT: must be at least twice JWKS_MAX_AGE")
        return found

    @property
    def hosts(self) -> frozenset[str]:
        """The names that this server answers to."""
        own = {urlsplit(self.issuer_url).hostname or ""}
        more = {name.strip() for name in self.allowed_hosts.split(",")} - {""}
        loopback = LOOPBACK if self.environment == "development" else frozenset()
        return frozenset(own | more | loopback)

    @property
    def lifetimes(self) -> Lifetimes:
        """How long each thing lives."""
        return Lifetimes(
            access_token=timedelta(seconds=self.access_token_lifetime),
            id_token=timedelta(seconds=self.id_token_lifetime),
            refresh_idle=timedelta(seconds=self.refresh_token_idle_lifetime),
            refresh_absolute=timedelta(seconds=self.refresh_token_lifetime),
            session_bound=timedelta(seconds=self.session_bound_lifetime),
        )
