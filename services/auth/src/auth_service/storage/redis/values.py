"""Frozen values as JSON and back, by their own types."""

from typing import Generic, TypeVar

from pydantic import TypeAdapter

Value = TypeVar("Value")


class Json(Generic[Value]):
    """
    How a value is written to Redis and read back, equal in every field.

    What stands there was a checked value when it was written; nobody else writes.
    """

    def __init__(self, type_: type[Value]) -> None:
        self._adapter = TypeAdapter(type_)

    def dump(self, value: Value) -> bytes:
        """The value as JSON."""
        return self._adapter.dump_json(value)

    def load(self, text: str | bytes) -> Value:
        """The value that was written."""
        return self._adapter.validate_json(text)
