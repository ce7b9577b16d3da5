"""The plan of the FAPI 2.0 Security Profile: private_key_jwt, DPoP, plain FAPI."""

import pytest

from tests.e2e.authorization_server import AuthorizationServer
from tests.e2e.conformance import (
    fapi_assertions,
    fapi_dpop,
    fapi_flow,
    fapi_grants,
    fapi_requests,
)
from tests.e2e.conformance.fapi_client import FapiClient, fapi_client
from tests.e2e.conformance.plans import FAPI2, modules_of
from tests.e2e.people import Somebody, register

globals().update(
    modules_of(FAPI2, fapi_flow, fapi_dpop, fapi_requests, fapi_grants, fapi_assertions)
)


@pytest.fixture(scope="module")
async def person(auth: AuthorizationServer) -> Somebody:
    """Whom no other test signs out."""
    return await register(auth)


@pytest.fixture(scope="module")
async def app(auth: AuthorizationServer, person: Somebody) -> FapiClient:
    """The first client of the plan."""
    return await fapi_client(auth, "conformance-fapi-app", person.browser)


@pytest.fixture(scope="module")
async def other(auth: AuthorizationServer, person: Somebody) -> FapiClient:
    """The second, with keys of another kind."""
    name = "conformance-other-fapi-app"
    return await fapi_client(auth, name, person.browser.copy(), "PS256")
