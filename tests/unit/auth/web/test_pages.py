"""Every page: what it is given comes out as text, and nothing runs."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType

import pytest
from jinja2 import UndefinedError

from auth_service.flows.account.authenticator import Setup
from auth_service.protocol.client import Client
from auth_service.protocol.factors import Factors, Passkey
from auth_service.web import pages
from auth_service.web.pages import page
from auth_service.web.static_files import URLS

NOW = datetime(2026, 11, 21, 14, 3, tzinfo=UTC)
PERSON = MappingProxyType(
    {
        "name": "Alice",
        "username": "alice",
        "email": "alice@example.com",
        "email_verified": True,
        "picture_url": "/pictures/1.webp",
        "phone_number": "+44 20 7946 0018",
        "birthdate": date(1990, 2, 3),
        "emp_user_id": "E-1",
    }
)
SCOPE = MappingProxyType(
    {
        "name": "a",
        "description": "Read",
        "sensitive": True,
        "of_person": True,
        "checked": True,
    }
)
FIELDS = (
    "name",
    "username",
    "email",
    "phone_number",
    "birthdate",
    "emp_user_id",
    "kind",
    "client_name",
    "client_uri",
    "redirect_uris",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "initiate_login_uri",
    "logo_uri",
    "policy_uri",
    "tos_uri",
    "description",
    "contacts",
    "token_endpoint_auth_method",
    "jwks",
    "jwks_uri",
)
VALUES = MappingProxyType(dict.fromkeys((*FIELDS, "locale"), "x"))
APP = MappingProxyType(
    {
        "client_id": "c1",
        "logo": "/logos/ab.webp",
        "client_name": "Notes",
        "client_uri": "https://notes.example/",
        "application_type": "web",
        "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["authorization_code"],
        "scopes": ["openid"],
        "redirect_uris": ["https://notes.example/cb"],
        "backchannel_logout_uri": "https://notes.example/logout",
        "created_at": NOW,
        "kind": "web",
        "live": False,
        "testers": ["bob"],
    }
)
LINES = MappingProxyType(
    {"redirect_uris": [{"number": 1, "text": "https://x.example/", "problem": "Odd."}]}
)
METHODS = [["client_secret_basic", "Secret", "In the header."]]
CONSOLE = MappingProxyType({"app": APP, "kind": "web", "issuer": "https://id.example"})
ACCOUNT = MappingProxyType(
    {**PERSON, "subject": "s1", "disabled": True, "administrator": True}
)
ADMINISTERED = MappingProxyType(
    {
        **APP,
        "owner": "s1",
        "publisher": "Alice",
        "self_registered": False,
        "verified": True,
        "suspended": True,
        "first_party": True,
    }
)
CONTEXTS: Mapping[str, Mapping[str, object]] = {
    "login.html": {
        "client_name": "Notes",
        "client_logo": None,
        "identifier": "alice",
        "again": False,
        "error": "Wrong.",
        "retry_after": 61,
        "handle": "h",
        "next": "/account",
        "options": "{}",
        "register_url": "/register",
    },
    "second_factor.html": {
        "client_name": "Notes",
        "step": "s",
        "options": "{}",
        "codes": True,
        "recovery_codes": 10,
        "error": "Wrong.",
        "retry_after": 61,
    },
    "mail/check_mail.html": {
        "email": "a@b.example",
        "pending": "p",
        "errors": {"code": "Wrong."},
        "sent_again": True,
        "retry_after": 61,
    },
    "mail/confirm_sign_up.html": {
        "username": "alice",
        "email": "a@b.example",
        "asks_password": True,
        "token": "t",
        "errors": {"password": "Wrong."},
        "retry_after": 61,
    },
    "mail/name_taken.html": {"errors": {"username": "Taken."}},
    "mail/link_over.html": {"again": "/reset"},
    "mail/no_mail.html": {},
    "mail/reset.html": {},
    "mail/reset_sent.html": {},
    "mail/reset_new.html": {
        "username": "alice",
        "token": "t",
        "errors": {"new_password": "Short."},
    },
    "mail/reset_done.html": {},
    "mail/email.html": {
        "email": "a@b.example",
        "email_verified": False,
        "sends_mail": True,
        "values": VALUES,
        "errors": {"email": "Odd."},
        "notice": "Done.",
    },
    "mail/address_sent.html": {"email": "a@b.example"},
    "mail/confirm_address.html": {
        "email": "a@b.example",
        "username": "alice",
        "token": "t",
    },
    "mail/inbox.html": {
        "letters": [
            {
                "url": "/dev/mail/1",
                "to": "a@b.example",
                "subject": "Hello",
                "sent_at": NOW,
            }
        ]
    },
    "mail/letter.html": {
        "letter": {
            "sender": "Valetkey <v@id.example>",
            "to": "a@b.example",
            "subject": "Hello",
        },
        "parts": ["Look: ", "https://id.example/reset/new?token=t", ""],
        "sent_at": NOW,
    },
    "register.html": {
        "errors": {"username": "Taken.", "birthdate": "Odd.", "form": "Wait."},
        "values": VALUES,
        "handle": "h",
        "next": "/account",
        "login_url": "/login",
        "client_name": "Notes",
    },
    "consent.html": {
        "client_name": "Notes",
        "client_logo": "/logos/ab.webp",
        "verified": True,
        "live": False,
        "client_uri": "https://notes.example/",
        "policy_uri": "https://notes.example/policy",
        "tos_uri": "https://notes.example/terms",
        "publisher": "Bob",
        "address": "notes.example",
        "self_registered": True,
        "redirect_host": "notes.example",
        "person": PERSON,
        "new_scopes": [SCOPE],
        "granted_scopes": [SCOPE],
        "resource_names": ["Notes API"],
        "localhost_warning": True,
        "handle": "h",
    },
    "device/code.html": {"person": PERSON, "typed": "WDJB-", "error": "Wrong."},
    "device/confirm.html": {
        "user_code": "WDJB-MJHT",
        "client_name": "Notes",
        "client_logo": None,
        "client_uri": "https://notes.example/",
        "policy_uri": "https://notes.example/policy",
        "tos_uri": "https://notes.example/terms",
        "publisher": "Bob",
        "address": None,
        "self_registered": True,
        "person": PERSON,
        "scopes": [SCOPE],
        "resource_names": ["Notes API"],
        "device": {"ip": "192.0.2.1", "user_agent": "TV", "asked_at": NOW},
    },
    "device/done.html": {"answer": "allowed"},
    "select_account.html": {
        "client_name": "Notes",
        "client_logo": None,
        "current": {**PERSON, "sid": "a"},
        "others": [{**PERSON, "sid": "b"}],
        "handle": "h",
    },
    "error.html": {
        "title": "Wrong",
        "message": "It went wrong.",
        "advice": "Try again.",
        "error": "invalid_request",
        "description": "bad",
        "request_id": "1",
        "time": "now",
        "back_url": "https://notes.example/",
        "back_label": "Back",
    },
    "leave.html": {
        "client_name": "Notes",
        "address": "notes.example",
        "redirect_host": "notes.example",
        "url": "https://notes.example/cb?error=x",
    },
    "logout.html": {
        "client_name": "Notes",
        "fields": {"state": "s"},
        "several": True,
    },
    "signed_out.html": {
        "client_name": "Notes",
        "client_uri": "https://notes.example/",
    },
    "home.html": {"issuer": "https://id.example"},
    "account/security.html": {
        "username": "alice",
        "factors": Factors(authenticator=True, passkeys=1, recovery_codes=1),
        "passkeys": [
            Passkey(
                credential_id="AA",
                subject="s",
                public_key=b"",
                name="Phone",
                sign_count=0,
                backup_eligible=True,
                backed_up=True,
                created_at=NOW,
            )
        ],
        "errors": {"new_password": "Odd."},
        "notice": "Done.",
    },
    "account/add_passkey.html": {"options": "{}", "errors": {"form": "Odd."}},
    "account/add_authenticator.html": {
        "setup": Setup(name="s", secret="ABCD", uri="otpauth://totp/x"),
        "secret": "ABCD",
        "errors": {"code": "Odd."},
    },
    "account/recovery_codes.html": {"codes": ["aaaa-bbbb-cccc-dddd"]},
    "account/profile.html": {
        "person": PERSON,
        "values": VALUES,
        "languages": [("en", "English")],
        "errors": {"name": "Odd."},
        "notice": "Saved.",
    },
    "account/activity.html": {
        "entries": [
            {"at": NOW, "text": "You signed in.", "app": "App", "ip": "192.0.2.1"},
            {"at": NOW, "text": "You signed out.", "app": None, "ip": None},
        ],
        "next": "a-token",
        "first": False,
    },
    "account/data.html": {},
    "account/delete.html": {
        "username": "alice",
        "apps": [{"client_id": "c", "client_name": "App", "people": 2}],
        "blocked": True,
        "errors": {"username": "Odd."},
    },
    "account/sessions.html": {
        "sessions": [
            {
                "sid": str(n),
                "device": "Firefox",
                "ip": "192.0.2.1",
                "auth_time": NOW,
                "last_seen_at": NOW,
                "current": n == 0,
            }
            for n in range(2)
        ],
        "notice": "Ended.",
    },
    "account/connected_apps.html": {
        "apps": [
            {
                "client": APP,
                "opening_url": "https://notes.example/start",
                "scopes": [SCOPE],
                "granted_at": NOW,
                "used_at": NOW,
            }
        ],
        "notice": "Gone.",
    },
    "apps/list.html": {
        "apps": [APP],
        "offers": [{"client_id": "c2", "client_name": "Maps", "publisher": "Bob"}],
        "notice": "Deleted.",
    },
    "apps/new.html": {
        "scopes": [SCOPE],
        "methods": METHODS,
        "values": VALUES,
        "lines": LINES,
        "errors": {"client_name": "Empty.", "kind": "None.", "scope": "None."},
    },
    "apps/testing.html": {
        **CONSOLE,
        "checks": [
            {"text": "A home page.", "done": True, "required": True},
            {"text": "A contact.", "done": False, "required": True},
            {"text": "A logo.", "done": False, "required": False},
        ],
        "errors": {"name": "No name."},
        "values": {"name": "x"},
        "notice": "Added.",
    },
    "apps/test.html": {**CONSOLE, "error": ["invalid_scope", "It is unknown."]},
    "apps/tested.html": {
        **CONSOLE,
        "result": {
            "request": {"scope": "openid"},
            "answer": {"code": "c0de", "state": "s"},
            "error": ["invalid_grant", "It was used."],
            "tokens": {"expires_in": 600},
            "elided": ["access_token"],
            "id_token": {"sub": "alice"},
            "nonce_matches": True,
        },
        "tokens": "{}",
        "id_token": "{}",
    },
    "apps/use.html": {
        **CONSOLE,
        "audience": "https://api.example",
        "api_scope": "notes:read",
    },
    "apps/errors.html": {
        **CONSOLE,
        "refusals": [
            [
                {
                    "at": NOW,
                    "endpoint": "/oauth/authorize",
                    "error": "invalid_request",
                    "description": "redirect_uri is not registered for this app",
                    "detail": "More.",
                    "ip": "192.0.2.1",
                    "came": {"redirect_uri": "https://x.example/"},
                    "names": ["state"],
                    "method": "none",
                },
                [
                    {
                        "name": "redirect_uri",
                        "same": "https://",
                        "came": "x.example/",
                        "expected": "y.example/",
                    }
                ],
            ]
        ],
    },
    "in_testing.html": {
        "client_name": "Notes",
        "client_logo": "/logos/ab.webp",
        "address": None,
        "redirect_host": "notes.example",
        "url": "https://notes.example/cb?error=access_denied",
    },
    "apps/logouts.html": {
        **CONSOLE,
        "deliveries": [
            {
                "id": "d1",
                "sid": "abcdefghijk",
                "created_at": NOW,
                "attempts": 2,
                "outcome": "503",
                "next_attempt_at": NOW,
                "delivered_at": None,
            }
        ],
        "notice": "Again.",
    },
    "apps/show.html": {
        **CONSOLE,
        "secret": "s3cret",
        "secrets": [
            {"id": "1", "hint": "abc", "created_at": NOW, "last_used_at": None}
        ],
        "uses_secret": True,
        "scopes": [SCOPE],
        "grants": [
            {"name": "refresh_token", "text": "Stay.", "fixed": False, "checked": True}
        ],
        "methods": METHODS,
        "values": VALUES,
        "lines": LINES,
        "errors": {"confirm": "Not the name."},
        "notice": "Saved.",
        "opening_url": "https://notes.example/start",
        "transfer": None,
    },
    "admin/set_up.html": {"username": "alice", "token": "t"},
    "admin/people.html": {
        "rows": [[ACCOUNT, NOW]],
        "next": "token",
        "search": "al",
        "order": "newest",
        "orders": ["username", "newest"],
    },
    "admin/person_new.html": {"values": VALUES, "errors": {"username": "Odd."}},
    "admin/person.html": {
        "person": ACCOUNT,
        "sessions": [{"device": "Firefox", "ip": "192.0.2.1", "last_seen_at": NOW}],
        "notice": "Done.",
        "problem": "Not now.",
        "reset_link": "https://id.example/reset/new?token=t",
    },
    "admin/apps.html": {
        "apps": [ADMINISTERED],
        "next": "token",
        "search": "no",
        "order": "name",
        "orders": ["name", "newest"],
    },
    "admin/app.html": {
        "app": ADMINISTERED,
        "secrets": [{"hint": "abcdef", "last_used_at": None}],
        "notice": "Done.",
        "problem": "Not now.",
    },
    "admin/resources.html": {
        "resources": [
            {
                "identifier": "https://api.example",
                "name": "Notes",
                "scopes": [{**SCOPE, "reserved": True}],
            }
        ],
        "own": "https://id.example/api/admin",
    },
    "admin/resource.html": {
        "action": "/admin/resource",
        "values": {
            "identifier": "https://api.example",
            "name": "Notes",
            "client_id": "notes-api",
        },
        "rows": [{**SCOPE, "reserved": True}],
        "errors": {"scopes": "Twice."},
        "notice": "Saved.",
    },
    "admin/keys.html": {
        "keys": [
            {
                "kid": "k1",
                "alg": "ES256",
                "state": "retired",
                "created_at": NOW,
                "active_at": NOW,
            }
        ],
        "notice": "Done.",
        "problem": "Not now.",
    },
    "admin/audit.html": {
        "events": [
            {
                "event": "sign_in",
                "at": NOW,
                "subject": "s",
                "client_id": "c1",
                "ip": "192.0.2.1",
                "detail": {"by": "s", "amr": ["pwd"]},
            }
        ],
        "next": "token",
        "names": ["sign_in"],
        "values": {
            "event": "sign_in",
            "person": "alice",
            "client_id": "c1",
            "since": "2026-01-01",
            "until": "",
        },
        "query": "event=sign_in",
    },
    "admin/settings.html": {
        "settings": [{"name": "PORT", "value": "9000", "source": "default"}]
    },
}
FRAMES = {
    *("layout.html", "frame.html", "flow.html", "asking.html"),
    *("meter.html", "parts.html"),
}
#: What chooses which parts a page shows is never free text.
CHOICES = {
    *("grant_types", "kind", "token_endpoint_auth_method"),
    *("action", "orders", "source", "state"),
}


class Elements(HTMLParser):
    """The elements of a page with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def attributes(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.found if name == tag)


def render(name: str, **changes: object) -> str:
    context = {"csrf_token": "t0ken", **CONTEXTS[name], **changes}
    return bytes(page(name, **context).body).decode()


def poisoned(value: object, poison: str) -> object:
    """The same shape with the poison at the end of every string."""
    if isinstance(value, str):
        return value + poison
    if isinstance(value, Mapping):
        return {
            key: item if key in CHOICES else poisoned(item, poison)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [poisoned(item, poison) for item in value]
    return value


def all_poisoned(name: str, poison: str) -> str:
    changed = poisoned(CONTEXTS[name], poison)
    assert isinstance(changed, dict)
    return render(name, **changed)


def test_every_page_is_tried_here() -> None:
    folder = Path(pages.__file__).parent / "pages"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*.html")}
    # The one page with a script, which posts to the app: AZ24 looks at that.
    there.remove("form_post.html")
    assert {n for n in there if Path(n).name not in FRAMES} == set(CONTEXTS)


@pytest.mark.parametrize("name", CONTEXTS)
def test_CN07_markup_in_any_value_comes_out_as_text(name: str) -> None:
    poison = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    plain, hostile = Elements(render(name)).found, all_poisoned(name, poison)
    elements = Elements(hostile).found
    assert [tag for tag, _ in elements if tag == "style"] == []
    scripts = [a for tag, a in elements if tag == "script"]
    assert all(set(a) <= {"src", "type"} for a in scripts)
    assert {str(a["src"]) for a in scripts} <= set(URLS.values())
    assert len(elements) == len(plain)
    for _, attributes in elements:
        assert not [a for a in attributes if a == "style" or a.startswith("on")]


@pytest.mark.parametrize("name", CONTEXTS)
def test_CN07_no_value_can_reorder_or_hide_text(name: str) -> None:
    deceiving = "\u202egnp.exe\u2066\u200b\u0007\ufeff\u2028"
    assert not set(deceiving) - set("gnp.exe") & set(all_poisoned(name, deceiving))


def test_CN07_a_name_in_another_script_is_isolated_and_kept() -> None:
    html = render("consent.html", client_name="דוגמה 👩\u200d🚀")
    assert "<h1><bdi>דוגמה 👩\u200d🚀</bdi>" in html


@pytest.mark.parametrize(
    "uri", ["javascript:alert(1)", "JaVaScript:x", "data:text/html,x", "//evil", ""]
)
def test_CN08_an_address_that_is_not_a_web_page_is_no_link(uri: str) -> None:
    linked = [
        render("consent.html", client_uri=uri, policy_uri=uri, tos_uri=uri),
        render("signed_out.html", client_uri=uri),
        render("error.html", back_url=uri),
        render("apps/show.html", opening_url=uri),
    ]
    for html in linked:
        assert uri not in [a.get("href") for a in Elements(html).attributes("a")]


def test_CN08_a_link_to_an_app_tells_it_nothing() -> None:
    links = list(Elements(render("consent.html")).attributes("a"))
    outside = [a for a in links if "notes.example" in str(a["href"])]
    assert len(outside) == 3
    assert all("noreferrer noopener" in str(a["rel"]) for a in outside)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_form_is_a_post_with_a_csrf_token(name: str) -> None:
    html = render(name)
    found = Elements(html).attributes("form")
    # A search changes nothing.
    forms = [form for form in found if form.get("role") != "search"]
    assert all(form["method"] == "post" for form in forms)
    assert html.count('name="csrf_token" value="t0ken"') == len(forms)


@pytest.mark.parametrize("name", CONTEXTS)
def test_every_input_that_people_see_has_a_label(name: str) -> None:
    elements = Elements(render(name))
    labels = {label.get("for") for label in elements.attributes("label")}
    for tag in ("input", "textarea"):
        for attributes in elements.attributes(tag):
            wrapped = attributes.get("type") in {"hidden", "checkbox", "radio"}
            named = attributes.get("id") in labels or "aria-label" in attributes
            assert wrapped or named, attributes


@pytest.mark.parametrize("name", CONTEXTS)
def test_no_id_is_given_twice(name: str) -> None:
    ids = [a["id"] for _, a in Elements(render(name)).found if "id" in a]
    assert len(ids) == len(set(ids))


def test_what_is_wrong_is_tied_to_its_field() -> None:
    elements = Elements(render("register.html"))
    field = next(a for a in elements.attributes("input") if a.get("id") == "username")
    assert field["aria-invalid"] == "true"
    assert field["aria-describedby"] == "error-username"
    assert "#username" in [a.get("href") for a in elements.attributes("a")]
    assert "open" in next(elements.attributes("details"))


def test_a_password_is_never_written_back() -> None:
    html = render("register.html", values={"password": "hunter22hunter22"})
    assert "hunter22" not in html


def test_a_name_that_the_page_needs_is_missed() -> None:
    with pytest.raises(UndefinedError, match="issuer"):
        page("home.html")


def test_a_page_outside_of_a_flow_has_no_handle() -> None:
    html = render("login.html", handle=None, next=None, client_name=None)
    assert 'name="handle"' not in html
    assert "Cancel" not in html


def test_a_moment_is_shown_in_utc() -> None:
    there = datetime(2026, 11, 22, 1, 3, tzinfo=timezone(timedelta(hours=11)))
    html = render("apps/list.html", apps=[{**APP, "created_at": there}])
    expected = '<time datetime="2026-11-21T14:03:00+00:00">21 Nov 2026, 14:03 UTC<'
    assert expected in html


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes")],
)
def test_a_wait_is_said_in_words(seconds: int, said: str) -> None:
    html = render("login.html", retry_after=seconds)
    assert f"Try again in {said}." in html


@pytest.mark.parametrize(
    ("kind", "method", "grants", "expected"),
    [
        (
            "service",
            "client_secret_basic",
            {"client_credentials"},
            '-u "c:$CLIENT_SECRET"',
        ),
        (
            "web",
            "client_secret_post",
            {"authorization_code"},
            "client_id=c -d client_secret=",
        ),
        ("web", "private_key_jwt", {"authorization_code"}, "-d client_assertion="),
        ("spa", "none", {"authorization_code"}, "-d client_id=c -d grant_type"),
    ],
)
def test_the_snippets_are_filled_in(
    kind: str, method: str, grants: set[str], expected: str
) -> None:
    client = Client(
        client_id="c",
        client_name="Notes",
        token_endpoint_auth_method=method,
        grant_types=frozenset(grants),
        scopes=frozenset({"openid", "notes:read"}),
    )
    html = render("apps/use.html", app=client, kind=kind).replace("&#34;", '"')
    assert expected in html
    asked = "scope=notes%3Aread%20openid" in html
    assert asked == ("authorization_code" in grants)
    assert 'SCOPE="notes:read openid"' in html
    assert ("CLIENT_SECRET=" in html) == method.startswith("client_secret")
    assert 'require_scope("notes:read")' in html
    assert "https://api.example" in html
    assert ("openid-client" in html) == (kind == "web")
