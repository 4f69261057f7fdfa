"""`Predictor`: from frames of any size to the probability of cloud per pixel."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cirrus_core.errors import ModelError
from cirrus_core.frames.rebin import from_grid
from cirrus_core.inference.engine import DeviceName, Engine
from cirrus_core.inference.prepare import prepare_frame
from cirrus_core.models.build import build_model
from cirrus_core.models.card import ModelCard
from cirrus_core.models.checkpoint import WEIGHTS_FILE, load_weights
from cirrus_core.models.model_store import read_card


class Predictor:
    """A model from its folder, ready to predict.

    Parameters
    ----------
    model_folder : Path
        With ``card.json`` and ``weights.safetensors`` (`models.model_store.find_model` finds it).
    device : {"auto", "cpu", "cuda"}
    batch_size : int, optional
        Frames at once; None chooses by free memory.
    threads : int, optional
        Processor threads of torch, for the whole process; None takes all cores but one, which reads and
        writes files meanwhile (measured on two cores: half as fast again as with both in the network).

    Raises
    ------
    ModelError
        If the folder is damaged or holds no segmentation model.
    """

    def __init__(
        self,
        model_folder: Path,
        *,
        device: DeviceName = "auto",
        batch_size: int | None = None,
        threads: int | None = None,
    ) -> None:
        self.card: ModelCard = read_card(model_folder)
        if self.card.task != "segment" or len(self.card.classes) != 2:
            raise ModelError(
                f"The model '{self.card.id}' does not tell cloud from clear per pixel.",
                "Choose a segmentation model with the classes clear and cloud.",
            )
        torch.set_num_threads(threads or max(1, (os.cpu_count() or 2) - 1))
        network = build_model(self.card.arch, self.card.arch_config, bands=self.card.bands, outputs=1)
        load_weights(network, model_folder / WEIGHTS_FILE, self.card.weights_sha256)
        self._engine = Engine(network, bands=self.card.bands, device=device, batch_size=batch_size)

    @property
    def device(self) -> str:
        """Where the network runs: "cpu" or "cuda"."""
        return self._engine.device.type

    @property
    def batch_size(self) -> int:
        """Frames that are run at once on the model's own grid."""
        return self._engine.batch_size(self.card.grid)

    def predict(self, frames: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
        """Predict frames; sizes may differ.

        Parameters
        ----------
        frames : sequence of ndarray, (H, W) or (C, H, W)
            In ADU; NaN where there is no measurement.

        Returns
        -------
        list of ndarray, (H, W), float32
            Probability of cloud in [0, 1], also where the frame has no measurement (from the
            surroundings).

        Raises
        ------
        ModelError
            If a frame has another number of bands than the model.
        FrameError
            If a frame has no pixels with a value, or the same value everywhere.
        """
        prepared = [self.prepare(frame) for frame in frames]
        return [
            from_grid(prob, frame.shape[-2:])
            for prob, frame in zip(self.predict_prepared(prepared), frames, strict=True)
        ]

    def prepare(self, frame: NDArray[Any]) -> NDArray[np.float32]:
        """Bring one frame onto the model's grid and normalise it: (C, h, w); see `predict` for errors."""
        return prepare_frame(frame, self.card)

    def predict_prepared(self, images: Sequence[NDArray[np.float32]]) -> list[NDArray[np.float32]]:
        """Run the network over frames from `prepare`: probabilities (h, w) on the model's grid."""
        by_shape: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, image in enumerate(images):
            by_shape[image.shape].append(index)
        results: dict[int, NDArray[np.float32]] = {}
        for indices in by_shape.values():
            batch = self._engine.probabilities(np.stack([images[i] for i in indices]))
            results.update(zip(indices, batch, strict=True))
        return [results[index] for index in range(len(images))]
