"""Scoring predictions against truth, frame by frame and pooled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.datasets.manifest import Manifest, Sample
from cirrus_core.datasets.sources import collect
from cirrus_core.datasets.truth import read_labels
from cirrus_core.errors import CirrusError, DataError
from cirrus_core.frames.frame import frame_stem, is_product
from cirrus_core.frames.night import expand_paths
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE, TruthKind
from cirrus_core.masks.store import read_mask, read_prob
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.training.metrics import Scorer


@dataclass(frozen=True, eq=False)
class Prediction:
    """What is held against the truth: labels (H, W) uint8 and, where there is one, probability (H, W)."""

    labels: NDArray[np.uint8]
    probability: NDArray[np.float32] | None = None


PredictionSource = Callable[[Sample], Prediction | None]
"""Gives the prediction for a frame, or None when there is none."""


@dataclass
class Evaluation:
    """Scores of many frames: pooled over all pixels, by kind of truth, and per frame."""

    classes: tuple[str, ...]
    pooled: Scorer = field(init=False)
    by_truth: dict[TruthKind, Scorer] = field(default_factory=dict)
    per_frame: list[dict[str, Any]] = field(default_factory=list)
    missing: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pooled = Scorer(self.classes)

    def add(self, sample: Sample, truth: NDArray[np.uint8], prediction: Prediction) -> None:
        """Add one frame."""
        alone = Scorer(self.classes)
        same_truth = self.by_truth.setdefault(sample.truth, Scorer(self.classes))
        for scorer in (alone, same_truth, self.pooled):
            scorer.add(truth, prediction.labels, prediction.probability)
        figures = {k: v for k, v in alone.result().items() if k not in ("n_frames", "per_class")}
        self.per_frame.append({"stem": sample.stem, "truth": sample.truth, **figures})

    def report(self) -> dict[str, Any]:
        """The report of ``evaluate --json``: pooled figures, then per kind of truth and per frame."""
        return {
            **self.pooled.result(),
            "truth": sorted(self.by_truth),
            "by_truth": {kind: scorer.result() for kind, scorer in sorted(self.by_truth.items())},
            "per_frame": self.per_frame,
            "missing": [{"stem": stem, "reason": reason} for stem, reason in self.missing],
        }


def evaluate(
    manifest: Manifest, predictions: PredictionSource, *, context: TaskContext | None = None
) -> Evaluation:
    """Score the predictions of all frames of a manifest at the frames' own size.

    A frame without a prediction, or with an unreadable one, is listed under `missing`.

    Raises
    ------
    DataError
        If no frame at all has a prediction.
    """
    context = context or SilentContext()
    result = Evaluation(manifest.classes)
    for done, sample in enumerate(manifest.samples, start=1):
        context.check_cancelled()
        try:
            _add(result, sample, predictions(sample))
        except CirrusError as error:
            result.missing.append((sample.stem, error.message))
        context.progress(done, len(manifest), "scoring")
    if not result.per_frame:
        stem, reason = result.missing[0]
        raise DataError(
            f"No frame could be scored; the first one, {stem}: {reason}",
            "Truth and prediction are paired by name: A.fits, A.mask.fits.gz and A.prob.fits.gz.",
        )
    return result


def _add(result: Evaluation, sample: Sample, prediction: Prediction | None) -> None:
    if prediction is None:
        raise DataError("There is no prediction for it.")
    truth = read_labels(sample)
    if truth.shape != prediction.labels.shape:
        raise DataError(
            f"Truth has {truth.shape[0]} x {truth.shape[1]} pixels, the prediction "
            f"{prediction.labels.shape[0]} x {prediction.labels.shape[1]}."
        )
    result.add(sample, truth, prediction)


def stored_predictions(paths: Sequence[str | Path], *, threshold: float = 0.5) -> PredictionSource:
    """Predictions from files: masks and probabilities as `predict` and `automask` write them.

    Where a frame has both, labels come from the mask and scores from the probability. Files in any layout
    of truth are taken, too.

    Raises
    ------
    DataError
        If there are none, or two folders hold predictions of one name.
    """
    masks: dict[str, Path] = {}
    probabilities: dict[str, Path] = {}
    for path in expand_paths([str(p) for p in paths]):
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            if is_product(file) and ".emis." not in file.name:
                known, stem = probabilities if ".prob." in file.name else masks, frame_stem(file)
                if stem in known and known[stem].parent != file.parent:
                    raise DataError(
                        f"There are two predictions called {stem}: {known[stem]} and {file}.",
                        "Score one night at a time: truth and prediction are paired by name.",
                    )
                known[stem] = file
    if not masks and not probabilities:
        return _embedded_predictions(paths)

    def find(sample: Sample) -> Prediction | None:
        mask, prob = masks.get(sample.stem), probabilities.get(sample.stem)
        probability = read_prob(prob) if prob is not None else None
        if mask is not None:
            return Prediction(np.asarray(read_mask(mask).labels), probability)
        return None if probability is None else from_probability(probability, threshold=threshold)

    return find


def from_probability(probability: NDArray[np.float32], *, threshold: float) -> Prediction:
    """Cloud where the probability reaches the threshold; 'unsure' where there is no number."""
    labels = np.where(probability >= threshold, np.uint8(CLOUD), np.uint8(CLEAR))
    labels = np.where(np.isnan(probability), np.uint8(UNSURE), labels)
    return Prediction(labels, probability)


def _embedded_predictions(paths: Sequence[str | Path]) -> PredictionSource:
    stored = {sample.stem: sample for sample in collect(paths).samples}

    def find(sample: Sample) -> Prediction | None:
        found = stored.get(sample.stem)
        return None if found is None else Prediction(read_labels(found))

    return find
