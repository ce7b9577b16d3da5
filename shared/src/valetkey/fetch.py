"""
A small JSON document from a server that we have to trust, and no more than that.

No redirect is followed, nothing longer than 64 KiB is read, and all of it must be
there within three seconds.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from valetkey.http import (
    Auth,
    Client,
    HTTPError,
    InvalidURL,
    Response,
    Transport,
    new_client,
)
from valetkey.settings import LOOPBACK

#: The longest document that is read, in bytes.
MAX_DOCUMENT = 64 * 1024
#: How long everything may take together, in seconds.
TIME_LIMIT = 3.0

#: A compressed answer of 64 KiB could unfold to anything.
_HEADERS = {"accept": "application/json", "accept-encoding": "identity"}


class Unfetchable(Exception):
    """The document could not be had; the text says why and quotes nothing of it."""


class NotFound(Unfetchable):
    """The server answered, and has no such document."""


@dataclass(frozen=True, slots=True)
class Document:
    """A JSON object, and the Cache-Control that came with it."""

    members: Mapping[str, Any]
    cache_control: str


async def fetch_json(url: str, *, transport: Transport | None = None) -> Document:
    """
    Get a JSON object.

    Raises:
        NotFound: the server answered 404.
        Unfetchable: anything else that is not a JSON object of at most 64 KiB,
            with status 200, within three seconds.

    """
    raw, cache_control = await fetch(url, transport=transport)
    return Document(_object(raw), cache_control)


async def ask_json(
    url: str,
    form: Mapping[str, str],
    *,
    auth: Auth,
    transport: Transport | None = None,
) -> Mapping[str, Any]:
    """
    Post a form, as a client that proves who it is; a JSON object comes back.

    Raises:
        Unfetchable: see `fetch_json`.

    """
    async with (
        limited(),
        _client(transport) as client,
        client.stream("POST", url, data=form, headers=_HEADERS, auth=auth) as response,
    ):
        raw, _ = await _read(response, MAX_DOCUMENT)
    return _object(raw)


def _object(raw: bytes) -> dict[str, Any]:
    try:
        members = json.loads(raw)
    except (ValueError, RecursionError):
        raise Unfetchable("the answer is not JSON") from None
    if not isinstance(members, dict):
        raise Unfetchable("the answer is not a JSON object")
    return members


async def fetch(
    url: str,
    *,
    transport: Transport | None = None,
    longest: int = MAX_DOCUMENT,
    accept: str = "application/json",
) -> tuple[bytes, str]:
    """
    Get a document, and the Cache-Control that came with it.

    Raises:
        NotFound: the server answered 404.
        Unfetchable: no answer with status 200 and at most `longest` bytes in time.

    """
    async with (
        limited(),
        _client(transport) as client,
        client.stream("GET", url, headers={**_HEADERS, "accept": accept}) as response,
    ):
        return await _read(response, longest)


async def send_form(
    url: str, form: Mapping[str, str], *, transport: Transport | None = None
) -> int:
    """
    Post a form; the status of the answer, the rest of which nobody reads.

    Raises:
        Unfetchable: there is no answer in time.

    """
    async with (
        limited(),
        _client(transport) as client,
        client.stream("POST", url, data=form, headers=_HEADERS) as response,
    ):
        return response.status_code


@asynccontextmanager
async def limited() -> AsyncIterator[None]:
    """All that is done inside within three seconds; what goes wrong: Unfetchable."""
    try:
        async with asyncio.timeout(TIME_LIMIT):
            yield
    except TimeoutError:
        raise Unfetchable("no answer in time") from None
    except (HTTPError, InvalidURL, UnicodeError) as error:
        raise Unfetchable(type(error).__name__) from None


def _client(transport: Transport | None) -> Client:
    """One client per call: calls are minutes apart, and event loops may change."""
    return new_client(timeout=TIME_LIMIT, transport=transport)


async def _read(response: Response, longest: int) -> tuple[bytes, str]:
    if response.status_code == 404:
        raise NotFound("the answer has status 404")
    if response.status_code != 200:
        raise Unfetchable(f"the answer has status {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise Unfetchable("the answer is compressed")
    raw = b""
    async for chunk in response.aiter_bytes():
        raw += chunk
        if len(raw) > longest:
            raise Unfetchable("the answer is too long")
    return raw, response.headers.get("cache-control", "")


def origin(url: str) -> str:
    """
    Scheme, host and port of a URL that may be called.

    Raises:
        ValueError: it is not a URL, or its scheme is neither https nor http on
            loopback.

    """
    # urlsplit drops tabs and line ends without a word, and no URL has them.
    if not (url.isascii() and url.isprintable()) or " " in url or "\\" in url:
        raise ValueError("not a URL")
    parts = urlsplit(url)
    if not parts.hostname or parts.username is not None or parts.fragment:
        raise ValueError("not an absolute URL with a host")
    if parts.scheme != "https" and not (
        parts.scheme == "http" and parts.hostname in LOOPBACK
    ):
        raise ValueError("must be https, or http on loopback")
    _ = parts.port  # raises where it is none
    return f"{parts.scheme}://{parts.netloc}"
