"""GET /pictures/{id}.webp and /logos/{id}.webp: pictures of people and of apps."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

Find = Callable[[str], Awaitable[bytes | None]]

#: A picture's URL is of its content, so it may be kept for ever.
_KEPT = {"cache-control": "public, max-age=31536000, immutable"}
#: Apps on other sites show pictures of people: `claims()` hands them their URL.
_ANYWHERE = _KEPT | {"cross-origin-resource-policy": "cross-origin"}


def routes(find_picture: Find, find_logo: Find) -> APIRouter:
    """Pictures and logos by the name in their URL."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/pictures/{picture_id}.webp", methods=["GET", "HEAD"])
    async def picture(picture_id: str) -> Response:
        return await _answer(find_picture, picture_id, _ANYWHERE)

    @router.api_route("/logos/{logo_id}.webp", methods=["GET", "HEAD"])
    async def logo(logo_id: str) -> Response:
        return await _answer(find_logo, logo_id, _KEPT)

    return router


async def _answer(find: Find, name: str, headers: dict[str, str]) -> Response:
    found = await find(name) if name.isalnum() else None
    if found is None:
        raise HTTPException(404)
    return Response(found, media_type="image/webp", headers=headers)
