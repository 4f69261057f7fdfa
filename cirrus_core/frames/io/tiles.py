"""Is a tile-compressed image what its header says it is?

The decompressors are C code that trusts the header: false sizes make them write outside their memory and
end the program. So everything they are told is checked first (FITS 4.0, 10.1).
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Iterator
from pathlib import Path

from astropy.io import fits

from cirrus_core.frames.io.header import HduHeader, NotFitsError

_BYTES_PER_PIXEL = (1, 2, 4, 8)
_BLOCK_SIZES = (16, 32)
_HCOMPRESS_START = b"\xdd\x99"


def check_tiles(path: Path, header: HduHeader) -> None:
    """Refuse a compressed image whose sizes contradict each other.

    Raises
    ------
    NotFitsError
        Saying that they do.
    """
    tile = _tile_shape(header)
    n_tiles = math.prod(-(-n // t) for n, t in zip(header.shape, tile, strict=True))
    if n_tiles != header.cards.get("NAXIS2") or not _parameters_are_sane(header):
        raise NotFitsError("the sizes of its compressed picture contradict each other")
    if str(header.cards.get("ZCMPTYPE")).startswith("HCOMPRESS"):
        _check_hcompress(path, header, tile)


def _tile_shape(header: HduHeader) -> tuple[int, ...]:
    """Rows and columns of a full tile, in numpy's order; without ZTILE cards each row is a tile."""
    shape = header.shape
    tile = []
    for axis, length in zip(range(len(shape), 0, -1), shape, strict=True):
        size = header.cards.get(f"ZTILE{axis}", length if axis == 1 else 1)
        if not isinstance(size, int) or size < 1:
            raise NotFitsError("the sizes of its compressed picture contradict each other")
        tile.append(min(size, length))
    return tuple(tile)


def _parameters_are_sane(header: HduHeader) -> bool:
    allowed = {"BYTEPIX": _BYTES_PER_PIXEL, "BLOCKSIZE": _BLOCK_SIZES}
    for number in range(1, 10):
        name = str(header.cards.get(f"ZNAME{number}", "")).strip()
        if name in allowed and header.cards.get(f"ZVAL{number}") not in allowed[name]:
            return False
    return True


def _check_hcompress(path: Path, header: HduHeader, tile: tuple[int, ...]) -> None:
    """Each HCOMPRESS stream carries its own size, and the decompressor goes by that one."""
    with fits.open(path, memmap=False, disable_image_compression=True) as hdus:
        streams = hdus[header.index].data["COMPRESSED_DATA"]
        for area, stream in zip(_tile_areas(header.shape, tile), streams, strict=True):
            start = bytes(stream[:10])
            if not start:  # stored another way
                continue
            rows, columns = struct.unpack(">ii", start[2:10].ljust(8, b"\0"))
            if not start.startswith(_HCOMPRESS_START) or rows < 1 or columns < 1 or rows * columns > area:
                raise NotFitsError("the sizes of its compressed picture contradict each other")


def _tile_areas(shape: tuple[int, ...], tile: tuple[int, ...]) -> Iterator[int]:
    sides = [
        [min(size, length - start) for start in range(0, length, size)]
        for length, size in zip(shape, tile, strict=True)
    ]
    return (math.prod(side) for side in itertools.product(*sides))
