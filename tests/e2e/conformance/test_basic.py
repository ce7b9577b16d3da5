"""The Basic plan: code flow, a static client with `client_secret_basic`, no PKCE."""

import pytest

from tests.e2e.conformance import (
    authorization_requests,
    grants,
    id_tokens,
    interaction,
    userinfo,
)
from tests.e2e.conformance.plans import BASIC, modules_of
from tests.e2e.conformance.rp import RelyingParty

globals().update(
    modules_of(BASIC, id_tokens, userinfo, interaction, authorization_requests, grants)
)


@pytest.fixture
def rp(confidential: RelyingParty) -> RelyingParty:
    """A browser that nobody has used yet."""
    return confidential.on_another_device()
