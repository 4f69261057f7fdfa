"""Pictures of frames beside their truth and prediction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch
from cirrus_core.masks.labels import UNSURE
from cirrus_core.training.setup import Prepared
from cirrus_core.training.trainer import Trainer


def write_previews(folder: Path, trainer: Trainer, manifest: Manifest, prepared: Prepared) -> None:
    """Write ``<stem>.png`` for each validation and test frame: frame, truth and probability of cloud."""
    folder.mkdir(parents=True, exist_ok=True)
    positions = (*prepared.split.validation, *prepared.split.test)
    if not positions:
        return
    data = prepared.tensors(positions, manifest)
    for place, probability in zip(positions, trainer.predict(data), strict=True):
        sample = manifest.samples[place]
        path = folder / f"{sample.stem}.png"
        _draw(path, prepared.arrays.images[place, 0], prepared.arrays.labels[place], probability)


def _draw(
    path: Path, frame: NDArray[np.float32], truth: NDArray[np.uint8], probability: NDArray[np.float32]
) -> None:
    from matplotlib.figure import Figure  # slow to import, and only needed here

    figure = Figure(figsize=(10.5, 3), dpi=100, layout="constrained")
    params = StretchParams()
    shown = np.where(truth == UNSURE, 0.5, truth)
    panels = (
        ("frame", stretch(frame, params, find_cuts(frame, params)), "gray", 0, 255),
        ("truth (white: cloud, grey: unsure)", shown, "gray", 0, 1),
        ("probability of cloud", probability, "viridis", 0, 1),
    )
    for axes, (title, picture, colours, low, high) in zip(figure.subplots(1, 3), panels, strict=True):
        axes.imshow(picture, cmap=colours, vmin=low, vmax=high)
        axes.set_title(title, fontsize=9)
        axes.set_axis_off()
    figure.savefig(path)
