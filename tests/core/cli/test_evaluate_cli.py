"""``cirrus evaluate`` as a user calls it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from dataset_helpers import START, cloudy_frame, write_night

from cirrus_core.cli.main import main
from cirrus_core.masks.labels import UNSURE, Provenance
from cirrus_core.masks.store import mask_name, prob_name, write_mask, write_prob

KEYS = {
    "accuracy", "precision", "recall", "f1", "iou", "iou_clear", "error_rate", "bce", "auc",
    "n_frames", "n_pixels", "per_frame",
}  # fmt: skip
MODEL = Provenance("model", "m", "tester", START, "0" * 16)


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return write_night(tmp_path / "night", 3)


def predicted_labels(i: int) -> np.ndarray:
    """The truth of frame i, with its first rows wrong."""
    labels = cloudy_frame(i)[1].copy()
    labels[: i + 1] = 1 - labels[: i + 1]
    return labels


def write_predictions(folder: Path, *, masks: bool = True, probabilities: bool = True) -> Path:
    folder.mkdir()
    for i in range(3):
        labels = predicted_labels(i)
        if masks:
            write_mask(folder / mask_name(f"f{i:03d}"), labels, header=None, provenance=MODEL)
        if probabilities:
            prob = np.where(labels == 1, 0.75, 0.25)
            write_prob(folder / prob_name(f"f{i:03d}"), prob, header=None, provenance=MODEL, exact=True)
    return folder


@pytest.fixture
def report(tmp_path: Path) -> Callable[..., dict]:
    def run(*arguments: str, code: int = 0) -> dict:
        file = tmp_path / "figures.json"
        assert main(["evaluate", *arguments, "--json", str(file), "--quiet"]) == code
        return json.loads(file.read_text(), parse_constant=pytest.fail)

    return run


def test_all_figures_of_stored_predictions(night: Path, tmp_path: Path, report: Callable[..., dict]) -> None:
    values = report("--truth", str(night), "--pred", str(write_predictions(tmp_path / "pred")))
    assert set(values) >= KEYS
    wrong = (1 + 2 + 3) * 40
    assert values["n_frames"] == 3
    assert values["n_pixels"] == 3 * 32 * 40
    assert values["error_rate"] == pytest.approx(wrong / values["n_pixels"])
    right = 1 - values["error_rate"]
    assert values["bce"] == pytest.approx(-right * np.log(0.75) - (1 - right) * np.log(0.25), rel=1e-6)
    assert values["truth"] == ["hand"]
    assert [frame["stem"] for frame in values["per_frame"]] == ["f000", "f001", "f002"]
    assert [frame["error_rate"] for frame in values["per_frame"]] == pytest.approx([1 / 32, 2 / 32, 3 / 32])


@pytest.mark.parametrize("kind", ["masks", "probabilities"])
def test_either_file_is_enough(night: Path, tmp_path: Path, report: Callable[..., dict], kind: str) -> None:
    folder = write_predictions(tmp_path / "pred", **{"masks": False, "probabilities": False, kind: True})
    values = report("--truth", str(night), "--pred", str(folder))
    assert values["error_rate"] == pytest.approx(6 / 96)
    assert (values["auc"] is None) == (kind == "masks")


def test_the_threshold_applies_to_probabilities(
    night: Path, tmp_path: Path, report: Callable[..., dict]
) -> None:
    folder = write_predictions(tmp_path / "pred", masks=False)
    values = report("--truth", str(night), "--pred", str(folder), "--threshold", "0.9")
    assert values["recall"] == 0.0


def test_unsure_pixels_are_not_scored(night: Path, tmp_path: Path, report: Callable[..., dict]) -> None:
    folder = write_predictions(tmp_path / "pred")
    labels = cloudy_frame(0)[1].copy()
    labels[:1] = UNSURE
    by_hand = Provenance("manual", "", "tester", START, "")
    write_mask(night / mask_name("f000"), labels, header=None, provenance=by_hand)
    values = report("--truth", str(night), "--pred", str(folder))
    assert values["per_frame"][0]["accuracy"] == 1.0
    assert values["per_frame"][0]["n_pixels"] == 31 * 40


def test_the_kind_of_truth_is_told(night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_predictions(tmp_path / "pred")
    simulated = write_night(tmp_path / "simulated", 3, source="simulation")
    for path in simulated.glob("f001*"):
        path.unlink()
    (simulated / "f000.fits").rename(simulated / "f001.fits")
    (simulated / "f000.mask.fits.gz").rename(simulated / "f001.mask.fits.gz")
    arguments = ["evaluate", "--pred", str(folder), "--truth", str(night)]
    assert main([*arguments, "--truth", str(simulated)]) == 0
    said = capsys.readouterr().out
    assert "3 frames, 3840 pixels, truth made by hand" in said
    assert "2 frames, 2560 pixels, truth exact, simulated" in said
    assert "do not compare" in said
    assert main([*arguments, "--truth-kind", "algorithm"]) == 0
    assert "imitation, not truth" in capsys.readouterr().out


def test_a_report_folder_with_plots(night: Path, tmp_path: Path) -> None:
    folder, out = write_predictions(tmp_path / "pred"), tmp_path / "report"
    assert main(["evaluate", "--truth", str(night), "--pred", str(folder), "--report", str(out)]) == 0
    assert {path.name for path in out.iterdir()} == {
        "metrics.json",
        "per_frame.csv",
        "per_frame.png",
        "roc.png",
    }
    with (out / "per_frame.csv").open() as stream:
        assert [row["stem"] for row in csv.DictReader(stream)] == ["f000", "f001", "f002"]


def test_a_model_is_scored_like_its_stored_predictions(
    night: Path, tmp_path: Path, report: Callable[..., dict]
) -> None:
    model, out = tmp_path / "model", tmp_path / "pred"
    quick = ["--epochs", "2", "--batch-size", "4", "--grid", "32,40", "--widths", "4,8", "--threads", "1"]
    assert main(["train", "segment", str(night), "--out", str(model), *quick, "--quiet"]) == 0
    values = report("--truth", str(night), "--model", str(model))
    assert set(values) >= KEYS
    assert main(["predict", str(night), "--model", str(model), "--out", str(out), "--exact", "--quiet"]) == 0
    stored = report("--truth", str(night), "--pred", str(out))
    for key in ("accuracy", "iou", "bce", "auc"):
        assert stored[key] == pytest.approx(values[key], rel=1e-4)


def test_frames_that_cannot_be_scored_are_listed_and_the_rest_is_done(
    night: Path, tmp_path: Path, report: Callable[..., dict], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_predictions(tmp_path / "pred", probabilities=False)
    (folder / mask_name("f001")).unlink()
    (folder / mask_name("f002")).write_bytes(b"no mask")
    values = report("--truth", str(night), "--pred", str(folder), code=1)
    assert values["n_frames"] == 1
    assert [item["stem"] for item in values["missing"]] == ["f001", "f002"]
    assert "not scored: f001: There is no prediction" in capsys.readouterr().err


def test_a_prediction_of_another_size_is_not_scored(night: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pred"
    folder.mkdir()
    write_mask(folder / mask_name("f000"), np.zeros((8, 10), np.uint8), header=None, provenance=MODEL)
    assert main(["evaluate", "--truth", str(night), "--pred", str(folder)]) == 1


def test_two_predictions_of_one_name_are_refused(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (str(write_predictions(tmp_path / name)) for name in ("p", "q"))
    assert main(["evaluate", "--truth", str(night), "--pred", first, "--pred", second]) == 1
    assert "two predictions called f000" in capsys.readouterr().err


@pytest.mark.parametrize("more", [[], ["--pred", "x", "--model", "m"]])
def test_one_of_predictions_and_model_is_needed(
    night: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "--truth", str(night), *more]) == 2
    assert "Either predictions or a model" in capsys.readouterr().err


def test_three_classes_are_told_one_by_one(tmp_path: Path, report: Callable[..., dict]) -> None:
    rng = np.random.default_rng(0)
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    (tmp_path / "pred").mkdir()
    from PIL import Image

    truth = rng.choice(np.array([0, 126, 255], np.uint8), (20, 30))
    Image.fromarray(truth).save(tmp_path / "images" / "x.png")
    Image.fromarray(truth).save(tmp_path / "labels" / "x.png")
    (tmp_path / "classes.toml").write_text('[classes]\n0 = "clear"\n126 = "thin"\n255 = "thick"\n')
    said = np.select([truth == 126, truth == 255], [1, 2]).astype(np.uint8)
    said[0] = 0
    write_mask(tmp_path / "pred" / mask_name("x"), said, header=fits.Header(), provenance=MODEL)
    values = report("--truth", str(tmp_path), "--pred", str(tmp_path / "pred"))
    assert set(values["per_class"]) == {"clear", "thin", "thick"}
    assert values["per_class"]["thin"]["precision"] == 1.0
    assert values["per_class"]["thin"]["support"] == (truth == 126).sum()
    assert values["macro_f1"] == pytest.approx(np.mean([c["f1"] for c in values["per_class"].values()]))
