"""requests-oauthlib for a service that acts for itself."""

import os

from oauthlib.oauth2 import BackendApplicationClient
from python_script import hear, report
from requests_oauthlib import OAuth2Session

os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on loopback
told = hear()
metadata = (
    OAuth2Session().get(f"{told['issuer']}/.well-known/openid-configuration").json()
)
service = OAuth2Session(
    client=BackendApplicationClient(told["client_id"], scope=["stats:read"])
)
token = service.fetch_token(
    metadata["token_endpoint"],
    client_id=told["client_id"],
    client_secret=told["client_secret"],
)
answer = service.get(told["stats"])
report(token=token, stats={"status": answer.status_code, "body": answer.text})
