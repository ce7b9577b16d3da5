"""Pictures: what comes in is bounded, what goes out is ours."""

import asyncio
import struct
from io import BytesIO
from zlib import crc32

import pytest
from PIL import Image

from auth_service.imaging import pictures
from auth_service.imaging.pictures import PillowPictures, square
from auth_service.protocol.sign_up_form import Unusable
from valetkey.errors import TemporarilyUnavailable

RED, BLUE, GREEN = (200, 20, 20), (20, 20, 200), (20, 200, 20)


def drawn(width: int = 900, height: int = 600) -> Image.Image:
    """Red, with a blue bar on the left and a green one on top of its middle square."""
    image = Image.new("RGB", (width, height), RED)
    left = (width - min(width, height)) // 2
    image.paste(GREEN, (0, 0, width, height // 5))
    image.paste(BLUE, (0, 0, left + height // 5, height))
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def decoded(picture: bytes) -> Image.Image:
    return Image.open(BytesIO(picture), formats=("WEBP",))


def claiming(width: int, height: int) -> bytes:
    """A small PNG whose header says that it is this large."""
    image = encoded(Image.new("1", (8, 8)), "PNG")
    header = b"IHDR" + struct.pack(">II", width, height) + image[24:29]
    return image[:12] + header + struct.pack(">I", crc32(header)) + image[33:]


def near(pixel: object, colour: tuple[int, ...]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=False))


def reason(image: bytes) -> str:
    with pytest.raises(Unusable) as unusable:
        square(image)
    return unusable.value.errors["picture"]


@pytest.mark.parametrize(
    ("kind", "options"),
    [("PNG", {}), ("JPEG", {}), ("JPEG", {"progressive": True}), ("WEBP", {})],
)
def test_the_middle_is_kept_as_a_square_of_512(
    kind: str, options: dict[str, object]
) -> None:
    picture = decoded(square(encoded(drawn(), kind, **options)))
    assert (picture.format, picture.size) == ("WEBP", (512, 512))
    assert near(picture.getpixel((10, 300)), BLUE)
    assert near(picture.getpixel((300, 10)), GREEN)
    assert near(picture.getpixel((500, 500)), RED)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16", "CMYK"])
def test_every_colour_mode_is_read(mode: str) -> None:
    image = drawn().convert("I").convert(mode) if mode == "I;16" else None
    image = image or drawn().convert(mode)
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert decoded(square(encoded(image, kind))).size == (512, 512)


def test_a_transparent_picture_stays_transparent() -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    picture = decoded(square(encoded(image, "PNG")))
    assert picture.getpixel((5, 5)) == (0, 0, 0, 0)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_that_a_camera_turned_is_upright(kind: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    picture = decoded(square(encoded(drawn(), kind, exif=exif)))
    assert near(picture.getpixel((500, 200)), BLUE)
    assert near(picture.getpixel((200, 500)), GREEN)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_that_it_said_about_itself_is_kept(kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    image = encoded(drawn(), kind, exif=exif, icc_profile=b"the-profile" * 20)
    with Image.open(BytesIO(image)) as opened:
        assert {"exif", "icc_profile"} <= set(opened.info)
    picture = square(image + b"<script>alert(1)</script>")
    assert not {"exif", "icc_profile", "xmp"} & set(decoded(picture).info)
    for hidden in (b"taken at home", b"the-profile", b"<script>"):
        assert hidden not in picture


@pytest.mark.parametrize(
    "image",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"%PDF-1.7",
        encoded(drawn(), "GIF"),
        encoded(drawn(), "BMP"),
        encoded(drawn(), "TIFF"),
        b"GIF89a/*" + encoded(drawn(), "PNG"),
        b"<html>" + encoded(drawn(), "JPEG"),
    ],
    ids=["nothing", "svg", "html", "pdf", "gif", "bmp", "tiff", "gif+png", "html+jpeg"],
)
def test_anything_but_the_three_formats_is_refused(image: bytes) -> None:
    """By its first bytes, whatever it is called."""
    assert "not a PNG, JPEG or WebP" in reason(image)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_picture_is_refused(kind: str, share: float) -> None:
    noise = Image.effect_noise((400, 400), 90).convert("RGB")
    image = encoded(noise, kind)
    assert "broken or incomplete" in reason(image[: int(len(image) * share)])


@pytest.mark.parametrize(
    "size", [(8001, 10), (10, 8001), (7000, 6000), (30_000, 30_000)]
)
def test_a_bomb_is_refused_before_it_is_decoded(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    image = claiming(*size)
    monkeypatch.setattr(pictures, "_scale", pytest.fail)
    assert "too many pixels" in reason(image)


def test_only_a_baseline_jpeg_may_have_forty_megapixels() -> None:
    """It is decoded at a fraction of its size; a progressive one is not."""
    image = Image.new("L", (5000, 4000))
    assert square(encoded(image, "JPEG"))
    assert "too many pixels" in reason(encoded(image, "JPEG", progressive=True))


async def test_what_is_over_five_megabytes_is_not_even_opened() -> None:
    with pytest.raises(Unusable) as unusable:
        await PillowPictures().square(b"\x89PNG" + bytes(5 * 1024 * 1024))
    assert "larger than 5 MB" in unusable.value.errors["picture"]


async def test_a_crowd_is_asked_to_come_back() -> None:
    port = PillowPictures()
    image = encoded(drawn(), "PNG")
    answers = await asyncio.gather(
        *(port.square(image) for _ in range(pictures.MAX_WAITING + 2)),
        return_exceptions=True,
    )
    refused = [a for a in answers if isinstance(a, TemporarilyUnavailable)]
    assert len(refused) == 2
    assert await port.square(image)
