"""Settings, frozen and read once; refuses to start insecure."""

import re
from datetime import timedelta
from email.utils import parseaddr
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, SecretStr

from auth_service.flows.issue import Lifetimes
from auth_service.flows.register import Mode
from auth_service.protocol.client import GRANT_TYPES, TLS_AUTH_METHODS
from auth_service.protocol.registered_members import FOR_EVERYBODY
from auth_service.web.client_certificates import read_networks
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
    #: Seals the signing keys and makes pairwise subjects; at least 32 random bytes.
    #: Lose it and both are lost.
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
    #: Sign-ins begun in a minute by browsers without a session, or by devices, per
    #: address.
    sign_ins_per_minute: PositiveInt = 60
    #: People registered in an hour, per address.
    registrations_per_hour: PositiveInt = 10

    #: Whether programs may register themselves (RFC 7591): `off`, with an initial
    #: access `token`, or `open` to everybody, within limits.
    registration: Mode = "off"
    #: Whether who registers itself may ask for client_credentials.
    registration_client_credentials: bool = False
    #: Clients registered in an hour, per address, where registration is open.
    client_registrations_per_hour: PositiveInt = 10
    #: Seconds after which a client that registered itself and was never used dies.
    unused_client_lifetime: PositiveInt = 7 * 24 * 3600
    #: Whether a client_id may be the address of its metadata document.
    client_id_metadata_documents: bool = False
    #: Ports of this computer that apps' own URLs may lead to, comma-separated, with
    #: http as well; in development only.
    outbound_loopback_ports: str = ""

    #: The header in which a trusted proxy passes client certificates on, as RFC 9440
    #: writes them; empty turns mutual TLS off.
    mtls_certificate_header: str = ""
    #: Which certificates the proxy lets pass: `verified`, of authorities that it was
    #: told to believe, or `any`.
    mtls_certificates: Literal["verified", "any"] = "verified"
    #: Where clients with certificates call, if not at the issuer's own address.
    mtls_base_url: str = ""
    #: Whether DPoP proofs need a nonce of ours, so that none is made ahead.
    dpop_nonce_required: bool = False

    #: The mail server: smtp://user:password@host:587 with STARTTLS, or smtps://;
    #: without one no letters are sent, and in development they go to /dev/mail.
    smtp_url: SecretStr | None = None
    #: Whom letters are from: `Name <address>`, or an address alone.
    mail_from: str = ""

    #: Seconds that a pushed authorization request waits for its browser.
    pushed_authorization_request_lifetime: int = Field(default=60, ge=5, le=600)
    #: Whether every client has to push its requests.
    require_pushed_authorization_requests: bool = False

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
        if not re.fullmatch(
            r"([0-9]{1,5}(,[0-9]{1,5})*)?", self.outbound_loopback_ports
        ):
            found.append("OUTBOUND_LOOPBACK_PORTS: must be numbers with commas between")
        found += self._mtls_problems()
        found += self._mail_problems()
        if self.environment != "development":
            if self.outbound_loopback_ports:
                found.append("OUTBOUND_LOOPBACK_PORTS: is for development only")
            if self.log_level == "debug":
                found.append("LOG_LEVEL: debug is for development only")
            if self.key_announcement < 2 * self.jwks_max_age:
                found.append("KEY_ANNOUNCEMENT: must be at least twice JWKS_MAX_AGE")
        return found

    def _mail_problems(self) -> list[str]:
        found = []
        if self.smtp_url is not None:
            try:
                parts = urlsplit(self.smtp_url.get_secret_value())
                known = parts.scheme in {"smtp", "smtps"} and parts.port != 0
                usable = known and bool(parts.hostname) and parts.path in {"", "/"}
            except ValueError:
                usable = False
            if not usable:
                found.append("SMTP_URL: must be smtp:// or smtps://host[:port]")
            if not self.mail_from:
                found.append("MAIL_FROM: SMTP_URL needs it")
        if self.mail_from and not _is_mailbox(self.mail_from):
            found.append("MAIL_FROM: must be an address, or Name <address>")
        return found

    def _mtls_problems(self) -> list[str]:
        found = []
        if self.mtls_certificate_header:
            if not re.fullmatch(r"[A-Za-z0-9-]+", self.mtls_certificate_header):
                found.append("MTLS_CERTIFICATE_HEADER: must be the name of a header")
            if self.trusted_proxies.strip() in {"", "*"}:
                found.append("MTLS_CERTIFICATE_HEADER: needs TRUSTED_PROXIES, not *")
        elif self.mtls_base_url:
            found.append("MTLS_BASE_URL: needs MTLS_CERTIFICATE_HEADER")
        if self.mtls_base_url:
            found += url_problems(
                "MTLS_BASE_URL", self.mtls_base_url, environment=self.environment
            )
        if self.trusted_proxies.strip() != "*":
            try:
                read_networks(self.trusted_proxies)
            except ValueError:
                found.append("TRUSTED_PROXIES: must be addresses or networks")
        return found

    @property
    def tls_auth_methods(self) -> tuple[str, ...]:
        """How clients authenticate by certificate; in `any` a name is anybody's."""
        if not self.mtls_certificate_header:
            return ()
        by_name, by_key = TLS_AUTH_METHODS
        verified = self.mtls_certificates == "verified"
        return (by_name, by_key) if verified else (by_key,)

    @property
    def sender(self) -> str:
        """Whom letters are from."""
        return self.mail_from or "Valetkey <valetkey@localhost>"

    @property
    def has_inbox(self) -> bool:
        """Whether letters go to a page of ours, for want of a mail server."""
        return self.environment == "development" and self.smtp_url is None

    @property
    def hosts(self) -> frozenset[str]:
        """The names that this server answers to."""
        urls = (self.issuer_url, self.mtls_base_url)
        own = {urlsplit(url).hostname or "" for url in urls} - {""}
        more = {name.strip() for name in self.allowed_hosts.split(",")} - {""}
        loopback = LOOPBACK if self.environment == "development" else frozenset()
        return frozenset(own | more | loopback)

    @property
    def loopback_ports(self) -> frozenset[int]:
        """Where on this computer we may call what others named."""
        return frozenset(int(p) for p in self.outbound_loopback_ports.split(",") if p)

    @property
    def self_service_grants(self) -> frozenset[str]:
        """What a program may register itself for."""
        service = {"client_credentials"} if self.registration_client_credentials else ()
        return (FOR_EVERYBODY & set(GRANT_TYPES)).union(service)

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


def _is_mailbox(text: str) -> bool:
    """Whether it is one address, with or without a name (RFC 5322 section 3.4)."""
    _, address = parseaddr(text)
    plain = address.isascii() and text.isprintable() and text.count("@") == 1
    local, _, domain = address.partition("@")
    return plain and bool(local) and bool(domain) and " " not in address
