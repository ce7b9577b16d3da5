"""Handles cannot be guessed, and what is kept of them opens nothing."""

from hashlib import sha256

from valetkey.opaque import fingerprint, new_handle


def test_AC19_a_handle_has_256_bits_and_is_safe_in_a_url() -> None:
    drawn = {new_handle() for _ in range(1000)}
    assert len(drawn) == 1000
    for handle in drawn:
        assert len(handle) == 43
        assert handle.replace("-", "").replace("_", "").isalnum()
        assert handle.isascii()


def test_a_fingerprint_is_the_sha_256() -> None:
    assert fingerprint("abc") == sha256(b"abc").hexdigest()


def test_CA04_any_text_has_one() -> None:
    texts = ["", "é", "\0", "\ud800", "\U0001f511", "e\u0301"]
    assert len({fingerprint(text) for text in texts}) == len(texts)
