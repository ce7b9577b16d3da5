"""Where a browser may go after logout."""

from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth_service.protocol.client import Client
from auth_service.protocol.logout_request import AfterLogout, match_after_logout
from valetkey.errors import InvalidRequest

BYE = "https://app.example/bye"
CLIENT = Client(
    client_id="web-app",
    client_name="Web App",
    token_endpoint_auth_method="client_secret_basic",
    grant_types=frozenset(),
    scopes=frozenset(),
    redirect_uris=("https://app.example/cb",),
    post_logout_redirect_uris=(BYE, "https://app.example/bye?x=1"),
)


def match(uri: str | None, client: Client | None = CLIENT) -> AfterLogout | None:
    parameters = {"state": "s"}
    if uri is not None:
        parameters["post_logout_redirect_uri"] = uri
    return match_after_logout(parameters, client)


def test_a_registered_address_is_used_with_its_state() -> None:
    assert match(BYE) == AfterLogout(post_logout_redirect_uri=BYE, state="s")


def test_without_an_address_or_an_app_the_person_stays() -> None:
    assert match(None) is None
    assert match(BYE, None) is None
    assert match("https://evil.example/", None) is None


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        "https://app.example/cb",
        "https://app.example/bye/",
        "https://app.example:443/bye",
        "https://APP.example/bye",
        "https://app.example@evil.example/bye",
        "https://app.example/bye?",
        " https://app.example/bye",
        "javascript:alert(1)",
    ],
)
def test_any_other_address_is_refused(uri: str) -> None:
    with pytest.raises(InvalidRequest):
        match(uri)


@pytest.mark.parametrize("uri", CLIENT.post_logout_redirect_uris)
@given(state=st.text(st.characters(exclude_categories=("Cs",)), min_size=1))
def test_state_is_encoded_once(uri: str, state: str) -> None:
    url = AfterLogout(post_logout_redirect_uri=uri, state=state).url

    assert url.startswith(uri)
    assert url.isascii()
    assert url.isprintable()
    query = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    assert query.pop("state") == state
    assert query == ({"x": "1"} if "?" in uri else {})


def test_without_state_the_address_is_left_as_it_is() -> None:
    assert AfterLogout(post_logout_redirect_uri=BYE, state=None).url == BYE
