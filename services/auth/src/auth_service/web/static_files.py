"""Stylesheet, icon and scripts, under names that change with their content."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

from fastapi import APIRouter, HTTPException
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class StaticFile:
    """A file as it is served."""

    name: str
    body: bytes
    media_type: str

    @property
    def hashed_name(self) -> str:
        """`valetkey.css` as `valetkey.<hash>.css`."""
        stem, dot, suffix = self.name.rpartition(".")
        return f"{stem}.{sha256(self.body).hexdigest()[:12]}{dot}{suffix}"


def _load() -> tuple[StaticFile, ...]:
    """Read the folder once; a request never reaches the file system."""
    return tuple(
        StaticFile(path.name, path.read_bytes(), _MEDIA_TYPES[path.suffix])
        for path in sorted(_FOLDER.iterdir())
    )


_FILES: Mapping[str, StaticFile] = MappingProxyType({f.hashed_name: f for f in _load()})
#: Where to find a file by its plain name.
URLS: Mapping[str, str] = MappingProxyType(
    {file.name: f"/static/{hashed}" for hashed, file in _FILES.items()}
)

routes = APIRouter(include_in_schema=False)


@routes.api_route("/static/{name}", methods=["GET", "HEAD"])
async def static_file(name: str) -> Response:
    """Serve one of the files that were there at start, and nothing else."""
    found = _FILES.get(name)
    if found is None:
        raise HTTPException(404)
    return Response(
        found.body,
        media_type=found.media_type,
        headers={"cache-control": "public, max-age=31536000, immutable"},
    )
