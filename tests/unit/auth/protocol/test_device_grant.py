"""What a device may ask, what a person may type, and who may have the answer."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from auth_service.flows.device_authorization import new_user_code
from auth_service.protocol.device_grant import (
    GRANT_TYPE,
    LIFETIME,
    Denied,
    DeviceGrant,
    check_device,
    read_device_request,
    read_user_code,
    write_user_code,
)
from auth_service.protocol.scopes import Catalogue
from tests.builders.protocol import NOW, client
from valetkey.errors import (
    ExpiredToken,
    InvalidGrant,
    InvalidScope,
    InvalidTarget,
    OAuthError,
    UnauthorizedClient,
)

TV = client(grant_types=frozenset({GRANT_TYPE}), scopes=frozenset({"openid", "email"}))
ASKED = read_device_request(
    {"scope": "openid"}, TV, Catalogue(()), ip="192.0.2.1", user_agent="TV", now=NOW
)


def test_DV02_a_user_code_does_not_follow_from_a_seed() -> None:
    given = set()
    for _ in range(100):
        random.seed(1)
        given.add(new_user_code())
    assert len(given) == 100
    assert set("".join(given)) == set("BCDFGHJKLMNPQRSTVWXZ")


def test_what_is_shown_is_what_can_be_typed() -> None:
    code = new_user_code()
    assert len(write_user_code(code)) == 9
    assert read_user_code(write_user_code(code)) == code


@pytest.mark.parametrize(
    "typed", ["WDJBMJHT", "wdjb-mjht", " WdJb mJhT ", "W-D-J-B-M-J-H-T", "WDJB--MJHT"]
)
def test_DV10_case_and_separators_do_not_matter(typed: str) -> None:
    assert read_user_code(typed) == "WDJBMJHT"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "WDJB-MJH",
        "WDJB-MJHTT",
        "WDJB-MJHA",
        "0DJB-MJHT",
        "\uff37DJBMJHT",
        "WDJB\u2013MJHT",
        "WDJB\u00a0MJHT",
        "WDJB\tMJHT",
        "WDJBMJHT\n",
        "\u212aDJBMJHT",
        "\u017fDJBMJHT",
        "\u0421DJBMJHT",
        "WDJBMJHT\0",
    ],
)
def test_DV10_nothing_is_taken_for_a_letter_that_it_is_not(typed: str) -> None:
    assert read_user_code(typed) is None


@pytest.mark.parametrize(
    ("parameters", "refusal"),
    [
        ({"scope": "openid phone"}, InvalidScope),
        ({"scope": "a\\b"}, InvalidScope),
        ({"scope": "openid", "resource": "https://x.example"}, InvalidTarget),
    ],
)
def test_DV11_no_more_than_the_app_may(
    parameters: dict[str, str], refusal: type[OAuthError]
) -> None:
    with pytest.raises(refusal):
        read_device_request(
            parameters, TV, Catalogue(()), ip="", user_agent="", now=NOW
        )


def test_an_app_that_is_not_for_devices() -> None:
    with pytest.raises(UnauthorizedClient):
        read_device_request({}, client(), Catalogue(()), ip="", user_agent="", now=NOW)


def test_without_a_scope_it_is_all_that_the_app_may() -> None:
    asked = read_device_request({}, TV, Catalogue(()), ip="", user_agent="", now=NOW)
    assert asked.scopes == TV.scopes


def test_DV04_who_may_have_the_answer_and_until_when() -> None:
    device = DeviceGrant(request=ASKED)
    last = NOW + LIFETIME - timedelta(microseconds=1)
    check_device(device, TV, last)
    with pytest.raises(ExpiredToken):
        check_device(device, TV, NOW + LIFETIME)
    with pytest.raises(Denied) as denied:
        check_device(replace(device, denied=True), TV, last)
    assert (denied.value.error, denied.value.status) == ("access_denied", 400)


def test_DV06_another_client_hears_nothing_about_it() -> None:
    device = DeviceGrant(request=ASKED, denied=True)
    with pytest.raises(InvalidGrant):
        check_device(device, client(client_id="other"), NOW + LIFETIME)
