"""The table of readers: which files are frames, and the functions that look at and read each kind.

Frames of a night are told from other files by the suffixes listed here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cirrus_core.frames.frame import Frame, FrameRef


@dataclass(frozen=True, slots=True)
class ReaderSpec:
    """One kind of file that holds frames.

    Attributes
    ----------
    name, title, help : str
        For messages, dialogs and documents.
    suffixes : tuple of str
        Endings of file names, in lower case; the first is the usual one.
    magic : tuple of bytes
        What such a file can begin with.
    probe, read : str
        Import strings ``package.module:function`` of functions that take (path, hdu or None) and return
        `FrameRef`, from headers alone, and `Frame`; both raise `FrameError` with sentence and hint.
    """

    name: str
    title: str
    help: str
    suffixes: tuple[str, ...]
    magic: tuple[bytes, ...]
    probe: str
    read: str

    def load_probe(self) -> Callable[[Path, int | None], FrameRef]:
        """The function that looks at headers."""
        function: Callable[[Path, int | None], FrameRef] = _load(self.probe)
        return function

    def load_read(self) -> Callable[[Path, int | None], Frame]:
        """The function that reads pixels."""
        function: Callable[[Path, int | None], Frame] = _load(self.read)
        return function


FITS = ReaderSpec(
    name="FITS",
    title="FITS frames",
    help="FITS, plain, compressed with gzip or bzip2, or tile-compressed; the first 2-D picture of a file.",
    suffixes=(".fits", ".fit", ".fts", ".fits.gz", ".fit.gz", ".fts.gz", ".fits.fz", ".fits.bz2"),
    magic=(b"SIMPLE", b"\x1f\x8b", b"BZh"),
    probe="cirrus_core.frames.io.fits:probe_fits",
    read="cirrus_core.frames.io.fits:read_fits",
)

READERS: tuple[ReaderSpec, ...] = (
    FITS,
    ReaderSpec(
        name="PNG",
        title="PNG pictures",
        help="Grey in 1 to 16 bits and colour in 8; palettes become colours.",
        suffixes=(".png",),
        magic=(b"\x89PNG\r\n\x1a\n",),
        probe="cirrus_core.frames.io.raster:probe_raster",
        read="cirrus_core.frames.io.raster:read_raster",
    ),
    ReaderSpec(
        name="JPEG",
        title="JPEG pictures",
        help="Grey or colour, as consumer cameras write them.",
        suffixes=(".jpg", ".jpeg"),
        magic=(b"\xff\xd8\xff",),
        probe="cirrus_core.frames.io.raster:probe_raster",
        read="cirrus_core.frames.io.raster:read_raster",
    ),
    ReaderSpec(
        name="TIFF",
        title="TIFF pictures",
        help="Whole numbers and floats of any width, any number of bands, interleaved or in planes.",
        suffixes=(".tif", ".tiff"),
        magic=(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
        probe="cirrus_core.frames.io.tiff:probe_tiff",
        read="cirrus_core.frames.io.tiff:read_tiff",
    ),
    ReaderSpec(
        name="NPY",
        title="NumPy arrays",
        help="Arrays (H, W), (C, H, W) or (H, W, C) of numbers.",
        suffixes=(".npy",),
        magic=(b"\x93NUMPY",),
        probe="cirrus_core.frames.io.npy:probe_npy",
        read="cirrus_core.frames.io.npy:read_npy",
    ),
)

FRAME_SUFFIXES = tuple(suffix for spec in READERS for suffix in spec.suffixes)
"""Endings of frames of all kinds, compared in lower case."""


def reader_of(path: Path) -> ReaderSpec:
    """The reader for a file by its name; FITS where the name says nothing, as FITS goes by many names."""
    name = path.name.lower()
    return next((spec for spec in READERS if name.endswith(spec.suffixes)), FITS)


def _load(text: str) -> Any:
    module, _, function = text.partition(":")
    return getattr(import_module(module), function)
