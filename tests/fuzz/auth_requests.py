"""Good requests to every route of the authorization server, for fuzzing to spoil."""

from tests.builders import auth as builder
from tests.fuzz.auth_administration import ADMINISTRATION
from tests.fuzz.auth_pages import MEMBERS, PEOPLE
from tests.fuzz.auth_parts import SCOPES, basic, call, page
from tests.fuzz.auth_signed import SIGNED
from tests.fuzz.requests import Live, Pairs, Request, changed

_CODE: Pairs = (*builder.token_parameters("").items(), ("code", Live("code")))
_CODE = tuple(dict(_CODE).items())
_ANY = {
    "scope": (*SCOPES, 'notes:read "', "né"),
    "resource": (builder.API, "https://other-api.example"),
}
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
ALL = PEOPLE | MEMBERS | ADMINISTRATION | PROGRAMS | SIGNED
