"""Binning many frames into files, each with a header that stays true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.errors import CirrusError, FrameError, UsageError
from cirrus_core.files import write_atomic
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.quiet import no_warnings
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Rejected
from cirrus_core.frames.rebin import Factors, bin_header, block_mean, to_grid
from cirrus_core.progress import TaskContext


@dataclass(frozen=True, slots=True)
class BinReport:
    """Files written, and frames that could not be binned with the reasons."""

    written: tuple[Path, ...]
    failed: tuple[Rejected, ...]


def bin_frames(
    refs: Sequence[FrameRef],
    out: Path,
    *,
    factor: int | None = None,
    shape: tuple[int, int] | None = None,
    context: TaskContext,
) -> BinReport:
    """Write the block mean of each frame to ``<out>/<stem>.fits`` in float32.

    Parameters
    ----------
    factor : int, optional
        Rows and columns per block; rows and columns that fill no block are left out.
    shape : (int, int), optional
        Instead of `factor`: rows and columns of the result, by area means where the factor is not whole.

    Raises
    ------
    UsageError
        If not exactly one of `factor` and `shape` is given, or `out` holds the frames themselves.
    CirrusError
        If `out` cannot be written.
    """
    if (factor is None) == (shape is None):
        raise UsageError("Say either a factor or a shape.", "E.g. --factor 4 or --shape 128x160.")
    if any(ref.path.parent.resolve() == out.resolve() for ref in refs):
        raise UsageError(
            f"{out} is the folder of the frames themselves.", "Choose another folder with --out."
        )
    written: list[Path] = []
    failed: list[Rejected] = []
    for done, ref in enumerate(refs):
        context.check_cancelled()
        context.progress(done, len(refs), ref.stem)
        try:
            frame = read_frame(ref)
            data, factors = _binned(frame, factor, shape)
        except FrameError as error:
            failed.append(Rejected(ref.path, error.message, error.hint))
            continue
        path = out / f"{ref.stem}.fits"
        _write(path, data, bin_header(_with_time(frame), factors))
        written.append(path)
    context.progress(len(refs), len(refs), "done")
    return BinReport(tuple(written), tuple(failed))


def _binned(
    frame: Frame, factor: int | None, shape: tuple[int, int] | None
) -> tuple[NDArray[np.float32], Factors]:
    if frame.ref.n_bands > 1:
        raise FrameError(
            f"{frame.ref.path.name} has {frame.ref.n_bands} bands; binned frames are FITS files with one.",
            "Save the band you want as a picture of its own.",
        )
    height, width = frame.shape
    rows, columns = shape or (height // (factor or 1), width // (factor or 1))
    if not (1 <= rows <= height and 1 <= columns <= width):
        asked = f"to {rows} x {columns}" if shape else f"by {factor}"
        raise FrameError(
            f"{frame.ref.path.name} has {height} x {width} pixels and cannot be binned {asked}.",
            "Choose a smaller factor, or a shape no larger than the frame.",
        )
    if factor is not None:
        return block_mean(frame.data, factor), (factor, factor)
    return to_grid(frame.data, (rows, columns)), (height / rows, width / columns)


def _with_time(frame: Frame) -> fits.Header:
    """The header; a time that only the file's date told would be lost with the new file, so it is added."""
    header = frame.header.copy()
    if frame.ref.time_source == "file time":
        header["DATE-OBS"] = (frame.ref.time.strftime("%Y-%m-%dT%H:%M:%S"), "UTC, time of the original file")
    return header


def _write(path: Path, data: NDArray[np.float32], header: fits.Header) -> None:
    file = BytesIO()
    with no_warnings():
        fits.PrimaryHDU(data, header).writeto(file, output_verify="silentfix+ignore", checksum=True)
    try:
        write_atomic(path, lambda stream: stream.write(file.getbuffer()))
    except OSError as error:
        raise CirrusError(
            f"{path} cannot be written: {error.strerror or error}.", "Is there room, and may you write there?"
        ) from error
