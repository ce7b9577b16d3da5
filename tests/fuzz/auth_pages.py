"""Good requests to every page of the authorization server, for fuzzing to spoil."""

from dataclasses import replace

from tests.builders import auth as builder
from tests.fuzz.auth_parts import (
    GUEST,
    MEMBER,
    SAME_SITE,
    SCOPES,
    form,
    page,
)
from tests.fuzz.auth_programs import SIGNING_APP
from tests.fuzz.auth_world import NEW_APP, PICTURE
from tests.fuzz.requests import Live, Pairs, Request, changed

AUTHORIZE = tuple(builder.authorize_parameters().items())
_ASK = {
    "prompt": ("none", "login", "consent", "login consent", "select_account"),
    "max_age": ("0", "1", "999999999"),
    "login_hint": ("alice", "alice@people.example"),
    "response_mode": (
        "query",
        "fragment",
        "form_post",
        "jwt",
        "query.jwt",
        "form_post.jwt",
    ),
    "resource": (builder.API, "https://other-api.example"),
    "scope": (*SCOPES, "openid other:read"),
    "id_token_hint": ("a.b.c",),
    "request": ("x",),
    "request_uri": ("https://app.example/r",),
    "code_challenge_method": ("plain", "S256"),
    "ui_locales": ("de en",),
    "claims": (
        '{"id_token":{"acr":{"essential":true,"values":["1"]},"auth_time":null}}',
        '{"userinfo":{"email":{"essential":true}},"id_token":{"sub":{"value":"x"}}}',
    ),
    "authorization_details": (
        '[{"type":"note_access","actions":["read"],"identifier":"n"}]',
        '[{"type":"note_access"},{"type":"x","locations":["https://api.example"]}]',
    ),
    "acr_values": ("1", "1 2"),
    "dpop_jkt": ("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",),
}
_NATIVE = changed(
    AUTHORIZE, client_id="native-app", redirect_uri="http://127.0.0.1:4711/cb"
)
_authorize = replace(page("/oauth/authorize", AUTHORIZE), extras=_ASK)
_hinted = replace(_authorize, query=changed(AUTHORIZE, id_token_hint=Live("id_token")))
_BY_NAME: Pairs = (("client_id", "web-app"),)
_LINK = f"{'x' * 43}.{'y' * 43}"
_SIGNER: Pairs = (("client_id", SIGNING_APP),)
#: Well-formed in every part, of a key that nobody has.
_CREDENTIAL = (
    '{"id":"AAAA","rawId":"AAAA","type":"public-key","response":{"clientDataJSON":'
    '"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6IngifQ",'
    '"authenticatorData":"AAAA","signature":"AAAA","userHandle":"AAAA"}}'
)
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
        replace(_authorize, query=changed(AUTHORIZE, client_id="details-app")),
        replace(_authorize, query=changed(_BY_NAME, request_uri=Live("request_uri"))),
        replace(_authorize, query=(*_SIGNER, ("request", Live("request_object")))),
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
    "/login/passkey": (
        form(
            "/login/passkey",
            ("credential", _CREDENTIAL),
            ("handle", Live("login")),
            cookies=GUEST,
        ),
        form("/login/passkey", ("credential", "{}"), ("remember", "1"), cookies=GUEST),
    ),
    "/login/second-factor": (
        page("/login/second-factor", (("step", "x" * 43),), GUEST),
        form(
            "/login/second-factor",
            ("step", "x" * 43),
            ("code", "123456"),
            cookies=GUEST,
        ),
        form(
            "/login/second-factor",
            ("step", "x" * 43),
            ("credential", _CREDENTIAL),
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
    "/register/code": (
        page("/register/code", (("pending", "x" * 43),), GUEST),
        form(
            "/register/code",
            ("pending", "x" * 43),
            ("code", "1234 5678"),
            cookies=GUEST,
        ),
        form(
            "/register/code",
            ("pending", "x" * 43),
            ("action", "again"),
            cookies=GUEST,
        ),
    ),
    "/register/confirm": (
        page("/register/confirm", (("token", _LINK),), GUEST),
        page("/register/confirm", (), GUEST),
        form("/register/confirm", ("token", _LINK), ("password", "x"), cookies=GUEST),
    ),
    "/reset": (
        page("/reset", (), GUEST),
        form("/reset", ("identifier", "alice"), cookies=GUEST),
    ),
    "/reset/sent": (page("/reset/sent", (), GUEST),),
    "/reset/new": (
        page("/reset/new", (("token", "x" * 43),), GUEST),
        page("/reset/new", (), GUEST),
        form(
            "/reset/new",
            ("token", "x" * 43),
            ("new_password", "eight yellow giraffes"),
            cookies=GUEST,
        ),
    ),
    "/reset/done": (page("/reset/done", (), GUEST),),
    "/select-account": (
        page("/select-account", (("handle", Live("select")),)),
        *(
            form("/select-account", ("handle", Live("select")), ("action", action))
            for action in ("continue", "switch", "cancel")
        ),
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

_NAME_PART = _PART + b'; name="username"\r\n\r\nx\r\n'
_registration = replace(_picture, path=("register",))
PEOPLE["/register"] += (
    _registration,
    replace(_registration, body=(*_TOKEN_PART, _NAME_PART, b"--x--\r\n")),
    replace(_registration, body=(*_TOKEN_PART, _NAME_PART * 30, b"--x--\r\n")),
    replace(_registration, body=(_NAME_PART, _FILE_PART, PICTURE[:40])),
)

MEMBERS: dict[str, tuple[Request, ...]] = {
    "/account": (page("/account"), page("/account", (("done", "profile"),))),
    "/account/profile": (form("/account/profile", *_PERSON[1:2], *_PERSON[3:]),),
    "/account/email": (
        page("/account/email"),
        form("/account/email", ("email", "new@people.example")),
        form("/account/email", ("email", "nothing")),
    ),
    "/account/email/verify": (form("/account/email/verify"),),
    "/confirm-address": (
        page("/confirm-address", (("token", "x" * 43),)),
        page("/confirm-address"),
        form("/confirm-address", ("token", "x" * 43)),
    ),
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
    "/account/security": (
        page("/account/security"),
        page("/account/security", (("done", "passkey"),)),
    ),
    "/account/security/passkeys": (
        page("/account/security/passkeys"),
        form(
            "/account/security/passkeys", ("credential", _CREDENTIAL), ("name", "Phone")
        ),
    ),
    "/account/security/passkeys/rename": (
        form("/account/security/passkeys/rename", ("id", "AAAA"), ("name", "Phone")),
    ),
    "/account/security/passkeys/remove": (
        form("/account/security/passkeys/remove", ("id", "AAAA")),
    ),
    "/account/security/authenticator": (
        page("/account/security/authenticator"),
        form(
            "/account/security/authenticator", ("setup", "x" * 43), ("code", "123456")
        ),
    ),
    "/account/security/authenticator/remove": (
        form("/account/security/authenticator/remove"),
    ),
    "/account/security/recovery-codes": (form("/account/security/recovery-codes"),),
    "/account/sessions": (page("/account/sessions", (("done", "one"),)),),
    "/account/sessions/end": (
        form("/account/sessions/end", ("others", "1")),
        form("/account/sessions/end", ("sid", "0" * 32)),
        form("/account/sessions/end", ("sid", Live("sid"))),
    ),
    "/account/sign-out": (form("/account/sign-out"),),
    "/account/apps": (page("/account/apps", (("done", "revoked"),)),),
    "/account/apps/revoke": (form("/account/apps/revoke", ("client_id", "web-app")),),
    "/device": (
        page("/device"),
        page("/device", (("user_code", Live("user_code")),)),
        page("/device", (("done", "allowed"),)),
        form("/device", ("user_code", "wdjb mjht")),
        *(
            form("/device", ("user_code", Live("user_code")), ("action", action))
            for action in ("continue", "allow", "deny")
        ),
    ),
    "/apps": (page("/apps", (("done", "deleted"),)),),
    "/apps/new": (
        page("/apps/new"),
        *(
            form("/apps/new", *changed(_APP, kind=kind))
            for kind in ("web", "spa", "native", "device", "service")
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
    "/apps/{client_id}/testing": (
        page("/apps/{app}/testing", (("done", "added"),)),
        *(
            form("/apps/{app}/testing", ("action", action), ("name", "alice"))
            for action in ("add", "remove", "live", "testing")
        ),
    ),
    "/apps/{client_id}/test": (page("/apps/{app}/test"), form("/apps/{app}/test")),
    "/apps/{client_id}/test-callback": (
        page("/apps/{app}/test-callback", (("code", "x"), ("state", "y"))),
    ),
    "/apps/{client_id}/use": (page("/apps/{app}/use"),),
    "/apps/{client_id}/errors": (page("/apps/{app}/errors"),),
    "/apps/{client_id}/transfer": (
        form("/apps/{app}/transfer", ("name", "nobody"), ("app_name", "An app")),
    ),
    "/apps/{client_id}/transfer/withdraw": (form("/apps/{app}/transfer/withdraw"),),
    "/apps/{client_id}/offer": (
        form("/apps/{app}/offer", ("action", "accept")),
        form("/apps/{app}/offer", ("action", "decline")),
    ),
    "/apps/{client_id}/logouts": (
        page("/apps/{app}/logouts", (("done", "again"),)),
        page("/apps/web-app/logouts"),
    ),
    "/apps/{client_id}/logouts/{delivery_id}": (
        form("/apps/{app}/logouts/{delivery_id}"),
        form("/apps/{app}/logouts/none"),
    ),
}
