"""What `ResourceServer` takes and refuses beside a bearer token with a scope."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import Depends, FastAPI
from starlette.responses import PlainTextResponse

from tests.builders.certificates import certificate
from tests.builders.tokens import AUDIENCE, ISSUER, SECONDS, StoppedClock
from valetkey import AccessToken, InvalidToken, ResourceServer
from valetkey.challenge import Challenger
from valetkey.dpop_nonces import Nonces
from valetkey.requirement import Requirement
from valetkey.sender import DPoP
from valetkey.testing import ProofKey, TestIssuer

METADATA = f'resource_metadata="{AUDIENCE}/.well-known/oauth-protected-resource"'
ALGS = 'algs="ES256 EdDSA PS256 RS256"'
DPOP = f"DPoP {ALGS}"


class Api:
    """An API with one route, and tokens for it."""

    def __init__(self, need: dict[str, Any], **options: Any) -> None:
        self.clock = StoppedClock()
        options = {"issuer": ISSUER, "audience": AUDIENCE} | options
        self.auth = ResourceServer(clock=self.clock, **options)
        self.issuer = TestIssuer(ISSUER, options["audience"], clock=self.clock)
        self.auth.keys = self.issuer
        self.key = ProofKey(clock=self.clock)
        self.app = FastAPI()
        self.auth.install(self.app)
        passes = Depends(self.auth.require_scope("notes:read", **need))

        @self.app.get("/notes/{note}")
        async def read(token: Annotated[AccessToken, passes]) -> str:
            return token.subject

        @self.app.get("/text")
        async def text(_: Annotated[AccessToken, passes]) -> PlainTextResponse:
            return PlainTextResponse("text")

    def token(self, **claims: Any) -> str:
        return self.issuer.token(**{"scopes": ["notes:read"], **claims})

    def bound(self, **claims: Any) -> str:
        return self.token(cnf=self.key.cnf, **claims)

    async def get(
        self, headers: Any = None, *, url: str = f"{AUDIENCE}/notes/1"
    ) -> httpx.Response:
        async with self.client() as client:
            return await client.get(url, headers=headers)

    async def get_bearer(self, token: str, **headers: str) -> httpx.Response:
        return await self.get({"authorization": f"Bearer {token}", **headers})

    @asynccontextmanager
    async def client(self, app: Any = None) -> AsyncIterator[httpx.AsyncClient]:
        transport = httpx.ASGITransport(app or self.app)
        async with httpx.AsyncClient(transport=transport) as client:
            yield client

    def proved(self, token: str, path: str = "/notes/1", **claims: Any) -> Any:
        return self.key.headers("GET", f"{AUDIENCE}{path}", token, **claims)


def challenge(answer: httpx.Response) -> str:
    return answer.headers.get("www-authenticate", "")


async def test_a_bound_token_comes_with_its_proof() -> None:
    api = Api({})

    answer = await api.get(api.proved(api.bound()))

    assert (answer.status_code, answer.json()) == (200, "alice")


async def test_without_a_token_both_schemes_are_named() -> None:
    """RFC 9449 section 7.1; the Bearer challenge says what is needed."""
    answer = await Api({}).get()

    assert challenge(answer) == f'Bearer scope="notes:read", {METADATA}, {DPOP}'


def test_a_challenge_is_never_a_scheme_alone() -> None:
    """RFC 6750 section 3: an API that has no URL may have nothing else to say."""
    challenger = Challenger(resource_metadata=None, algs=(), only_dpop=False)

    assert challenger.write(None, Requirement(), dpop=False) == 'Bearer realm="api"'


async def test_a_bound_token_is_no_bearer_token() -> None:
    """RFC 9449 section 7.2."""
    api = Api({})

    answer = await api.get_bearer(api.bound())

    assert answer.status_code == 401
    assert challenge(answer).startswith('Bearer error="invalid_token"')
    assert challenge(answer).endswith(DPOP)


async def test_a_proof_beside_the_scheme_bearer_changes_nothing() -> None:
    api = Api({})
    headers = api.proved(token := api.bound()) | {"authorization": f"Bearer {token}"}

    assert (await api.get(headers)).status_code == 401


@pytest.mark.parametrize("cnf", [None, {"jkt": ProofKey().jkt}])
async def test_a_proof_by_another_key_is_none(cnf: dict[str, str] | None) -> None:
    api = Api({})

    answer = await api.get(api.proved(api.token(cnf=cnf)))

    assert answer.status_code == 401
    assert challenge(answer).startswith('DPoP error="invalid_token"')
    assert ALGS in challenge(answer)
    assert "Bearer" not in challenge(answer)


@pytest.mark.parametrize(
    "cnf",
    [
        {},
        [],
        "x",
        1,
        False,
        {"jkt": 1},
        {"jkt": ""},
        {"kid": "k"},
        {"jkt": "x", "a": 1},
    ],
)
async def test_a_token_bound_in_a_way_we_do_not_know_is_refused(cnf: Any) -> None:
    api = Api({})

    for headers in (
        api.proved(token := api.token(cnf=cnf)),
        {"authorization": f"Bearer {token}"},
    ):
        assert (await api.get(headers)).status_code == 401


async def test_JW36_a_bad_proof_is_401() -> None:
    api = Api({})
    token = api.bound()

    for headers in (
        {"authorization": f"DPoP {token}"},
        api.proved(token, htm="POST"),
        api.proved(token, "/notes/2"),
        api.proved(token, ath=None),
        api.proved(token, iat=SECONDS - 61),
        [*api.proved(token).items(), ("dpop", api.proved(token)["dpop"])],
    ):
        answer = await api.get(headers)
        assert answer.status_code == 401
        assert challenge(answer).startswith('DPoP error="invalid_dpop_proof"')
        assert answer.json()["error"] == "invalid_dpop_proof"


async def test_JW36_a_proof_is_used_once() -> None:
    api = Api({})
    headers = api.proved(api.bound())

    answers = [(await api.get(headers)).status_code for _ in range(3)]

    assert answers == [200, 401, 401]


async def test_a_bad_token_is_told_before_a_bad_proof() -> None:
    """Whoever has no token of ours fills no memory with proofs."""
    api = Api({})

    answer = await api.get(api.proved("garbage"))

    assert 'error="invalid_token"' in challenge(answer)


async def test_htu_is_the_apis_own_url_whatever_the_host_says() -> None:
    api = Api({})
    evil = "https://evil.example/notes/1"
    token = api.bound()

    honest = await api.get(api.proved(token), url=evil)
    tricked = await api.get(api.key.headers("GET", evil, token), url=evil)

    assert (honest.status_code, tricked.status_code) == (200, 401)


@pytest.mark.parametrize("root_path", ["", "/api"])
async def test_htu_has_what_a_proxy_took_away(root_path: str) -> None:
    api = Api({})
    api.app.root_path = root_path

    headers = api.proved(api.bound(), f"{root_path}/notes/a%20b")
    url = f"{AUDIENCE}/notes/a%20b?page=2"

    assert (await api.get(headers, url=url)).status_code == 200


def test_the_metadata_has_no_empty_list() -> None:
    """RFC 9728 section 3.2."""
    auth = ResourceServer(issuer=ISSUER, audience=AUDIENCE)

    assert "scopes_supported" not in auth.metadata()


async def test_a_mounted_api_has_its_own_place() -> None:
    """RFC 9728 section 3.1: the metadata is at the root of the host."""
    audience = f"{AUDIENCE}/v1"
    api = Api({}, audience=audience)
    parent = FastAPI()
    api.auth.publish_metadata(parent)
    parent.mount("/v1", api.app)
    headers = api.proved(api.bound(), "/v1/notes/1")

    async with api.client(parent) as client:
        answer = await client.get(f"{audience}/notes/1", headers=headers)
        refused = await client.get(f"{audience}/notes/1")
        place = challenge(refused).partition('resource_metadata="')[2].split('"')[0]
        found = await client.get(place)

    assert answer.status_code == 200
    assert place == f"{AUDIENCE}/.well-known/oauth-protected-resource/v1"
    assert found.json()["resource"] == audience
    assert found.headers["cache-control"] == "public, max-age=3600"
    assert found.headers["access-control-allow-origin"] == "*"


async def test_where_dpop_is_off_a_bound_token_is_refused() -> None:
    api = Api({}, dpop=None)

    bearer = await api.get_bearer(token := api.bound())
    proved = await api.get(api.proved(token))

    assert (bearer.status_code, proved.status_code) == (401, 401)
    assert challenge(proved) == f'Bearer scope="notes:read", {METADATA}'
    assert "DPoP" not in challenge(bearer).replace("a DPoP key", "")
    assert "dpop_signing_alg_values_supported" not in api.auth.metadata()


async def test_where_dpop_is_required_a_bearer_token_is_refused() -> None:
    api = Api({}, dpop=DPoP(required=True, algorithms=["ES256"]))

    bearer = await api.get_bearer(api.token())
    nothing = await api.get()

    assert bearer.status_code == 401
    assert challenge(bearer).startswith('DPoP error="invalid_token"')
    assert challenge(nothing) == f'DPoP scope="notes:read", {METADATA}, algs="ES256"'
    assert (await api.get(api.proved(api.bound()))).status_code == 200
    other = Api({}, dpop=DPoP(algorithms=["PS256"]))
    assert (await other.get(other.proved(other.bound()))).status_code == 401
    assert api.auth.metadata()["dpop_bound_access_tokens_required"] is True


async def test_a_nonce_is_demanded_and_renewed() -> None:
    """RFC 9449 sections 8.2 and 9."""
    api = Api({}, dpop=DPoP(nonces=Nonces(b"n" * 32)))
    token = api.bound()

    refused = await api.get(api.proved(token))
    nonce = refused.headers["dpop-nonce"]
    text = await api.get(
        api.proved(token, "/text", nonce=nonce), url=f"{AUDIENCE}/text"
    )
    poor = await api.get(api.proved(api.bound(scopes=[]), nonce=nonce))

    assert refused.status_code == 401
    assert challenge(refused).startswith('DPoP error="use_dpop_nonce"')
    assert [text.status_code, poor.status_code] == [200, 403]
    assert [each.headers["dpop-nonce"] for each in (text, poor)] == [nonce, nonce]
    assert "dpop-nonce" not in (await api.get_bearer(api.token())).headers

    api.clock.time += timedelta(seconds=240)
    late = await api.get(api.proved(api.bound(), nonce=nonce))
    assert late.headers["dpop-nonce"] != nonce


async def test_dpop_needs_a_url_and_asymmetric_algorithms() -> None:
    urn = {"issuer": ISSUER, "audience": "urn:notes"}
    with pytest.raises(ValueError, match="URL"):
        ResourceServer(**urn, dpop=DPoP(required=True))
    assert "DPoP" not in str(ResourceServer(**urn).metadata())
    for algorithms in ([], ["HS256"], ["ES256", "none"]):
        with pytest.raises(ValueError, match="algorithms"):
            DPoP(algorithms=algorithms)


async def test_a_text_alone_proves_nothing_about_a_bound_token() -> None:
    api = Api({})

    assert (await api.auth.verify(api.token())).subject == "alice"
    with pytest.raises(InvalidToken):
        await api.auth.verify(api.bound())


async def test_a_token_bound_to_a_certificate_needs_it() -> None:
    """RFC 8705 section 3, RFC 9440 section 2.2."""
    own, other = certificate(), certificate()
    api = Api({}, client_certificates=True)
    token = api.token(cnf=own.cnf)
    answers = {
        name: (await api.get_bearer(token, **headers)).status_code
        for name, headers in {
            "own": {"client-cert": own.header},
            "none": {},
            "other": {"client-cert": other.header},
            "no colons": {"client-cert": own.header.strip(":")},
            "no certificate": {"client-cert": ":AAAA:"},
            "no base64": {"client-cert": ":*:"},
            "empty": {"client-cert": "::"},
        }.items()
    }
    two = [("authorization", f"Bearer {token}")] + [("client-cert", own.header)] * 2

    assert answers == {
        **dict.fromkeys(answers, 400),
        "own": 200,
        "none": 401,
        "other": 401,
    }
    assert (await api.get(two)).status_code == 400
    assert api.auth.metadata()["tls_client_certificate_bound_access_tokens"] is True


async def test_client_cert_counts_for_nothing_unless_a_proxy_sets_it() -> None:
    own = certificate()
    api = Api({})

    answer = await api.get_bearer(api.token(cnf=own.cnf), **{"client-cert": own.header})
    unbound = await api.get_bearer(api.token(), **{"client-cert": "garbage"})

    assert answer.status_code == 401
    assert unbound.status_code == 200


async def test_both_keys_are_needed_of_a_token_that_has_both() -> None:
    own = certificate()
    api = Api({}, client_certificates=True)
    headers = api.proved(api.token(cnf={**own.cnf, **api.key.cnf}))

    assert (await api.get(headers)).status_code == 401
    headers = api.proved(api.token(cnf={**own.cnf, **api.key.cnf}))
    assert (await api.get({**headers, "client-cert": own.header})).status_code == 200


async def test_an_old_sign_in_is_not_enough_where_a_recent_one_is_needed() -> None:
    """RFC 9470 section 3; the challenge names the scopes too."""
    api = Api({"max_age": 300})
    fresh = await api.get_bearer(api.token(auth_time=SECONDS - 300))
    old = api.token(auth_time=SECONDS - 331, scopes=[])

    assert fresh.status_code == 200
    for token in (old, api.token()):
        answer = await api.get_bearer(token)
        assert answer.status_code == 401
        assert challenge(answer) == (
            'Bearer error="insufficient_user_authentication", '
            'error_description="the person must sign in again", '
            f'max_age="300", scope="notes:read", {METADATA}'
        )
        assert answer.json()["error"] == "insufficient_user_authentication"


async def test_a_better_way_to_sign_in_is_asked_for() -> None:
    api = Api({"acr_values": ["phr", "phrh"]})
    good = await api.get_bearer(api.token(acr="phr"))

    assert good.status_code == 200
    for acr in (None, "1", "phr phrh"):
        answer = await api.get_bearer(api.token(acr=acr))
        assert answer.status_code == 401
        assert 'acr_values="phr phrh"' in challenge(answer)


async def test_insufficient_scope_is_one_challenge_with_all_scopes() -> None:
    """What an MCP client needs to ask the person once."""
    api = Api({})
    need = api.auth.require_scope("notes:read", "notes:write")

    @api.app.get("/both")
    async def both(_: Annotated[AccessToken, Depends(need)]) -> None: ...

    headers = {"authorization": f"Bearer {api.token()}"}
    answer = await api.get(headers, url=f"{AUDIENCE}/both")

    assert answer.status_code == 403
    assert challenge(answer) == (
        'Bearer error="insufficient_scope", error_description="a scope is missing", '
        f'scope="notes:read notes:write", {METADATA}'
    )


async def test_an_authorization_detail_stands_in_for_scopes() -> None:
    """RFC 9396 section 9.1."""
    api = Api({"or_detail": lambda detail, path: detail.get("note") == path["note"]})
    detail = {"type": "t", "note": "1"}
    statuses = {}
    for name, details in {
        "this one": [{"type": "t"}, detail],
        "another": [{**detail, "note": "2"}],
        "none": [],
        "no list": detail,
        "no type": [{"note": "1"}],
        "no object": [1],
    }.items():
        token = api.token(scopes=[], authorization_details=details)
        statuses[name] = (await api.get_bearer(token)).status_code

    assert statuses == {
        "this one": 200,
        "another": 403,
        "none": 403,
        "no list": 401,
        "no type": 401,
        "no object": 401,
    }


@pytest.mark.parametrize("claims", [{"acr": 1}, {"auth_time": 2**52}])
async def test_a_claim_that_cannot_be_read_is_401(claims: dict[str, Any]) -> None:
    api = Api({})

    assert (await api.get_bearer(api.token(**claims))).status_code == 401


async def test_a_live_route_sees_a_revocation_at_once() -> None:
    api = Api({"live": False})
    api.auth.introspection = api.issuer
    need = api.auth.require_scope("notes:read", live=True)

    @api.app.get("/live")
    async def live(_: Annotated[AccessToken, Depends(need)]) -> None: ...

    headers = {"authorization": f"Bearer {(token := api.token())}"}
    before = await api.get(headers, url=f"{AUDIENCE}/live")
    api.issuer.revoke(token)
    after = await api.get(headers, url=f"{AUDIENCE}/live")

    assert [before.status_code, after.status_code] == [200, 401]
    assert 'error="invalid_token"' in challenge(after)
    assert (await api.get(headers)).status_code == 200


async def test_live_needs_somebody_to_ask() -> None:
    with pytest.raises(ValueError, match="introspection"):
        Api({"live": True})


async def test_the_metadata_says_all_that_it_was_told() -> None:
    """RFC 9728 section 2; ours cannot be contradicted."""
    about = {
        "resource_name": "Notes",
        "resource_documentation": "https://docs.example",
        "authorization_details_types_supported": ["note_access"],
        "resource": "https://evil.example",
    }
    api = Api({}, about=about)
    api.auth.require_scope("offline_access")

    async with api.client() as client:
        place = f"{AUDIENCE}/.well-known/oauth-protected-resource"
        found = await client.get(place)
        preflight = await client.options(place)

    assert found.json() == {
        **about,
        "resource": AUDIENCE,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["notes:read"],
        "bearer_methods_supported": ["header"],
        "tls_client_certificate_bound_access_tokens": False,
        "dpop_bound_access_tokens_required": False,
        "dpop_signing_alg_values_supported": ["ES256", "EdDSA", "PS256", "RS256"],
    }
    assert preflight.headers["access-control-allow-headers"] == "*"
