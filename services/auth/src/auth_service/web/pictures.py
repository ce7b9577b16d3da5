"""GET /pictures/{id}.webp: pictures of people, as apps show them."""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

#: A picture's URL is of its content, so it may be kept for ever, and apps on other
#: sites show it: `claims()` hands it to them as `picture`.
_HEADERS = {
    "cache-control": "public, max-age=31536000, immutable",
    "cross-origin-resource-policy": "cross-origin",
}


def routes(find_picture: Callable[[str], Awaitable[bytes | None]]) -> APIRouter:
    """Pictures by the name in their URL."""
    router = APIRouter(redirect_slashes=False)

    @router.api_route("/pictures/{picture_id}.webp", methods=["GET", "HEAD"])
    async def picture(picture_id: str) -> Response:
        found = await find_picture(picture_id) if picture_id.isalnum() else None
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type="image/webp", headers=_HEADERS)

    return router
