"""Good requests of programs that sign, push, register, exchange, or are devices."""

from dataclasses import replace

from auth_service.protocol.client_assertion import TYPE
from auth_service.protocol.token_exchange import ACCESS_TOKEN, GRANT_TYPE
from tests.builders import auth as builder
from tests.fuzz.auth_parts import SCOPES, basic, call
from tests.fuzz.auth_programs import SIGNING_APP
from tests.fuzz.requests import Live, Pairs, Request, changed

_REQUEST: Pairs = tuple(builder.authorize_parameters().items())
_DETAILS = (
    '[{"type":"note_access","actions":["read","write"],"identifier":"n"}]',
    '[{"type":"note_access"}]',
    "[]",
)
_WISHES = {
    "scope": (*SCOPES, "stats:read"),
    "resource": (builder.API, "https://other-api.example"),
    "authorization_details": _DETAILS,
}
_ASSERTION: Pairs = (
    ("client_assertion_type", TYPE),
    ("client_assertion", Live("client_assertion")),
)
_OWN: Pairs = (("grant_type", "client_credentials"),)
_PROVEN: Pairs = (("dpop", Live("token_proof")),)
_CODE = changed(tuple(builder.token_parameters("").items()), code=Live("code"))
_EXCHANGED: Pairs = (
    ("grant_type", GRANT_TYPE),
    ("subject_token", Live("subject_token")),
    ("subject_token_type", ACCESS_TOKEN),
)
_FOREIGN: Pairs = (
    ("grant_type", builder.JWT_BEARER),
    ("assertion", Live("foreign_assertion")),
    ("scope", "notes:read openid"),
)
_DEVICE: Pairs = (("grant_type", builder.DEVICE), ("client_id", "tv-app"))
_JSON: Pairs = (("content-type", "application/json"),)
_REGISTERED: Pairs = (("authorization", Live("registration_bearer")),)
_registered = Request(
    "GET", ("oauth", "register", Live("registration")), headers=_REGISTERED
)


def _token(fields: Pairs, headers: Pairs = ()) -> Request:
    return call("/oauth/token", fields, headers, **_WISHES)


def _pushed(fields: Pairs, headers: Pairs = ()) -> Request:
    wishes = {
        **_WISHES,
        "claims": ('{"id_token":{"email":null}}', '{"userinfo":[]}'),
        "response_mode": ("jwt", "fragment", "form_post"),
        "prompt": ("none", "login", "select_account"),
        "request_uri": ("urn:ietf:params:oauth:request_uri:x",),
        "dpop_jkt": ("x" * 43,),
    }
    return call("/oauth/par", fields, headers, **wishes)


SIGNED: dict[str, tuple[Request, ...]] = {
    "/oauth/token private_key_jwt": (
        _token((*_OWN, *_ASSERTION)),
        _token((*_OWN, *_ASSERTION, ("client_id", SIGNING_APP)), _PROVEN),
    ),
    "/oauth/token DPoP": (
        _token(_OWN, (*basic("service-app"), *_PROVEN)),
        _token(_CODE, (*basic("web-app"), *_PROVEN)),
        _token(_OWN, (*basic("service-app"), *_PROVEN, *_PROVEN)),
    ),
    "/oauth/token token-exchange": (
        _token(_EXCHANGED, basic("exchange-app")),
        _token(
            (
                *_EXCHANGED,
                ("actor_token", Live("actor_token")),
                ("actor_token_type", ACCESS_TOKEN),
                ("audience", "https://other-api.example"),
            ),
            basic("exchange-app"),
        ),
        _token(
            changed(_EXCHANGED, subject_token=Live("access_token")), basic("notes-api")
        ),
    ),
    "/oauth/token jwt-bearer": (
        _token(_FOREIGN, basic("partner-app")),
        _token(_FOREIGN, basic("lonely-app")),
    ),
    "/oauth/token device_code": (
        _token((*_DEVICE, ("device_code", Live("device_code")))),
        _token((*_DEVICE, ("device_code", Live("allowed_device_code")))),
        _token((*_DEVICE, ("device_code", Live("allowed_device_code"))), _PROVEN),
    ),
    "/oauth/device_authorization": (
        call("/oauth/device_authorization", (("client_id", "tv-app"),), **_WISHES),
        call("/oauth/device_authorization", (), basic("web-app"), **_WISHES),
    ),
    "/oauth/par": (
        _pushed(_REQUEST, basic("web-app")),
        _pushed(_REQUEST, (*basic("web-app"), ("dpop", Live("pushing_proof")))),
        _pushed(
            (*changed(_REQUEST, client_id="details-app"),
             ("authorization_details", _DETAILS[0])),
            basic("details-app"),
        ),
        _pushed((*_ASSERTION, ("request", Live("request_object")))),
        _pushed((*changed(_REQUEST, client_id=SIGNING_APP), *_ASSERTION)),
    ),
    "/oauth/register": (
        Request(
            "POST",
            ("oauth", "register"),
            headers=_JSON,
            body=(b'{"redirect_uris":["https://rp.example/cb"],"client_name":"RP"}',),
        ),
        Request(
            "POST",
            ("oauth", "register"),
            headers=_JSON,
            body=(b'{"redirect_uris":["https://rp.example/cb"],"jwks":{"keys":[]}}',),
        ),
    ),
    "/oauth/register/{client_id}": (
        _registered,
        replace(
            _registered,
            method="PUT",
            headers=(*_JSON, *_REGISTERED),
            body=(Live("registration_body"),),
        ),
        replace(_registered, method="DELETE"),
    ),
    "/oauth/userinfo DPoP": (
        Request(
            "GET",
            ("oauth", "userinfo"),
            headers=(
                ("authorization", Live("bound_bearer")),
                ("dpop", Live("reading_proof")),
            ),
        ),
    ),
}  # fmt: skip
