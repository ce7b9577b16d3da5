"""The module about the discovery document (OIDC Discovery sections 3, 4.3)."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

from tests.e2e.authorization_server import AuthorizationServer

#: RFC 6749 section 3.3.
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
#: RFC 5646 section 2.1, as far as its canonical casing goes (section 2.1.1).
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-[A-Z]{2})?")
#: RFC 7518 section 6: what a public key of each type has.
_PUBLIC = {"RSA": ("n", "e"), "EC": ("crv", "x", "y"), "OKP": ("crv", "x")}
_PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


async def discovered(auth: AuthorizationServer) -> dict[str, Any]:
    """The document, from where its issuer says that it is (section 4.1)."""
    answer = await auth.http().get("/.well-known/openid-configuration")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    document: dict[str, Any] = answer.json()
    assert document["issuer"] == auth.issuer
    issuer = urlsplit(document["issuer"])
    assert issuer.scheme == "https"
    assert not issuer.query + issuer.fragment
    return document


def lists_are_right(document: dict[str, Any]) -> None:
    """What has to be a list is one, without repetition, and has what it must."""
    lists = {name: v for name, v in document.items() if name.endswith("_supported")}
    for name, values in lists.items():
        if isinstance(values, bool):
            continue
        assert isinstance(values, list), name
        assert values, name
        assert all(isinstance(value, str) and value for value in values), name
        assert len(set(values)) == len(values), name
    assert "code" in lists["response_types_supported"]
    assert set(lists["subject_types_supported"]) <= {"public", "pairwise"}
    assert "RS256" in lists["id_token_signing_alg_values_supported"]
    assert "RS256" in lists["request_object_signing_alg_values_supported"]
    assert "authorization_code" in lists["grant_types_supported"]
    assert "openid" in lists["scopes_supported"]
    assert all(_SCOPE_TOKEN.fullmatch(scope) for scope in lists["scopes_supported"])
    assert all(_LANGUAGE.fullmatch(tag) for tag in lists["ui_locales_supported"])
    assert {"sub", "iss", "auth_time", "acr"} <= set(lists["claims_supported"])
    for name in ("request", "request_uri", "claims"):
        assert isinstance(lists[f"{name}_parameter_supported"], bool)


def endpoints_are_right(document: dict[str, Any]) -> None:
    """Every address is https; those that an OP must have are there (section 3)."""
    assert {
        "authorization_endpoint",
        "token_endpoint",
        "userinfo_endpoint",
        "jwks_uri",
    } <= document.keys()
    for name, value in document.items():
        if name.endswith(("_endpoint", "_uri")):
            address = urlsplit(value)
            assert address.scheme == "https", name
            assert address.netloc, name
            assert not address.fragment, name


def keys_are_right(keys: list[dict[str, str]]) -> None:
    """Public keys, each with a name of its own, in base64url (RFC 7517, 7518)."""
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not _PRIVATE & key.keys()
        for name in _PUBLIC[key["kty"]]:
            assert "=" not in key[name]
            if name != "crv":
                padded = key[name] + "=" * (-len(key[name]) % 4)
                assert base64.urlsafe_b64decode(padded)
        assert key.get("use", "sig") == "sig"


async def verify(auth: AuthorizationServer) -> dict[str, Any]:
    """All that the module checks, and the document."""
    document = await discovered(auth)
    lists_are_right(document)
    endpoints_are_right(document)
    answer = await auth.http().get(document["jwks_uri"])
    assert answer.status_code == 200
    keys_are_right(answer.json()["keys"])
    return document
