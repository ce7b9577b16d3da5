"""What a picture costs, measured in a process of its own."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

#: More than before the first picture of ordinary size, in KiB.
MOST = 64 * 1024
#: Reads one file; says what came of it, and how much the process grew at its peak.
MEASURE = """
import io, json, resource, sys
from pathlib import Path
from PIL import Image
from auth_service.imaging.pictures import square
from auth_service.protocol.sign_up_form import Unusable

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

small = io.BytesIO()
Image.new("RGB", (64, 64)).save(small, "PNG")
square(small.getvalue())
image = Path(sys.argv[1]).read_bytes()
before = peak()
try:
    said, kept = None, square(image)
    Path(sys.argv[1]).with_suffix(".webp").write_bytes(kept)
except Unusable as unusable:
    said = unusable.errors["picture"]
print(json.dumps([said, peak() - before]))
"""
HIDDEN = b"<script>alert(document.domain)</script>"


def encoded(
    size: tuple[int, int], kind: str, mode: str = "RGB", **how: object
) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **how)
    return file.getvalue()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("index.html", HIDDEN)
    return file.getvalue()


def measured(image: bytes, folder: Path) -> tuple[str | None, int, bytes]:
    """What it said, what it cost in KiB, and what was kept."""
    file = folder / "picture"
    file.write_bytes(image)
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(file)],
        capture_output=True,
        check=True,
        timeout=60,
    )
    said, cost = json.loads(done.stdout)
    kept = file.with_suffix(".webp")
    return said, cost, kept.read_bytes() if kept.exists() else b""


def noise(size: tuple[int, int]) -> bytes:
    file = io.BytesIO()
    Image.effect_noise(size, 20).convert("RGB").save(file, "JPEG")
    return file.getvalue()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
BAD = {
    "bomb": (lambda: encoded((7000, 7000), "PNG", "1"), "too many pixels"),
    "SVG": (lambda: SVG, "not a PNG, JPEG or WebP"),
    "20,000 px PNG": (lambda: encoded((20_000, 20_000), "PNG", "1"), "too many pixels"),
    "truncated JPEG": (lambda: noise((3000, 2000))[:-9000], "broken or incomplete"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_bad_picture_is_refused_in_words_and_costs_little(
    what: str, tmp_path: Path
) -> None:
    make, reason = BAD[what]
    said, cost, kept = measured(make(), tmp_path)
    assert reason in (said or "")
    assert cost < MOST
    assert not kept


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("hidden", [HIDDEN, archive()], ids=["HTML", "ZIP"])
def test_a_polyglot_is_encoded_anew_and_what_it_hid_is_gone(
    kind: str, hidden: bytes, tmp_path: Path
) -> None:
    said, cost, kept = measured(encoded((600, 400), kind) + hidden, tmp_path)
    assert said is None
    assert cost < MOST
    assert HIDDEN not in kept
    assert not zipfile.is_zipfile(io.BytesIO(kept))
    assert Image.open(io.BytesIO(kept)).format == "WEBP"


@pytest.mark.parametrize(
    ("size", "kind", "mode", "how"),
    [
        ((3460, 3460), "PNG", "RGBA", {}),
        ((2000, 2000), "WEBP", "RGBA", {}),
        ((2828, 2828), "JPEG", "CMYK", {"progressive": True, "subsampling": 0}),
        ((7900, 5000), "JPEG", "RGB", {}),
    ],
)
def test_the_largest_that_is_taken_costs_little_as_well(
    size: tuple[int, int], kind: str, mode: str, how: dict[str, object], tmp_path: Path
) -> None:
    """A file of a few kilobytes that is as large as it may be: the best bomb."""
    said, cost, kept = measured(encoded(size, kind, mode, **how), tmp_path)
    assert said is None
    assert cost < MOST
    assert kept
