"""Layers: hand-made before predicted before automatic, and damage is never covered up."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from cirrus_core.errors import MaskError, ProjectError
from cirrus_core.masks.labels import MaskSource, Provenance
from cirrus_core.masks.store import write_mask, write_prob
from cirrus_core.project.layout import ProjectLayout
from cirrus_core.project.mask_layers import MaskLayers


@pytest.fixture
def layers(tmp_path: Path) -> MaskLayers:
    return MaskLayers(ProjectLayout(tmp_path), "night-1")


def put(path: Path, source: MaskSource, value: int = 1) -> None:
    provenance = Provenance(source, "method", "test", datetime(2026, 1, 1, tzinfo=UTC), "")
    write_mask(path, np.full((4, 5), value, np.uint8), header=None, provenance=provenance)


def source(layers: MaskLayers, model_id: str | None = None) -> str | None:
    stored = layers.load_best("A", model_id)
    return stored.provenance.source if stored and stored.provenance else None


def test_manual_before_predicted_before_automatic(layers: MaskLayers) -> None:
    assert layers.load_best("A") is None and layers.best("A") is None and layers.models_with("A") == []
    put(layers.auto_path("A"), "auto")
    assert source(layers) == "auto"
    put(layers.pred_mask_path("A", "m1"), "model")
    assert source(layers) == "model"
    put(layers.manual_path("A"), "manual")
    assert source(layers) == "manual"
    assert layers.best("A") == ("manual", layers.manual_path("A"))
    assert layers.load_best("B") is None


def test_newest_prediction_is_shown_unless_a_model_is_named(layers: MaskLayers) -> None:
    for age, model in enumerate(["m3", "m1", "m2"]):
        path = layers.pred_mask_path("A", model)
        put(path, "model", value=age)
        os.utime(path, ns=(0, 10**18 - age * 10**9))
    assert layers.models_with("A") == ["m3", "m1", "m2"]
    assert layers.find_pred("A") == layers.pred_mask_path("A", "m3")
    assert layers.best("A", "m2") == ("pred", layers.pred_mask_path("A", "m2"))
    put(layers.auto_path("A"), "auto")
    assert layers.best("A", "unknown") == ("auto", layers.auto_path("A"))


def test_probability_lies_beside_its_mask(layers: MaskLayers) -> None:
    assert layers.find_prob("A") is None
    put(layers.pred_mask_path("A", "m1"), "model")
    path = layers.pred_prob_path("A", "m1")
    provenance = Provenance("model", "m1", "test", datetime(2026, 1, 1, tzinfo=UTC), "")
    write_prob(path, np.zeros((4, 5), np.float32), header=None, provenance=provenance)
    assert layers.find_prob("A") == path == layers.find_prob("A", "m1")
    assert path.parent == layers.pred_mask_path("A", "m1").parent


def test_plain_files_are_found_too(layers: MaskLayers) -> None:
    plain = layers.manual_path("A").with_name("A.mask.fits")
    put(plain, "manual")
    assert layers.best("A") == ("manual", plain)


def test_damaged_hand_work_is_not_covered_by_a_prediction(layers: MaskLayers) -> None:
    put(layers.pred_mask_path("A", "m1"), "model")
    put(layers.manual_path("A"), "manual")
    whole = layers.manual_path("A").read_bytes()
    layers.manual_path("A").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MaskError):
        layers.load_best("A")


@pytest.mark.parametrize("model_id", ["", "..", "a/b", "..\\x"])
def test_model_id_cannot_lead_out_of_the_project(layers: MaskLayers, model_id: str) -> None:
    with pytest.raises(ProjectError, match="cannot be the id"):
        layers.pred_mask_path("A", model_id)
