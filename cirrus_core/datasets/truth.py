"""Finding and reading the mask that belongs to a frame, in every layout CIRRUS takes as truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image

from cirrus_core.datasets.label_table import STANDARD
from cirrus_core.datasets.manifest import Sample
from cirrus_core.errors import DataError, MaskError
from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.frames.io.raster import bands_first
from cirrus_core.frames.io.readers import FITS
from cirrus_core.masks.labels import TRUTH_KINDS, TruthKind
from cirrus_core.masks.store import read_mask, require_match

MASK_HDU = "MASK"
_LABEL_MODES = {"1": "L", "LA": "L"}  # a palette is kept: its numbers are the labels


def is_fits(path: Path) -> bool:
    """True for names of FITS files, compressed or not."""
    return path.name.lower().endswith(FITS.suffixes)


def embedded_mask(path: Path, *, frame_hdu: int, shape: tuple[int, int]) -> tuple[int, TruthKind] | None:
    """Find the mask inside a frame's own FITS file: HDU number and kind of truth, or None.

    The HDU named MASK is taken, else the first picture after the frame if it has the frame's shape (the
    published layout, whose masks an algorithm made). Only headers are read.
    """
    with fits.open(path, memmap=False) as hdus:
        for index, hdu in enumerate(hdus):
            if hdu.name == MASK_HDU and _shape(hdu.header) == shape:
                return index, truth_of(hdu.header, default="hand")
        for index, hdu in enumerate(hdus):
            if index > frame_hdu and _shape(hdu.header) is not None:
                same = _shape(hdu.header) == shape
                return (index, truth_of(hdu.header, default="algorithm")) if same else None
    return None


def truth_of(header: fits.Header, *, default: TruthKind) -> TruthKind:
    """Kind of truth by the card MSKSRC, `default` where it is absent or strange."""
    return TRUTH_KINDS.get(str(header.get("MSKSRC", "")).strip().lower(), default)


def mask_file_truth(path: Path) -> TruthKind:
    """Kind of truth of a mask file, from its header alone; masks of unknown origin count as made by hand."""
    try:
        with fits.open(path, memmap=False) as hdus:
            named = [hdu for hdu in hdus if hdu.name == MASK_HDU]
            return truth_of((named or hdus)[0].header, default="hand")
    except (OSError, IndexError) as error:
        raise MaskError(f"The mask {path} cannot be read: {error}.", "Is it a FITS mask?") from error


def read_labels(sample: Sample, *, pixels: NDArray[Any] | None = None) -> NDArray[np.uint8]:
    """Labels (H, W) uint8 of a sample at the frame's own size.

    With `pixels` (H, W), those of the frame, a mask file that was made from other pixels is refused.

    Raises
    ------
    DataError, MaskError
        If the file cannot be read, holds values that are no labels, or was made from another frame.
    """
    if sample.mask_hdu is None and is_fits(sample.mask_path):
        stored = read_mask(sample.mask_path)
        if pixels is not None:
            shape = (pixels.shape[0], pixels.shape[1])
            require_match(stored, path=sample.mask_path, shape=shape, frame_sum=pixel_checksum(pixels))
        return stored.labels
    picture = (
        _read_picture(sample.mask_path)
        if sample.mask_hdu is None
        else _read_hdu(sample.mask_path, sample.mask_hdu)
    )
    if picture.ndim != 2:
        raise DataError(f"The mask of {sample.stem} is no grey picture.", "Store one label value per pixel.")
    whole = picture.astype(np.int64)
    if not np.array_equal(whole, picture):
        raise DataError(
            f"The second HDU of {sample.mask_path.name} holds no mask: its values are no labels.",
            "A mask holds 0 (clear), 1 (cloud) and 255 (unsure).",
        )
    return (sample.table or STANDARD).translate(whole, name=sample.stem)


def _read_picture(path: Path) -> NDArray[Any]:
    """Read a label picture as (H, W), or (C, H, W) if it is in colour; a palette gives its numbers."""
    try:
        with Image.open(path) as image:
            plain = image.convert(_LABEL_MODES[image.mode]) if image.mode in _LABEL_MODES else image
            return bands_first(np.asarray(plain))
    except (OSError, ValueError, SyntaxError) as error:
        raise DataError(f"The picture {path} cannot be read: {error}.", "Is the file complete?") from error


def _read_hdu(path: Path, index: int) -> NDArray[Any]:
    try:
        with fits.open(path, memmap=False) as hdus:
            data = np.asarray(hdus[index].data)
    except (OSError, IndexError, TypeError, ValueError) as error:
        raise DataError(f"HDU {index} of {path} cannot be read: {error}.", "Is the file complete?") from error
    return data.reshape([n for n in data.shape if n > 1] if data.ndim > 2 else data.shape)


def _shape(header: fits.Header) -> tuple[int, int] | None:
    axes = [int(header[f"NAXIS{i}"]) for i in range(int(header.get("NAXIS", 0)), 0, -1)]
    if header.get("ZIMAGE"):  # a tile-compressed picture describes itself in cards of its own
        axes = [int(header[f"ZNAXIS{i}"]) for i in range(int(header["ZNAXIS"]), 0, -1)]
    elif header.get("XTENSION", "").startswith("BINTABLE"):
        return None
    axes = [n for n in axes if n > 1] if len(axes) > 2 else axes
    return (axes[0], axes[1]) if len(axes) == 2 else None
