"""Reading a manifest into arrays on one grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from cirrus_core.datasets.manifest import Manifest, Sample
from cirrus_core.datasets.truth import read_labels
from cirrus_core.errors import DataError
from cirrus_core.frames.io.read import read_file
from cirrus_core.frames.rebin import to_grid
from cirrus_core.masks.labels import UNSURE
from cirrus_core.progress import SilentContext, TaskContext


@dataclass(frozen=True, eq=False)
class Arrays:
    """Frames and labels in memory.

    Attributes
    ----------
    images : ndarray, (N, C, h, w), float32
        In the unit of the files; NaN without measurement.
    labels : ndarray, (N, h, w), uint8
        `UNSURE` where nobody knows.
    """

    images: NDArray[np.float32]
    labels: NDArray[np.uint8]


def load_arrays(
    manifest: Manifest,
    grid: tuple[int, int],
    *,
    bands: Sequence[int] = (),
    context: TaskContext | None = None,
) -> Arrays:
    """Read all frames and masks of a manifest and bring them to `grid` (rows, columns).

    Raises
    ------
    DataError
        If a mask does not have its frame's size, frames differ in their number of bands, or memory does
        not suffice.
    FrameError, MaskError
        If a file cannot be read.
    """
    context = context or SilentContext()
    images: list[NDArray[np.float32]] = []
    labels: list[NDArray[np.uint8]] = []
    for done, sample in enumerate(manifest.samples, start=1):
        context.check_cancelled()
        pixels, truth = read_sample(sample, bands=bands)
        if not images:
            _check_memory(len(manifest) * len(pixels) * grid[0] * grid[1])
        image = np.stack([to_grid(band, grid) for band in pixels])
        known = labels_to_grid(truth, grid, n_classes=len(manifest.classes))
        # Where the frame has no measurement there is nothing to learn from.
        labels.append(np.where(np.isnan(image).any(axis=0), np.uint8(UNSURE), known))
        images.append(image)
        context.progress(done, len(manifest), "reading frames")
    if len({image.shape[0] for image in images}) > 1:
        raise DataError("The frames have different numbers of bands.", "Train on one camera at a time.")
    return Arrays(np.stack(images).astype(np.float32, copy=False), np.stack(labels))


def _check_memory(n_values: int) -> None:
    # Read, normalised and parted, each value is held three times for a moment.
    needed, free = 3 * 4 * n_values, psutil.virtual_memory().available
    if needed > free:
        raise DataError(
            f"The frames need {needed / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB are free.",
            "Choose a smaller grid or fewer frames.",
        )


def read_sample(sample: Sample, *, bands: Sequence[int] = ()) -> tuple[NDArray[Any], NDArray[np.uint8]]:
    """Pixels (C, H, W) and labels (H, W) of one sample at their own size; `bands` chooses some bands."""
    pixels = read_pixels(sample)
    plane = pixels[0] if len(pixels) == 1 else None
    if bands:
        if max(bands) >= len(pixels):
            raise DataError(
                f"{sample.stem} has {len(pixels)} bands; band {max(bands)} was asked for.", "Count from 0."
            )
        pixels = pixels[list(bands)]
    labels = read_labels(sample, pixels=plane)
    if labels.shape != pixels.shape[1:]:
        raise DataError(
            f"The mask of {sample.stem} has {labels.shape[0]} x {labels.shape[1]} pixels, the frame "
            f"{pixels.shape[1]} x {pixels.shape[2]}.",
            "Mask and frame must have one size; does the mask belong to a binned frame?",
        )
    return pixels, labels


def read_pixels(sample: Sample) -> NDArray[Any]:
    """Pixels (C, H, W) of the frame of a sample, in the unit of the file."""
    data = read_file(sample.frame_path, sample.hdu).data
    return data if data.ndim == 3 else data[np.newaxis]


def labels_to_grid(labels: NDArray[np.uint8], grid: tuple[int, int], *, n_classes: int) -> NDArray[np.uint8]:
    """Bring labels to another grid by majority.

    A new pixel takes the class that covers most of its known area, and is `UNSURE` where less than half of
    it is known.
    """
    if labels.shape == grid:
        return labels
    shares = np.stack([to_grid((labels == k).astype(np.float32), grid) for k in range(n_classes)])
    # The last of equal shares wins, so that half a pixel of cloud counts as cloud.
    best = (n_classes - 1 - shares[::-1].argmax(axis=0)).astype(np.uint8)
    return np.where(shares.sum(axis=0) >= 0.5, best, np.uint8(UNSURE)).astype(np.uint8)
