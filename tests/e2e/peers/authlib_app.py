"""Authlib's app on `requests`, as its Flask and Django integrations are built."""

import os
from urllib.parse import parse_qs, urlsplit

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.discovery import OpenIDProviderMetadata
from python_script import hear, report, visit


class App(OAuth2Mixin, OpenIDMixin, BaseApp):
    client_cls = OAuth2Session


os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on loopback
told = hear()
app = App(
    None,
    client_id=told["client_id"],
    client_secret=told["client_secret"],
    server_metadata_url=f"{told['issuer']}/.well-known/openid-configuration",
    client_kwargs={
        "scope": told["scope"],
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": told["method"],
        "revocation_endpoint_auth_method": told["method"],
    },
)
metadata = app.load_server_metadata()
OpenIDProviderMetadata(metadata).validate()

# Sign in.
asked = app.create_authorization_url(told["redirect_uri"])
query = urlsplit(visit(asked["url"])).query
answer = {name: values[0] for name, values in parse_qs(query).items()}
assert answer["state"] == asked["state"], answer
assert answer["iss"] == metadata["issuer"], answer
token = app.fetch_access_token(
    told["redirect_uri"], code=answer["code"], code_verifier=asked["code_verifier"]
)
person = app.parse_id_token(token, asked["nonce"])
userinfo = app.userinfo(token=token)

# Refresh, then end the grant.
with OAuth2Session(
    told["client_id"],
    told["client_secret"],
    token_endpoint_auth_method=told["method"],
    revocation_endpoint_auth_method=told["method"],
    token=token,
) as session:
    fresh = dict(session.refresh_token(metadata["token_endpoint"]))
    claims = app.parse_id_token(fresh, None)
    revoked = session.revoke_token(
        metadata["revocation_endpoint"],
        fresh["refresh_token"],
        token_type_hint="refresh_token",
    )
    gone = session.request(
        "POST",
        metadata["token_endpoint"],
        data={"grant_type": "refresh_token", "refresh_token": fresh["refresh_token"]},
        auth=session.client_auth(told["method"]),
    )

out = app.create_logout_url(told["post_logout_redirect_uri"], token["id_token"])
report(
    person=person,
    userinfo=userinfo,
    token=dict(token),
    fresh=fresh,
    fresh_claims=claims,
    revoked={
        "status": revoked.status_code,
        "body": revoked.text,
        "content_type": revoked.headers.get("content-type"),
    },
    gone=gone.json(),
    left=visit(out["url"]),
    logout_state=out["state"],
)
