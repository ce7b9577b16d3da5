"""Every bad access token against an API that uses the library (attacks, 1.13)."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from fastapi import Depends, FastAPI

from tests.builders.issuer_site import IssuerSite
from tests.builders.tokens import (
    AUDIENCE,
    ISSUER,
    SECONDS,
    StoppedClock,
    claims,
    ec_jwk,
    ec_key,
    encode,
    es256,
    header,
    rs256,
    rsa_jwk,
    rsa_key,
    token,
)
from valetkey import AccessToken, ResourceServer
from valetkey.jwks import RemoteKeys

P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture
def site() -> IssuerSite:
    issuer = IssuerSite()
    issuer.keys = [ec_jwk(), rsa_jwk()]
    return issuer


@pytest.fixture
async def api(site: IssuerSite) -> AsyncIterator[httpx.AsyncClient]:
    keys = RemoteKeys(ISSUER, transport=site)
    auth = ResourceServer(
        issuer=ISSUER, audience=AUDIENCE, keys=keys, clock=StoppedClock()
    )
    app = FastAPI(telemetry={"tracing": False})
    auth.install(app)

    @app.get("/notes")
    async def notes(
        caller: Annotated[AccessToken, Depends(auth.require_scope("notes:read"))],
    ) -> str:
        return caller.subject

    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=AUDIENCE) as client:
        yield client


async def call(api: httpx.AsyncClient, text: str) -> httpx.Response:
    headers = [(b"authorization", b"Bearer " + text.encode("utf-8", "surrogatepass"))]
    return await api.get("/notes", headers=headers)


async def check_refused(api: httpx.AsyncClient, *texts: str) -> None:
    """401 invalid_token for each, and the good one is still good afterwards."""
    for text in texts:
        answer = await call(api, text)

        assert answer.status_code == 401, text[:200]
        challenge = answer.headers["www-authenticate"]
        assert challenge.startswith('Bearer error="invalid_token"')
        assert len(text) < 20 or text[-20:] not in answer.text + challenge
    assert (await call(api, token())).status_code == 200


def hs256(secret: bytes) -> Any:
    def sign(message: bytes) -> bytes:
        mac = HMAC(secret, SHA256())
        mac.update(message)
        return mac.finalize()

    return sign


def public_spellings() -> list[bytes]:
    """The issuer's public keys in every form that somebody could use as a secret."""
    found = []
    for key, jwk in ((ec_key(), ec_jwk()), (rsa_key(2048), rsa_jwk())):
        public = key.public_key()
        for encoding, shape in (
            (
                serialization.Encoding.PEM,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            ),
            (
                serialization.Encoding.DER,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            ),
            (serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
        ):
            found.append(public.public_bytes(encoding, shape))
        found.append(json.dumps(jwk).encode())
        found += [str(value).encode() for value in jwk.values()]
    pkcs1 = serialization.PublicFormat.PKCS1
    for encoding in (serialization.Encoding.PEM, serialization.Encoding.DER):
        found.append(rsa_key(2048).public_key().public_bytes(encoding, pkcs1))
    return found


async def test_JW01_alg_none(api: httpx.AsyncClient) -> None:
    for alg in ("none", "nOnE", "None", "NONE", "", None):
        for sign in (lambda _: b"", es256):
            await check_refused(api, token(head=header(alg=alg), sign=sign))
    await check_refused(api, token(head=header() | {"alg": None}))


async def test_JW02_JW38_a_public_key_is_no_secret(api: httpx.AsyncClient) -> None:
    spellings = public_spellings()

    for kid in ("k1", "k2"):
        head = header(alg="HS256", kid=kid)
        await check_refused(
            api, *(token(head=head, sign=hs256(each)) for each in spellings)
        )


async def test_JW04_JW05_the_key_says_which_algorithm(api: httpx.AsyncClient) -> None:
    for alg in ("RS256", "ES384", "ES512", "PS256", "HS256", "EdDSA", "es256"):
        await check_refused(api, token(head=header(alg=alg)))
    for alg in ("RS512", "RS384", "PS256", "ES256"):
        head = header(alg=alg, kid="k2")
        await check_refused(api, token(head=head, sign=rs256))


async def test_a_second_key_with_its_own_algorithm_counts(
    api: httpx.AsyncClient,
) -> None:
    answer = await call(api, token(head=header(alg="RS256", kid="k2"), sign=rs256))

    assert answer.status_code == 200


async def test_JW06_JW07_keys_named_by_the_token_are_not_seen(
    api: httpx.AsyncClient, site: IssuerSite
) -> None:
    """Signed with the attacker's key, the token is refused; nothing is fetched."""
    evil = rsa_jwk(kid="evil")
    for extra in (
        {"jwk": evil},
        {"jku": "https://evil.example/jwks"},
        {"jku": "file:///etc/passwd"},
        {"x5u": "http://127.0.0.1:1/cert"},
        {"x5c": ["MIIB"]},
    ):
        head = header(alg="RS256", kid="k1", **extra)
        await check_refused(api, token(head=head, sign=rs256))

    assert {path.split("/")[0] for path in site.asked} == {"id.example"}


async def test_JW08_JW09_kid_is_a_name_to_look_up(
    api: httpx.AsyncClient, site: IssuerSite
) -> None:
    for kid in (
        "../../../../dev/null",
        "' OR 1=1--",
        "k" * 5000,
        "k1\0",
        "k1 ",
        "K1",
        "",
        1,
        ["k1"],
        {"k1": 1},
        True,
    ):
        await check_refused(api, token(head=header(kid=kid)))
    await check_refused(api, token(head=header() | {"kid": None}))
    await check_refused(api, token(head=header(kid=None)))

    assert site.fetches == 1


async def test_JW11_another_kind_of_token_is_not_an_access_token(
    api: httpx.AsyncClient,
) -> None:
    for typ in (
        "JWT",
        "logout+jwt",
        "at+jwt ",
        "at jwt",
        "dpop+jwt",
        "token-introspection+jwt",
        "",
        1,
        ["at+jwt"],
    ):
        await check_refused(api, token(head=header(typ=typ)))
    await check_refused(api, token(head=header(typ=None)))
    await check_refused(api, token(head=header() | {"typ": None}))
    await check_refused(api, token(head=header(typ="application/application/at+jwt")))


async def test_JW12_extensions_are_not_understood(api: httpx.AsyncClient) -> None:
    for extra in (
        {"crit": ["exp2"], "exp2": 1},
        {"crit": []},
        {"crit": ["exp"]},
        {"crit": ["alg"]},
        {"crit": "b64"},
        {"b64": False},
        {"b64": True},
        {"crit": ["b64"], "b64": False},
    ):
        await check_refused(api, token(head=header(**extra)))
    await check_refused(api, token(head=header() | {"crit": None}))


async def test_JW13_every_claim_of_an_access_token_is_needed(
    api: httpx.AsyncClient,
) -> None:
    """RFC 9068 section 2.2."""
    for name in ("exp", "iat", "iss", "aud", "sub", "client_id", "jti"):
        await check_refused(api, token(claims(**{name: None})))


async def test_JW15_names_are_short_printable_text(api: httpx.AsyncClient) -> None:
    for name in ("sub", "client_id", "jti"):
        for value in ("", 1, True, [], {}, ["alice"], "a\0b", "a\nb", "x" * 3000):
            await check_refused(api, token(claims(**{name: value})))
        await check_refused(api, token(claims() | {name: None}))
    for scope in (["notes:read"], 1, True, {"notes:read": 1}, "notes:read\0"):
        await check_refused(api, token(claims(scope=scope)))
    await check_refused(api, token(b'{"sub":"\\ud800",' + _rest("sub")))


async def test_JW16_JW17_dates_are_whole_seconds(api: httpx.AsyncClient) -> None:
    good = str(SECONDS + 600)
    for value in (
        f'"{good}"',
        f"{good}.0",
        "1e308",
        "1e400",
        "9" * 23,
        "9" * 5000,
        str(SECONDS + 10 * 365 * 86_400),
        "Infinity",
        "-Infinity",
        "NaN",
        "null",
        "[]",
        "true",
        "-1",
        "{}",
    ):
        payload = f'{{"exp":{value},'.encode() + _rest("exp")
        await check_refused(api, token(payload))
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        await check_refused(api, token(b'{"x":[' + word + b"]," + _rest()))
    for name in ("iat", "nbf"):
        for each in (str(SECONDS), SECONDS + 0.5, True, [], -1, 2**70):
            await check_refused(api, token(claims(**{name: each})))


async def test_JW18_neither_yesterdays_nor_tomorrows(api: httpx.AsyncClient) -> None:
    await check_refused(
        api,
        token(claims(exp=SECONDS - 31, iat=SECONDS - 600)),
        token(claims(exp=SECONDS - 86_400, iat=SECONDS - 86_500)),
        token(claims(nbf=SECONDS + 61)),
        token(claims(iat=SECONDS + 61)),
    )


async def test_JW19_a_claim_stands_once(api: httpx.AsyncClient) -> None:
    for twice in (
        b'{"exp":1,',
        b'{"sub":"alice",',
        b'{"sub":"bob","x":{"a":1,"a":2},',
        b'{"aud":"https://evil.example",',
    ):
        await check_refused(api, token(twice + _rest()))
    head = b'{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"k1"}'
    await check_refused(api, token(head=head))


async def test_JW20_the_audience_is_this_api_alone(api: httpx.AsyncClient) -> None:
    for aud in (
        [AUDIENCE, "https://evil.example"],
        [AUDIENCE],
        [AUDIENCE, None],
        f"{AUDIENCE} ",
        f"{AUDIENCE}/",
        AUDIENCE.upper(),
        AUDIENCE[:-1],
        "app",
        "",
        [],
        {AUDIENCE: 1},
        1,
    ):
        await check_refused(api, token(claims(aud=aud)))


async def test_JW21_the_issuer_letter_by_letter(api: httpx.AsyncClient) -> None:
    for iss in (
        f"{ISSUER}/",
        ISSUER[:-1],
        ISSUER.upper(),
        f"{ISSUER}.evil.example",
        "https://id.example@evil.example",
        "",
        [ISSUER],
        1,
    ):
        await check_refused(api, token(claims(iss=iss)))


async def test_JW22_signatures_that_fit_everything(api: httpx.AsyncClient) -> None:
    zero, order = b"\0" * 32, P256_ORDER.to_bytes(32)
    good = es256(b"x")
    der = b"\x30\x06\x02\x01\x01\x02\x01\x01"
    for signature in (
        zero + zero,
        zero + order,
        order + zero,
        order + order,
        b"\1" * 64,
        good[:63],
        good + b"\0",
        der,
        b"",
    ):
        await check_refused(api, token(sign=lambda _, given=signature: given))


async def test_JW24_JW25_one_text_for_one_token(api: httpx.AsyncClient) -> None:
    good = token()
    head, payload, signature = good.split(".")
    # 64 bytes leave four bits of the last character unused: another one decodes alike.
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    other = last[last.index(signature[-1]) + 1]
    await check_refused(
        api,
        f"{good}==",
        f"{good}=",
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-1]}{other}",
        f"{head}.{payload}.!{signature}",
        f"{head}.{payload}.{signature[:8]}\t{signature[8:]}",
        f"{head}.{payload}. {signature}",
        f"{head[:4]} {head[4:]}.{payload}.{signature}",
        f"{head}.{payload}.{signature[:-2]}+/",
    )


async def test_JW26_three_segments(api: httpx.AsyncClient) -> None:
    head, payload, signature = token().split(".")
    await check_refused(
        api,
        f"{head}.{payload}",
        f"{head}.{payload}.{signature}.x",
        f"{head}.{payload}.{signature}.x.y",
        f"{head}..{payload}..{signature}",
        f"{head}..{signature}",
        f".{payload}.{signature}",
        f"{head}.{payload}.",
        "..",
        ".",
        "....",
        "x",
        "é.é.é",
        json.dumps({"payload": payload, "protected": head, "signature": signature}),
    )


async def test_JW27_header_and_payload_are_objects(api: httpx.AsyncClient) -> None:
    objects = json.dumps(header()).encode(), json.dumps(claims()).encode()
    for raw in (
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a":"\xed\xa0\x80"}',
    ):
        await check_refused(api, token(head=raw), token(raw))
    for encoding in ("utf-16", "utf-32", "utf-8-sig"):
        head, payload = (each.decode().encode(encoding) for each in objects)
        await check_refused(api, token(head=head), token(payload))


async def test_JW28_deep_and_long_tokens(api: httpx.AsyncClient) -> None:
    deep = b"[" * 100_000
    await check_refused(
        api,
        token(b'{"x":' + b"[" * 5000),
        token(head=b'{"x":' + b'{"y":' * 900),
        token(b'{"x":' + deep),
        token(claims(x="y" * 8192)),
        "x." * 100_000,
        "." * 100_000,
    )


async def test_JW30_encrypted_tokens_are_not_read(api: httpx.AsyncClient) -> None:
    for head in (
        {"alg": "dir", "enc": "A256GCM", "zip": "DEF"},
        {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 10**9, "p2s": "AA"},
        {"alg": "RSA-OAEP", "enc": "A256GCM", "kid": "k2"},
    ):
        start = encode(json.dumps(head).encode())
        await check_refused(api, f"{start}.AA.AA.AA.AA", f"{start}.AA.AA")


@pytest.mark.parametrize("secret", [b"", b"short", b"k" * 64])
async def test_JW31_a_published_secret_signs_nothing(
    api: httpx.AsyncClient, site: IssuerSite, secret: bytes
) -> None:
    site.keys.append(
        {"kty": "oct", "k": encode(secret), "kid": "mac", "alg": "HS256", "use": "sig"}
    )

    head = header(alg="HS256", kid="mac")
    await check_refused(api, token(head=head, sign=hs256(secret)))


@pytest.mark.parametrize(
    "changed", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "RSA-OAEP"}]
)
async def test_JW37_keys_for_something_else_check_nothing(
    api: httpx.AsyncClient, site: IssuerSite, changed: dict[str, Any]
) -> None:
    site.keys = [ec_jwk(), rsa_jwk(**changed)]

    await check_refused(api, token(head=header(alg="RS256", kid="k2"), sign=rs256))


def _rest(*without: str) -> bytes:
    """The members of a good payload, with the closing brace, to write others before."""
    usual = {name: value for name, value in claims().items() if name not in without}
    return json.dumps(usual).encode()[1:]
