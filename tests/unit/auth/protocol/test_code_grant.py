"""Who may exchange a code: this client, this redirect_uri, this verifier."""

import pytest

from auth_service.protocol.code_grant import WrongVerifier, check_code_exchange
from tests.builders.auth import CODE_CHALLENGE, CODE_VERIFIER, token_parameters
from tests.builders.protocol import client, code_grant
from valetkey.errors import InvalidGrant, InvalidRequest


def test_the_right_exchange_passes() -> None:
    check_code_exchange(code_grant(), token_parameters("c"), client())


def test_AC01_the_code_of_another_client() -> None:
    with pytest.raises(InvalidGrant):
        check_code_exchange(
            code_grant(), token_parameters("c"), client(client_id="other")
        )


@pytest.mark.parametrize(
    "redirect_uri", [None, "https://app.example/cb/", "https://app.example/é", "x"]
)
def test_AC01_another_redirect_uri(redirect_uri: str | None) -> None:
    parameters = token_parameters("c", redirect_uri=redirect_uri)
    with pytest.raises(InvalidGrant):
        check_code_exchange(code_grant(), parameters, client())


def test_AC04_no_verifier() -> None:
    parameters = token_parameters("c", code_verifier=None)
    with pytest.raises(InvalidGrant) as refusal:
        check_code_exchange(code_grant(), parameters, client())
    assert not isinstance(refusal.value, WrongVerifier)


@pytest.mark.parametrize("code_verifier", ["w" * 43, CODE_CHALLENGE, "w" * 128])
def test_AC05_AC08_a_wrong_verifier_is_counted(code_verifier: str) -> None:
    parameters = token_parameters("c", code_verifier=code_verifier)
    with pytest.raises(WrongVerifier):
        check_code_exchange(code_grant(), parameters, client())


@pytest.mark.parametrize("code_verifier", ["w" * 42, "w" * 129, "w" * 42 + "+"])
def test_AC06_a_malformed_verifier_is_not_compared(code_verifier: str) -> None:
    parameters = token_parameters("c", code_verifier=code_verifier)
    with pytest.raises(InvalidRequest):
        check_code_exchange(code_grant(), parameters, client())


def test_AC07_a_verifier_that_was_not_announced() -> None:
    with pytest.raises(InvalidRequest):
        check_code_exchange(
            code_grant(code_challenge=None), token_parameters("c"), client()
        )
    without = token_parameters("c", code_verifier=None)
    check_code_exchange(code_grant(code_challenge=None), without, client())


def test_a_stranger_learns_nothing_of_the_other_checks() -> None:
    """The client is compared first: a wrong verifier of a stranger is not counted."""
    parameters = token_parameters("c", code_verifier="w" * 43)
    with pytest.raises(InvalidGrant) as refusal:
        check_code_exchange(code_grant(), parameters, client(client_id="other"))
    assert not isinstance(refusal.value, WrongVerifier)
    assert CODE_VERIFIER not in str(refusal.value)
