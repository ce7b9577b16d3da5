"""A JSON object from the network, each name in it once."""

from typing import Any

from client_demo.errors import AnswerRefused
from valetkey import jws
from valetkey.errors import InvalidToken


def read_json_object(body: bytes) -> dict[str, Any]:
    """
    Read an answer as strictly as a token.

    Python takes the last of two equal names; a provider and a client that take
    different ones would speak of two different people.

    Raises:
        AnswerRefused: not a JSON object, or a name in it is repeated.

    """
    try:
        return jws.read_json_object(body)
    except InvalidToken:
        raise AnswerRefused("not a JSON object with distinct names") from None
