"""Scores of masks and probabilities: one confusion matrix and one score histogram, nothing else is kept.

Frames are added one by one, so a night of any length is scored in constant memory. Pixels labelled 'unsure'
in the truth are left out everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE

N_BINS = 4096
"""Bins of the score histogram. Files hold 255 steps of probability, so those AUC are exact; for float
scores the error is below 1 / (2 * N_BINS) times the largest density."""

_CLIP = 1e-7  # least distance of a probability from 0 and 1 in the logarithm, as in Keras' BCE


class Confusion:
    """Counts of (truth, prediction) pairs, (K, K) int64; rows are the truth."""

    def __init__(self, n_classes: int = 2) -> None:
        self.counts: NDArray[np.int64] = np.zeros((n_classes, n_classes), np.int64)

    def add(self, truth: NDArray[np.uint8], predicted: NDArray[np.uint8]) -> None:
        """Count the pixels of one frame; both (H, W) with labels 0 ... K-1, 'unsure' is left out."""
        k = len(self.counts)
        known = (truth < k) & (predicted < k)
        pairs = truth[known].astype(np.int64) * k + predicted[known]
        self.counts += np.bincount(pairs, minlength=k * k).reshape(k, k)

    @property
    def n_pixels(self) -> int:
        """Number of counted pixels."""
        return int(self.counts.sum())

    def of_class(self, label: int) -> dict[str, float | int | None]:
        """Precision, recall, F1, IoU and number of true pixels of one class; None where undefined."""
        hit = int(self.counts[label, label])
        true, said = int(self.counts[label].sum()), int(self.counts[:, label].sum())
        return {
            "precision": _ratio(hit, said),
            "recall": _ratio(hit, true),
            "f1": _ratio(2 * hit, true + said),
            "iou": _ratio(hit, true + said - hit),
            "support": true,
        }

    def scores(self) -> dict[str, float | None]:
        """Accuracy and error rate over all classes; precision, recall, F1 and IoU of cloud; IoU of clear."""
        accuracy = _ratio(int(np.trace(self.counts)), self.n_pixels)
        cloud = self.of_class(CLOUD)
        return {
            "accuracy": accuracy,
            "precision": cloud["precision"],
            "recall": cloud["recall"],
            "f1": cloud["f1"],
            "iou": cloud["iou"],
            "iou_clear": self.of_class(CLEAR)["iou"],
            "error_rate": None if accuracy is None else 1.0 - accuracy,
        }


class ScoreHistogram:
    """Histograms of the probability of cloud over true cloud and true clear pixels."""

    def __init__(self) -> None:
        self.positive: NDArray[np.int64] = np.zeros(N_BINS, np.int64)
        self.negative: NDArray[np.int64] = np.zeros(N_BINS, np.int64)
        self.log_loss = 0.0

    def add(self, truth: NDArray[np.uint8], probability: NDArray[np.float32]) -> None:
        """Add one frame: (H, W) labels and (H, W) probabilities of cloud."""
        known = (truth != UNSURE) & np.isfinite(probability)
        cloud = truth[known] == CLOUD
        p = probability[known].astype(np.float64)
        bins = np.minimum((p * N_BINS).astype(np.int64), N_BINS - 1)
        self.positive += np.bincount(bins[cloud], minlength=N_BINS)
        self.negative += np.bincount(bins[~cloud], minlength=N_BINS)
        self.log_loss -= float(np.log(np.clip(np.where(cloud, p, 1.0 - p), _CLIP, 1.0)).sum())

    def bce(self) -> float | None:
        """Mean binary cross-entropy; None without pixels."""
        return _ratio(self.log_loss, int(self.positive.sum() + self.negative.sum()))

    def auc(self) -> float | None:
        """Area under the receiver operating curve; None if one of the two kinds of pixel is absent.

        The share of (cloud, clear) pairs in which cloud scores higher, ties counting one half.
        """
        below = np.cumsum(self.negative) - self.negative
        wins = float((self.positive * (below + 0.5 * self.negative)).sum(dtype=np.float64))
        return _ratio(wins, float(self.positive.sum()) * float(self.negative.sum()))


class Scorer:
    """All figures of `cirrus evaluate` over the frames that were added."""

    def __init__(self, classes: Sequence[str] = ("clear", "cloud")) -> None:
        self.classes = tuple(classes)
        self.confusion = Confusion(len(self.classes))
        self.histogram = ScoreHistogram()
        self.n_frames = 0
        self.scored_probability = False

    def add(
        self,
        truth: NDArray[np.uint8],
        predicted: NDArray[np.uint8],
        probability: NDArray[np.float32] | None = None,
    ) -> None:
        """Add one frame; all arrays (H, W). Without probabilities `bce` and `auc` stay undefined."""
        self.confusion.add(truth, predicted)
        if probability is not None:
            self.histogram.add(truth, probability)
            self.scored_probability = True
        self.n_frames += 1

    def result(self) -> dict[str, Any]:
        """The keys of the command line's report; None where a figure is undefined."""
        values: dict[str, Any] = dict(self.confusion.scores())
        values["bce"] = self.histogram.bce() if self.scored_probability else None
        values["auc"] = self.histogram.auc() if self.scored_probability else None
        values["n_frames"] = self.n_frames
        values["n_pixels"] = self.confusion.n_pixels
        if len(self.classes) > 2:
            each = {name: self.confusion.of_class(i) for i, name in enumerate(self.classes)}
            f1 = [figures["f1"] for figures in each.values() if figures["f1"] is not None]
            values["per_class"] = each
            values["macro_f1"] = float(np.mean(f1)) if f1 else None
        return values


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
