"""authorization_details: types, their schemas and their sentences (RFC 9396)."""

import json
from typing import Any

import pytest

from auth_service.protocol.authorization_details import (
    DetailType,
    narrow_details,
    read_details,
)
from valetkey.errors import InvalidAuthorizationDetails

API = "https://api.example"
PAYMENT = DetailType(
    type="payment",
    schema={
        "type": "object",
        "properties": {
            "amount": {
                "type": "object",
                "properties": {"value": {"type": "number", "exclusiveMinimum": 0}},
                "required": ["value"],
            },
            "to": {"type": "string"},
        },
        "required": ["amount", "to"],
        "additionalProperties": False,
    },
    sentence="pay {amount.value} {amount.currency} to {to}",
)
GOOD: dict[str, Any] = {
    "type": "payment",
    "amount": {"value": 5, "currency": "EUR"},
    "to": "Ada",
}


def test_what_the_type_wants_is_taken() -> None:
    PAYMENT.check(GOOD, API)
    PAYMENT.check({**GOOD, "locations": [API]}, API)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": {"value": 0}},
        {"amount": {}},
        {"to": 1},
        {"more": True},
        {"locations": ["https://other.example"]},
        {"locations": [API, API]},
        {"locations": API},
    ],
)
def test_anything_else_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidAuthorizationDetails):
        PAYMENT.check({**GOOD, **change}, API)


@pytest.mark.parametrize(
    ("detail", "words"),
    [
        (GOOD, "Pay 5 EUR to Ada"),
        ({"amount": {"value": 5}, "to": ["Ada", "Bob"]}, "Pay 5  to Ada and Bob"),
        ({"amount": 5, "to": "{to}"}, "Pay   to {to}"),
    ],
)
def test_people_read_a_sentence(detail: dict[str, Any], words: str) -> None:
    """What an app sends stands in it as text and is never a sentence itself."""
    assert PAYMENT.describe(detail) == words


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        ({"type": "nothing"}, "x"),
        ({"properties": {"type": {}}}, "x"),
        ({}, " "),
    ],
)
def test_a_type_that_cannot_be_used_is_no_type(
    schema: dict[str, Any], sentence: str
) -> None:
    """An operator hears of it when it is provisioned."""
    with pytest.raises(ValueError, match="odd"):
        DetailType(type="odd", schema=schema, sentence=sentence)


def test_fewer_may_be_asked_for_and_nothing_else() -> None:
    granted = read_details(json.dumps([GOOD, {**GOOD, "to": "Bob"}]))

    assert narrow_details(granted, None) == granted
    assert narrow_details(granted, json.dumps([GOOD])) == granted[:1]
    for other in ({**GOOD, "to": "Eve"}, {**GOOD, "amount": {"value": 5}}):
        with pytest.raises(InvalidAuthorizationDetails):
            narrow_details(granted, json.dumps([GOOD, other]))
    with pytest.raises(InvalidAuthorizationDetails):
        narrow_details((), json.dumps([GOOD]))
