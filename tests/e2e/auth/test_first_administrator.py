"""The first administrator: by the link in the log, and by nothing else."""

import logging
from collections.abc import Callable

import pytest

from tests.e2e.administrators import page
from tests.e2e.authorization_server import running
from tests.e2e.people import register
from tests.e2e.stores import Stores
from valetkey.opaque import new_handle


def links(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Every link to become administrator that was written to the log."""
    return [
        str(vars(record)["link"])
        for record in caplog.records
        if "link" in vars(record) and "/admin/set-up?token=" in vars(record)["link"]
    ]


async def test_the_link_in_the_log_makes_one_administrator_once(
    new_database: Callable[..., str],
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    database_url, issuer = new_database(), f"https://{new_handle()[:8].lower()}.example"
    issuer = issuer.replace("_", "x").replace("-", "x")

    async with running(database_url, redis_url, ISSUER_URL=issuer) as auth:
        (link,) = links(caplog)
        first, second = await register(auth), await register(auth)
        stranger = await auth.browser().get(link)
        forged = await page(auth, first, f"/admin/set-up?token={new_handle()}")
        shown = [await who.browser.get(link) for who in (first, second)]
        done = await first.browser.send(shown[0], "/admin/set-up")
        late = await second.browser.send(shown[1], "/admin/set-up")
        again = await first.browser.get(link)
        stores = Stores(auth.settings)
        made = stores.run("SELECT username FROM auth.users WHERE administrator")
        kept = stores.texts()
        stores.close()
    async with running(database_url, redis_url, ISSUER_URL=issuer):
        pass

    assert "/login" in stranger.url
    assert forged.response.status_code == 400
    # A GET uses nothing up: previews open links, too.
    assert [each.response.status_code for each in shown] == [200, 200]
    assert done.url == f"{issuer}/admin/people"
    assert late.response.status_code == 400
    assert again.response.status_code == 400
    assert made == [(first.username,)]
    assert link.partition("token=")[2] not in kept
    # Nobody is invited where somebody administers.
    assert links(caplog) == [link]


async def test_of_several_servers_one_writes_the_link(
    new_database: Callable[..., str],
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    database_url, issuer = new_database(), "https://several.example"

    async with (
        running(database_url, redis_url, ISSUER_URL=issuer),
        running(database_url, redis_url, ISSUER_URL=issuer),
    ):
        pass

    assert len(links(caplog)) == 1


async def test_the_link_is_over_once_somebody_administers(
    new_database: Callable[..., str],
    redis_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also where they came to it at the command line."""
    caplog.set_level(logging.WARNING)
    issuer = "https://command-line.example"

    async with running(new_database(), redis_url, ISSUER_URL=issuer) as auth:
        (link,) = links(caplog)
        first, second = await register(auth), await register(auth)
        stores = Stores(auth.settings)
        stores.run(
            "UPDATE auth.users SET administrator = true WHERE username = %s",
            first.username,
        )
        stores.close()
        late = await second.browser.get(link)

    assert late.response.status_code == 400
