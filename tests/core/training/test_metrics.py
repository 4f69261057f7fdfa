"""Scores against independent computations on the raw pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata

from cirrus_core.masks.labels import UNSURE
from cirrus_core.training.metrics import Scorer

KEYS = {
    "accuracy", "precision", "recall", "f1", "iou", "iou_clear", "error_rate", "bce", "auc",
    "n_frames", "n_pixels",
}  # fmt: skip


def rank_auc(truth: np.ndarray, score: np.ndarray) -> float:
    """Mann-Whitney U / (n1 n0) from midranks."""
    ranks = rankdata(score)
    n1, n0 = int((truth == 1).sum()), int((truth == 0).sum())
    return float((ranks[truth == 1].sum() - n1 * (n1 + 1) / 2) / (n1 * n0))


def example(seed: int = 0, *, eight_bits: bool = False) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.choice(np.array([0, 1, 1, UNSURE], np.uint8), (4, 30, 40))
    p = 1 / (1 + np.exp(-rng.normal(np.where(truth == 1, 1, -1), 1.5)))
    if eight_bits:
        p = np.round(p * 255) / 255
    return truth, p.astype(np.float32)


@given(st.integers(0, 50), st.booleans())
@settings(deadline=None, max_examples=20)
def test_all_figures_agree_with_counting_pixels(seed: int, eight_bits: bool) -> None:
    truth, p = example(seed, eight_bits=eight_bits)
    scorer = Scorer()
    for t, q in zip(truth, p, strict=True):
        scorer.add(t, (q >= 0.5).astype(np.uint8), q)
    values = scorer.result()
    assert set(values) == KEYS
    known = truth != UNSURE
    t, q = truth[known] == 1, p[known].astype(np.float64)
    said = q >= 0.5
    assert values["n_frames"] == 4
    assert values["n_pixels"] == known.sum()
    assert values["accuracy"] == pytest.approx(np.mean(t == said))
    assert values["error_rate"] == pytest.approx(np.mean(t != said))
    assert values["precision"] == pytest.approx(np.mean(t[said]))
    assert values["recall"] == pytest.approx(np.mean(said[t]))
    precision, recall = np.mean(t[said]), np.mean(said[t])
    assert values["f1"] == pytest.approx(2 * precision * recall / (precision + recall))
    assert values["iou"] == pytest.approx((t & said).sum() / (t | said).sum())
    assert values["iou_clear"] == pytest.approx((~t & ~said).sum() / (~t | ~said).sum())
    assert values["bce"] == pytest.approx(-np.mean(np.log(np.where(t, q, 1 - q).clip(1e-7))), rel=1e-9)
    assert values["auc"] == pytest.approx(rank_auc(t.astype(int), q), abs=1e-12 if eight_bits else 2e-4)


def test_scores_at_the_ends_of_the_scale_are_counted() -> None:
    scorer = Scorer()
    truth = np.array([[0, 1, 1, 0]], np.uint8)
    scorer.add(truth, truth, np.array([[0.0, 1.0, 1.0, 0.0]], np.float32))
    values = scorer.result()
    assert values["auc"] == 1.0
    assert values["bce"] == 0.0
    scorer = Scorer()
    scorer.add(truth, 1 - truth, np.array([[1.0, 0.0, 0.0, 1.0]], np.float32))
    assert scorer.result()["auc"] == 0.0
    assert scorer.result()["bce"] == pytest.approx(-np.log(1e-7))


def test_without_probabilities_only_the_masks_are_scored() -> None:
    scorer = Scorer()
    truth = np.array([[0, 1]], np.uint8)
    scorer.add(truth, truth)
    assert scorer.result()["iou"] == 1.0
    assert scorer.result()["auc"] is None and scorer.result()["bce"] is None


def test_what_is_undefined_is_none() -> None:
    scorer = Scorer()
    clear = np.zeros((3, 3), np.uint8)
    scorer.add(clear, clear, np.zeros((3, 3), np.float32))
    values = scorer.result()
    assert values["accuracy"] == values["iou_clear"] == 1.0
    assert values["precision"] is values["recall"] is values["iou"] is values["auc"] is None
    nothing = Scorer()
    nothing.add(np.full((3, 3), UNSURE, np.uint8), clear)
    assert nothing.result()["accuracy"] is None
    assert nothing.result()["n_pixels"] == 0


def test_more_classes_are_told_one_by_one() -> None:
    # The published report of the CCD classes: what was never found has recall 0 and no precision.
    truth = np.repeat(np.arange(4, dtype=np.uint8), [60793, 4352, 291, 100])[None]
    said = truth.copy()
    said[0, -100:] = 0
    scorer = Scorer(("background", "glowing", "hot pixel", "cluster"))
    scorer.add(truth, said)
    values = scorer.result()
    assert values["per_class"]["cluster"] == {
        "precision": None, "recall": 0.0, "f1": 0.0, "iou": 0.0, "support": 100,
    }  # fmt: skip
    assert values["per_class"]["background"]["precision"] == pytest.approx(60793 / 60893)
    assert values["per_class"]["glowing"]["f1"] == 1.0
    assert values["accuracy"] == pytest.approx(1 - 100 / 65536)
    f1_background = 2 * 60793 / (60793 + 60893)
    assert values["macro_f1"] == pytest.approx((f1_background + 1 + 1 + 0) / 4)


def test_pixels_predicted_unsure_are_left_out() -> None:
    scorer = Scorer()
    scorer.add(np.array([[0, 1, 1]], np.uint8), np.array([[0, 1, UNSURE]], np.uint8))
    assert scorer.result()["accuracy"] == 1.0
    assert scorer.result()["n_pixels"] == 2
