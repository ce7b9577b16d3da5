"""A device without a browser, and the person who answers it (RFC 8628)."""

from typing import Any

import httpx

from auth_service.protocol.device_grant import GRANT_TYPE
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.clients import provision
from tests.e2e.people import Somebody
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint

#: A public app on televisions.
TV = "tv-app"
SCOPE = "openid notes:read"


async def provision_tv(
    auth: AuthorizationServer, client_id: str, **changes: Any
) -> str:
    """An app for devices, public unless that is changed."""
    grants = [GRANT_TYPE, "refresh_token"]
    changes = {"token_endpoint_auth_method": "none", **changes}
    return await provision(
        auth, client_id, grant_types=grants, redirect_uris=[], **changes
    )


async def ask(
    auth: AuthorizationServer,
    *,
    http: httpx.AsyncClient | None = None,
    **changes: str | None,
) -> httpx.Response:
    """A device authorization request that is right but for what is changed."""
    parameters = {"client_id": TV, "scope": SCOPE} | changes
    told = {name: value for name, value in parameters.items() if value is not None}
    return await (http or auth.http()).post("/oauth/device_authorization", data=told)


async def begin(auth: AuthorizationServer, **changes: str | None) -> dict[str, Any]:
    """The codes of a device that asked."""
    answer = await ask(auth, **changes)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def poll(
    auth: AuthorizationServer,
    device_code: str,
    *,
    http: httpx.AsyncClient | None = None,
    headers: dict[str, str] | None = None,
    **changes: str,
) -> httpx.Response:
    """The device asks whether somebody has answered."""
    own = {"client_id": TV, "grant_type": GRANT_TYPE, "device_code": device_code}
    http = http or auth.http()
    return await http.post("/oauth/token", data=own | changes, headers=headers)


async def type_in(auth: AuthorizationServer, browser: Browser, code: str) -> Page:
    """Open the page and type a code."""
    page = await browser.get(f"{auth.issuer}/device")
    return await browser.send(page, "/device", user_code=code)


async def allow(auth: AuthorizationServer, who: Somebody, told: dict[str, Any]) -> None:
    """Go where the device says, and say yes."""
    page = await who.browser.get(told["verification_uri_complete"])
    page = await who.browser.send(page, "/device", action="allow")
    assert page.url == f"{auth.issuer}/device?done=allowed", page.response.text


def asks(page: Page) -> bool:
    """Whether it is the page that asks for a yes or a no."""
    return 'name="action" value="allow"' in page.response.text


def key_of(device_code: str) -> str:
    """Where Redis keeps a device."""
    return f"vk:auth:device:{fingerprint(device_code)}"


def expire(stores: Stores, device_code: str) -> None:
    """Let ten minutes pass for a device."""
    request = str(stores.redis.hget(key_of(device_code), "request"))
    earlier = request.replace('_at":"20', '_at":"19')
    stores.redis.hset(key_of(device_code), "request", earlier)
