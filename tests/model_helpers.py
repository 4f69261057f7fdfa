"""Small model folders and frames for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.models.build import build_model, count_parameters
from cirrus_core.models.card import ModelCard
from cirrus_core.models.checkpoint import WEIGHTS_FILE, save_weights
from cirrus_core.models.model_store import write_card

POINTWISE = {
    "widths": [1],
    "convs_per_block": 1,
    "norm": "none",
    "first_kernel": 1,
    "context": 0,
    "stem_stride": 1,
}
"""A network of two numbers per pixel; `make_model` sets it to sigmoid(`SLOPE` * normalised value)."""

SLOPE = 4.0
_OFFSET = 10.0  # keeps the ReLU open over the clipped range of +-6


def make_model(
    folder: Path, *, arch_config: dict[str, Any] | None = None, bands: int = 1, **changes: Any
) -> ModelCard:
    """Write a model folder: the pointwise network with known weights, or `arch_config` with random ones."""
    torch.manual_seed(0)
    config = POINTWISE if arch_config is None else arch_config
    net = build_model("unet", config, bands=bands, outputs=1)
    if arch_config is None:
        with torch.no_grad():
            net.first[0].weight.fill_(1.0 / bands)
            net.first[0].bias.fill_(_OFFSET)
            net.head.weight.fill_(SLOPE)
            net.head.bias.fill_(-SLOPE * _OFFSET)
    values: dict[str, Any] = {
        "id": folder.name,
        "title": "For a test",
        "arch": "unet",
        "arch_config": config,
        "normalisation": Normalisation(),
        "grid": (32, 40),
        "bands": bands,
        "n_parameters": count_parameters(net),
        "weights_sha256": save_weights(net, folder / WEIGHTS_FILE),
        "created": "2026-01-01T00:00:00+00:00",
    }
    card = ModelCard(**(values | changes))
    write_card(folder, card)
    return card


def sky(shape: tuple[int, int] = (64, 80), *, seed: int = 0) -> NDArray[np.int16]:
    """A frame in ADU with one bright cloud over noise."""
    rows, columns = np.indices(shape)
    cloud = 900.0 * np.exp(
        -(((rows / shape[0] - 0.3) / 0.15) ** 2 + ((columns / shape[1] - 0.6) / 0.2) ** 2) / 2
    )
    noise = np.random.default_rng(seed).normal(0.0, 20.0, shape)
    return (3000.0 + cloud + noise).astype(np.int16)


def write_frame(path: Path, data: NDArray[Any], *, second: int = 0) -> Path:
    """Write a FITS frame with a time."""
    header = fits.Header()
    header["DATE-OBS"] = f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}"
    header["CAMERA"] = "test camera"
    fits.writeto(path, data, header)
    return path
