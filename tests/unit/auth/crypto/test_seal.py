"""What is sealed opens under its secret and name only; successors are fixed."""

import pytest

from auth_service.crypto.seal import Seal, Succession, WrongSecret

SECRET = "0f8fad5bd9cb469fa165b1c2d3e4f506"


def test_what_was_sealed_opens() -> None:
    sealed = Seal(SECRET).close(b"plain", name="k1")
    assert b"plain" not in sealed
    assert Seal(SECRET).open(sealed, name="k1") == b"plain"


def test_each_seal_has_its_own_nonce() -> None:
    seal = Seal(SECRET)
    assert seal.close(b"plain", name="k1") != seal.close(b"plain", name="k1")


def test_another_secret_another_name_or_another_bit_does_not_open() -> None:
    sealed = Seal(SECRET).close(b"plain", name="k1")
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for seal, text, name in (
        (Seal(SECRET[::-1]), sealed, "k1"),
        (Seal(SECRET), sealed, "k2"),
        (Seal(SECRET), flipped, "k1"),
        (Seal(SECRET), sealed[:-1], "k1"),
    ):
        with pytest.raises(WrongSecret) as refusal:
            seal.open(text, name=name)
        assert "plain" not in str(refusal.value)


def test_RF02_a_token_has_one_successor() -> None:
    succession = Succession(SECRET)
    successor = succession.of("a-token")
    assert successor == Succession(SECRET).of("a-token")
    assert len(successor) == 43
    assert successor != succession.of("a-token2")
    assert successor != succession.of(successor)


def test_RF02_nobody_without_the_secret_finds_it() -> None:
    assert Succession(SECRET).of("a-token") != Succession(SECRET[::-1]).of("a-token")
