"""The resource service's settings."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr

from valetkey.settings import ServiceSettings, secret_problems, url_problems


class Settings(ServiceSettings):
    """What the environment tells this service; README.md has the list."""

    #: The port to listen on.
    port: int = Field(default=9001, ge=0, le=65535)
    #: This API's public URL, which is also the audience of its tokens.
    resource_url: str
    #: The authorization server whose tokens are accepted.
    issuer_url: str
    #: Where this machine reaches the authorization server, if not at its issuer.
    backchannel_base_url: str | None = None
    #: postgresql://user:password@host:port/database
    database_url: SecretStr
    #: More names that requests may come under, comma-separated.
    allowed_hosts: str = ""
    #: What the nonces for DPoP proofs are made with; without it none are demanded.
    dpop_nonce_secret: SecretStr | None = None
    #: This API's own client, which asks whether a token was revoked before everything
    #: is deleted; without it, nobody is asked.
    introspection_client_id: str | None = None
    #: Its secret.
    introspection_client_secret: SecretStr | None = None
    #: The client behind the documentation page's Authorize button.
    swagger_client_id: str | None = None
    #: Whether /docs and /openapi.json are there; by default in development only.
    docs: bool | None = None

    @property
    def has_docs(self) -> bool:
        """Whether the documentation page is served."""
        return self.environment == "development" if self.docs is None else self.docs

    @property
    def hosts(self) -> frozenset[str]:
        """The names that this service answers to."""
        own = urlsplit(self.resource_url).hostname or ""
        more = (name.strip() for name in self.allowed_hosts.split(","))
        return frozenset({own, *more}) - {""}

    def problems(self) -> list[str]:
        """See `ServiceSettings.problems`."""
        found = []
        for name in ("resource_url", "issuer_url"):
            url = getattr(self, name)
            found += url_problems(name.upper(), url, environment=self.environment)
        if not _is_base_url(self.backchannel_base_url):
            found.append("BACKCHANNEL_BASE_URL: must be scheme://host[:port]")
        scheme = self.database_url.get_secret_value().partition("://")[0]
        if scheme not in {"postgresql", "postgres"}:
            found.append("DATABASE_URL: must begin with postgresql://")
        return found + self._secret_problems()

    def _secret_problems(self) -> list[str]:
        found = []
        if self.dpop_nonce_secret is not None:
            found += secret_problems(
                "DPOP_NONCE_SECRET",
                self.dpop_nonce_secret,
                environment=self.environment,
            )
        has_id = self.introspection_client_id is not None
        if has_id != (self.introspection_client_secret is not None):
            found.append(
                "INTROSPECTION_CLIENT_SECRET: set it with INTROSPECTION_CLIENT_ID"
            )
        return found


def _is_base_url(url: str | None) -> bool:
    """Whether it is absent, or an address without path; http is for private nets."""
    if url is None:
        return True
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    bare = f"{parts.scheme}://{parts.netloc}" == url and parts.username is None
    return bare and parts.scheme in {"http", "https"} and bool(parts.hostname)
