"""Authlib's app on `httpx`, as its Starlette and FastAPI integrations are built."""

import asyncio
import os
from urllib.parse import parse_qs, urlsplit

from authlib.integrations.base_client import BaseApp
from authlib.integrations.base_client.async_app import AsyncOAuth2Mixin
from authlib.integrations.base_client.async_openid import AsyncOpenIDMixin
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.discovery import OpenIDProviderMetadata
from python_script import hear, report, visit


class App(AsyncOAuth2Mixin, AsyncOpenIDMixin, BaseApp):
    client_cls = AsyncOAuth2Client


os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # http, on loopback
told = hear()
methods = {
    "token_endpoint_auth_method": told["method"],
    "revocation_endpoint_auth_method": told["method"],
}


async def main() -> None:
    app = App(
        None,
        client_id=told["client_id"],
        client_secret=told["client_secret"],
        server_metadata_url=f"{told['issuer']}/.well-known/openid-configuration",
        client_kwargs={
            "scope": told["scope"],
            "code_challenge_method": "S256",
            **methods,
        },
    )
    metadata = await app.load_server_metadata()
    OpenIDProviderMetadata(metadata).validate()

    # Sign in.
    asked = await app.create_authorization_url(told["redirect_uri"])
    query = urlsplit(visit(asked["url"])).query
    answer = {name: values[0] for name, values in parse_qs(query).items()}
    assert answer["state"] == asked["state"], answer
    assert answer["iss"] == metadata["issuer"], answer
    token = await app.fetch_access_token(
        told["redirect_uri"], code=answer["code"], code_verifier=asked["code_verifier"]
    )
    person = await app.parse_id_token(token, asked["nonce"])
    userinfo = await app.userinfo(token=token)

    # Refresh, then end the grant.
    async with AsyncOAuth2Client(
        told["client_id"], told["client_secret"], token=token, **methods
    ) as client:
        fresh = dict(await client.refresh_token(metadata["token_endpoint"]))
        claims = await app.parse_id_token(fresh, None)
        revoked = await client.revoke_token(
            metadata["revocation_endpoint"],
            fresh["refresh_token"],
            token_type_hint="refresh_token",
        )
        form = {"grant_type": "refresh_token", "refresh_token": fresh["refresh_token"]}
        gone = await client.request(
            "POST",
            metadata["token_endpoint"],
            data=form,
            auth=client.client_auth(told["method"]),
        )

    out = await app.create_logout_url(
        told["post_logout_redirect_uri"], token["id_token"]
    )
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


asyncio.run(main())
