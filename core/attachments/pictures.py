"""Pictures: refused where they are bombs, drawn small without what the camera wrote into them."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from core.errors import Refused
from core.i18n import _

SIDES = {"small": 320, "large": 1600}
MOST_PIXELS = 64_000_000
MOST_BYTES = 128 * 1024 * 1024
"""What a picture may take in memory; JPEG is read at a fraction of its size."""
QUALITY = 82
ORIENTATION = 0x0112
TURN = Image.Transpose
TURNS = {
    2: TURN.FLIP_LEFT_RIGHT, 3: TURN.ROTATE_180, 4: TURN.FLIP_TOP_BOTTOM, 5: TURN.TRANSPOSE, 6: TURN.ROTATE_270,
    7: TURN.TRANSVERSE, 8: TURN.ROTATE_90,
}  # fmt: skip
"""How a picture is put upright, by what the camera noted of how it was held."""
LYING = (TURN.TRANSPOSE, TURN.ROTATE_270, TURN.TRANSVERSE, TURN.ROTATE_90)
WIDTHS = {"1": 1, "L": 1, "P": 4, "LA": 2, "PA": 4, "RGB": 3, "RGBA": 4, "RGBX": 4, "CMYK": 4, "YCbCr": 3, "LAB": 3}


@dataclass(frozen=True)
class Previews:
    """The size of a picture whose previews were drawn."""

    width: int
    height: int


def make_previews(path: Path, format: str, targets: Mapping[str, Path]) -> Previews:
    """Draw the previews of a picture beside it. Raises Refused for one that is broken, or a bomb."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # we have limits of our own
            return _draw(path, format, targets)
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise _too_many() from None
    except Exception:  # whatever a broken file makes of the reader
        raise Refused(_("the picture is damaged and cannot be read")) from None


def _draw(path: Path, format: str, targets: Mapping[str, Path]) -> Previews:
    with Image.open(path, formats=[format]) as picture:
        width, height = picture.size
        needed = width * height * WIDTHS.get(picture.mode, 4)
        if width * height > MOST_PIXELS or (format != "JPEG" and needed > MOST_BYTES):
            raise _too_many()
        side = max(SIDES.values())
        if format == "JPEG":
            picture.draft(picture.mode, (side, side))
        drawn: Image.Image = picture
        if picture.mode in ("P", "PA", "LA"):
            drawn = picture.convert("RGBA")
        elif picture.mode == "1":
            drawn = picture.convert("L")
        drawn.thumbnail((side, side))
        turn = TURNS.get(picture.getexif().get(ORIENTATION, 1))
        drawn = _clean(drawn if turn is None else drawn.transpose(turn))
        if turn in LYING:
            width, height = height, width
    for shape, target in sorted(targets.items(), key=lambda pair: -SIDES[pair[0]]):
        drawn.thumbnail((SIDES[shape], SIDES[shape]))
        drawn.save(target, "JPEG", quality=QUALITY, optimize=True)
    return Previews(width, height)


def _clean(drawn: Image.Image) -> Image.Image:
    """Copy the pixels alone, what is transparent on white; whatever else came with them stays behind."""
    if drawn.mode == "RGBA":
        white = Image.new("RGB", drawn.size, "white")
        white.paste(drawn, mask=drawn.getchannel("A"))
        return white
    clean = Image.new("RGB", drawn.size)
    clean.paste(drawn.convert("RGB"))
    return clean


def _too_many() -> Refused:
    return Refused(_("the picture has too many pixels; make it smaller first"))
