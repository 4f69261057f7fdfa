"""What a frame is: a reference to it on disk, and the frame itself once read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.frames.io.readers import FRAME_SUFFIXES

TimeSource = Literal["DATE-OBS", "DATE-BEG", "MJD-OBS", "other card", "file name", "file time"]

PRODUCT_ENDINGS = (".mask", ".prob", ".emis")
"""What comes before the ending in files that are about a frame: masks, probabilities, exact truth."""

_PRODUCT_SUFFIXES = tuple(ending + suffix for ending in PRODUCT_ENDINGS for suffix in FRAME_SUFFIXES)
_LONGEST_FIRST = sorted(FRAME_SUFFIXES, key=len, reverse=True)


def frame_stem(path: Path) -> str:
    """File name without any FITS or picture ending: ``A.fits.gz`` -> ``A``, ``A.mask.fits.gz`` -> ``A``."""
    name = path.name
    for suffix in _LONGEST_FIRST:
        if name.lower().endswith(suffix):
            name = name[: -len(suffix)]
            break
    else:
        name = path.stem
    for ending in PRODUCT_ENDINGS:
        name = name.removesuffix(ending)
    return name


def is_product(path: Path) -> bool:
    """True for mask, probability and truth files: they are about a frame and are none themselves."""
    return is_product_name(path.name)


def is_product_name(name: str) -> bool:
    """As `is_product`, for many names at once, as making paths takes its time."""
    lower = name.lower()
    return any(f"{ending}.fit" in lower for ending in PRODUCT_ENDINGS) or lower.endswith(_PRODUCT_SUFFIXES)


@dataclass(frozen=True, slots=True)
class FrameRef:
    """Where a frame lies and what its header said; the pixels are not read.

    `shape` is (rows, columns); `n_bands` is 1 for grey frames. `time` is aware UTC.
    """

    path: Path
    hdu: int
    time: datetime
    time_source: TimeSource
    shape: tuple[int, int]
    n_bands: int
    size_bytes: int
    mtime_ns: int
    index: int = 0

    @property
    def stem(self) -> str:
        """Name that pairs the frame with its masks."""
        return frame_stem(self.path)


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame in memory.

    Attributes
    ----------
    data : ndarray, (H, W) or (C, H, W), read-only
        In ADU (or the unit of the file), in the file's number type as far as it can hold the scaled
        values. BLANK pixels are NaN in float32.
    header : astropy.io.fits.Header
        Header of the HDU that holds the pixels, with the primary header's cards added where absent. Of
        pictures: DATE-OBS where the picture tells its time, and the notes as HISTORY.
    notes : tuple of str
        What of the file was left out on reading; empty for FITS.
    """

    ref: FrameRef
    data: NDArray[Any]
    header: fits.Header
    notes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self.data.shape[-2:]
        return int(rows), int(columns)

    @cached_property
    def checksum(self) -> str:
        """Fingerprint of the pixels; masks carry it as FRAMESUM and so stay bound to their frame."""
        return pixel_checksum(self.data)


def pixel_checksum(data: NDArray[Any]) -> str:
    """First 16 hex digits of SHA-256 over shape, number type and little-endian pixels."""
    plain = np.ascontiguousarray(data)
    little = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    digest = hashlib.sha256(f"{little.shape}{little.dtype.str}".encode())
    digest.update(little.data)
    return digest.hexdigest()[:16]
