"""What a refresh token is worth: rotation, grace, reuse, narrowing."""

import pytest

from auth_service.protocol.refresh_grant import (
    RefreshGrant,
    Standing,
    check_refresh,
    narrow,
)
from auth_service.protocol.scopes import choose
from tests.builders.auth import API
from tests.builders.protocol import client, grant, refresh_grant, used
from valetkey.errors import InvalidGrant, InvalidScope, InvalidTarget


@pytest.mark.parametrize(
    ("refresh", "standing"),
    [
        (refresh_grant(), Standing.CURRENT),
        (refresh_grant(expired=True), Standing.DEAD),
        (refresh_grant(live=False), Standing.DEAD),
        (used(0), Standing.IN_GRACE),
        (used(10), Standing.IN_GRACE),
        (used(10.001), Standing.REUSED),
        (used(86400), Standing.REUSED),
        (used(1, grace_uses=2), Standing.IN_GRACE),
        (used(1, grace_uses=3), Standing.REUSED),
        # Its successor was used in turn: it is no parent any more.
        (used(1, superseded=True), Standing.REUSED),
        # Deliberate revocation beats the grace; what is dead cannot be killed again.
        (used(1, live=False), Standing.DEAD),
        (used(86400, live=False), Standing.DEAD),
        # An old token that comes back is reuse, though it has expired meanwhile.
        (used(86400, expired=True), Standing.REUSED),
    ],
)
def test_RF01_RF04_RF06_what_a_token_is_worth(
    refresh: RefreshGrant, standing: Standing
) -> None:
    assert refresh.standing is standing


def test_RF07_another_clients_token() -> None:
    check_refresh(refresh_grant(), client())
    with pytest.raises(InvalidGrant):
        check_refresh(refresh_grant(), client(client_id="other"))


@pytest.mark.parametrize("scope", [None, "", "openid notes:read", "notes:read openid"])
def test_RF09_all_scopes_unless_it_says_fewer(scope: str | None) -> None:
    wanted = {} if scope is None else {"scope": scope}
    assert narrow(grant(), client(), wanted).scopes == {"openid", "notes:read"}
    assert narrow(grant(), client(), {"scope": "openid"}).scopes == {"openid"}


@pytest.mark.parametrize("scope", ["openid admin", "notes:write", 'a"', "x" * 1025])
def test_RF08_never_more(scope: str) -> None:
    with pytest.raises(InvalidScope):
        narrow(grant(), client(), {"scope": scope})


@pytest.mark.parametrize("resource", ["https://other.example", f"{API}/", f"{API} x"])
def test_RF10_never_elsewhere(resource: str) -> None:
    assert choose((API,), API) == choose((API,), None) == API
    assert choose((), None) is None
    with pytest.raises(InvalidTarget):
        choose((API,), resource)
    with pytest.raises(InvalidTarget):
        choose((), API)


def test_RF08_what_the_app_is_not_registered_for_any_more_is_left_out() -> None:
    less = client(scopes=frozenset({"openid", "email"}))
    assert narrow(grant(), less, {}).scopes == {"openid"}
    with pytest.raises(InvalidScope):
        narrow(grant(), less, {"scope": "openid notes:read"})
