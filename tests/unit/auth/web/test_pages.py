"""Every page: what it is given comes out as text, and nothing runs."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from auth_service.protocol.client import Client
from auth_service.web import pages
from auth_service.web.pages import page
from auth_service.web.static_files import URLS
from tests.unit.auth.web.values import APP, CONTEXTS

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
