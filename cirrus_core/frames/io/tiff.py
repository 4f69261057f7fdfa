"""TIFF frames: any width of number, any number of bands, interleaved or in planes.

Read with tifffile; compressions that it does not undo by itself (LZW, JPEG) are left to Pillow, as far as
Pillow keeps the values.
"""

from __future__ import annotations

import logging
import lzma
import math
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import tifffile
from numpy.typing import NDArray

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.open_errors import COPY_AGAIN, cut_off, senseless_header
from cirrus_core.frames.io.picture import (
    MAX_PICTURE_BYTES,
    PictureHead,
    exif_date,
    make_frame,
    opened_picture,
    reference,
    too_large,
)
from cirrus_core.frames.io.quiet import no_warnings
from cirrus_core.frames.io.raster import ALPHA_NOTE, bands_first, open_image

_DATE, _EXIF, _GDAL_NODATA = 306, 34665, 42113
_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_ALPHA = (1, 2)  # kinds of extra samples, TIFF 6.0, section 18
_GREY = (_WHITE_IS_ZERO, _BLACK_IS_ZERO)

_UNBOUNDED: dict[int, tuple[Callable[[], Any], int]] = {
    8: (zlib.decompressobj, 1032),
    32946: (zlib.decompressobj, 1032),
    34925: (lzma.LZMADecompressor, 8192),
}
"""Compressions that tifffile unpacks without a bound, and how far they can pack zeros."""

# What tifffile has to say about damaged files it also raises.
logging.getLogger("tifffile").addHandler(logging.NullHandler())


@dataclass(frozen=True, eq=False, slots=True)
class _Layout:
    """How a picture lies in its file.

    `pages` holds one page, or one per band; `colour` are the samples that are no transparency; by Pillow
    are read those that tifffile cannot unpack.
    """

    pages: tuple[tifffile.TiffPage, ...]
    number: int
    colour: tuple[int, ...]
    by_pillow: bool
    head: PictureHead

    @property
    def page(self) -> tifffile.TiffPage:
        return self.pages[0]


def probe_tiff(path: Path, hdu: int | None = None) -> FrameRef:
    """Learn what a TIFF frame is from its tags; `hdu` picks a page. `FrameError` if it is no frame."""
    with _opened(path) as (_, file):
        layout = _layout(path, file, hdu)
        ref = reference(path, layout.head, hdu=layout.number)
        _check_complete(path, layout)
    return ref


def read_tiff(path: Path, hdu: int | None = None) -> Frame:
    """Read a TIFF frame, (H, W) or (C, H, W), in the number type of the file.

    Palettes become colours, transparency is dropped, white-is-zero is turned to black-is-zero, and pixels
    equal to GDAL's 'no data' value become NaN in float.
    """
    with _opened(path) as (stream, file):
        layout = _layout(path, file, hdu)
        ref = reference(path, layout.head, hdu=layout.number)
        _check_complete(path, layout)
        _refuse_bombs(path, stream, layout)
        data = _by_pillow(path, stream, layout) if layout.by_pillow else _by_tifffile(layout)
        return make_frame(ref, _blanked(data, layout.page), layout.head.notes)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, tifffile.TiffFile]]:
    # OME and MicroManager files name other files to open; a frame is what its own file holds.
    with (
        opened_picture(path) as stream,
        tifffile.TiffFile(stream, name=path.name, is_ome=False, is_mmstack=False) as file,
    ):
        yield stream, file


def _layout(path: Path, file: tifffile.TiffFile, hdu: int | None) -> _Layout:
    """Choose the page and see what it holds."""
    count = len(file.pages)
    number = hdu or 0
    if count == 0:
        raise FrameError(f"{path.name} is cut off: its tables are not there.", COPY_AGAIN)
    if number >= count:
        raise FrameError(f"{path.name} has no picture {number}.", f"It has pictures 0 to {count - 1}.")
    page = file.pages[number].aspage()
    pages = (page,) if number else _pages_of_bands(file, page)
    samples = page.samplesperpixel
    if page.imagedepth != 1 or math.prod(page.shape) != page.imagelength * page.imagewidth * samples:
        raise FrameError(f"{path.name} holds a cube, not a picture.", "Save each plane as a file of its own.")
    alphas = sum(kind in _ALPHA for kind in page.extrasamples)
    colour = tuple(range(samples - alphas)) if _alpha_is_last(page) else tuple(range(samples))
    by_pillow = not _can_unpack(page)
    if by_pillow:
        _check_pillow_keeps(path, page)
    notes = [ALPHA_NOTE] if len(colour) < samples else []
    if number == 0 and count > len(pages) and not _is_reduced(file):
        notes.append(f"Picture 0 of {count} in the file was taken.")
    head = PictureHead(
        shape=(page.imagelength, page.imagewidth),
        n_bands=_n_bands(page, pages, colour),
        dtype=np.dtype("u1") if page.dtype is None or page.dtype == np.bool_ else page.dtype,
        date=_date(page),
        notes=tuple(notes),
    )
    return _Layout(pages, number, colour, by_pillow, head)


def _pages_of_bands(file: tifffile.TiffFile, page: tifffile.TiffPage) -> tuple[tifffile.TiffPage, ...]:
    """All pages where tifffile itself wrote (C, H, W) one band a page, and noted so; else the first."""
    noted = file.shaped_metadata[0].get("shape", ()) if file.is_shaped and file.shaped_metadata else ()
    size = (len(file.pages), page.imagelength, page.imagewidth)
    if page.samplesperpixel != 1 or tuple(n for n in noted if n != 1) != size or size[0] < 2:
        return (page,)
    return tuple(file.pages[i].aspage() for i in range(size[0]))


def _alpha_is_last(page: tifffile.TiffPage) -> bool:
    kinds = [kind in _ALPHA for kind in page.extrasamples]
    return kinds == sorted(kinds)


def _is_reduced(file: tifffile.TiffFile) -> bool:
    """True where the further pages are smaller copies of the first (overviews) or its mask."""
    return all(file.pages[i].aspage().subfiletype & 0b101 for i in range(1, len(file.pages)))


def _n_bands(page: tifffile.TiffPage, pages: tuple[tifffile.TiffPage, ...], colour: tuple[int, ...]) -> int:
    if len(pages) > 1:
        return len(pages)
    return 3 if page.photometric in (_PALETTE, _CMYK, _YCBCR) else len(colour)


def _can_unpack(page: tifffile.TiffPage) -> bool:
    return (
        page.compression in tifffile.TIFF.DECOMPRESSORS
        and page.predictor in tifffile.TIFF.UNPREDICTORS
        and page.photometric not in (_CMYK, _YCBCR)
    )


def _check_pillow_keeps(path: Path, page: tifffile.TiffPage) -> None:
    """Refuse what Pillow would read with fewer bits or not at all."""
    grey = page.photometric in _GREY and page.samplesperpixel == 1
    colour = page.photometric in (_RGB, _PALETTE, _CMYK, _YCBCR) and page.samplesperpixel <= 4
    if not (grey or (colour and page.bitspersample <= 8)):
        name = getattr(page.compression, "name", "an unknown method")
        raise FrameError(
            f"{path.name} is compressed with {name}, which is not read here for {page.samplesperpixel} bands "
            f"of {page.bitspersample} bits.",
            "Save it uncompressed or with DEFLATE.",
        )


def _check_complete(path: Path, layout: _Layout) -> None:
    """Refuse files that end before their pixels, or promise more pixels than they list."""
    size = path.stat().st_size
    ends = [
        offset + length
        for page in layout.pages
        for offset, length in zip(page.dataoffsets, page.databytecounts, strict=False)
    ]
    if ends and max(ends) > size:
        raise cut_off(path, size / max(ends))
    for page in layout.pages:
        values = page.imagelength * page.imagewidth * page.samplesperpixel
        if page.compression == 1 and sum(page.databytecounts) < values * page.bitspersample // 8:
            raise senseless_header(path)


def _refuse_bombs(path: Path, stream: BinaryIO, layout: _Layout) -> None:
    """Try the packed parts that could unpack to more than any frame holds, whatever their tags say."""
    for page in layout.pages:
        unpacker, ratio = _UNBOUNDED.get(page.compression, (zlib.decompressobj, 0))
        for offset, length in zip(page.dataoffsets, page.databytecounts, strict=False):
            if length * ratio > MAX_PICTURE_BYTES:
                stream.seek(offset)
                if len(unpacker().decompress(stream.read(length), MAX_PICTURE_BYTES + 1)) > MAX_PICTURE_BYTES:
                    raise too_large(path, "more in it than its header says")


def _by_tifffile(layout: _Layout) -> NDArray[Any]:
    page = layout.page
    if len(layout.pages) > 1:
        return np.stack([each.asarray().squeeze() for each in layout.pages])
    size = (page.imagelength, page.imagewidth)
    pixels = page.asarray()
    if page.photometric == _PALETTE and page.colormap is not None:
        colours = (page.colormap >> 8).astype(np.uint8)  # stored in 16 bits, TIFF 6.0, section 5
        expanded: NDArray[Any] = colours[:, pixels.reshape(size)]
        return expanded
    in_planes = page.samplesperpixel > 1 and page.planarconfig == tifffile.PLANARCONFIG.SEPARATE
    if in_planes:
        bands = pixels.reshape(page.samplesperpixel, *size)
    else:
        bands = np.moveaxis(pixels.reshape(*size, page.samplesperpixel), -1, 0)
    bands = bands[list(layout.colour)]
    if bands.dtype == np.bool_:
        bands = bands.astype(np.uint8) * np.uint8(255)  # as black and white are in a PNG
    elif page.photometric == _WHITE_IS_ZERO and bands.dtype.kind == "u":
        bands = bands.dtype.type((1 << page.bitspersample) - 1) - bands
    return bands[0] if len(bands) == 1 else bands


def _by_pillow(path: Path, stream: BinaryIO, layout: _Layout) -> NDArray[Any]:
    stream.seek(0)
    image = open_image(path, stream)
    image.seek(layout.number)
    image.load()
    with no_warnings():
        plain = image.convert("L") if image.mode == "1" else image
        plain = plain if layout.head.n_bands == 1 else plain.convert("RGB")
    pixels = np.asarray(plain)
    if layout.page.dtype is not None and layout.head.n_bands == 1 and layout.page.dtype != np.bool_:
        pixels = pixels.astype(layout.page.dtype)
    return bands_first(pixels)


def _blanked(data: NDArray[Any], page: tifffile.TiffPage) -> NDArray[Any]:
    """Pixels that GDAL's tag calls 'no data', as NaN."""
    tag = page.tags.get(_GDAL_NODATA)
    if tag is None or not np.isfinite(page.nodata) or not (blank := data == page.nodata).any():
        return data
    exact = np.float32 if data.dtype.itemsize <= 2 or data.dtype == np.float32 else np.float64
    values = data.astype(exact)
    values[blank] = np.nan
    return values


def _date(page: tifffile.TiffPage) -> str:
    """DateTimeOriginal of the EXIF tags, else the DateTime tag."""
    exif = page.tags.get(_EXIF)
    taken = exif.value if exif is not None and isinstance(exif.value, dict) else {}
    plain = page.tags.get(_DATE)
    return exif_date(taken.get("DateTimeOriginal"), taken.get("OffsetTimeOriginal")) or exif_date(
        plain.value if plain is not None else None, taken.get("OffsetTime")
    )
