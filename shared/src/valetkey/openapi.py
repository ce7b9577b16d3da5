"""How the documentation page gets a token: authorization code with PKCE."""

from fastapi.openapi.models import OAuth2, OAuthFlowAuthorizationCode, OAuthFlows
from fastapi.security.base import SecurityBase
from starlette.requests import HTTPConnection


class Scheme(SecurityBase):
    """A security scheme of OpenAPI that only describes."""

    def __init__(
        self, authorization_url: str, token_url: str, scopes: dict[str, str]
    ) -> None:
        flow = OAuthFlowAuthorizationCode(
            authorizationUrl=authorization_url, tokenUrl=token_url, scopes=scopes
        )
        self.scopes = flow.scopes
        self.model = OAuth2(flows=OAuthFlows(authorizationCode=flow))
        self.scheme_name = "OAuth2"

    async def __call__(self, request: HTTPConnection) -> None:
        """Say nothing: `require_scope` reads the token, once."""
