"""/account over HTTP: a person's own things, and nobody else's hands on them."""

from io import BytesIO

import httpx
import pytest
from PIL import Image

from tests.builders.auth import token_parameters
from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.browser import Browser, Page
from tests.e2e.people import Somebody, register, with_consent

PAGES = (
    "/account",
    "/account/security",
    "/account/security/passkeys",
    "/account/security/authenticator",
    "/account/sessions",
    "/account/apps",
    "/account/activity",
    "/account/data",
    "/account/delete",
    "/apps",
    "/apps/new",
)
FORMS = {
    "/account/profile": "/account",
    "/account/picture": "/account",
    "/account/picture/delete": "/account",
    "/account/password": "/account/security",
    "/account/security/passkeys": "/account/security/passkeys",
    "/account/security/passkeys/rename": "/account/security",
    "/account/security/passkeys/remove": "/account/security",
    "/account/security/authenticator": "/account/security/authenticator",
    "/account/security/authenticator/remove": "/account/security",
    "/account/security/recovery-codes": "/account/security",
    "/account/sessions/end": "/account/sessions",
    "/account/apps/revoke": "/account/apps",
    "/account/data": "/account/data",
    "/account/delete": "/account/delete",
    "/account/sign-out": "/account",
    "/apps/new": "/apps/new",
    "/apps/app_1": "/apps/app_1",
    "/apps/app_1/secrets": "/apps/app_1",
    "/apps/app_1/secrets/1/delete": "/apps/app_1",
    "/apps/app_1/delete": "/apps/app_1",
}
SAME_SITE = {"sec-fetch-site": "same-origin"}
FORM = {"content-type": "application/x-www-form-urlencoded"}
PART = b"--x\r\ncontent-disposition: form-data"


def picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (300, 200), (200, 20, 20)).save(file, "JPEG")
    return file.getvalue()


async def opened(auth: AuthorizationServer, who: Somebody, path: str) -> Page:
    return await who.browser.get(f"{auth.issuer}{path}")


async def upload(
    auth: AuthorizationServer, who: Somebody, image: bytes, **changes: str
) -> httpx.Response:
    page = await opened(auth, who, "/account")
    token = page.form("/account/picture").fields["csrf_token"]
    return await who.browser.request(
        "POST",
        f"{auth.issuer}/account/picture",
        data={"csrf_token": token, **changes},
        files={"picture": ("me.jpg", image, "image/jpeg")},
        headers=SAME_SITE,
    )


async def change_password(
    auth: AuthorizationServer, who: Somebody, current: str, new: str
) -> Page:
    page = await opened(auth, who, "/account/security")
    return await who.browser.send(
        page, "/account/password", current_password=current, new_password=new
    )


async def another_browser(auth: AuthorizationServer, who: Somebody) -> Browser:
    browser = auth.browser()
    await who.sign_in(browser, await browser.get(f"{auth.issuer}/login"))
    return browser


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_leads_whoever_is_not_signed_in_there_and_back(
    auth: AuthorizationServer, path: str
) -> None:
    somebody = await register(auth)
    browser = auth.browser()
    login = await browser.get(f"{auth.issuer}{path}")
    assert login.query == {"next": path}
    there = await somebody.sign_in(browser, login)
    assert there.url == f"{auth.issuer}{path}"
    assert there.response.status_code == 200


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_a_session_leads_to_the_login_page(
    auth: AuthorizationServer, path: str
) -> None:
    url = f"{auth.issuer}{path}"
    answer = await auth.browser().request("POST", url, data={"a": "b"})
    page = FORMS[path].replace("/", "%2F")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/login?next={page}"


@pytest.mark.parametrize("path", FORMS)
async def test_AU18_no_form_is_taken_without_its_token(
    auth: AuthorizationServer, path: str
) -> None:
    somebody, other = await register(auth), await register(auth)
    url = f"{auth.issuer}{path}"
    foreign = (await opened(auth, other, "/account")).form("/account/sign-out").fields
    files = {"picture": ("a", b"b")} if path == "/account/picture" else None
    for data in ({}, {"csrf_token": "x" * 64}, foreign):
        headers = SAME_SITE | ({} if files else FORM)
        answer = await somebody.browser.request(
            "POST", url, data=data, files=files, headers=headers
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("path", FORMS)
async def test_AU18_no_form_is_taken_from_another_site(
    auth: AuthorizationServer, path: str
) -> None:
    somebody = await register(auth)
    page = await opened(auth, somebody, "/account")
    token = page.form("/account/profile").fields
    for headers in (
        {"sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        answer = await somebody.browser.request(
            "POST", f"{auth.issuer}{path}", data=token, headers=headers
        )
        assert answer.status_code == 403


async def test_a_profile_is_changed_but_not_the_address(
    auth: AuthorizationServer,
) -> None:
    """That has a page of its own, and a letter."""
    somebody = await register(auth)
    page = await somebody.browser.send(
        await opened(auth, somebody, "/account"),
        "/account/profile",
        name="New Name",
        email=f"new-{somebody.email}",
        phone_number="+44 20 7946 0018",
        birthdate="1990-12-31",
    )
    assert "Your profile is saved." in page.response.text
    fields = page.form("/account/profile").fields
    assert fields["name"] == "New Name"
    assert f"<dd>{somebody.email} " in page.response.text
    assert fields["phone_number"] == "+442079460018"
    assert "Not verified" in page.response.text


async def test_AU12_what_the_form_does_not_ask_is_not_taken(
    auth: AuthorizationServer,
) -> None:
    """Neither a flag of theirs nor another person's subject."""
    somebody, other = await register(auth), await register(auth)
    page = await opened(auth, somebody, "/account")
    subject = (await auth.tokens(other.browser))["access_token"]
    after = await somebody.browser.send(
        page,
        "/account/profile",
        name="New Name",
        email_verified="true",
        is_admin="1",
        disabled="1",
        username=other.username,
        sub=subject,
        subject=subject,
        picture="/pictures/1.webp",
    )
    assert after.response.status_code == 200
    assert f"<dd>{somebody.username}</dd>" in after.response.text
    assert "Not verified" in after.response.text
    assert "/pictures/" not in after.response.text
    theirs = await opened(auth, other, "/account")
    assert theirs.form("/account/profile").fields["name"] == "Some Body"


async def test_what_cannot_be_taken_is_said_and_kept_in_the_form(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    page = await opened(auth, somebody, "/account")
    for fields in ({"birthdate": "tomorrow"}, {"phone_number": "12"}):
        answer = await somebody.browser.send(page, "/account/profile", **fields)
        assert answer.response.status_code == 400
        assert answer.form("/account/profile").fields | fields == (
            answer.form("/account/profile").fields
        )


async def test_a_picture_is_shown_to_every_site_for_ever(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    answer = await upload(auth, somebody, picture())
    assert answer.headers["location"] == "/account?done=picture"
    tokens = await auth.tokens(somebody.browser)
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    claims = (await auth.http().get("/oauth/userinfo", headers=headers)).json()
    shown = await auth.http().get(claims["picture"])
    assert Image.open(BytesIO(shown.content)).size == (512, 512)
    assert shown.headers["content-type"] == "image/webp"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert shown.headers["cross-origin-resource-policy"] == "cross-origin"
    assert shown.headers["x-content-type-options"] == "nosniff"
    page = await somebody.browser.send(
        await opened(auth, somebody, "/account"), "/account/picture/delete"
    )
    assert "/pictures/" not in page.response.text
    assert (await auth.http().get(claims["picture"])).status_code == 404


@pytest.mark.parametrize("name", ["x", "a" * 32, "%00", "..%2f", "%ff", "%F0%9F%98%80"])
async def test_no_other_picture_is_there(auth: AuthorizationServer, name: str) -> None:
    assert (await auth.http().get(f"/pictures/{name}.webp")).status_code == 404


async def test_a_file_that_is_no_picture_is_refused_on_the_page(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    for image in (b"", b"<svg onload='alert(1)'/>", picture()[:90], bytes(5_300_000)):
        answer = await upload(auth, somebody, image)
        assert answer.status_code == 400
        assert 'id="error-picture"' in answer.text
    assert (await upload(auth, somebody, bytes(6_500_000))).status_code == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x; charset=undefined",
        "multipart/form-data; boundary=x; charset=idna",
        "multipart/form-data; boundary=x; charset=unicode_escape",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=xé",
        "application/x-www-form-urlencoded",
        "application/json",
        "text/plain",
        "",
    ],
)
async def test_LG03_an_upload_of_another_type_is_refused(
    auth: AuthorizationServer, content_type: str
) -> None:
    somebody = await register(auth)
    part = PART + b'; name="csrf_token"\r\n\r\n\\ud800'
    answer = await somebody.browser.request(
        "POST",
        f"{auth.issuer}/account/picture",
        content=part + b"\xff\r\n--x--\r\n",
        headers=SAME_SITE | {"content-type": content_type.encode("latin-1")},
    )
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"--x",
        b"--x\r\n\r\n\r\n--x--",
        PART + b"\r\n\r\na\r\n--x--",
        PART + b'; name="csrf_token"\r\n\r\n\xff\r\n--x--',
        PART + b"; name=\"a\"; filename*=x''%ff\r\n\r\n--x--",
        PART + b'; name="a"\r\n\r\n' + b"a" * 9000,
        (PART + b'; name="a"\r\n\r\na\r\n') * 9 + b"--x--",
        b"--x\r\n" + b"a" * 9000 + b": b\r\n\r\n--x--",
    ],
)
async def test_an_upload_that_is_malformed_is_refused(
    auth: AuthorizationServer, body: bytes
) -> None:
    somebody = await register(auth)
    answer = await somebody.browser.request(
        "POST",
        f"{auth.issuer}/account/picture",
        content=body,
        headers=SAME_SITE | {"content-type": "multipart/form-data; boundary=x"},
    )
    assert answer.status_code in {400, 403}


async def test_LG10_a_new_password_ends_whatever_the_old_one_opened(
    auth: AuthorizationServer,
) -> None:
    """Other sessions, refresh tokens, a stolen copy of this very cookie."""
    somebody = await with_consent(auth)
    other = await another_browser(auth, somebody)
    stolen = somebody.browser.copy()
    tokens = [await auth.tokens(browser) for browser in (somebody.browser, other)]
    code = await auth.code(other)
    new = "a new one, rather long"

    page = await change_password(auth, somebody, somebody.password, new)

    assert "Your password is changed." in page.response.text
    assert (await opened(auth, somebody, "/account")).url == f"{auth.issuer}/account"
    for browser in (other, stolen):
        login = await browser.get(f"{auth.issuer}/account")
        assert login.url.startswith(f"{auth.issuer}/login")
    for each in tokens:
        assert (await auth.refresh(each["refresh_token"])).status_code == 400
        headers = {"authorization": f"Bearer {each['access_token']}"}
        answer = await auth.http().get("/oauth/userinfo", headers=headers)
        assert answer.status_code == 401
    late = await auth.token(token_parameters(code))
    assert late.json()["error"] == "invalid_grant"
    fresh = auth.browser()
    refused = await somebody.sign_in(fresh, await fresh.get(f"{auth.issuer}/login"))
    assert refused.response.status_code == 400
    let_in = await fresh.send(
        refused, "/login", identifier=somebody.username, password=new
    )
    assert let_in.url == f"{auth.issuer}/account"


async def test_AU18_the_current_password_is_needed_and_counted(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    other = await another_browser(auth, somebody)
    for current in ("", "wrong", "wronger", "very wrong", "again"):
        page = await change_password(auth, somebody, current, "a new one, rather long")
        assert page.response.status_code == 403
    slow = await change_password(
        auth, somebody, somebody.password, "a new one, rather long"
    )
    assert slow.response.status_code == 429
    assert int(slow.response.headers["retry-after"]) > 0
    assert (await other.get(f"{auth.issuer}/account")).url == f"{auth.issuer}/account"


async def test_AU17_a_new_password_is_held_to_the_rules(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    for new in ("", "short", "password", somebody.username, "é" * 600):
        page = await change_password(auth, somebody, somebody.password, new)
        assert page.response.status_code == 400
        assert 'id="error-new_password"' in page.response.text


async def test_one_session_is_ended_and_then_all_others(
    auth: AuthorizationServer,
) -> None:
    somebody = await with_consent(auth)
    others = [await another_browser(auth, somebody) for _ in range(3)]
    tokens = await auth.tokens(others[0])
    page = await opened(auth, somebody, "/account/sessions")
    ends = [f.fields["sid"] for f in page.forms if "sid" in f.fields]
    assert len(ends) == 3
    assert page.response.text.count("This browser") == 1

    page = await somebody.browser.send(page, "/account/sessions/end", sid=ends[0])
    gone = [await opened_by(auth, browser) for browser in others].count(False)
    assert gone == 1
    page = await somebody.browser.send(page, "/account/sessions/end", others="1")

    assert not any([await opened_by(auth, browser) for browser in others])
    assert await opened_by(auth, somebody.browser)
    # web-app's tokens were bound to a session unless they are for offline access.
    assert (await auth.refresh(tokens["refresh_token"])).status_code == 400


async def opened_by(auth: AuthorizationServer, browser: Browser) -> bool:
    page = await browser.get(f"{auth.issuer}/account")
    return page.url == f"{auth.issuer}/account"


async def test_nobody_ends_the_session_of_another(auth: AuthorizationServer) -> None:
    somebody, other = await register(auth), await register(auth)
    twin = await another_browser(auth, other)
    theirs = await opened(auth, other, "/account/sessions")
    sids = [f.fields["sid"] for f in theirs.forms if "sid" in f.fields]
    page = await opened(auth, somebody, "/account")
    token = page.form("/account/profile").fields["csrf_token"]
    await somebody.browser.request(
        "POST",
        f"{auth.issuer}/account/sessions/end",
        data={"csrf_token": token, "sid": sids[0]},
        headers=SAME_SITE,
    )
    assert await opened_by(auth, twin)


async def test_LG09_signing_out_ends_the_session_at_the_server(
    auth: AuthorizationServer,
) -> None:
    somebody = await register(auth)
    copy = somebody.browser.copy()
    page = await opened(auth, somebody, "/account")
    front = await somebody.browser.send(page, "/account/sign-out")
    assert front.url == f"{auth.issuer}/"
    assert not await opened_by(auth, copy)


async def test_CN12_an_app_that_is_removed_has_no_access(
    auth: AuthorizationServer,
) -> None:
    """Every family of theirs is dead, offline or not, and the app asks anew."""
    somebody = await with_consent(auth, scope="openid notes:read offline_access")
    tokens = await auth.tokens(somebody.browser, scope="openid offline_access")
    page = await opened(auth, somebody, "/account/apps")
    assert "Web App" in page.response.text
    assert "Read your notes" in page.response.text

    page = await somebody.browser.send(page, "/account/apps/revoke")

    assert "The app has no access any more." in page.response.text
    assert "Web App" not in page.response.text
    assert (await auth.refresh(tokens["refresh_token"])).status_code == 400
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (
        await auth.http().get("/oauth/userinfo", headers=headers)
    ).status_code == 401
    again = await auth.authorize(somebody.browser)
    assert again.url.startswith(f"{auth.issuer}/consent")
