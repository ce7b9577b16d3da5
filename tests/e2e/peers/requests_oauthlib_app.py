"""requests-oauthlib as a web app: sign in, refresh by itself, revoke, sign out."""

import os
from urllib.parse import urlencode

import requests
from oauthlib.oauth2 import OAuth2Error, WebApplicationClient
from python_script import hear, report, visit
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on loopback
told = hear()
metadata = (
    OAuth2Session().get(f"{told['issuer']}/.well-known/openid-configuration").json()
)
basic = HTTPBasicAuth(told["client_id"], told["client_secret"])
kept = []
app = OAuth2Session(
    told["client_id"],
    redirect_uri=told["redirect_uri"],
    scope=told["scope"].split(),
    pkce="S256",
    auto_refresh_url=metadata["token_endpoint"],
    token_updater=kept.append,
)

# Sign in.
url, _ = app.authorization_url(metadata["authorization_endpoint"])
arrived = visit(url)
token = app.fetch_token(
    metadata["token_endpoint"], authorization_response=arrived, auth=basic
)
userinfo = app.get(metadata["userinfo_endpoint"]).json()

# A token that has expired is refreshed on the way, and the app is told the new one.
app.token = {**token, "expires_at": None, "expires_in": -30}
notes = app.get(
    told["notes"], client_id=told["client_id"], client_secret=told["client_secret"]
)

# End the grant.
fresh = kept[-1]
url, headers, body = WebApplicationClient(
    told["client_id"]
).prepare_token_revocation_request(
    metadata["revocation_endpoint"], fresh["refresh_token"], "refresh_token"
)
revoked = requests.post(url, headers=headers, data=body, auth=basic, timeout=10)
try:
    app.refresh_token(metadata["token_endpoint"], auth=basic)
    gone = None
except OAuth2Error as refusal:
    gone = refusal.error

hint = {
    "id_token_hint": fresh["id_token"],
    "post_logout_redirect_uri": told["post_logout_redirect_uri"],
    "state": "bye",
}
report(
    token=token,
    userinfo=userinfo,
    notes={"status": notes.status_code, "body": notes.text},
    kept=kept,
    revoked={
        "status": revoked.status_code,
        "body": revoked.text,
        "content_type": revoked.headers.get("content-type"),
    },
    gone=gone,
    left=visit(f"{metadata['end_session_endpoint']}?{urlencode(hint)}"),
)
