"""What time and operators do to what the server keeps, without waiting for either."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from tests.e2e.stores import Stores
from valetkey.opaque import fingerprint


def age_refresh_token(stores: Stores, refresh_token: str, interval: str) -> None:
    """Let a refresh token have been rotated, and expire, that much earlier."""
    stores.run(
        "UPDATE auth.refresh_tokens SET rotated_at = rotated_at - %s::interval,"
        " expires_at = expires_at - %s::interval WHERE fingerprint = %s",
        interval,
        interval,
        fingerprint(refresh_token),
    )


def age_sign_ins(stores: Stores, by: timedelta) -> None:
    """Let everybody have signed in that much earlier, as sessions and grants say."""
    stores.run("UPDATE auth.grants SET auth_time = auth_time - %s", by)
    for key in stores.keys("session"):
        session = json.loads(str(stores.redis.get(key)))
        then = datetime.fromisoformat(session["auth_time"]) - by
        aged = json.dumps({**session, "auth_time": then.isoformat()})
        stores.redis.set(key, aged, keepttl=True)


#: What ends all that a person, by their username, has allowed: one statement each.
ENDINGS = {
    "deleted": "DELETE FROM auth.users WHERE username = %s",
    "new password": (
        "UPDATE auth.users SET valid_after = clock_timestamp() WHERE username = %s"
    ),
    "consent taken back": (
        "UPDATE auth.consents SET revoked_at = clock_timestamp() WHERE subject ="
        " (SELECT subject FROM auth.users WHERE username = %s)"
    ),
}


@contextmanager
def disabled(stores: Stores, username: str) -> Iterator[None]:
    """A person who is disabled for as long as the block lasts."""
    change = "UPDATE auth.users SET disabled_at = {} WHERE username = %s"
    stores.run(change.format("now()"), username)
    try:
        yield
    finally:
        stores.run(change.format("NULL"), username)


def audited(stores: Stores, event: str) -> list[Any]:
    """Events of a kind, newest first: client_id, subject, ip."""
    return stores.run(
        "SELECT client_id, subject, ip FROM auth.audit_log WHERE event = %s"
        " ORDER BY id DESC",
        event,
    )
