"""Time that passes for what the server keeps, where the suite waits."""

import json
from contextlib import closing
from datetime import datetime, timedelta

from auth_service.web.visitors import SESSION_COOKIE
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance.rp import RelyingParty
from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint


def since_signing_in(rp: RelyingParty, seconds: int) -> None:
    """Let whoever is signed in have done so that much earlier."""
    cookies = (jar.get(SESSION_COOKIE) for jar in rp.browser.cookies.values())
    (cookie,) = filter(None, cookies)
    key = f"vk:auth:session:{fingerprint(cookie)}"
    with closing(Stores(rp.auth.settings)) as stores:
        session = json.loads(str(stores.redis.get(key)))
        then = datetime.fromisoformat(session["auth_time"])
        session["auth_time"] = (then - timedelta(seconds=seconds)).isoformat()
        assert stores.redis.set(key, json.dumps(session), keepttl=True, xx=True)


def since_redeemed(auth: AuthorizationServer, code: str, seconds: int) -> None:
    """Let a code have been redeemed that much earlier, by the clock of Redis."""
    key = f"vk:auth:code-spent:{fingerprint(code)}"
    with closing(Stores(auth.settings)) as stores:
        remembered = int(str(stores.redis.ttl(key)))
        assert remembered > seconds
        assert stores.redis.expire(key, remembered - seconds)


def since_given(
    auth: AuthorizationServer, kind: str, secret: str, seconds: int
) -> None:
    """Let a code, or a reference, have been given that much earlier."""
    key = f"vk:auth:{kind}:{fingerprint(secret)}"
    with closing(Stores(auth.settings)) as stores:
        left = int(str(stores.redis.pttl(key)))
        assert left > 0
        stores.redis.pexpire(key, left - seconds * 1000)  # below 0: it is gone
