"""What pictures of all kinds have in common: opening, limits, the reference and the frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.errors import CirrusError, FrameError
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.open_errors import COPY_AGAIN, empty_file, file_errors
from cirrus_core.frames.io.readers import READERS, reader_of
from cirrus_core.frames.io.times import frame_time

MAX_PICTURE_BYTES = 1 << 30
"""Pixels of one frame unpacked: 178 million in 16-bit colour, more than any sky camera has."""

_MAGIC_BYTES = 8


@dataclass(frozen=True, slots=True)
class PictureHead:
    """What the headers of a picture say.

    Attributes
    ----------
    shape : (int, int)
        Rows and columns as stored: no turning by EXIF orientation, which would part masks from pixels.
    n_bands : int
        Without transparency.
    dtype : numpy.dtype
        Number type of the values as stored.
    date : str
        Date and time in ISO form, empty where the file tells none.
    notes : tuple of str
        What of the file is left out or changed on reading, in ASCII.
    """

    shape: tuple[int, int]
    n_bands: int
    dtype: np.dtype[Any]
    date: str = ""
    notes: tuple[str, ...] = ()


@contextmanager
def opened_picture(path: Path) -> Iterator[BinaryIO]:
    """Open a file that must be of the kind its name says; every way to fail becomes a `FrameError`."""
    try:
        with file_errors(path), path.open("rb") as stream:
            _check_start(path, stream.read(_MAGIC_BYTES))
            stream.seek(0)
            yield stream
    except CirrusError:
        raise
    except Exception as error:  # what a damaged picture raises inside the libraries has no common class
        raise FrameError(f"{path.name} is damaged: its parts do not fit together.", COPY_AGAIN) from error


def reference(path: Path, head: PictureHead, *, hdu: int = 0) -> FrameRef:
    """The reference of a picture; `FrameError` if it is too large or holds no pixels."""
    rows, columns = head.shape
    if 0 in (rows, columns):
        raise FrameError(f"{path.name} holds no picture: it has {rows} x {columns} pixels.", COPY_AGAIN)
    if rows * columns * head.n_bands * head.dtype.itemsize > MAX_PICTURE_BYTES:
        raise too_large(path, f"{rows} x {columns} pixels")
    plain_type(head.dtype, path)
    stat = path.stat()
    cards = {"DATETIME": head.date} if head.date else {}
    time, source = frame_time(cards, path.name, stat.st_mtime_ns)
    return FrameRef(
        path=path,
        hdu=hdu,
        time=time,
        time_source=source,
        shape=head.shape,
        n_bands=head.n_bands,
        size_bytes=stat.st_size,
        mtime_ns=stat.st_mtime_ns,
    )


def make_frame(ref: FrameRef, data: NDArray[Any], notes: tuple[str, ...]) -> Frame:
    """The frame of pixels (H, W) or (C, H, W); its header holds the time of the file, and the notes."""
    if data.shape != (ref.shape if ref.n_bands == 1 else (ref.n_bands, *ref.shape)):
        raise FrameError(f"{ref.path.name} is damaged: its pixels do not fit its header.", COPY_AGAIN)
    pixels = np.ascontiguousarray(data, dtype=plain_type(data.dtype, ref.path))
    pixels.setflags(write=False)
    header = fits.Header()
    if ref.time_source == "other card":
        # So that masks and binned frames, which carry the header on, keep the time.
        header["DATE-OBS"] = (ref.time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3], "UTC, as the picture tells it")
    for note in notes:
        header.add_history(note)
    return Frame(ref, pixels, header, notes)


def exif_date(text: object, offset: object = "") -> str:
    """ISO form of an EXIF date ``YYYY:MM:DD HH:MM:SS`` with its ``+HH:MM``; empty if it is none.

    Cameras that tell no offset are taken to count UTC.
    """
    if not isinstance(text, str) or not text.strip(" :0\0"):
        return ""
    zone = offset.strip(" \0") if isinstance(offset, str) else ""
    return text.strip(" \0").replace(":", "-", 2) + zone


def too_large(path: Path, size: str) -> FrameError:
    """The error for scenes and for files that would fill the memory when unpacked."""
    return FrameError(
        f"{path.name} has {size}: that is a scene, or no honest file, and too large for a frame.",
        f"Cut it into parts below {MAX_PICTURE_BYTES >> 20} MB.",
    )


def require_single(path: Path, hdu: int | None) -> None:
    """Refuse ``A.png[2]``: such files hold one picture."""
    if hdu:
        raise FrameError(f"{path.name} has no picture {hdu}.", "It has one picture, number 0.")


def _check_start(path: Path, start: bytes) -> None:
    """Compare the first bytes of a file with what its name promises."""
    if not start:
        raise empty_file(path)
    spec = reader_of(path)
    if start.startswith(spec.magic):
        return
    other = next((other for other in READERS if start.startswith(other.magic)), None)
    if other is None:
        raise FrameError(f"{path.name} is no {spec.name} file.", "Is it a picture, copied whole?")
    raise FrameError(
        f"{path.name} is no {spec.name} file, but begins like {other.name}.",
        f"Give its name the right ending, {other.suffixes[0]}.",
    )


def plain_type(dtype: np.dtype[Any], path: Path) -> np.dtype[Any]:
    """The number type a frame has in memory: native byte order, floats of 32 or 64 bits.

    Raises
    ------
    FrameError
        If the values are no real numbers.
    """
    if dtype.kind not in "uif":
        raise FrameError(
            f"{path.name} holds no pixels, but values of type {dtype}.", "A frame holds numbers."
        )
    if dtype.kind == "f":
        return np.dtype(np.float32 if dtype.itemsize <= 4 else np.float64)
    return dtype.newbyteorder("=")
