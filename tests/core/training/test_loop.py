"""Training end to end on small real files: learning, stopping, resuming, and what is left on disk."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from dataset_helpers import cloudy_frame, write_night

from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.label_table import LabelTable
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect
from cirrus_core.errors import Cancelled, DataError, ModelError, UsageError
from cirrus_core.inference.predictor import Predictor
from cirrus_core.models.card import ModelCard
from cirrus_core.models.model_store import read_card
from cirrus_core.progress import MemoryContext
from cirrus_core.training.config import TrainConfig
from cirrus_core.training.loop import STATE_FILE, train_segment
from cirrus_core.training.trainer import Trainer

SMALL = {"widths": (4, 8), "stem_stride": 1}
QUICK = TrainConfig(
    epochs=4, batch_size=2, aug_batch_size=1, grid=(32, 40), threads=1, device="cpu", lr=1e-2, seed=5
)


class StopAfter(MemoryContext):
    """Asks to stop, or to cancel, once an epoch is finished."""

    def __init__(self, epoch: int, *, cancel: bool = False) -> None:
        super().__init__()
        self.epoch, self.gives_up = epoch, cancel

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        super().metrics(values, step=step)
        if step == self.epoch:
            self.stop, self.cancel = not self.gives_up, self.gives_up


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return collect([write_night(tmp_path_factory.mktemp("night"), 16)])


def train(config: TrainConfig, manifest: Manifest, out: Path, **more: object) -> ModelCard:
    return train_segment(config, manifest, out, arch_config=SMALL, **more)  # type: ignore[arg-type]


def test_it_learns_clouds_it_has_not_seen(manifest: Manifest, tmp_path: Path) -> None:
    context = MemoryContext()
    config = QUICK.model_copy(update={"epochs": 25, "batch_size": 2})
    card = train(config, manifest, tmp_path / "model", context=context)
    scores = {score.split: score for score in card.scores}
    assert scores["validation"].values["iou"] > 0.95
    assert scores["test"].truth == "hand"
    assert scores["test"].values["iou_clear"] > 0.9
    assert [step for step, _ in context.curves] == list(range(1, 26))
    assert context.curves[0][1].keys() == {
        "train_loss", "val_loss", "val_accuracy", "val_iou", "val_iou_clear", "lr",
    }  # fmt: skip
    done, total, _ = context.steps[-1]
    assert done == total
    assert context.artifacts == [("model", tmp_path / "model")]
    frame, labels = cloudy_frame(1000)
    probability = Predictor(tmp_path / "model", device="cpu").predict([frame])[0]
    assert np.mean((probability > 0.5) == (labels == 1)) > 0.95


def test_what_lies_in_the_model_folder(manifest: Manifest, tmp_path: Path) -> None:
    out, pictures = tmp_path / "My Model", tmp_path / "pictures"
    card = train(QUICK, manifest, out, title="Mine", previews=pictures)
    names = {path.name for path in out.iterdir()}
    assert names == {
        "card.json", "weights.safetensors", "metrics.json", "curves.csv", "curves.png", "split.json",
    }  # fmt: skip
    assert read_card(out) == card
    assert (card.id, card.title, card.grid, card.bands) == ("my-model", "Mine", (32, 40), 1)
    assert card.data_fingerprint == manifest.fingerprint
    assert [(d.truth, d.n_frames) for d in card.data] == [("hand", 16)]
    with (out / "curves.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    best = min(rows, key=lambda row: float(row["val_loss"]))
    assert card.training["best_epoch"] == int(best["epoch"])
    split = json.loads((out / "split.json").read_text())
    stems = [entry["stem"] for part in ("train", "validation", "test") for entry in split[part]]
    assert sorted(stems) == [s.stem for s in manifest.samples]
    assert split["validation"] and split["test"]
    json.loads((out / "metrics.json").read_text(), parse_constant=pytest.fail)
    kept = {f"{entry['stem']}.png" for part in ("validation", "test") for entry in split[part]}
    assert {path.name for path in pictures.iterdir()} == kept


def test_a_seed_repeats_the_training(manifest: Manifest, tmp_path: Path) -> None:
    first, second = (train(QUICK, manifest, tmp_path / name) for name in "ab")
    assert first.weights_sha256 == second.weights_sha256
    other = train(QUICK.model_copy(update={"seed": 6}), manifest, tmp_path / "c")
    assert other.weights_sha256 != first.weights_sha256


@pytest.mark.parametrize("cancel", [False, True], ids=["stopped", "cancelled"])
def test_an_interrupted_training_goes_on_bit_for_bit(
    manifest: Manifest, tmp_path: Path, cancel: bool
) -> None:
    whole = train(QUICK, manifest, tmp_path / "whole", augment=AugmentConfig(rotation=20))
    out = tmp_path / "parts"
    interrupted = StopAfter(2, cancel=cancel)
    if cancel:
        with pytest.raises(Cancelled):
            train(QUICK, manifest, out, augment=AugmentConfig(rotation=20), context=interrupted)
        assert not (out / "card.json").exists()
    else:
        card = train(QUICK, manifest, out, augment=AugmentConfig(rotation=20), context=interrupted)
        assert card.training["epochs"] == 2
    assert (out / STATE_FILE).is_file()
    resumed = train_segment(TrainConfig(), manifest, out, resume=True)
    assert resumed.weights_sha256 == whole.weights_sha256
    assert (out / "curves.csv").read_text() == (tmp_path / "whole" / "curves.csv").read_text()
    assert not (out / STATE_FILE).exists()


def test_resuming_needs_the_same_frames(manifest: Manifest, tmp_path: Path) -> None:
    train(QUICK, manifest, tmp_path, context=StopAfter(1))
    with pytest.raises(DataError, match="other frames"):
        train_segment(QUICK, manifest.subset(range(15)), tmp_path, resume=True)
    with pytest.raises(ModelError, match="no unfinished training"):
        train_segment(QUICK, manifest, tmp_path / "elsewhere", resume=True)


def test_a_model_or_an_unfinished_training_is_never_overwritten(manifest: Manifest, tmp_path: Path) -> None:
    train(QUICK, manifest, tmp_path / "made")
    with pytest.raises(Cancelled):
        train(QUICK, manifest, tmp_path / "begun", context=StopAfter(1, cancel=True))
    for name, words in (("made", "holds a model already"), ("begun", "not finished")):
        before = {path: path.read_bytes() for path in (tmp_path / name).iterdir()}
        with pytest.raises(UsageError, match=words):
            train(QUICK, manifest, tmp_path / name)
        assert {path: path.read_bytes() for path in (tmp_path / name).iterdir()} == before


def test_stopping_before_anything_is_learned_leaves_no_model(manifest: Manifest, tmp_path: Path) -> None:
    context = MemoryContext(stop=True)
    with pytest.raises(Cancelled, match="nothing to keep"):
        train(QUICK, manifest, tmp_path, context=context)
    assert not (tmp_path / "card.json").exists()
    assert not any("best weights" in line for _, line in context.lines)


def test_it_stops_early_when_nothing_gets_better(manifest: Manifest, tmp_path: Path) -> None:
    context = MemoryContext()
    config = QUICK.model_copy(update={"epochs": 50, "patience": 2, "lr": 1e-6, "schedule": "constant"})
    config = config.model_copy(update={"lr": 0.5})
    card = train(config, manifest, tmp_path, context=context)
    assert card.training["epochs"] == card.training["best_epoch"] + 2 < 50
    assert any("Stopped early" in line for _, line in context.lines)


def test_starting_from_a_model_takes_its_network_and_names_it(manifest: Manifest, tmp_path: Path) -> None:
    config = QUICK.model_copy(update={"normalisation": "dataset", "epochs": 12})
    parent = train(config, manifest, tmp_path / "parent")
    still = QUICK.model_copy(update={"lr": 1e-6, "epochs": 1})
    child = train_segment(still, manifest, tmp_path / "child", init=tmp_path / "parent")
    assert child.parent == "parent"
    assert child.arch_config == parent.arch_config
    assert child.normalisation == parent.normalisation
    losses = [next(s for s in card.scores if s.split == "test").values["bce"] for card in (parent, child)]
    assert losses[1] == pytest.approx(losses[0], rel=0.5)


def test_running_out_of_memory_halves_the_batch_once_and_says_so(
    manifest: Manifest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Trainer._step
    sizes: list[int] = []

    def limited(self: Trainer, batch: object, *, lr: float) -> float:
        size = len(batch)  # type: ignore[arg-type]
        if size > 4:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        sizes.append(size)
        return step(self, batch, lr=lr)  # type: ignore[arg-type]

    monkeypatch.setattr(Trainer, "_step", limited)
    context = MemoryContext()
    large = QUICK.model_copy(update={"batch_size": 4, "aug_batch_size": 2})
    card = train(large, manifest, tmp_path / "a", context=context)
    assert card.training["epochs"] == 4
    assert max(sizes) == 3
    assert [line for level, line in context.lines if level == "warning"] == [
        "Out of memory: going on with batches of 2 frames."
    ]
    with pytest.raises(ModelError, match="memory does not suffice even for batches of 8"):
        train(QUICK.model_copy(update={"batch_size": 16}), manifest, tmp_path / "b")


def test_a_loss_that_is_no_number_is_told(manifest: Manifest, tmp_path: Path) -> None:
    heavy = Manifest(tuple(replace(s, weight=float("inf")) for s in manifest.samples))
    with pytest.raises(ModelError, match="diverged") as caught:
        train(QUICK, heavy, tmp_path)
    assert "learning rate" in caught.value.hint


def test_one_frame_trains_without_validation_and_says_so(manifest: Manifest, tmp_path: Path) -> None:
    context = MemoryContext()
    card = train(QUICK, manifest.subset([0]), tmp_path, context=context)
    assert card.scores == ()
    assert ("warning" in {level for level, _ in context.lines}) and card.training["n_validation"] == 0
    assert context.curves[0][1].keys() == {"train_loss", "lr"}


def test_more_than_two_classes_are_refused(manifest: Manifest, tmp_path: Path) -> None:
    table = LabelTable(("clear", "thin", "thick"), ((0, 0), (1, 1), (2, 2)))
    three = Manifest(tuple(replace(s, table=table) for s in manifest.samples))
    with pytest.raises(DataError, match="3 classes"):
        train(QUICK, three, tmp_path)
