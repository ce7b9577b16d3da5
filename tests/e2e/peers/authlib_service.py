"""Authlib's session for a service that acts for itself, and for the API it calls."""

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey
from python_script import hear, report

told = hear()
metadata = (
    OAuth2Session()
    .get(f"{told['issuer']}/.well-known/openid-configuration", withhold_token=True)
    .json()
)
secret = told["client_secret"]
if told["method"] == "private_key_jwt":
    secret = ECKey.import_key(secret, {"kid": "1"})
service = OAuth2Session(
    told["client_id"],
    secret,
    token_endpoint_auth_method=told["method"],
    scope="stats:read",
)
# The draft that follows RFC 7523: the audience is the issuer and nothing else.
service.register_client_auth_method(
    PrivateKeyJWT(metadata["issuer"], alg="ES256", headers={"kid": "1"})
)
token = service.fetch_token(metadata["token_endpoint"], grant_type="client_credentials")
stats = service.get(told["stats"])

api = OAuth2Session(*told["api"])
introspected = api.introspect_token(
    metadata["introspection_endpoint"], token["access_token"]
)
report(
    token=token,
    stats={"status": stats.status_code, "body": stats.text},
    introspected=introspected.json(),
)
