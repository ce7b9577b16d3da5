"""The authorization detail `note_access`: one note, for an app without scopes."""

from collections.abc import Mapping
from typing import Any, Literal

from valetkey.requirement import Allows


def note_access(action: Literal["read", "write"], *, resource: str) -> Allows:
    """
    Whether a detail allows this with the note that the path names (RFC 9396).

        {"type": "note_access", "actions": ["read", "write"], "identifier": "<note id>"}

    Args:
        action: what is done; deleting is neither.
        resource: this API, which `locations` must name where it is there.

    """

    def allows(detail: Mapping[str, Any], path: Mapping[str, Any]) -> bool:
        return (
            detail["type"] == "note_access"
            and detail.get("identifier") == path["note_id"]
            and _has(detail.get("actions"), action)
            and _has(detail.get("locations", [resource]), resource)
        )

    return allows


def _has(values: object, value: str) -> bool:
    return isinstance(values, list) and value in values
