"""Codes and tokens that are bound to a key, and whoever presents them."""

import pytest

from auth_service.protocol.confirmation import (
    check_dpop_jkt,
    check_same_keys,
    with_dpop_jkt,
)
from valetkey.errors import InvalidDpopProof, InvalidGrant, InvalidRequest

JKT, OTHER = "k" * 43, "o" * 43
X5T = "x5t#S256"


def test_what_is_not_bound_is_anybodys() -> None:
    check_same_keys(None, None)
    check_same_keys(None, {"jkt": JKT})
    check_same_keys({}, None)


def test_the_same_keys_pass() -> None:
    check_same_keys({"jkt": JKT}, {"jkt": JKT})
    check_same_keys({"jkt": JKT}, {"jkt": JKT, X5T: OTHER})
    check_same_keys({"jkt": JKT, X5T: OTHER}, {"jkt": JKT, X5T: OTHER})


def test_RF20_without_a_proof_a_proof_is_asked_for() -> None:
    for proved in (None, {}, {X5T: JKT}):
        with pytest.raises(InvalidDpopProof):
            check_same_keys({"jkt": JKT}, proved)


def test_RF20_another_key_is_another_holder() -> None:
    with pytest.raises(InvalidGrant):
        check_same_keys({"jkt": JKT}, {"jkt": OTHER})
    for proved in (None, {"jkt": JKT}, {X5T: OTHER}):
        with pytest.raises(InvalidGrant):
            check_same_keys({X5T: JKT}, proved)


@pytest.mark.parametrize(
    "wrong", ["", "k", "k" * 42, "k" * 44, "k" * 42 + "=", "é" * 43]
)
def test_dpop_jkt_is_a_thumbprint(wrong: str) -> None:
    check_dpop_jkt(None)
    check_dpop_jkt(JKT)
    with pytest.raises(InvalidRequest):
        check_dpop_jkt(wrong)


def test_a_pushed_request_is_bound_to_the_key_of_its_proof() -> None:
    assert with_dpop_jkt({"scope": "a"}, None) == {"scope": "a"}
    assert with_dpop_jkt({"dpop_jkt": JKT}, None) == {"dpop_jkt": JKT}
    assert with_dpop_jkt({"scope": "a"}, JKT) == {"scope": "a", "dpop_jkt": JKT}
    assert with_dpop_jkt({"dpop_jkt": JKT}, JKT) == {"dpop_jkt": JKT}
    with pytest.raises(InvalidRequest):
        with_dpop_jkt({"dpop_jkt": OTHER}, JKT)
