"""Pictures of people: bounded before they are decoded, and never kept as they came."""

import asyncio
import struct
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.Image import Resampling

from auth_service.protocol.message import Message, say
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import TemporarilyUnavailable

MAX_BYTES = 5 * 1024 * 1024
MAX_SIDE = 8000
#: What a camera makes. A baseline JPEG is decoded at a fraction of its size.
MAX_PIXELS_SCALED = 40_000_000
#: Everything else is decoded whole. None of these takes more than 64 MiB.
MAX_PIXELS_WHOLE = {"PNG": 12_000_000, "JPEG": 8_000_000, "WEBP": 4_000_000}
#: The side of what is kept, in pixels.
SIDE = 512
#: At most this many wait; the next is asked to come back.
MAX_WAITING = 8

_FORMATS = ("PNG", "JPEG", "WEBP")
#: What Pillow raises about files that are broken, or made to break it.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    MemoryError,
    struct.error,
)
#: What it raises about files that claim to be larger than anybody's picture.
_BOMB = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_TOO_LARGE = say("It has too many pixels. Choose a smaller picture.")


class PillowPictures:
    """The port `Pictures`."""

    def __init__(self) -> None:
        # One thread: two large pictures at once would need twice the memory.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="pictures")
        self._waiting = 0

    async def square(self, image: bytes) -> bytes:
        """
        Any picture as a small square WEBP image, without what it said about itself.

        Raises:
            Unusable: under `picture`, with the reason.
            TemporarilyUnavailable: too many wait already.

        """
        if len(image) > MAX_BYTES:
            raise _refusal(say("It is larger than 5 MB. Choose a smaller one."))
        if self._waiting >= MAX_WAITING:
            raise TemporarilyUnavailable(detail="too many pictures wait")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, square, image)
        finally:
            self._waiting -= 1


def square(image: bytes) -> bytes:
    """
    Crop to the middle, turn upright, scale, encode anew.

    The first bytes decide what it is, not its name. Nothing of the file is copied:
    what was hidden in it, its metadata and its profile stay behind.

    Raises:
        Unusable: not one of our formats, too many pixels, or broken.

    """
    try:
        with Image.open(BytesIO(image), formats=_FORMATS) as opened:
            _check_size(opened)
            return _encode(_scale(opened))
    except UnidentifiedImageError:
        raise _refusal(say("It is not a PNG, JPEG or WebP picture.")) from None
    except _BOMB:
        raise _refusal(_TOO_LARGE) from None
    except _BROKEN:
        raise _refusal(say("It is broken or incomplete. Choose another.")) from None


def _check_size(opened: Image.Image) -> None:
    """Only the header has been read so far: a bomb ends here."""
    width, height = opened.size
    kind = opened.format or ""
    scaled = kind == "JPEG" and "progressive" not in opened.info
    pixels = MAX_PIXELS_SCALED if scaled else MAX_PIXELS_WHOLE[kind]
    if max(width, height) > MAX_SIDE or width * height > pixels:
        text = say(
            "It has too many pixels: it may have {count} million, {side} on a side.",
            count=pixels // 1_000_000,
            side=MAX_SIDE,
        )
        raise _refusal(text)


def _scale(opened: Image.Image) -> Image.Image:
    # A JPEG is decoded at an eighth, a quarter or half of its size where that will do.
    opened.draft("RGB", (SIDE, SIDE))
    opened.load()
    width, height = opened.size
    side = min(width, height)
    left, top = (width - side) // 2, (height - side) // 2
    # Every so many pixels first: to mix them all would need a second whole copy.
    few = min(side, 2 * SIDE)
    middle = opened.resize(
        (few, few), Resampling.NEAREST, (left, top, left + side, top + side)
    )
    mode = "RGBA" if opened.has_transparency_data else "RGB"
    scaled = middle.convert(mode).resize((SIDE, SIDE), Resampling.LANCZOS)
    scaled.info = dict(opened.info)
    return ImageOps.exif_transpose(scaled)


def _encode(picture: Image.Image) -> bytes:
    encoded = BytesIO()
    picture.save(encoded, "WEBP", quality=82, exif=b"", icc_profile="", xmp=b"")
    return encoded.getvalue()


def _refusal(text: Message) -> Unusable:
    return Unusable({"picture": text})
