"""The arithmetic of S256 (RFC 7636)."""

import pytest

from tests.builders.auth import CODE_CHALLENGE, CODE_VERIFIER
from valetkey.pkce import (
    is_code_challenge,
    is_code_verifier,
    matches,
    new_code_verifier,
    s256,
)


def test_the_example_of_the_rfc() -> None:
    """Appendix B."""
    assert s256(CODE_VERIFIER) == CODE_CHALLENGE
    assert matches(CODE_VERIFIER, CODE_CHALLENGE)


def test_AC08_a_challenge_does_not_prove_itself() -> None:
    assert not matches(CODE_CHALLENGE, CODE_CHALLENGE)
    assert not matches(CODE_VERIFIER, CODE_VERIFIER)


def test_each_verifier_is_new_and_well_formed() -> None:
    drawn = {new_code_verifier() for _ in range(100)}
    assert len(drawn) == 100
    for verifier in drawn:
        assert is_code_verifier(verifier)
        assert is_code_challenge(s256(verifier))


@pytest.mark.parametrize("text", ["a" * 43, "a" * 128, "-._~" * 11, CODE_VERIFIER])
def test_AC06_what_a_verifier_may_be(text: str) -> None:
    assert is_code_verifier(text)


@pytest.mark.parametrize(
    "text",
    ["", "a" * 42, "a" * 129, "a" * 42 + "+", "a" * 43 + "\n", "é" * 43, "٣" * 43],
)
def test_AC06_what_it_may_not(text: str) -> None:
    assert not is_code_verifier(text)


@pytest.mark.parametrize(
    "text",
    ["", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + ".", "a" * 43 + "\n", "é" * 43],
)
def test_a_challenge_is_43_characters_of_base64url(text: str) -> None:
    assert not is_code_challenge(text)
