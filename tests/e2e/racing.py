"""Many requests at one instant."""

import asyncio

import httpx

from tests.e2e.authorization_server import AuthorizationServer


async def race(
    auth: AuthorizationServer, parameters: dict[str, str], racers: int = 50
) -> list[httpx.Response] | None:
    """
    The same request of web-app to the token endpoint, many times at once.

    Returns:
        The answers; None where a request was sent away with 503, because this machine
        was too busy to give it a connection in time: that is no race. Begin another.

    """
    http = auth.http()
    answers = await asyncio.gather(
        *(auth.token(parameters, http=http) for _ in range(racers))
    )
    busy = any(answer.status_code == 503 for answer in answers)
    return None if busy else answers
