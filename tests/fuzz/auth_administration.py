"""Requests to what is for administrators, by people and programs who are none."""

from dataclasses import replace

from tests.fuzz.auth_parts import form, page
from tests.fuzz.requests import Live, Request

_PERSON = "/admin/people/{subject}"
_SEARCHES = ("/admin/people", "/admin/apps", "/admin/audit")
_PAGES = (
    *("/admin", "/admin/keys", "/admin/people/new", "/admin/resources"),
    *("/admin/resources/new", "/admin/settings", "/admin/audit.csv"),
    *("/admin/audit.jsonl", "/admin/app", "/admin/resource", _PERSON),
)
_FORMS = (
    *("/admin/app", "/admin/resource", "/admin/resources/new", "/admin/people/new"),
    *("/admin/keys/remove", "/admin/keys/rotate"),
    *(
        f"{_PERSON}/{change}"
        for change in (
            *("disable", "enable", "end-sessions", "make-administrator"),
            *("unmake-administrator", "reset", "verify-email"),
        )
    ),
)
_ASKED = {"q": ("alice",), "page_token": ("x",), "sort": ("id",), "event": ("x",)}
_BEARER = (("authorization", Live("own_bearer")),)
_PEOPLE = "/api/admin/people"
_CALLS = (
    *(("GET", f"/api/admin/{noun}") for noun in ("app", "apps", "audit", "keys")),
    *(("GET", f"/api/admin/{noun}") for noun in ("resources", "settings")),
    ("GET", "/api/admin/audit/export"),
    ("GET", "/api/admin/openapi.json"),
    ("GET", _PEOPLE),
    ("GET", f"{_PEOPLE}/{{subject}}"),
    ("GET", f"{_PEOPLE}/{{subject}}/sessions"),
    ("POST", "/api/admin/app"),
    ("POST", "/api/admin/keys/rotate"),
    ("POST", _PEOPLE),
    ("POST", f"{_PEOPLE}/{{subject}}/reset"),
    ("POST", f"{_PEOPLE}/{{subject}}/{{change}}"),
    ("PUT", "/api/admin/resource"),
    ("DELETE", "/api/admin/keys/{kid}"),
)


def _there(path: str) -> str:
    for name in ("subject", "change", "kid"):
        path = path.replace(f"{{{name}}}", f"some-{name}")
    return path


def _called(method: str, path: str) -> Request:
    request = replace(page(_there(path), cookies=()), method=method, headers=_BEARER)
    return replace(request, extras=_ASKED)


def _by_path() -> dict[str, tuple[Request, ...]]:
    found: dict[str, tuple[Request, ...]] = {}
    for path in (*_PAGES, *_SEARCHES):
        found[path] = (replace(page(_there(path)), extras=_ASKED),)
    for path in _FORMS:
        sent = form(_there(path), ("client_id", "web-app"), ("name", "x"))
        found[path] = (*found.get(path, ()), sent)
    for method, path in _CALLS:
        found[path] = (*found.get(path, ()), _called(method, path))
    return found


ADMINISTRATION: dict[str, tuple[Request, ...]] = {
    **_by_path(),
    "/admin/set-up": (
        page("/admin/set-up", (("token", "x" * 43),)),
        form("/admin/set-up", ("token", "x" * 43)),
    ),
    "/.well-known/oauth-protected-resource/api/admin": (
        page("/.well-known/oauth-protected-resource/api/admin", cookies=()),
    ),
    "/logos/{logo_id}.webp": (page(f"/logos/{'a' * 32}.webp", cookies=()),),
    "/account/activity": (
        page("/account/activity"),
        page("/account/activity", (("after", "x"),)),
    ),
    "/account/data": (page("/account/data"), form("/account/data")),
    "/account/delete": (
        page("/account/delete"),
        form("/account/delete", ("username", "somebody else")),
    ),
}
