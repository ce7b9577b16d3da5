"""What administrators' lists may be asked for, and what leaves in a spreadsheet."""

from datetime import UTC, datetime

import pytest

from auth_service.protocol.administration import (
    PEOPLE_ORDERS,
    check_order,
    harmless_cell,
    read_moment,
    read_resource,
)
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import InvalidRequest


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n-2"]
)
def test_a_cell_is_never_a_formula(text: str) -> None:
    assert harmless_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("value", "cell"), [(None, ""), (5, "5"), ("a=b", "a=b"), ("", ""), (" a", " a")]
)
def test_other_cells_stay_as_they_are(value: object, cell: str) -> None:
    assert harmless_cell(value) == cell


@pytest.mark.parametrize("order", ["", "id;drop", "password_hash", "Username"])
def test_AU20_an_order_is_one_of_ours(order: str) -> None:
    with pytest.raises(InvalidRequest):
        check_order(order, PEOPLE_ORDERS)


def test_moments_are_days_or_have_a_time() -> None:
    assert read_moment("since", None) is None
    assert read_moment("since", "2026-11-21") == datetime(2026, 11, 21, tzinfo=UTC)
    assert read_moment("since", "2026-11-21T10:00+02:00") == datetime(
        2026, 11, 21, 8, tzinfo=UTC
    )
    for text in ("yesterday", "0001-01-01T00:00+23:00", "10000-01-01", "2026-13-01"):
        with pytest.raises(InvalidRequest):
            read_moment("since", text)


GOOD = {"identifier": "https://api.example", "name": "Notes", "scopes": []}
SCOPE = {"name": "notes:read", "description": "Read your notes"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"identifier": ""}, "identifier"),
        ({"identifier": "api"}, "identifier"),
        ({"identifier": "https://api.example#here"}, "identifier"),
        ({"identifier": "https://api.example/a b"}, "identifier"),
        ({"identifier": "javascript:alert(1)"}, "identifier"),
        ({"identifier": "https://[::1"}, "identifier"),
        ({"name": ""}, "name"),
        ({"name": "a\u0000b"}, "name"),
        ({"scopes": [{**SCOPE, "name": "two words"}]}, "scopes"),
        ({"scopes": [{**SCOPE, "name": "openid"}]}, "scopes"),
        ({"scopes": [{**SCOPE, "name": "admin:people"}]}, "scopes"),
        ({"scopes": [{**SCOPE, "description": ""}]}, "scopes"),
        ({"scopes": [SCOPE, SCOPE]}, "scopes"),
    ],
)
def test_what_is_wrong_about_an_api_is_said_by_field(
    changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Unusable) as refused:
        read_resource({**GOOD, **changes}, None)

    assert refused.value.errors.keys() == {field}


def test_an_api_keeps_its_identifier() -> None:
    before = read_resource({**GOOD, "scopes": [SCOPE]}, None)
    after = read_resource({**GOOD, "identifier": "https://other.example"}, before)

    assert before.scopes[0].description == "Read your notes"
    assert after.identifier == "https://api.example"
    assert after.scopes == ()
