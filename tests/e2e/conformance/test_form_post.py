"""The Form Post plan: the modules of the Basic plan, answered by form post."""

from dataclasses import replace

import pytest

from tests.e2e.conformance import (
    authorization_requests,
    grants,
    id_tokens,
    interaction,
    userinfo,
)
from tests.e2e.conformance.plans import FORM_POST, modules_of
from tests.e2e.conformance.rp import RelyingParty

globals().update(
    modules_of(
        FORM_POST, id_tokens, userinfo, interaction, authorization_requests, grants
    )
)


@pytest.fixture
def rp(confidential: RelyingParty) -> RelyingParty:
    """A browser that nobody has used yet; each request asks for `form_post`."""
    return replace(confidential, response_mode="form_post")
