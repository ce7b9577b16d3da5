"""Registering where letters are sent: nobody takes another's address."""

import asyncio
import re
from io import BytesIO
from itertools import count

import httpx
import pytest
from PIL import Image

from tests.builders.auth import token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.mailbox import letters_to, next_letter
from tests.e2e.people import register
from tests.e2e.stores import Stores

SESSION = "__Host-valetkey-session"
_numbers = count(1)


def new_person(**changes: str) -> dict[str, str]:
    number = next(_numbers)
    return {
        "username": f"newcomer-{number}",
        "email": f"newcomer-{number}@people.example",
        "password": "four green umbrellas",
        "name": "New Comer",
        **changes,
    }


async def fill_in(
    mailing: AuthorizationServer, form: dict[str, str], browser: Browser | None = None
) -> tuple[Browser, Page]:
    """The page that comes after the register page, and the browser that shows it."""
    browser = browser or mailing.browser()
    page = await browser.get(f"{mailing.issuer}/register")
    return browser, await browser.send(page, "/register", **form)


def rows(kept: Stores, email: str) -> list[object]:
    return kept.run(
        "SELECT username, email_verified FROM auth.users WHERE email = %s", email
    )


def signed_in(browser: Browser) -> bool:
    return SESSION in browser.cookies["id.example"]


def without_secrets(page: Page) -> str:
    """A page's text without what is drawn anew each time."""
    text = re.sub(r'value="[\w-]{43,64}"', "", page.response.text)
    return re.sub(r"newcomer-[0-9]+|somebody-[0-9]+", "x", text)


async def test_the_code_makes_the_account_and_signs_in(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    form = new_person()
    browser, page = await fill_in(mailing, form)
    assert page.response.status_code == 200
    assert "Check your mail" in page.response.text
    assert not rows(kept, form["email"])
    assert not signed_in(browser)

    letter = await next_letter(mailing, form["email"])
    page = await browser.send(page, "/register/code", code=letter.code)

    assert page.url == f"{mailing.issuer}/account"
    assert rows(kept, form["email"]) == [(form["username"], True)]


async def test_the_code_goes_on_with_the_flow_that_waits(
    mailing: AuthorizationServer,
) -> None:
    form, browser = new_person(), mailing.browser()
    page = await mailing.authorize(browser, prompt="create")
    page = await browser.send(page, "/register", **form)
    csp = page.response.headers["content-security-policy"]
    assert "form-action 'self' https://app.example" in csp
    letter = await next_letter(mailing, form["email"])
    page = await browser.send(page, "/register/code", code=letter.code)
    page = await browser.send(page, "/consent", action="allow")
    answer = await mailing.token(token_parameters(page.query["code"]))
    assert answer.status_code == 200


async def test_the_link_does_the_same_in_the_same_browser(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    form = new_person()
    browser, _ = await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    page = await browser.get(letter.link("/register/confirm"))
    page = await browser.send(page, "/register/confirm")
    assert page.url == f"{mailing.issuer}/account"
    assert rows(kept, form["email"]) == [(form["username"], True)]


async def test_in_another_browser_the_link_asks_for_the_password(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """Who clicks on a stranger's letter does not finish the stranger's account."""
    form = new_person()
    await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    browser = mailing.browser()
    page = await browser.get(letter.link("/register/confirm"))
    for password in ("", "something else entirely"):
        page = await browser.send(page, "/register/confirm", password=password)
        assert page.response.status_code == 400
        assert "not the password" in page.response.text
        assert not rows(kept, form["email"])
        assert not signed_in(browser)
    page = await browser.send(page, "/register/confirm", password=form["password"])
    assert page.url == f"{mailing.issuer}/account"
    assert rows(kept, form["email"]) == [(form["username"], True)]


async def test_AU01_the_answer_does_not_tell_whether_an_address_is_taken(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """Neither the page, nor a second look at it; the mailbox alone hears of it."""
    somebody = await register(mailing)
    for email in (somebody.email, somebody.email.upper(), f"{somebody.email} "):
        _, free = await fill_in(mailing, new_person())
        browser, taken = await fill_in(mailing, new_person(email=email))
        assert taken.response.status_code == free.response.status_code
        assert set(taken.response.headers) == set(free.response.headers)
        mask = re.compile(re.escape(email.strip()), re.IGNORECASE)
        assert mask.sub("x@people.example", without_secrets(taken)) == without_secrets(
            free
        )
        wrong = await browser.send(taken, "/register/code", code="0000 0000")
        assert "not the code" in wrong.response.text
    # One to register; one for the first two, whose domains are equal.
    letter = await next_letter(mailing, somebody.email, n=2)
    assert letter.subject == "You have an account already"
    assert letter.link("/login")
    assert letter.link("/reset")
    assert "/register/confirm" not in letter.text
    assert rows(kept, somebody.email) == [(somebody.username, True)]


async def test_a_taken_username_is_told(mailing: AuthorizationServer) -> None:
    somebody = await register(mailing, emp_user_id="taken-number-1")
    for changes in (
        {"username": somebody.username.upper()},
        {"emp_user_id": "taken-number-1"},
    ):
        _, page = await fill_in(mailing, new_person(**changes))
        assert page.response.status_code == 400
        assert "Somebody uses this already" in page.response.text


async def test_AU05_of_twenty_who_enter_the_code_at_once_one_wins(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    form = new_person()
    browser, page = await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    link = await browser.get(letter.link("/register/confirm"))
    confirm = link.form("/register/confirm").fields
    entered = page.form("/register/code").fields | {"code": letter.code}

    async def send(n: int) -> httpx.Response:
        path, fields = (
            ("/register/code", entered)
            if n % 4 == 0
            else ("/register/confirm", confirm)
        )
        return await browser.copy().request(
            "POST",
            f"{mailing.issuer}{path}",
            data=fields,
            headers={"sec-fetch-site": "same-origin"},
        )

    answers = await asyncio.gather(*(send(n) for n in range(20)))

    assert [a.status_code for a in answers].count(303) == 1
    assert {a.status_code for a in answers} == {303, 400}
    assert len(rows(kept, form["email"])) == 1


async def test_two_people_may_prove_one_address_but_one_gets_it(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """Both read that mailbox; whoever is first has it, the other's letter is void."""
    first = new_person()
    second = new_person(email=first["email"])
    ways = [await fill_in(mailing, form) for form in (first, second)]
    await next_letter(mailing, first["email"], n=2)
    codes = [letter.code for letter in await letters_to(mailing, first["email"])]
    for browser, page in ways:
        for code in codes:
            answer = await browser.send(page, "/register/code", code=code)
            if "/account" in answer.url or "link is over" in answer.response.text:
                break
    assert len(rows(kept, first["email"])) == 1
    assert [signed_in(browser) for browser, _ in ways] == [True, False]


async def test_wrong_codes_have_to_wait_and_then_the_right_one_too(
    mailing: AuthorizationServer,
) -> None:
    form = new_person()
    browser, page = await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    wrong = "1234 5678" if letter.code != "1234 5678" else "8765 4321"
    for _ in range(5):
        page = await browser.send(page, "/register/code", code=wrong)
        assert page.response.status_code == 400
    for code in (wrong, letter.code):
        page = await browser.send(page, "/register/code", code=code)
        assert page.response.status_code == 429
        assert int(page.response.headers["retry-after"]) > 0
        assert not signed_in(browser)


async def test_a_code_counts_in_the_browser_of_its_form(
    mailing: AuthorizationServer,
) -> None:
    form = new_person()
    _, page = await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    stranger, own = await fill_in(mailing, new_person())
    pending = page.form("/register/code").fields["pending"]

    assert (await stranger.get(page.url)).response.status_code == 400
    answer = await stranger.send(
        own, "/register/code", pending=pending, code=letter.code
    )

    assert answer.response.status_code == 400
    assert "link is over" in answer.response.text
    assert not signed_in(stranger)


async def test_AU15_looking_at_the_link_uses_nothing_up(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """A scanner opens it, without our cookies and with HEAD too."""
    form = new_person()
    browser, _ = await fill_in(mailing, form)
    url = (await next_letter(mailing, form["email"])).link("/register/confirm")
    for _ in range(3):
        await mailing.browser().get(url)
        await mailing.http().head(url)
        page = await browser.get(url)
        assert page.response.status_code == 200
    assert not rows(kept, form["email"])
    await browser.send(page, "/register/confirm")
    assert rows(kept, form["email"])


async def test_AU08_the_link_leaves_the_address_before_a_page_is_shown(
    mailing: AuthorizationServer,
) -> None:
    form = new_person()
    browser, _ = await fill_in(mailing, form)
    url = (await next_letter(mailing, form["email"])).link("/register/confirm")
    first = await browser.request("GET", url)
    assert first.status_code == 303
    assert first.headers["location"] == "/register/confirm"
    cookie = first.headers["set-cookie"]
    for attribute in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"):
        assert attribute in cookie
    page = await browser.follow(first, url)
    assert page.url == f"{mailing.issuer}/register/confirm"
    assert page.response.headers["referrer-policy"] == "no-referrer"
    sources = re.findall(r'(?:src|href)="(.*?)"', page.response.text)
    assert all(source.startswith("/") for source in sources)


@pytest.mark.parametrize(
    "token",
    ["x", "x" * 43, f"{'x' * 43}.{'x' * 43}", "%00", "a%0d%0ab", "x" * 3000, "é"],
)
async def test_a_made_up_link_is_over(mailing: AuthorizationServer, token: str) -> None:
    for path in ("/register/confirm", "/reset/new"):
        page = await mailing.browser().get(f"{mailing.issuer}{path}?token={token}")
        assert page.response.status_code == 400
        assert "location" not in page.response.headers


async def test_the_letter_comes_again_but_not_for_ever(
    mailing: AuthorizationServer,
) -> None:
    form = new_person()
    browser, page = await fill_in(mailing, form)
    first = await next_letter(mailing, form["email"])
    page = await browser.send(page, "/register/code", action="again")
    assert "on its way again" in page.response.text
    second = await next_letter(mailing, form["email"], n=2)
    assert second.code == first.code
    for _ in range(4):
        page = await browser.send(page, "/register/code", action="again")
    page = await browser.send(page, "/register/code", action="again")
    assert page.response.status_code == 429
    page = await browser.send(page, "/register/code", code=second.code)
    assert page.url == f"{mailing.issuer}/account"


async def test_AU03_the_link_is_built_from_the_issuer(
    mailing: AuthorizationServer,
) -> None:
    """Whatever the headers of the request say."""
    form, browser = new_person(), mailing.browser()
    page = await browser.get(f"{mailing.issuer}/register")
    answer = await browser.request(
        "POST",
        f"{mailing.issuer}/register",
        data=page.form("/register").fields | form,
        headers={
            "sec-fetch-site": "same-origin",
            "x-forwarded-host": "evil.example",
            "x-forwarded-proto": "http",
            "forwarded": "host=evil.example;proto=http",
        },
    )
    assert answer.status_code == 303
    letter = await next_letter(mailing, form["email"])
    assert letter.link("/register/confirm").startswith(f"{mailing.issuer}/")
    assert "evil" not in letter.text


async def test_a_stranger_cannot_put_words_into_the_letter(
    mailing: AuthorizationServer,
) -> None:
    form = new_person(name="Click evil.example now", username=f"evil.{next(_numbers)}")
    await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    assert "evil" not in letter.text + letter.subject


async def test_AU12_what_the_form_does_not_ask_is_ignored_until_the_end(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    extra = {"subject": "alice", "is_admin": "1", "email_verified": "true", "code": "1"}
    form = new_person()
    browser, page = await fill_in(mailing, {**form, **extra})
    letter = await next_letter(mailing, form["email"])
    await browser.send(page, "/register/code", **{**extra, "code": letter.code})
    ((subject, disabled),) = kept.run(
        "SELECT subject, disabled_at FROM auth.users WHERE email = %s", form["email"]
    )
    assert subject != "alice"
    assert disabled is None


async def test_a_picture_comes_with_the_form(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    file = BytesIO()
    Image.new("RGB", (300, 200), (200, 20, 20)).save(file, "JPEG")
    browser, form = mailing.browser(), new_person()
    page = await browser.get(f"{mailing.issuer}/register")
    answers = [
        await browser.request(
            "POST",
            f"{mailing.issuer}/register",
            data=page.form("/register").fields | form,
            files={"picture": ("me.jpg", image, "image/jpeg")},
            headers={"sec-fetch-site": "same-origin"},
        )
        for image in (b"<svg/>", file.getvalue())
    ]
    assert answers[0].status_code == 400
    assert "not a PNG, JPEG or WebP" in answers[0].text
    page = await browser.follow(answers[1], f"{mailing.issuer}/register")
    letter = await next_letter(mailing, form["email"])
    await browser.send(page, "/register/code", code=letter.code)
    ((name,),) = kept.run(
        "SELECT picture_id FROM auth.users WHERE email = %s", form["email"]
    )
    picture = await mailing.http().get(f"/pictures/{name}.webp")
    assert picture.headers["content-type"] == "image/webp"


async def test_nothing_readable_waits_in_redis(
    mailing: AuthorizationServer, kept: Stores
) -> None:
    """The code, the link and the person are sealed; every key ends by itself."""
    form = new_person()
    _, page = await fill_in(mailing, form)
    letter = await next_letter(mailing, form["email"])
    texts = kept.texts()
    for secret in (
        letter.code,
        letter.code.replace(" ", ""),
        letter.link("/register/confirm").partition("=")[2],
        page.form("/register/code").fields["pending"],
    ):
        # The inbox, a list, is not among them: it is the mailbox.
        assert secret not in texts
    assert all(kept.redis.ttl(key) > 0 for key in kept.keys("sign-up"))
