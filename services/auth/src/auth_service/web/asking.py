"""What a page says of the app that asks, and of the person who is asked."""

from typing import Any

from auth_service.protocol.client import Client
from auth_service.protocol.client_id_document import address
from auth_service.protocol.user import User


def who_asks_whom(client: Client, person: User) -> dict[str, Any]:
    """What a page that extends `asking.html` is given of both."""
    return {
        "client_name": client.client_name,
        "client_logo": client.logo,
        "client_uri": client.client_uri,
        "policy_uri": client.policy_uri,
        "tos_uri": client.tos_uri,
        "publisher": client.publisher,
        "address": address(client.client_id),
        "self_registered": client.self_registered,
        "person": {
            "name": person.name,
            "username": person.username,
            "email": person.email,
            "picture_url": person.picture,
        },
    }
