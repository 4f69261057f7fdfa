"""What is on disk about one frame: its mask, and what a model predicts. Read in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cirrus_core.errors import CirrusError, MaskError
from cirrus_core.masks.store import StoredMask, read_mask, read_prob
from cirrus_core.models.model_store import find_model, read_card
from cirrus_core.project.mask_layers import Layer, MaskLayers

DEFAULT_THRESHOLD = 0.5


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model says about a frame.

    Attributes
    ----------
    prob : ndarray, (H, W) float32
        Probability of cloud.
    image : ndarray, (H, W) uint8
        The same, 0 to 255, for the screen.
    model_id : str
    date : datetime
        When it was predicted, UTC.
    threshold : float
        The model's own: pixels at or above it are cloud.
    file : (Path, int)
        Where it was read from, and the file's time of change in ns.
    """

    prob: NDArray[np.float32]
    image: NDArray[np.uint8]
    model_id: str
    date: datetime
    threshold: float
    file: tuple[Path, int]


@dataclass(frozen=True, eq=False)
class FrameMasks:
    """The best mask of a frame with the file and layer it came from, and the prediction.

    `problem` says why a mask that is there cannot be used; it is then left alone. `prediction_problem` says
    the same of the prediction, and does not touch the mask.
    """

    layer: Layer | None = None
    path: Path | None = None
    stored: StoredMask | None = None
    prediction: Prediction | None = None
    problem: CirrusError | None = None
    prediction_problem: CirrusError | None = None


def read_frame_masks(layers: MaskLayers, stem: str, known: Prediction | None = None) -> FrameMasks:
    """Read what there is about a frame; `known` is returned again if its file has not changed."""
    found, stored, problem, prediction, prediction_problem = None, None, None, None, None
    try:
        found = layers.best(stem)
        stored = read_mask(found[1]) if found else None
    except (CirrusError, OSError) as error:
        problem = _expected(error)
    try:
        prediction = _read_prediction(layers, stem, known)
    except (CirrusError, OSError) as error:
        prediction_problem = _expected(error)
    layer, path = found or (None, None)
    return FrameMasks(layer, path, stored, prediction, problem, prediction_problem)


def _expected(error: CirrusError | OSError) -> CirrusError:
    if isinstance(error, CirrusError):
        return error
    return MaskError(
        f"The masks of this frame cannot be read: {error.strerror or error}.",
        "Is the disk of the project there, and may you read it?",
    )


def _read_prediction(layers: MaskLayers, stem: str, known: Prediction | None) -> Prediction | None:
    models = layers.models_with(stem)
    path = layers.find_prob(stem, models[0]) if models else None
    if path is None:
        return None
    file = (path, path.stat().st_mtime_ns)
    if known is not None and known.file == file:
        return known
    date = datetime.fromtimestamp(file[1] / 1e9, UTC)
    prob = read_prob(path)
    image = (prob * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
    return Prediction(prob, image, models[0], date, _threshold(layers, models[0]), file)


def _threshold(layers: MaskLayers, model_id: str) -> float:
    try:
        return read_card(find_model(model_id, layers.layout.models)).threshold
    except CirrusError:
        # The model may have been deleted since; its predictions are still good.
        return DEFAULT_THRESHOLD
