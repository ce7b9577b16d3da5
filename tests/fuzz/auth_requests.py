"""Good requests to every route of the authorization server, for fuzzing to spoil."""

from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote_plus

from auth_service.web.visitors import BROWSER_COOKIE, SESSION_COOKIE
from tests.builders import auth as builder
from tests.fuzz.auth_world import NEW_APP, PICTURE
from tests.fuzz.requests import Live, Pairs, Request, changed

SAME_SITE: Pairs = (("sec-fetch-site", "same-origin"),)
MEMBER: Pairs = (
    (BROWSER_COOKIE, Live("browser")),
    (SESSION_COOKIE, Live("session")),
)
GUEST: Pairs = ((BROWSER_COOKIE, Live("guest_browser")),)
MINE = ("csrf_token", Live("csrf"))
THEIRS = ("csrf_token", Live("guest_csrf"))
SCOPES = ("openid", "openid notes:read", "notes:read notes:write", "offline_access")


def basic(client_id: str) -> Pairs:
    """Basic credentials (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(builder.SECRETS[client_id])}"
    return (("authorization", f"Basic {b64encode(pair.encode()).decode()}"),)


def page(path: str, query: Pairs = (), cookies: Pairs = MEMBER) -> Request:
    """Somebody opens a page."""
    return Request("GET", _segments(path), query=query, cookies=cookies)


def form(path: str, *fields: tuple[str, object], cookies: Pairs = MEMBER) -> Request:
    """Somebody sends one of our own forms."""
    pairs: Pairs = (*fields, MINE if cookies == MEMBER else THEIRS)  # type: ignore[assignment]
    return Request(
        "POST", _segments(path), form=pairs, cookies=cookies, headers=SAME_SITE
    )


def call(
    path: str, fields: Pairs, headers: Pairs = (), **extras: tuple[str, ...]
) -> Request:
    """A program calls."""
    return Request("POST", _segments(path), form=fields, headers=headers, extras=extras)


def _segments(path: str) -> tuple[str | Live, ...]:
    parts = path.removeprefix("/").split("/")
    return tuple(Live(p[1:-1]) if p.startswith("{") else p for p in parts)


AUTHORIZE = tuple(builder.authorize_parameters().items())
_ASK = {
    "prompt": ("none", "login", "consent", "login consent"),
    "max_age": ("0", "1", "999999999"),
    "login_hint": ("alice", "alice@people.example"),
    "response_mode": ("query", "fragment", "form_post"),
    "resource": (builder.API, "https://other-api.example"),
    "scope": (*SCOPES, "openid other:read"),
    "id_token_hint": ("a.b.c",),
    "request": ("x",),
    "request_uri": ("https://app.example/r",),
    "code_challenge_method": ("plain", "S256"),
    "ui_locales": ("de en",),
    "claims": ('{"id_token":{"acr":null}}',),
}
_NATIVE = changed(
    AUTHORIZE, client_id="native-app", redirect_uri="http://127.0.0.1:4711/cb"
)
_authorize = replace(page("/oauth/authorize", AUTHORIZE), extras=_ASK)
_hinted = replace(_authorize, query=changed(AUTHORIZE, id_token_hint=Live("id_token")))
_LOGIN: Pairs = (("identifier", "nobody"), ("password", "not the password"))
_PERSON: Pairs = (
    ("username", Live("new_name")),
    ("email", Live("new_email")),
    ("password", "seven purple elephants"),
    ("name", "New Comer"),
    ("phone_number", "+49 30 123456"),
    ("birthdate", "1990-12-31"),
    ("emp_user_id", Live("new_number")),
)
_LOGOUT: Pairs = (
    ("id_token_hint", Live("id_token")),
    ("client_id", "web-app"),
    ("post_logout_redirect_uri", "https://app.example/bye"),
    ("state", "after"),
)
_APP: Pairs = (*NEW_APP.items(), ("scope", "profile"))

PEOPLE: dict[str, tuple[Request, ...]] = {
    "/": (page("/", cookies=()), page("/")),
    "/oauth/authorize": (
        _authorize,
        replace(_authorize, cookies=GUEST),
        replace(_authorize, query=_NATIVE),
        _hinted,
        replace(_authorize, method="POST", query=(), form=AUTHORIZE),
    ),
    "/oauth/authorize/resume": (
        page("/oauth/authorize/resume", (("handle", Live("resume")),)),
        page("/oauth/authorize/resume", (("handle", Live("login")),), GUEST),
    ),
    "/login": (
        page("/login", (("handle", Live("login")),), GUEST),
        page("/login", (("next", "/account/apps"),), GUEST),
        page("/login", (("handle", Live("consent")),)),
        form("/login", ("handle", Live("login")), ("action", "cancel"), cookies=GUEST),
        form("/login", *_LOGIN, ("handle", Live("login")), cookies=GUEST),
        form(
            "/login",
            ("identifier", Live("username")),
            ("password", Live("password")),
            ("next", "/account"),
            ("remember", "1"),
            cookies=GUEST,
        ),
    ),
    "/register": (
        page("/register", (("handle", Live("login")),), GUEST),
        page("/register", (("next", "/apps"),), GUEST),
        form("/register", *_PERSON, ("handle", Live("login")), cookies=GUEST),
        form("/register", *_PERSON, ("next", "/apps"), cookies=GUEST),
        form("/register", *_PERSON[:3], cookies=GUEST),
    ),
    "/consent": (
        page("/consent", (("handle", Live("consent")),)),
        *(
            form("/consent", ("handle", Live("consent")), ("action", action))
            for action in ("allow", "deny", "switch")
        ),
    ),
    "/oauth/logout": (
        page("/oauth/logout", _LOGOUT, GUEST),
        page("/oauth/logout", _LOGOUT[1:]),
        page("/oauth/logout", _LOGOUT),
        replace(form("/oauth/logout", *_LOGOUT), headers=()),
    ),
    "/oauth/logout/confirm": (
        form("/oauth/logout/confirm", *_LOGOUT[1:], ("action", "stay")),
        form("/oauth/logout/confirm", *_LOGOUT[1:], cookies=GUEST),
    ),
    "/pictures/{picture_id}.webp": (
        Request("GET", ("pictures", "0123456789abcdef0123456789abcdef.webp")),
        Request("HEAD", ("pictures", Live("picture", "same"))),
    ),
    "/static/{name}": (
        Request("GET", ("static", "valetkey.css")),
        Request("GET", ("static", Live("stylesheet"))),
    ),
}
_MULTIPART: Pairs = (
    *SAME_SITE,
    ("content-type", "multipart/form-data; boundary=x"),
)
_PART = b"--x\r\ncontent-disposition: form-data"
_TOKEN_PART = (_PART + b'; name="csrf_token"\r\n\r\n', Live("csrf"), b"\r\n")
_FILE_PART = _PART + b'; name="picture"; filename="me.png"\r\n\r\n'
_picture = Request(
    "POST",
    ("account", "picture"),
    headers=_MULTIPART,
    cookies=MEMBER,
    body=(*_TOKEN_PART, _FILE_PART, PICTURE, b"\r\n--x--\r\n"),
)

MEMBERS: dict[str, tuple[Request, ...]] = {
    "/account": (page("/account"), page("/account", (("done", "profile"),))),
    "/account/profile": (form("/account/profile", *_PERSON[1:2], *_PERSON[3:]),),
    "/account/picture": (
        _picture,
        replace(_picture, body=(*_TOKEN_PART, _FILE_PART, b"GIF89a\r\n--x--\r\n")),
        replace(_picture, body=(*_TOKEN_PART, _FILE_PART[:-2], b"x: y\r\n--x--")),
        replace(_picture, body=(*_TOKEN_PART, b"--x\r\n: \r\n\r\n\r\n--x--\r\n")),
        replace(_picture, body=(_FILE_PART, PICTURE[:40], b"\r\n--x\r\n" * 9)),
    ),
    "/account/picture/delete": (form("/account/picture/delete"),),
    "/account/password": (
        form(
            "/account/password",
            ("current_password", "not the password"),
            ("new_password", "eight yellow giraffes"),
        ),
        form(
            "/account/password",
            ("current_password", Live("password")),
            ("new_password", "short"),
        ),
    ),
    "/account/sessions": (page("/account/sessions", (("done", "one"),)),),
    "/account/sessions/end": (
        form("/account/sessions/end", ("others", "1")),
        form("/account/sessions/end", ("sid", "0" * 32)),
        form("/account/sessions/end", ("sid", Live("sid"))),
    ),
    "/account/sign-out": (form("/account/sign-out"),),
    "/account/apps": (page("/account/apps", (("done", "revoked"),)),),
    "/account/apps/revoke": (form("/account/apps/revoke", ("client_id", "web-app")),),
    "/apps": (page("/apps", (("done", "deleted"),)),),
    "/apps/new": (
        page("/apps/new"),
        *(
            form("/apps/new", *changed(_APP, kind=kind))
            for kind in ("web", "spa", "native", "service")
        ),
    ),
    "/apps/{client_id}": (
        page("/apps/{app}"),
        page("/apps/web-app"),
        form("/apps/{app}", *_APP[1:]),
    ),
    "/apps/{client_id}/delete": (
        form("/apps/{app}/delete", ("confirm", "Another app")),
        form("/apps/{app}/delete", ("confirm", "An app")),
    ),
    "/apps/{client_id}/secrets": (form("/apps/{app}/secrets"),),
    "/apps/{client_id}/secrets/{secret_id}/delete": (
        form("/apps/{app}/secrets/{secret_id}/delete"),
    ),
}

_CODE: Pairs = (*builder.token_parameters("").items(), ("code", Live("code")))
_CODE = tuple(dict(_CODE).items())
_ANY = {"scope": SCOPES, "resource": (builder.API, "https://other-api.example")}
_POSTED: Pairs = (
    ("client_id", "post-app"),
    ("client_secret", builder.SECRETS["post-app"]),
)
_PASSWORD: Pairs = (
    ("grant_type", "password"),
    ("client_id", "password-app"),
    ("client_secret", builder.SECRETS["password-app"]),
    ("username", "nobody"),
    ("password", "not the password"),
)


def _token(fields: Pairs, headers: Pairs = ()) -> Request:
    return call("/oauth/token", fields, headers, **_ANY)


def _about(path: str) -> tuple[Request, ...]:
    kinds = ("access_token", "refresh_token", "own_token", "id_token", "code")
    return tuple(
        call(
            path,
            (("token", Live(kind)),),
            basic(caller),
            token_type_hint=("access_token", "refresh_token", "x"),
        )
        for kind in kinds
        for caller in ("web-app", "notes-api")
    )


PROGRAMS: dict[str, tuple[Request, ...]] = {
    "/oauth/token authorization_code": (
        _token(_CODE, basic("web-app")),
        _token((*_CODE, *_POSTED)),
        _token((*_CODE, ("client_id", "spa-app"))),
    ),
    "/oauth/token refresh_token": (
        _token(
            (("grant_type", "refresh_token"), ("refresh_token", Live("refresh_token"))),
            basic("web-app"),
        ),
    ),
    "/oauth/token client_credentials": (
        _token((("grant_type", "client_credentials"),), basic("service-app")),
        _token((("grant_type", "client_credentials"),), basic("odd-app")),
        _token((("grant_type", "client_credentials"), *_POSTED)),
    ),
    "/oauth/token password": (
        _token(_PASSWORD),
        _token(
            changed(_PASSWORD, username=Live("username"), password=Live("password"))
        ),
    ),
    "/oauth/introspect": _about("/oauth/introspect"),
    "/oauth/revoke": _about("/oauth/revoke"),
    "/oauth/userinfo": (
        Request(
            "GET", ("oauth", "userinfo"), headers=(("authorization", Live("bearer")),)
        ),
        Request(
            "GET",
            ("oauth", "userinfo"),
            headers=(("authorization", Live("own_bearer")),),
        ),
        call("/oauth/userinfo", (("access_token", Live("access_token")),)),
    ),
    "/.well-known/oauth-authorization-server": (
        page("/.well-known/oauth-authorization-server", cookies=()),
    ),
    "/.well-known/openid-configuration": (
        page("/.well-known/openid-configuration", cookies=()),
    ),
    "/oauth/jwks": (page("/oauth/jwks", cookies=()),),
    "/healthz": (page("/healthz", cookies=()),),
    "/readyz": (page("/readyz", cookies=()),),
}

#: By route; what follows a space only tells two ways to use one apart.
ALL = PEOPLE | MEMBERS | PROGRAMS
