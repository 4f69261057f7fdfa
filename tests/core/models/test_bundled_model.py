"""The model that comes with CIRRUS: its card is honest and complete, and it finds clouds."""

from __future__ import annotations

from pathlib import Path

import pytest

from cirrus_core.datasets.sources import collect
from cirrus_core.datasets.truth import read_labels
from cirrus_core.frames.io.fits import read_fits
from cirrus_core.inference.predictor import Predictor
from cirrus_core.models.model_store import find_model, list_models, read_card
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night
from cirrus_core.training.evaluate import from_probability
from cirrus_core.training.metrics import Scorer

MB = 1 << 20


def test_it_is_small_and_listed() -> None:
    folder = find_model("default")
    assert sum(p.stat().st_size for p in folder.iterdir()) < 5 * MB
    assert "default" in [card.id for card in list_models()]


def test_its_card_names_data_licences_and_scores_by_kind_of_truth() -> None:
    card = read_card(find_model("default"))
    assert card.id == "default"
    sources = {source.truth: source for source in card.data}
    assert set(sources) == {"simulation", "algorithm"}
    assert sources["algorithm"].licence == "CC-BY-4.0"
    assert "18, 2083" in sources["algorithm"].source
    assert all(source.n_frames > 50 for source in card.data)
    assert {score.truth for score in card.scores} == {"simulation", "algorithm"}
    assert all(score.split == "test" and score.n_frames > 20 for score in card.scores)
    text = card.model_dump_json()
    assert str(Path.home()) not in text
    assert "/tmp" not in text


def test_it_finds_the_clouds_of_a_night_it_has_not_seen(tmp_path: Path) -> None:
    predictor = Predictor(find_model("default"), device="cpu", threads=1)
    pooled = Scorer()
    for kind, seed in (("cumulus", 50_001), ("none", 50_002), ("overcast", 50_003)):
        config = SimulateSkyConfig(frames=2, seed=seed, clouds=kind, interval_s=120.0)
        for sample in collect([simulate_night(config, tmp_path / kind)]).samples:
            (prob,) = predictor.predict([read_fits(sample.frame_path, sample.hdu).data])
            pooled.add(read_labels(sample), from_probability(prob, threshold=predictor.card.threshold).labels)
    figures = pooled.result()
    assert figures["iou"] > 0.85
    assert figures["iou_clear"] > 0.85


@pytest.mark.real
def test_it_tells_the_published_clear_frame_from_the_cloudy_one(shared_data: Path) -> None:
    predictor = Predictor(find_model("default"), device="cpu", threads=1)
    clear, cloudy = (
        predictor.predict([read_fits(shared_data / "tau2_raw" / f"{name}_sky_sample.fits").data])[0]
        for name in ("clear", "cloud")
    )
    assert (clear > 0.5).mean() < 0.1
    assert 0.25 < (cloudy > 0.5).mean() < 0.9
