"""PNG and JPEG frames, through Pillow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.open_errors import senseless_header
from cirrus_core.frames.io.picture import (
    PictureHead,
    exif_date,
    make_frame,
    opened_picture,
    reference,
    require_single,
    too_large,
)
from cirrus_core.frames.io.quiet import no_warnings
from cirrus_core.frames.io.readers import reader_of

ALPHA_NOTE = "The transparency (alpha) of the picture was left out."
DEEP_NOTE = "16-bit colour was read in 8 bits."


class _Mode(NamedTuple):
    """What Pillow's mode means: the mode to convert to, and what comes out of it."""

    plain: str
    n_bands: int
    type: str = "uint8"
    alpha: bool = False


_MODES = {
    "1": _Mode("L", 1),
    "L": _Mode("L", 1),
    "LA": _Mode("L", 1, alpha=True),
    "I;16": _Mode("I;16", 1, "uint16"),
    "I;16B": _Mode("I;16B", 1, "uint16"),
    "I": _Mode("I", 1, "uint16"),  # 16-bit grey PNG in older Pillow
    "P": _Mode("RGB", 3),
    "PA": _Mode("RGB", 3, alpha=True),
    "RGB": _Mode("RGB", 3),
    "RGBA": _Mode("RGB", 3, alpha=True),
    "CMYK": _Mode("RGB", 3),
    "YCbCr": _Mode("RGB", 3),
}


def probe_raster(path: Path, hdu: int | None = None) -> FrameRef:
    """Learn what a PNG or JPEG frame is without unpacking it; `FrameError` if it is none."""
    require_single(path, hdu)
    with _image(path) as image:
        return reference(path, _head(path, image))


def read_raster(path: Path, hdu: int | None = None) -> Frame:
    """Read a PNG or JPEG frame: uint8 or uint16, (H, W) if grey and (3, H, W) if in colour.

    Palettes become colours, transparency is dropped; values are those of the file, not made linear.
    """
    require_single(path, hdu)
    with _image(path) as image:
        head = _head(path, image)
        ref = reference(path, head)
        mode = _MODES[image.mode]
        image.load()
        with no_warnings():  # of palettes with transparency, which is dropped anyway
            plain = image if image.mode == mode.plain else image.convert(mode.plain)
        return make_frame(ref, bands_first(np.asarray(plain)).astype(mode.type, copy=False), head.notes)


def bands_first(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W, C) as (C, H, W); grey pictures stay."""
    return pixels if pixels.ndim == 2 else np.moveaxis(pixels, -1, 0)


@contextmanager
def _image(path: Path) -> Iterator[Image.Image]:
    with opened_picture(path) as stream, open_image(path, stream) as image:
        yield image


def open_image(path: Path, stream: BinaryIO) -> Image.Image:
    """Let Pillow look at the header of a picture of the kind its name says; `FrameError` if it cannot."""
    try:
        with no_warnings():  # of large pictures, for which there is a limit of its own
            return Image.open(stream, formats=(reader_of(path).name, "MPO"))
    except UnidentifiedImageError as error:
        raise senseless_header(path) from error
    except Image.DecompressionBombError as error:
        raise too_large(path, "an enormous number of pixels, going by its header") from error


def _head(path: Path, image: Image.Image) -> PictureHead:
    if image.mode not in _MODES:
        raise FrameError(
            f"{path.name} has colours of the kind {image.mode}, which are not read here.",
            "Save it as grey or RGB.",
        )
    mode = _MODES[image.mode]
    notes = [ALPHA_NOTE] if mode.alpha or "transparency" in image.info else []
    if image.format == "PNG" and image.mode in ("RGB", "RGBA", "LA") and _png_bits(path) == 16:
        notes.append(DEEP_NOTE)
    shape, dtype = (image.height, image.width), np.dtype(mode.type)
    return PictureHead(shape, mode.n_bands, dtype, _date(image), tuple(notes))


def _png_bits(path: Path) -> int:
    """Bits per value from the header chunk, which begins every PNG (RFC 2083, 4.1.1)."""
    with path.open("rb") as stream:
        return stream.read(25)[24]


def _date(image: Image.Image) -> str:
    """Date of the exposure, else of the file, from EXIF data in front of the pixels."""
    if "exif" not in image.info:
        return ""  # asked on, Pillow would unpack a PNG to look behind the pixels
    with no_warnings():
        exif = image.getexif()
        taken = exif.get_ifd(ExifTags.IFD.Exif)
    text = taken.get(ExifTags.Base.DateTimeOriginal)
    if exif_date(text):
        return exif_date(text, taken.get(ExifTags.Base.OffsetTimeOriginal))
    return exif_date(exif.get(ExifTags.Base.DateTime), taken.get(ExifTags.Base.OffsetTime))
