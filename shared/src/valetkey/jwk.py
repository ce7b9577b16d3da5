"""Public keys that check signatures, from a JWK Set (RFC 7517, 7518)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.algorithms import Algorithm, get_default_algorithms
from jwt.exceptions import PyJWTError

#: The algorithms that we check, and the key type and curve of each. No symmetric
#: one: who can check an HMAC can also make it, and a password would be its key (RFC
#: 8725 sections 3.2 and 3.5).
KEY_TYPES: Mapping[str, tuple[str, str | None]] = {
    "RS256": ("RSA", None),
    "RS384": ("RSA", None),
    "RS512": ("RSA", None),
    "PS256": ("RSA", None),
    "PS384": ("RSA", None),
    "PS512": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "ES384": ("EC", "P-384"),
    "ES512": ("EC", "P-521"),
    "EdDSA": ("OKP", "Ed25519"),
}

#: RSA moduli in bits: RFC 7518 section 3.3 below; above, checking costs too much.
_RSA_BITS = range(2048, 8193)

#: The longest RSA exponent, in bits. A longer one is of use to nobody but whoever
#: wants a signature to be slow to check.
_EXPONENT_BITS = 64

#: Infineon's faulty chips made RSA moduli that are powers of 65537 modulo each of
#: these, and that can be factored (ROCA, CVE-2017-15361).
_ROCA_PRIMES = tuple(
    prime for prime in range(3, 168) if all(prime % n for n in range(2, prime))
)

#: Members of a JWK that make up a public key. Nothing else reaches the parser, so a
#: private key that somebody published by mistake is used as the public one it has.
#: What is not known is passed over (RFC 7517 section 4), certificates among it.
_PUBLIC = ("kty", "crv", "x", "y", "n", "e")
#: Members that only a private or a symmetric key has (RFC 7518 section 6).
PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """A public key and the one algorithm that it is used with."""

    kid: str | None
    alg: str
    _key: Any = field(repr=False)
    _algorithm: Algorithm = field(repr=False)

    def verify(self, signing_input: bytes, signature: bytes) -> bool:
        """Whether this key made the signature (RFC 7515 section 5.2)."""
        return self._algorithm.verify(signing_input, self._key, signature)


def read_jwks(document: object) -> dict[str | None, VerificationKey]:
    """
    The usable keys of a JWK Set by their `kid`; None names a key without one.

    What cannot be used is left out, so that one bad entry does not stop the others:
    symmetric keys, keys for encryption, RSA keys under 2048 bits, malformed ones, and
    every later key that repeats a `kid` (RFC 7517 section 5).
    """
    entries = document.get("keys") if isinstance(document, dict) else None
    keys: dict[str | None, VerificationKey] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _read_key(entry)
        if key is not None:
            keys.setdefault(key.kid, key)
    return keys


def read_public_key(entry: object, alg: str) -> VerificationKey | None:
    """
    A key that came along with what it signed, to be used with this algorithm.

    None where it cannot be used, and where it holds a private key (RFC 9449 section
    4.3): whoever sent that has told it to everybody.
    """
    if not isinstance(entry, dict) or PRIVATE & entry.keys():
        return None
    if entry.get("alg", alg) != alg:
        return None
    return _read_key({**entry, "alg": alg})


def find_key(
    keys: Mapping[str | None, VerificationKey], kid: str | None
) -> VerificationKey | None:
    """
    The key of that name; without a name, the only key there is.

    OpenID Connect Core section 10.1 asks for a `kid` only where there are several.
    """
    if kid is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(kid)


def _read_key(entry: object) -> VerificationKey | None:
    if not isinstance(entry, dict) or not _is_for_verification(entry):
        return None
    kid, alg = entry.get("kid"), _algorithm_name(entry)
    if alg is None or not (kid is None or isinstance(kid, str)):
        return None
    algorithm = get_default_algorithms()[alg]
    public = {name: entry[name] for name in _PUBLIC if name in entry}
    try:
        key = algorithm.prepare_key(algorithm.from_jwk(public))
    except (PyJWTError, ValueError, TypeError):
        return None
    if isinstance(key, RSAPublicKey) and _is_weak(key):
        return None
    return VerificationKey(kid=kid, alg=alg, _key=key, _algorithm=algorithm)


def _is_weak(key: RSAPublicKey) -> bool:
    """Whether somebody else may be able to sign with it, or it is absurdly long."""
    if key.key_size not in _RSA_BITS:
        return True
    if key.public_numbers().e.bit_length() > _EXPONENT_BITS:
        return True
    n = key.public_numbers().n
    return all(
        any(pow(65537, power, prime) == n % prime for power in range(prime))
        for prime in _ROCA_PRIMES
    )


def _is_for_verification(entry: Mapping[str, Any]) -> bool:
    """Whether `use` and `key_ops` allow it (RFC 7517 sections 4.2 and 4.3)."""
    operations = entry.get("key_ops", ["verify"])
    may_verify = isinstance(operations, list) and "verify" in operations
    return entry.get("use", "sig") == "sig" and may_verify


def _algorithm_name(entry: Mapping[str, Any]) -> str | None:
    """
    The key's one algorithm: the one it names, else the first of its type.

    Without `kty` there is none (RFC 7517 section 4.1).
    """
    kind = (entry.get("kty"), entry.get("crv"))
    fitting = [alg for alg, needed in KEY_TYPES.items() if needed == kind]
    named = entry.get("alg")
    if named is None:
        return fitting[0] if fitting else None
    return named if named in fitting else None
