"""A person's e-mail address: proven, and changed only once it is."""

import pytest

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Page
from tests.e2e.mailbox import letters_to, next_letter
from tests.e2e.people import Somebody, register
from tests.e2e.stores import Stores


async def opened(mailing: AuthorizationServer, who: Somebody) -> Page:
    return await who.browser.get(f"{mailing.issuer}/account/email")


async def change(mailing: AuthorizationServer, who: Somebody, email: str) -> Page:
    page = await opened(mailing, who)
    return await who.browser.send(page, "/account/email", email=email)


def address(kept: Stores, who: Somebody) -> tuple[str, bool]:
    ((email, verified),) = kept.run(
        "SELECT email, email_verified FROM auth.users WHERE username = %s", who.username
    )
    return email, verified


def unverify(kept: Stores, who: Somebody) -> None:
    kept.run(
        "UPDATE auth.users SET email_verified = false WHERE username = %s", who.username
    )


async def test_an_address_is_verified_by_its_link(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    unverify(kept, somebody)
    page = await opened(mailing, somebody)
    page = await somebody.browser.send(page, "/account/email/verify")
    assert somebody.email in page.response.text
    letter = await next_letter(mailing, somebody.email, n=2)

    page = await somebody.browser.get(letter.link("/confirm-address"))
    assert address(kept, somebody) == (somebody.email, False)
    page = await somebody.browser.send(page, "/confirm-address")

    assert "Your address is verified" in page.response.text
    assert address(kept, somebody) == (somebody.email, True)


async def test_an_address_changes_once_the_new_one_is_proven_and_the_old_is_told(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    new = f"new-{somebody.email}"
    await change(mailing, somebody, new)
    warned = await next_letter(mailing, somebody.email, n=2)
    assert warned.subject == "Your e-mail address is about to change"
    assert new in warned.text
    assert warned.link("/reset")
    letter = await next_letter(mailing, new)
    assert somebody.username not in letter.text
    assert address(kept, somebody) == (somebody.email, True)

    page = await somebody.browser.get(letter.link("/confirm-address"))
    await somebody.browser.send(page, "/confirm-address")

    assert address(kept, somebody) == (new, True)
    told = await next_letter(mailing, somebody.email, n=3)
    assert told.subject == "Your e-mail address was changed"
    assert new in told.text


async def test_AU14_AU15_a_link_is_good_for_whoever_asked_and_is_signed_in(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """Who opens a stranger's letter does not lend them their address."""
    mallory, victim = await register(mailing), await register(mailing)
    target = f"unused-{victim.email}"
    await change(mailing, mallory, target)
    url = (await next_letter(mailing, target)).link("/confirm-address")

    page = await victim.browser.get(url)
    assert page.response.status_code == 400
    nobody = await mailing.browser().get(url)
    assert nobody.url.startswith(f"{mailing.issuer}/login?next=%2Fconfirm-address")
    await mailing.http().head(url)
    assert address(kept, mallory) == (mallory.email, True)

    # It was not used up by any of this.
    page = await mallory.browser.get(url)
    assert target in page.response.text


async def test_a_taken_address_is_told_to_its_mailbox_alone(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    mallory, victim = await register(mailing), await register(mailing)
    free = await change(mailing, mallory, "free-one@people.example")
    taken = await change(mailing, mallory, victim.email)
    assert taken.response.status_code == free.response.status_code == 200
    assert taken.response.text.replace(victim.email, "x") == free.response.text.replace(
        "free-one@people.example", "x"
    )
    letter = await next_letter(mailing, victim.email, n=2)
    assert letter.subject == "You have an account already"
    assert "/confirm-address" not in letter.text
    assert address(kept, victim) == (victim.email, True)


async def test_AU05_a_link_counts_once(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    first, second = f"a-{somebody.email}", f"b-{somebody.email}"
    await change(mailing, somebody, first)
    await change(mailing, somebody, second)
    links = [
        (await next_letter(mailing, to)).link("/confirm-address")
        for to in (first, second)
    ]
    page = await somebody.browser.get(links[0])
    await somebody.browser.send(page, "/confirm-address")
    for url in links:
        # The first is used; the second was to replace what is gone.
        again = await somebody.browser.get(url)
        if again.forms:
            again = await somebody.browser.send(again, "/confirm-address")
        assert "link is over" in again.response.text
    assert address(kept, somebody) == (first, True)


async def test_there_are_so_many_letters_and_no_more(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    somebody = await register(mailing)
    unverify(kept, somebody)
    page = await opened(mailing, somebody)
    for _ in range(5):
        answer = await somebody.browser.send(page, "/account/email/verify")
        assert answer.response.status_code == 200
    answer = await somebody.browser.send(page, "/account/email/verify")
    assert answer.response.status_code == 429
    assert int(answer.response.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "email",
    ["", "x", "a@b.example\r\nBcc: evil@evil.example", "a@b.example,c@d.example"],
)
async def test_AU11_what_is_no_address_is_refused(
    mailing: AuthorizationServer, kept: Stores, email: str
) -> None:
    somebody = await register(mailing)
    page = await change(mailing, somebody, email)
    assert page.response.status_code == 400
    assert "does not look like" in page.response.text
    assert len(await letters_to(mailing, somebody.email)) == 1


async def test_without_mail_it_changes_at_once_and_stays_unproven(
    auth: AuthorizationServer, stores: Stores
) -> None:
    somebody, other = await register(auth), await register(auth)
    page = await opened(auth, somebody)
    assert "sends no mail" in page.response.text
    page = await change(auth, somebody, other.email.upper())
    assert "Somebody uses this already" in page.response.text
    page = await change(auth, somebody, f"new-{somebody.email}")
    assert "Your address is changed" in page.response.text
    assert address(stores, somebody) == (f"new-{somebody.email}", False)
