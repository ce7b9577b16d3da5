"""Passwords: right ones, wrong ones, nobody's, and too many at once."""

import asyncio

import pytest
from argon2 import PasswordHasher

from auth_service.crypto.passwords import MAX_WAITING, Argon2Passwords
from valetkey.errors import TemporarilyUnavailable


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords()


async def test_a_password_is_right_or_wrong(passwords: Argon2Passwords) -> None:
    hashed = await passwords.hash("correct horse")
    assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert await passwords.verify(hashed, "correct horse")
    for wrong in ("correct horse ", "Correct horse", "", "é", "\0"):
        assert not await passwords.verify(hashed, wrong)


async def test_nobodys_password_is_wrong(passwords: Argon2Passwords) -> None:
    for guess in ("nobody", "", "x"):
        assert not await passwords.verify(None, guess)


async def test_a_hash_that_is_none_is_wrong(passwords: Argon2Passwords) -> None:
    for broken in ("", "x", "$argon2id$v=19$m=19456,t=2,p=1$", "$2b$12$abc"):
        assert not await passwords.verify(broken, "x")


async def test_one_password_in_two_notations_is_one(
    passwords: Argon2Passwords,
) -> None:
    """An é from a key of its own, or from e and an accent."""
    hashed = await passwords.hash("caf\u00e9 au lait")
    assert await passwords.verify(hashed, "cafe\u0301 au lait")


def test_older_parameters_are_noticed(passwords: Argon2Passwords) -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    assert passwords.needs_rehash(weaker.hash("x"))


async def test_F21_too_many_at_once_are_asked_to_come_back(
    passwords: Argon2Passwords,
) -> None:
    """Nothing is hashed beyond the queue, and the queue empties again."""
    results = await asyncio.gather(
        *(passwords.verify(None, "x") for _ in range(MAX_WAITING + 10)),
        return_exceptions=True,
    )
    refused = [each for each in results if isinstance(each, TemporarilyUnavailable)]
    assert len(refused) == 10
    assert not await passwords.verify(None, "x")
