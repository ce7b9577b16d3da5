"""What this application is told, read once at start."""

from urllib.parse import urlsplit

from pydantic import SecretStr

from client_demo.oauth.attempt import Registration
from client_demo.oauth.client_authentication import Credentials
from valetkey.settings import LOOPBACK, ServiceSettings, url_problems


class Settings(ServiceSettings):
    """
    The settings of client-demo. Nothing in them is special to one provider.

    Every URL is without a slash at its end, but for an issuer that has one.
    """

    #: Where browsers find this application.
    client_url: str
    #: The OpenID provider, letter by letter as in `iss`.
    issuer_url: str
    #: Scheme and host in place of the issuer's, for calls from this server.
    backchannel_base_url: str | None = None
    #: Other origins that the provider's endpoints and pictures may be on, by commas.
    provider_origins: str = ""
    #: How people call the provider.
    provider_name: str = "Valetkey"
    #: How the provider knows this application.
    client_id: str
    client_secret: SecretStr
    #: A second client that gets tokens for itself, for the client credentials flow.
    service_client_id: str | None = None
    service_client_secret: SecretStr | None = None
    #: What is asked for.
    scope: str = "openid profile email notes:read notes:write offline_access"
    #: The notes API: its public URL, which is the audience of the access token.
    resource_url: str | None = None
    #: Where this server reaches the API, if not there.
    resource_backchannel_url: str | None = None
    #: Where sessions are kept.
    redis_url: SecretStr
    port: int = 9002
    #: Other names that this server answers to, by commas.
    allowed_hosts: str = ""

    def problems(self) -> list[str]:
        """What is unsafe, one line each."""
        urls = {
            "CLIENT_URL": self.client_url,
            # Some providers' issuers end with a slash, and it belongs to them.
            "ISSUER_URL": self.issuer_url.removesuffix("/"),
            "RESOURCE_URL": self.resource_url,
        }
        found = [
            problem
            for name, url in urls.items()
            if url is not None
            for problem in url_problems(name, url, environment=self.environment)
        ]
        for origin in self.provider_origins_listed:
            found += url_problems(
                "PROVIDER_ORIGINS", origin, environment=self.environment
            )
        if urlsplit(self.client_url).path:
            found.append("CLIENT_URL: must not have a path")
        if "openid" not in self.scope.split(" "):
            found.append("SCOPE: must contain openid")
        if (self.service_client_id is None) != (self.service_client_secret is None):
            found.append("SERVICE_CLIENT_ID: needs SERVICE_CLIENT_SECRET, and it this")
        return found

    @property
    def provider_origins_listed(self) -> tuple[str, ...]:
        """The further origins of the provider."""
        return _listed(self.provider_origins)

    @property
    def hosts(self) -> frozenset[str]:
        """The names that this server answers to."""
        own = {urlsplit(self.client_url).hostname or "", *_listed(self.allowed_hosts)}
        return frozenset(own | LOOPBACK if self.environment == "development" else own)

    @property
    def credentials(self) -> Credentials:
        """How this application proves who it is."""
        return Credentials(self.client_id, self.client_secret.get_secret_value())

    @property
    def service(self) -> Credentials | None:
        """The client that gets tokens for itself, if there is one."""
        if self.service_client_id is None or self.service_client_secret is None:
            return None
        secret = self.service_client_secret.get_secret_value()
        return Credentials(self.service_client_id, secret)

    @property
    def registration(self) -> Registration:
        """How the provider knows us; the redirect_uri comes from here alone."""
        return Registration(
            client_id=self.client_id,
            redirect_uri=f"{self.client_url}/callback",
            scope=self.scope,
            resource=self.resource_url,
        )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())
