"""A DPoP proof proves one request, once, by one key (RFC 9449)."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders.tokens import (
    NOW,
    SECONDS,
    ec_jwk,
    ec_key,
    encode,
    es256,
    rs256,
    rsa_jwk,
    token,
)
from valetkey.dpop import LEEWAY, MAX_AGE, Proof, check_proof, claim_once, token_hash
from valetkey.dpop_nonces import Nonces
from valetkey.dpop_replays import MemoryReplays
from valetkey.errors import InvalidDpopProof, UseDpopNonce
from valetkey.jwk import read_public_key
from valetkey.thumbprint import thumbprint

URL = "https://api.example/notes"
PUBLIC = ec_jwk(kid=None, use=None, alg=None, key_ops=None)
NONCES = Nonces(b"n" * 32)


def claims(**changed: Any) -> dict[str, Any]:
    """Of a good proof; None takes a claim away."""
    told = {"htm": "GET", "htu": URL, "iat": SECONDS, "jti": "p1", **changed}
    return {name: value for name, value in told.items() if value is not None}


def head(**changed: Any) -> dict[str, Any]:
    """Of a good proof; None takes a member away."""
    told = {"alg": "ES256", "typ": "dpop+jwt", "jwk": PUBLIC, **changed}
    return {name: value for name, value in told.items() if value is not None}


def proof(
    payload: dict[str, Any] | bytes | None = None,
    header: dict[str, Any] | None = None,
    sign: Callable[[bytes], bytes] = es256,
) -> str:
    return token(claims() if payload is None else payload, header or head(), sign)


def check(*headers: str, url: str = URL, **kwargs: Any) -> Proof:
    return check_proof(headers, method="GET", url=url, now=NOW, **kwargs)


def test_a_good_proof_names_its_key() -> None:
    assert check(proof()) == Proof(
        jkt=thumbprint(PUBLIC), jti="p1", iat=SECONDS, alg="ES256"
    )


def test_JW36_exactly_one_header() -> None:
    for headers in ((), (proof(), proof()), (f"{proof()}, {proof()}",), ("",)):
        with pytest.raises(InvalidDpopProof):
            check(*headers)


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "ES384"},
        {"alg": "RS256"},
        {"alg": None},
        {"typ": "JWT"},
        {"typ": "at+jwt"},
        {"typ": None},
        {"jwk": None},
        {"jwk": "x"},
        {"jwk": {}},
        {"jwk": {"kty": "oct", "k": "eA"}},
        {"jwk": {**PUBLIC, "kty": "oct"}},
        {"jwk": {**PUBLIC, "x": 1}},
        {"jwk": {**PUBLIC, "x": ["a"]}},
        {"jwk": {**PUBLIC, "crv": "P-384"}},
        {"jwk": {**PUBLIC, "alg": "ES384"}},
        {"jwk": {**PUBLIC, "use": "enc"}},
        {
            "jwk": {
                **PUBLIC,
                "d": encode(ec_key().private_numbers().private_value.to_bytes(32)),
            }
        },
        {"jwk": {**PUBLIC, "d": None}},
        {"jwk": {**PUBLIC, "k": "eA"}},
        {"crit": ["jwk"]},
    ],
)
def test_JW36_a_header_that_names_no_public_key_of_its_alg(
    changed: dict[str, Any],
) -> None:
    # `d: None` is a member all the same: head() only drops None at its own level.
    with pytest.raises(InvalidDpopProof):
        check(proof(header=head(**changed)))


def test_JW36_a_signature_by_another_key() -> None:
    other = rsa_jwk(kid=None, use=None, alg=None)
    assert check(proof(header=head(alg="RS256", jwk=other), sign=rs256)).alg == "RS256"
    with pytest.raises(InvalidDpopProof):
        check(proof(header=head(alg="RS256", jwk=other), sign=es256))
    with pytest.raises(InvalidDpopProof):
        check(proof()[:-4] + "AAAA")


def test_only_accepted_algorithms_count() -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(), algorithms=("EdDSA",))


def test_an_rsa_key_whose_exponent_burns_our_time_is_refused() -> None:
    good = rsa_jwk(kid=None, use=None, alg=None)
    slow = {**good, "e": encode(b"\x01" * 200)}

    assert read_public_key(good, "RS256") is not None
    assert read_public_key(slow, "RS256") is None


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htm": None},
        {"htm": ["GET"]},
        {"htu": None},
        {"htu": 1},
        {"htu": True},
        {"htu": [URL]},
        {"htu": {"a": URL}},
        {"htu": ""},
        {"htu": "https://api.example/other"},
        {"htu": "https://api.example/notes/"},
        {"htu": "https://api.example/Notes"},
        {"htu": "http://api.example/notes"},
        {"htu": "https://evil.example/notes"},
        {"htu": "https://api.example:8443/notes"},
        {"htu": "https://api.example:99999/notes"},
        {"htu": "https://api.example:x/notes"},
        {"htu": "https://me@api.example/notes"},
        {"htu": "https://[::1/notes"},
        {"htu": "https://api.example/no\ntes"},
        {"htu": "https://api.example/n%C3%B6tes"},
        {"htu": "https://api.example/nötes"},
        {"htu": "/notes"},
        {"jti": None},
        {"jti": ""},
        {"jti": "x" * 256},
        {"jti": 7},
        {"iat": None},
        {"iat": str(SECONDS)},
        {"iat": float(SECONDS)},
        {"iat": True},
        {"iat": 10**400},
        {"iat": SECONDS - MAX_AGE - 1},
        {"iat": SECONDS + LEEWAY + 1},
        {"iat": SECONDS + 61},
    ],
)
def test_JW36_a_claim_of_another_request_or_time(changed: dict[str, Any]) -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(claims(**changed)))


@pytest.mark.parametrize(
    "changed",
    [
        {"htu": "HTTPS://API.example:443/notes"},
        {"htu": f"{URL}?a=b#c"},
        {"htu": "https://api.example/%6eotes"},
        {"iat": SECONDS - MAX_AGE},
        {"iat": SECONDS + 10},
        {"iat": SECONDS + LEEWAY},
        {"jti": "x" * 255},
        {"more": ["of", "it"]},
    ],
)
def test_what_does_not_count_is_accepted(changed: dict[str, Any]) -> None:
    check(proof(claims(**changed)), url=f"{URL}?page=2")


def test_an_empty_path_is_the_root() -> None:
    check(proof(claims(htu="https://api.example")), url="https://api.example/")


def test_a_url_of_ours_that_is_none_matches_nothing() -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(claims(htu="ö")), url="ö")


def test_JW36_ath_is_about_the_token_that_came_along() -> None:
    check(proof(claims(ath=token_hash("t1"))), access_token="t1")
    for ath in (None, token_hash("t2"), 1, token_hash("t1") + "="):
        with pytest.raises(InvalidDpopProof):
            check(proof(claims(ath=ath)), access_token="t1")


def test_the_hash_of_the_rfc() -> None:
    """RFC 9449 section 7.1."""
    assert token_hash("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU") == (
        "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    )


def test_a_server_may_demand_its_nonce() -> None:
    later = NOW + timedelta(seconds=120)
    for nonce in (None, "", "x", 1, "ö", NONCES.issue(later)):
        with pytest.raises(UseDpopNonce) as refused:
            check(proof(claims(nonce=nonce)), nonces=NONCES)
        assert refused.value.nonce == NONCES.issue(NOW)
    check(proof(claims(nonce=NONCES.issue(NOW))), nonces=NONCES)


def test_a_bad_proof_is_not_told_a_nonce() -> None:
    with pytest.raises(InvalidDpopProof):
        check(proof(claims(htm="POST")), nonces=NONCES)


def test_a_nonce_is_good_in_its_window_and_the_next() -> None:
    nonce = NONCES.issue(NOW)
    after = [timedelta(seconds=each) for each in (0, 119, 120, 239, 240, 9999)]
    assert [NONCES.accepts(nonce, NOW + each) for each in after] == [
        True, True, True, True, False, False,
    ]  # fmt: skip
    assert not Nonces(b"m" * 32).accepts(nonce, NOW)
    with pytest.raises(ValueError, match="32 bytes"):
        Nonces(b"short")


async def test_JW36_a_proof_counts_once() -> None:
    replays = MemoryReplays(monotonic=lambda: 0.0)
    once = check(proof())
    await claim_once(once, replays, now=NOW)
    for _ in range(2):
        with pytest.raises(InvalidDpopProof):
            await claim_once(once, replays, now=NOW)
    await claim_once(check(proof(claims(jti="p2"))), replays, now=NOW)


async def test_what_is_remembered_ends_and_is_bounded() -> None:
    time = 0.0
    replays = MemoryReplays(limit=2, monotonic=lambda: time)
    assert await replays.claim("a", 60)
    time = 59.9
    assert not await replays.claim("a", 60)
    time = 60.0
    assert await replays.claim("a", 60)
    assert await replays.claim("b", 60)
    assert await replays.claim("c", 60)
    assert await replays.claim("a", 60)
    assert not await replays.claim("c", 60)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.sampled_from(["htm", "htu", "iat", "jti", "nonce"]), JSON),
    st.dictionaries(st.sampled_from(["alg", "typ", "jwk", "kid"]), JSON),
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg"]), JSON),
)
def test_JW36_garbage_is_refused_and_never_an_error(
    payload: dict[str, Any], header: dict[str, Any], jwk: dict[str, Any]
) -> None:
    for broken in (
        proof(claims(**payload)),
        proof(header=head(**header)),
        proof(header=head(jwk={**PUBLIC, **jwk})),
        proof(json.dumps(list(payload)).encode()),
    ):
        try:
            check(broken, nonces=NONCES)
        except (InvalidDpopProof, UseDpopNonce):
            continue
