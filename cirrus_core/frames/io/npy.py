"""Frames in NumPy's own files."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.open_errors import cut_off, senseless_header
from cirrus_core.frames.io.picture import (
    PictureHead,
    make_frame,
    opened_picture,
    plain_type,
    reference,
    require_single,
)

MAX_BANDS = 32
"""Arrays with more planes are series of pictures, not bands of one."""


def probe_npy(path: Path, hdu: int | None = None) -> FrameRef:
    """Learn what an ``.npy`` frame is from its header; `FrameError` if it is none."""
    require_single(path, hdu)
    with opened_picture(path) as stream:
        return reference(path, _head(path, stream))


def read_npy(path: Path, hdu: int | None = None) -> Frame:
    """Read an ``.npy`` frame in its own number type; nothing is unpickled.

    Of three axes the shorter of the first and the last holds the bands; axes of length 1 do not count.
    """
    require_single(path, hdu)
    with opened_picture(path) as stream:
        ref = reference(path, _head(path, stream))
        stream.seek(0)
        return make_frame(ref, _bands_first(np.load(stream, allow_pickle=False)), ())


def _head(path: Path, stream: BinaryIO) -> PictureHead:
    shape, dtype = _shape_and_type(path, stream)
    plain_type(dtype, path)
    axes = [length for length in shape if length != 1]
    if len(axes) not in (2, 3) or (len(axes) == 3 and min(axes[0], axes[-1]) > MAX_BANDS):
        sizes = " x ".join(map(str, shape)) or "a single number"
        raise FrameError(
            f"{path.name} holds no picture: its array is {sizes}.",
            f"A frame has two axes, or a third with at most {MAX_BANDS} bands; save other planes one by one.",
        )
    needed = stream.tell() + dtype.itemsize * int(np.prod([int(length) for length in axes], dtype=object))
    size = path.stat().st_size
    if size < needed:
        raise cut_off(path, size / needed)
    if len(axes) == 2:
        return PictureHead((axes[0], axes[1]), 1, dtype)
    if axes[0] <= axes[-1]:
        return PictureHead((axes[1], axes[2]), axes[0], dtype)
    return PictureHead((axes[0], axes[1]), axes[2], dtype)


def _shape_and_type(path: Path, stream: BinaryIO) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = npy_format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):  # later ones are for tables with names of many alphabets
        raise FrameError(f"{path.name} holds a table, not a picture.", "Save a plain array of numbers.")
    read = npy_format.read_array_header_1_0 if version == (1, 0) else npy_format.read_array_header_2_0
    try:
        shape, _, dtype = read(stream)
    except (ValueError, TypeError, SyntaxError) as error:
        raise senseless_header(path) from error
    return shape, dtype


def _bands_first(array: NDArray[Any]) -> NDArray[Any]:
    plain = array.squeeze()
    return plain if plain.ndim == 2 or plain.shape[0] <= plain.shape[-1] else np.moveaxis(plain, -1, 0)
