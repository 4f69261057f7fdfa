"""FITS frames: what is there without reading pixels, and the pixels."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.header import HduHeader, NotFitsError, iter_hdus, parse_cards
from cirrus_core.frames.io.open_errors import COPY_AGAIN, cut_off, empty_file, file_errors
from cirrus_core.frames.io.pixels import physical
from cirrus_core.frames.io.quiet import no_warnings
from cirrus_core.frames.io.tiles import check_tiles
from cirrus_core.frames.io.times import frame_time

_MAX_HDUS = 1000
_RAW_TYPES = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_OWN_CARDS = frozenset({
    "SIMPLE", "XTENSION", "BITPIX", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "BSCALE", "BZERO", "BLANK",
    "CHECKSUM", "DATASUM", "EXTNAME", "EXTVER", "EXTLEVEL", "INHERIT", "COMMENT", "HISTORY",
})  # fmt: skip
"""Primary cards that say something about the primary HDU only."""


def probe_fits(path: Path, hdu: int | None = None) -> FrameRef:
    """Learn what a frame is from headers alone.

    Parameters
    ----------
    path : Path
        FITS file, plain, gzip, bzip2 or tile-compressed.
    hdu : int, optional
        HDU to take; by default the first that holds a 2-D picture (axes of length 1 do not count).

    Raises
    ------
    FrameError
        With a sentence and a hint, for everything that is no readable picture.
    """
    with _opened(path) as stream:
        primary, found = _find(stream, path, hdu)
        _check_complete(stream, path, found)
    return _reference(path, primary, found)


def read_fits(path: Path, hdu: int | None = None) -> Frame:
    """Read a frame: pixels in physical units and the header; arguments and errors as `probe_fits`.

    BSCALE and BZERO are applied; numbers that stay whole keep an integer type. BLANK pixels become NaN.
    """
    with _opened(path) as stream:
        primary, found = _find(stream, path, hdu)
        _check_complete(stream, path, found)
        ref = _reference(path, primary, found)
        if found.is_compressed:
            data, header = _read_compressed(path, found)
        else:
            data, header = _read_plain(stream, path, found), _header(found.text)
        if found.index > 0:
            _inherit(header, _header(primary.text))
    if data.size != ref.shape[0] * ref.shape[1]:
        raise FrameError(
            f"{path.name} is damaged: its picture is not of the size its header says.", COPY_AGAIN
        )
    picture = data.reshape(ref.shape)
    picture.setflags(write=False)
    return Frame(ref, picture, header)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading through its compression; turn all that can go wrong into sentences."""
    try:
        with file_errors(path), path.open("rb") as plain:
            magic = plain.read(4)
            plain.seek(0)
            if magic.startswith(b"\x1f\x8b"):
                with gzip.open(plain) as stream:
                    yield cast(BinaryIO, stream)
            elif magic.startswith(b"BZh"):
                with bz2.open(plain) as stream:
                    yield cast(BinaryIO, stream)
            else:
                _check_start(path, magic)
                yield plain
    except NotFitsError as error:
        raise FrameError(
            f"{path.name} cannot be read: {error}.", "Is it a FITS file, copied whole?"
        ) from error


def _check_start(path: Path, magic: bytes) -> None:
    if not magic:
        raise empty_file(path)
    if magic.startswith(b"\x1f\x9d"):
        raise FrameError(
            f"{path.name} is packed with the old Unix 'compress', which is not read here.",
            f"Unpack it first: gunzip {path.name}",
        )


def _find(stream: BinaryIO, path: Path, hdu: int | None) -> tuple[HduHeader, HduHeader]:
    """The primary HDU and the one that holds the picture, often the same."""
    seen: list[HduHeader] = []
    for header in islice(iter_hdus(stream), _MAX_HDUS):
        seen.append(header)
        if header.index == hdu or (hdu is None and _is_picture(header)):
            if not _is_picture(header):
                break
            return seen[0], header
    if hdu is not None and hdu >= len(seen):
        raise FrameError(f"{path.name} has no HDU {hdu}.", f"It has HDUs 0 to {len(seen) - 1}.")
    asked = seen if hdu is None else seen[hdu : hdu + 1]
    raise FrameError(f"{path.name} holds no picture: {_what_is_there(asked)}.", _hint(asked))


def _squeezed(header: HduHeader) -> tuple[int, ...]:
    return tuple(length for length in header.shape if length != 1)


def _is_picture(header: HduHeader) -> bool:
    return header.is_image and len(_squeezed(header)) == 2 and 0 not in header.shape


def _what_is_there(headers: list[HduHeader]) -> str:
    """In words, what the HDU with the most to say holds."""
    images = [h for h in headers if h.is_image and h.shape]
    if not images:
        return "it has tables only" if any(h.cards.get("XTENSION") for h in headers) else "it has no data"
    sizes = " x ".join(str(length) for length in images[0].shape)
    if 0 in images[0].shape:
        return f"its array of {sizes} is empty"
    kinds = {0: "a single number", 1: "a row of numbers"}
    return f"it has {kinds.get(len(_squeezed(images[0])), 'a cube')} ({sizes})"


def _hint(headers: list[HduHeader]) -> str:
    if any(h.is_image and len(_squeezed(h)) > 2 for h in headers):
        return "A frame has two axes: save each plane of the cube as a file of its own."
    return "A frame has two axes, rows and columns."


def _check_complete(stream: BinaryIO, path: Path, header: HduHeader) -> None:
    """Refuse a cut-off file early; for compressed files only reading can tell."""
    if isinstance(stream, gzip.GzipFile | bz2.BZ2File):
        return
    needed, size = header.data_offset + header.data_bytes, path.stat().st_size
    if size < needed:
        raise cut_off(path, size / needed)


def _reference(path: Path, primary: HduHeader, header: HduHeader) -> FrameRef:
    stat = path.stat()
    rows, columns = _squeezed(header)
    time, source = frame_time({**primary.cards, **header.cards}, path.name, stat.st_mtime_ns)
    return FrameRef(
        path=path,
        hdu=header.index,
        time=time,
        time_source=source,
        shape=(rows, columns),
        n_bands=1,
        size_bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
    )


def _read_plain(stream: BinaryIO, path: Path, header: HduHeader) -> NDArray[Any]:
    if header.bitpix not in _RAW_TYPES:
        raise NotFitsError(f"its BITPIX is {header.bitpix}")
    stream.seek(header.data_offset)
    raw = stream.read(header.data_bytes)
    if len(raw) < header.data_bytes:
        raise cut_off(path, len(raw) / header.data_bytes)
    stored = np.frombuffer(raw, dtype=_RAW_TYPES[header.bitpix])
    return physical(stored.astype(stored.dtype.newbyteorder("=")), header.cards)


def _read_compressed(path: Path, header: HduHeader) -> tuple[NDArray[Any], fits.Header]:
    """Tile-compressed images are astropy's business."""
    with no_warnings():
        try:
            check_tiles(path, header)
            with fits.open(path, memmap=False, do_not_scale_image_data=True) as hdus:
                cards = parse_cards(hdus[header.index].header.tostring(endcard=False).encode("latin-1"))
                stored = np.asarray(hdus[header.index].data)
        except NotFitsError:
            raise
        except Exception as error:  # what a damaged table raises inside astropy has no common class
            raise FrameError(
                f"{path.name} holds a compressed picture that cannot be unpacked: {error}.",
                "Copy it again from its source, or unpack it with funpack.",
            ) from error
    text, values = cards
    return physical(stored.astype(stored.dtype.newbyteorder("=")), values), _header(text)


def _header(text: str) -> fits.Header:
    return fits.Header.fromstring(text)


def _inherit(header: fits.Header, primary: fits.Header) -> None:
    """Add what only the primary header says, as the INHERIT convention has it."""
    for card in primary.cards:
        keyword = card.keyword
        if (
            keyword
            and keyword not in _OWN_CARDS
            and not keyword.startswith("NAXIS")
            and keyword not in header
        ):
            header.append(card)
