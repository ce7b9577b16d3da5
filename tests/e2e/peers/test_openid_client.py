"""openid-client (npm) as the app: all that it can do and our server offers."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm

from tests.e2e.peers import node_peers
from tests.e2e.peers.python_stack import PERSON, Person, Stack, client

CUPS = "https://cups.example"
SAUCERS = "https://saucers.example"
SCOPE = f"{PERSON} cups:read"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
CUPS_API = client("cups-api", scope="", grant_types=[])
METHODS = ["client_secret_basic", "client_secret_post", "none"]


def _resource(identifier: str, name: str) -> dict[str, Any]:
    size = {"properties": {"size": {"type": "integer"}}, "required": ["size"]}
    return {
        "identifier": identifier,
        "name": name.title(),
        "client_id": f"{name}-api",
        "scopes": {f"{name}:read": {"description": f"See your {name}"}},
        "authorization_details_types": {
            name.removesuffix("s"): {"schema": size, "sentence": "See size {size}"}
        },
    }


@dataclass(frozen=True)
class Scenarios:
    """What the script can do, and apps to do it as."""

    stack: Stack
    #: The private JWK with which an app signs.
    key: dict[str, Any]
    numbers: Iterator[int] = field(default_factory=count)

    def register(self, **changes: Any) -> dict[str, Any]:
        """A new app, confidential unless its method is `none`."""
        changes = {"scope": SCOPE, **changes}
        app = client(f"openid-client-{next(self.numbers)}", **changes)
        if app["token_endpoint_auth_method"] not in METHODS[:2]:
            app["client_secret"] = None
        self.stack.add(clients=[app])
        return app

    @property
    def jwks(self) -> dict[str, Any]:
        """The public half, as an app registers it."""
        return {"keys": [{k: v for k, v in self.key.items() if k != "d"}]}

    async def run(self, scenario: str, who: Person, app: Any, **more: Any) -> Any:
        """What came out of a scenario."""
        told = {
            "issuer": self.stack.issuer,
            "client_id": app["client_id"],
            "client_secret": app["client_secret"],
            "method": app["token_endpoint_auth_method"],
            "redirect_uri": app["redirect_uris"][0],
            "post_logout_redirect_uri": app["post_logout_redirect_uris"][0],
            "scope": SCOPE,
            "key": self.key,
            **more,
        }
        return await node_peers.run("openid_client.mjs", scenario, who, **told)


@pytest.fixture(scope="module")
def scenarios(stack: Stack) -> Scenarios:
    """The script, and two APIs that its apps may ask for."""
    node_peers.require_packages()
    jwk = ECAlgorithm.to_jwk(generate_private_key(SECP256R1()), as_dict=True)
    apis = [CUPS_API, client("saucers-api", scope="", grant_types=[])]
    resources = [_resource(CUPS, "cups"), _resource(SAUCERS, "saucers")]
    stack.add(clients=apis, resources=resources)
    _wait_for_scopes(stack, {"cups:read", "saucers:read"})
    return Scenarios(stack, {**jwk, "kid": "the-key-of-the-app", "alg": "ES256"})


def _wait_for_scopes(stack: Stack, names: set[str]) -> None:
    """Until the server has looked again: it keeps what it knows for some seconds."""
    url = f"{stack.issuer}/.well-known/openid-configuration"
    deadline = time.monotonic() + 30
    while not names <= set(httpx.get(url).json()["scopes_supported"]):
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.fixture(scope="module")
def public(scenarios: Scenarios) -> dict[str, Any]:
    """An app without a secret."""
    return scenarios.register(token_endpoint_auth_method="none")


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@pytest.mark.parametrize("method", METHODS)
async def test_a_person_signs_in_stays_in_and_signs_out(
    scenarios: Scenarios, alice: Person, method: str
) -> None:
    """The library checks state, nonce, `iss`, the ID token and whom userinfo is of."""
    app = scenarios.register(token_endpoint_auth_method=method)

    seen = await scenarios.run("all_of_it", alice, app)

    assert alice.seen == ["/login", "/consent"]
    assert seen["claims"]["aud"] == app["client_id"]
    assert seen["userinfo"]["preferred_username"] == "alice"
    assert seen["fresh"]["refresh_token"] != seen["tokens"]["refresh_token"]
    assert seen["gone"] == "invalid_grant"
    bye = app["post_logout_redirect_uris"][0]
    assert seen["left"] == f"{bye}?state={seen['state']}"
    account = await alice.browser.get(f"{scenarios.stack.issuer}/account")
    assert "/login" in account.url  # nobody is signed in here any more


async def test_an_api_learns_about_a_token_until_it_is_revoked(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    seen = await scenarios.run("introspection", alice, public, api=CUPS_API)

    assert seen["before"]["active"] is True
    assert seen["before"]["client_id"] == public["client_id"]
    assert seen["before"]["aud"] == CUPS
    assert seen["after"] == {"active": False}


@pytest.mark.parametrize("alg", ["RS256", "ES256", "PS256", "EdDSA"])
async def test_what_the_app_is_told_is_signed_as_it_wants(
    scenarios: Scenarios, alice: Person, alg: str
) -> None:
    """ID token, userinfo and introspection; the library checks them by our JWKS."""
    scenarios.stack.needs("userinfo_signing_alg_values_supported", alg)
    wants = {"id_token_signed_response_alg": alg, "userinfo_signed_response_alg": alg}
    app = scenarios.register(token_endpoint_auth_method="none", **wants)

    seen = await scenarios.run("all_of_it", alice, app, metadata=wants)

    assert seen["userinfo"]["preferred_username"] == "alice"
    assert seen["userinfo"]["aud"] == app["client_id"]  # it was a JWT


async def test_an_api_is_told_in_a_jwt(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    """RFC 9701, by an API that says so when it asks."""
    scenarios.stack.needs("introspection_signing_alg_values_supported", "RS256")
    metadata = {"introspection_signed_response_alg": "RS256"}

    seen = await scenarios.run(
        "introspection", alice, public, api={**CUPS_API, "metadata": metadata}
    )

    assert seen["form"] == "application/token-introspection+jwt"
    assert seen["before"]["active"] is True
    assert seen["after"] == {"active": False}


async def test_a_service_gets_a_token_of_its_own(
    scenarios: Scenarios, alice: Person
) -> None:
    app = scenarios.register(grant_types=["client_credentials"], scope="cups:read")

    tokens = await scenarios.run("client_credentials", alice, app, scope="cups:read")

    assert _claims(tokens["access_token"])["sub"] == app["client_id"]
    assert tokens.keys().isdisjoint({"refresh_token", "id_token"})


async def test_the_answer_may_come_as_a_posted_form(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    scenarios.stack.needs("response_modes_supported", "form_post")

    seen = await scenarios.run(
        "sign_in", alice, public, more={"response_mode": "form_post"}
    )

    assert seen["claims"]["aud"] == public["client_id"]


@pytest.mark.parametrize("method", METHODS)
async def test_a_request_is_pushed(
    scenarios: Scenarios, alice: Person, method: str
) -> None:
    """RFC 9126, for an app that may do nothing else."""
    scenarios.stack.needs("pushed_authorization_request_endpoint")
    app = scenarios.register(
        token_endpoint_auth_method=method, require_pushed_authorization_requests=True
    )

    seen = await scenarios.run("par", alice, app)

    assert "request_uri=urn" in seen["url"]
    assert seen["claims"]["aud"] == app["client_id"]


async def test_a_request_is_signed(scenarios: Scenarios, alice: Person) -> None:
    """RFC 9101, for an app that may do nothing else."""
    scenarios.stack.needs("request_parameter_supported")
    app = scenarios.register(
        jwks=scenarios.jwks,
        request_object_signing_alg="ES256",
        require_signed_request_object=True,
    )

    seen = await scenarios.run("jar", alice, app)

    assert "request=ey" in seen["url"]
    assert seen["claims"]["aud"] == app["client_id"]


async def test_the_answer_is_signed(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    """JARM: the library takes the code from nowhere but the signed answer."""
    scenarios.stack.needs("response_modes_supported", "jwt")

    seen = await scenarios.run("jarm", alice, public)

    assert "response_mode=jwt" in seen["url"]
    assert seen["claims"]["aud"] == public["client_id"]


async def test_an_app_proves_itself_by_its_key(
    scenarios: Scenarios, alice: Person
) -> None:
    """At every endpoint of `all_of_it`, each time with an assertion of its own."""
    method = "private_key_jwt"
    scenarios.stack.needs("token_endpoint_auth_methods_supported", method)
    app = scenarios.register(
        token_endpoint_auth_method=method,
        token_endpoint_auth_signing_alg="ES256",
        jwks=scenarios.jwks,
    )

    seen = await scenarios.run("all_of_it", alice, app)

    assert seen["claims"]["aud"] == app["client_id"]
    assert seen["gone"] == "invalid_grant"


async def test_tokens_are_bound_to_a_key(scenarios: Scenarios, alice: Person) -> None:
    """The library answers `use_dpop_nonce` by itself."""
    scenarios.stack.needs("dpop_signing_alg_values_supported", "ES256")
    app = scenarios.register(
        token_endpoint_auth_method="none", dpop_bound_access_tokens=True
    )

    seen = await scenarios.run("dpop", alice, app)

    for tokens in (seen["tokens"], seen["fresh"]):
        assert tokens["token_type"] == "dpop"  # as the library writes it
        cnf = _claims(tokens["access_token"])["cnf"]
        assert cnf == {"jkt": seen["thumbprint"]}
    assert seen["userinfo"]["preferred_username"] == "alice"
    assert seen["bearer"]


async def test_an_app_keeps_to_fapi_2(scenarios: Scenarios, alice: Person) -> None:
    """All that the profile demands, as one switch of the app (FAPI 2.0, 5.3)."""
    needs = scenarios.stack.needs
    needs("pushed_authorization_request_endpoint")
    needs("token_endpoint_auth_methods_supported", "private_key_jwt")
    needs("dpop_signing_alg_values_supported", "ES256")
    wants = {"id_token_signed_response_alg": "ES256"}
    app = scenarios.register(
        profile="fapi2",
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_signing_alg="ES256",
        jwks=scenarios.jwks,
        redirect_uris=["https://app.example/cb"],
        **wants,
    )

    seen = await scenarios.run("fapi2", alice, app, metadata=wants)

    assert "request_uri=urn" in seen["url"]
    assert seen["tokens"]["token_type"] == "dpop"
    assert seen["userinfo"]["sub"] == seen["claims"]["sub"]
    assert _claims(seen["fresh"]["access_token"])["cnf"]["jkt"]


async def test_a_device_without_a_browser_signs_in(
    scenarios: Scenarios, alice: Person
) -> None:
    scenarios.stack.needs("device_authorization_endpoint")
    app = scenarios.register(
        token_endpoint_auth_method="none", grant_types=[DEVICE_CODE, "refresh_token"]
    )

    seen = await scenarios.run("device", alice, app)

    assert seen["claims"]["aud"] == app["client_id"]
    assert seen["tokens"]["refresh_token"]


async def test_an_api_exchanges_a_token(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    """RFC 8693: for one at another API, in which it says that it acts for alice."""
    scenarios.stack.needs("grant_types_supported", TOKEN_EXCHANGE)
    may = {"grant_types": ["client_credentials", TOKEN_EXCHANGE]}
    may |= {"scope": "saucers:read", "token_exchange": {SAUCERS: ["saucers:read"]}}
    scenarios.stack.add(clients=[{**CUPS_API, **may}])
    api = {**CUPS_API, "resource": SAUCERS}

    seen = await scenarios.run("token_exchange", alice, public, api=api)

    before = _claims(seen["tokens"]["access_token"])
    after = _claims(seen["exchanged"]["access_token"])
    assert (before["aud"], after["aud"]) == (CUPS, SAUCERS)
    assert after["sub"] == before["sub"]
    assert after["act"]["sub"] == CUPS_API["client_id"]
    assert after["exp"] <= before["exp"]


async def test_an_app_asks_for_two_apis_at_once(
    scenarios: Scenarios, alice: Person
) -> None:
    """RFC 8707, at authorize, token and refresh: each token has one audience."""
    scope = "openid offline_access cups:read saucers:read"
    app = scenarios.register(token_endpoint_auth_method="none", scope=scope)
    both = [CUPS, SAUCERS]

    seen = await scenarios.run("resources", alice, app, scope=scope, resources=both)

    tokens = [seen[name]["access_token"] for name in ("tokens", "second")]
    assert [_claims(token)["aud"] for token in tokens] == both
    assert "saucers:read" not in _claims(tokens[0])["scope"]


async def test_an_app_asks_in_detail(scenarios: Scenarios, alice: Person) -> None:
    """RFC 9396: what was allowed is told with the tokens, and stands in them."""
    app = scenarios.register(authorization_details_types=["cup"])
    asked = [{"type": "cup", "size": 2}]
    more = {"authorization_details": json.dumps(asked)}

    seen = await scenarios.run("sign_in", alice, app, more=more)

    assert seen["tokens"]["authorization_details"] == asked
    claims = _claims(seen["tokens"]["access_token"])
    assert claims["authorization_details"] == asked


async def test_an_app_registers_itself(
    scenarios: Scenarios, alice: Person, public: dict[str, Any]
) -> None:
    """RFC 7591, and then it signs somebody in."""
    scenarios.stack.needs("registration_endpoint")
    uri = "https://app.example/cb"

    seen = await scenarios.run("registration", alice, public, redirect_uri=uri)

    assert seen["registered"]["client_id"] == seen["claims"]["aud"]
    assert seen["registered"]["redirect_uris"] == [uri]
