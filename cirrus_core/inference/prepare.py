"""Bringing a frame to what a network was trained on: grid and normalisation. Torch-free."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.datasets.grid import grid_shape
from cirrus_core.datasets.normalise import apply
from cirrus_core.errors import FrameError, ModelError
from cirrus_core.frames.rebin import to_grid
from cirrus_core.models.card import ModelCard


def prepare_frame(frame: NDArray[Any], card: ModelCard) -> NDArray[np.float32]:
    """Bring a frame (H, W) or (C, H, W) onto the grid of a model and normalise it: (C, h, w) float32."""
    bands = np.asarray(frame)
    if bands.ndim == 2:
        bands = bands[np.newaxis]
    if len(bands) != card.bands:
        raise ModelError(
            f"The model '{card.id}' needs {_bands(card.bands)}, the frame has {_bands(len(bands))}.",
            "Choose a model that was trained on such frames.",
        )
    shape = grid_shape((bands.shape[-2], bands.shape[-1]), card.grid)
    gridded = np.stack([to_grid(band, shape) for band in bands])
    known = gridded[np.isfinite(gridded)]
    if known.size == 0:
        raise FrameError("The frame holds no pixel with a value.", "Was the camera connected?")
    if known.min() == known.max():
        raise FrameError(f"All pixels of the frame have the value {known[0]:g}.", "Was the shutter closed?")
    image: NDArray[np.float32] = apply(gridded[np.newaxis], card.normalisation)[0]
    return image


def _bands(n: int) -> str:
    return "1 band" if n == 1 else f"{n} bands"
