"""Project Wycheproof's vectors against our own reading of JWS and JWK."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from valetkey.errors import InvalidToken
from valetkey.jwk import find_key, read_jwks, read_public_key
from valetkey.jws import read_jws

VECTORS = Path(__file__).parents[4] / "shared/vectors/wycheproof"

pytestmark = pytest.mark.skipif(
    not VECTORS.is_dir(), reason=f"{VECTORS} is not there; get the vectors to run this"
)


def vectors(name: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each test of a file, with the key or keys of its group."""
    for group in json.loads((VECTORS / name).read_text())["testGroups"]:
        keys = group.get("public") or group["private"]
        for test in group["tests"]:
            # The JSON serialisation can only arrive as text; so can an encrypted one.
            sent = test.get("jws", test.get("jwe"))
            jws = sent if isinstance(sent, str) else json.dumps(sent)
            yield {**test, "jws": jws}, keys if "keys" in keys else {"keys": [keys]}


def is_accepted(jws: str, document: dict[str, Any]) -> bool:
    keys = read_jwks(document)
    try:
        read = read_jws(jws)
        key = find_key(keys, read.kid)
        return key is not None and read.payload(key) is not None
    except InvalidToken:
        return False


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("json_web_signature_test.json", 401),
        ("json_web_key_test.json", 26),
        ("json_web_crypto_test.json", 83),
    ],
)
def test_F41_no_invalid_vector_is_accepted(name: str, count: int) -> None:
    found = list(vectors(name))

    wrongly = [
        test["tcId"]
        for test, keys in found
        if test["result"] == "invalid" and is_accepted(test["jws"], keys)
    ]

    assert len(found) == count
    assert wrongly == []


def test_JW36_no_invalid_vector_is_accepted_with_a_key_that_came_along() -> None:
    """As a DPoP proof brings its key: the algorithm is the header's own."""

    def is_taken(jws: str, jwk: dict[str, Any]) -> bool:
        try:
            read = read_jws(jws)
            key = read_public_key(jwk, read.alg)
            return key is not None and read.payload(key) is not None
        except InvalidToken:
            return False

    found = list(vectors("json_web_signature_test.json"))
    taken = {
        test["tcId"]: test["result"]
        for test, keys in found
        if is_taken(test["jws"], keys["keys"][0])
    }

    assert "valid" in taken.values()
    assert "invalid" not in taken.values()


def test_valid_vectors_of_our_algorithms_are_accepted() -> None:
    """Refusing everything would pass the other test."""
    refused = [
        (test["tcId"], keys["keys"][0].get("alg"))
        for test, keys in vectors("json_web_signature_test.json")
        if test["result"] == "valid" and not is_accepted(test["jws"], keys)
    ]

    # HMAC is none of ours; "ES521" is Wycheproof's own spelling of ES512; and two are
    # signed with another algorithm than their key names, which we do not take.
    others = [each for each in refused if each[1] not in {"HS256", "ES521"}]
    assert others == [(346, "PS256"), (350, "PS256")]
