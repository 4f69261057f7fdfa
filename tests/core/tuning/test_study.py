"""Real searches with real trainings: going on, breaking off, giving up, and what is left behind."""

from __future__ import annotations

import csv
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import optuna
import psutil
import pytest
from dataset_helpers import write_night
from tuning_world import tiny_night, tune

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect
from cirrus_core.errors import Cancelled, CirrusError, DataError, UsageError
from cirrus_core.models.model_store import read_card
from cirrus_core.progress import MemoryContext
from cirrus_core.tuning.report import StudyReport, row_of
from cirrus_core.tuning.storage import JOURNAL_FILE, open_storage
from cirrus_core.tuning.study import read_study
from cirrus_core.tuning.trials import counts, release_orphans
from cirrus_core.tuning.work import epoch_score


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    return collect([tiny_night(tmp_path_factory.mktemp("frames") / "night")])


def points(report: StudyReport) -> list[tuple[object, ...]]:
    return [(row.state, row.score, *row.params.values()) for row in report.trials]


def test_the_best_trial_is_kept_and_told(frames: Manifest, tmp_path: Path) -> None:
    out, context = tmp_path / "study", MemoryContext()
    report = tune(frames, out, context=context, trials=3)
    assert [row.state for row in report.trials] == ["done"] * 3
    scores = [row.score for row in report.trials]
    best = json.loads((out / "best.json").read_text())
    assert best["score"] == max(s for s in scores if s is not None) and best == report.best
    # The best model, and no other one, is there; it was trained with the settings that are told.
    model = out / best["model"]
    assert list((out / "models").iterdir()) == [model]
    card = read_card(model)
    assert card.training["config"]["lr"] == best["train"]["lr"] == best["params"]["lr"]
    assert card.training["config"]["loss"] == best["train"]["loss"]
    (validation,) = [score.values for score in card.scores if score.split == "validation"]
    assert best["score"] == pytest.approx((validation["iou"] + validation["iou_clear"]) / 2, abs=1e-6)
    # Score and best so far are told after each trial.
    assert [step for step, _ in context.curves] == [0, 1, 2]
    assert context.curves[-1][1]["best"] == best["score"]
    assert ("best model", model) in context.artifacts
    rows = list(csv.DictReader((out / "trials.csv").open()))
    assert [float(row["score"]) for row in rows] == scores
    assert rows[0]["loss"] == "bce" and float(rows[0]["lr"]) == 3e-3, "the first trial has the defaults"


def test_a_study_goes_on_as_if_it_had_not_been_interrupted(frames: Manifest, tmp_path: Path) -> None:
    whole = tune(frames, tmp_path / "whole", trials=4, random_trials=2)
    tune(frames, tmp_path / "parts", trials=2, random_trials=2)
    parts = tune(frames, tmp_path / "parts", trials=4, random_trials=2)
    assert points(parts) == points(whole)
    assert parts.plan.split == whole.plan.split and parts.plan.split["validation"]
    again = tune(frames, tmp_path / "parts", trials=4, random_trials=2)
    assert points(again) == points(whole), "nothing is left to do"
    assert read_study(tmp_path / "parts") == again


def test_poor_trials_are_broken_off(frames: Manifest, tmp_path: Path) -> None:
    out = tmp_path / "study"
    report = tune(
        frames, out, trials=8, train={"epochs": 3, "loss": "bce"}, unpruned_trials=2, unpruned_epochs=0
    )
    pruned = [row for row in report.trials if row.state == "pruned"]
    assert pruned and all(row.number >= 2 and row.epochs < 3 for row in pruned)
    # By definition of the median pruner: at its last epoch the best score is below the others' median.
    study = optuna.load_study(study_name="study", storage=open_storage(out, ""))
    trials = study.get_trials()
    last = trials[pruned[-1].number]
    epoch = pruned[-1].epochs
    others = [t.intermediate_values[epoch] for t in trials[: last.number] if t.state.name == "COMPLETE"]
    assert max(last.intermediate_values.values()) < max(others)
    assert len(list((out / "models").iterdir())) == 1


def test_other_frames_or_settings_are_refused(frames: Manifest, tmp_path: Path) -> None:
    out = tmp_path / "study"
    tune(frames, out, trials=1)
    with pytest.raises(UsageError, match="begun with epochs 2, not 5"):
        tune(frames, out, trials=2, train={"epochs": 5})
    with pytest.raises(UsageError, match="begun with preset default, not tunable"):
        tune(frames, out, trials=2, preset="tunable")
    with pytest.raises(DataError, match="other frames"):
        tune(frames.subset(range(6)), out, trials=2)
    with pytest.raises(UsageError, match="no study"):
        read_study(tmp_path)
    (out / JOURNAL_FILE).unlink()
    with pytest.raises(UsageError, match="models but no study"):
        tune(frames, out, trials=1)


def test_a_torn_journal_is_repaired(frames: Manifest, tmp_path: Path) -> None:
    out, context = tmp_path / "study", MemoryContext()
    before = tune(frames, out, trials=1)
    with (out / JOURNAL_FILE).open("ab") as journal:
        journal.write(b'{"op_code":8,"worker_id":"dead","tri')
    after = tune(frames, out, trials=2, context=context)
    assert points(after)[:1] == points(before) and len(after.trials) == 2
    assert any("1 damaged lines" in line for _, line in context.lines)
    for line in (out / JOURNAL_FILE).read_bytes().splitlines():
        json.loads(line)


def test_a_line_torn_by_another_process_is_never_joined_with_the_next(tmp_path: Path) -> None:
    storage = open_storage(tmp_path, "")
    study = optuna.create_study(study_name="s", storage=storage)
    study.tell(study.ask(), 1.0)
    for torn in (b"{", b'{"op_code":4,"worker', b"\x00" * 5000):
        with (tmp_path / JOURNAL_FILE).open("ab") as journal:
            journal.write(torn)
        study.tell(study.ask(), 2.0)
    again = optuna.load_study(study_name="s", storage=open_storage(tmp_path, ""))
    assert [trial.value for trial in again.trials] == [1.0, 2.0, 2.0, 2.0]


def test_a_point_at_which_processes_die_is_tried_again_once(tmp_path: Path) -> None:
    study = optuna.create_study(study_name="s", storage=open_storage(tmp_path, ""))
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        gone = {"host": platform.node(), "pid": process.pid, "create_time": 0.0}
    for number in range(2):
        trial = study.ask()
        trial.suggest_float("lr", 0.0, 1.0)
        trial.set_user_attr("owner", gone)
        assert release_orphans(study) == [number]
    states = [row_of(trial).state for trial in study.trials]
    assert states == ["interrupted", "interrupted"] and study.trials[0].params == study.trials[1].params
    assert not any(counts(trial) for trial in study.trials)


def test_trials_of_the_living_and_of_other_computers_are_left_alone(tmp_path: Path) -> None:
    study = optuna.create_study(study_name="s", storage=open_storage(tmp_path, ""))
    me = {"host": platform.node(), "pid": os.getpid(), "create_time": psutil.Process().create_time()}
    for owner in (me, {**me, "host": "elsewhere", "pid": 2**22}):
        study.ask().set_user_attr("owner", owner)
    study.ask()  # by a process that has not yet told its name
    assert release_orphans(study) == []
    # The same number, but another process: it was given away anew.
    study.ask().set_user_attr("owner", {**me, "create_time": me["create_time"] - 100})
    assert release_orphans(study) == [3]


@dataclass
class StopsAfterATrial(MemoryContext):
    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        super().metrics(values, step=step)
        self.stop = True


@dataclass
class GivesUpWithinATrial(MemoryContext):
    first: int = 1

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.cancel = self.cancel or message.startswith(f"trial {self.first}, epoch 2")


def test_stop_finishes_the_running_trial(frames: Manifest, tmp_path: Path) -> None:
    report = tune(frames, tmp_path / "study", trials=50, context=StopsAfterATrial())
    assert [(row.state, row.epochs) for row in report.trials] == [("done", 2)]


def test_cancel_puts_the_running_trial_back(frames: Manifest, tmp_path: Path) -> None:
    out = tmp_path / "study"
    with pytest.raises(Cancelled):
        tune(frames, out, trials=3, context=GivesUpWithinATrial())
    assert [row.state for row in read_study(out).trials] == ["done", "interrupted", "waiting"]
    assert [path.name for path in (out / "models").iterdir()] == ["trial-0000"]
    with pytest.raises(Cancelled):
        tune(frames, out, trials=3, context=GivesUpWithinATrial(first=2))
    report = tune(frames, out, trials=3)
    assert [row.state for row in report.trials] == ["done", "interrupted", "interrupted", "done", "done"]
    assert report.trials[3].params == report.trials[2].params == report.trials[1].params


def test_the_budget_cuts_the_running_trial_short(frames: Manifest, tmp_path: Path) -> None:
    start = time.monotonic()
    report = tune(frames, tmp_path / "study", budget="2s", train={"epochs": 10_000})
    assert time.monotonic() - start < 60, "10,000 epochs take far longer"
    (row,) = report.trials
    assert row.state == "done" and 0 < row.epochs < 10_000 and row.score is not None
    assert tune(frames, tmp_path / "study", budget="1s", train={"epochs": 10_000}).trials[0] == row


def test_a_network_that_diverges_is_a_failed_trial(frames: Manifest, tmp_path: Path) -> None:
    # Each step of Adam moves every weight by about lr: 28 layers of 64 maps then leave float32.
    with pytest.raises(CirrusError, match="No trial could be finished") as told:
        tune(
            frames,
            tmp_path / "study",
            trials=2,
            train={"lr": 1.0, "schedule": "constant", "epochs": 50, "loss": "bce"},
            network={"norm": "none", "convs_per_block": 4, "widths": (64, 64, 64, 64)},
            preset="tunable",
        )
    report = read_study(tmp_path / "study")
    assert [row.state for row in report.trials] == ["failed", "failed"] and told.value.hint
    assert all(row.error for row in report.trials)


def test_frames_without_validation_are_refused(tmp_path: Path) -> None:
    night = collect([write_night(tmp_path / "night", 1, shape=(60, 80))])
    with pytest.raises(DataError, match="validation"):
        tune(night, tmp_path / "study", trials=1)


def test_a_study_may_live_in_a_database(frames: Manifest, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'studies.db'}"
    here, there = tmp_path / "a" / "study", tmp_path / "b" / "study"
    tune(frames, here, trials=1, storage=url)
    report = tune(frames, there, trials=2, storage=url)
    assert len(report.trials) == 2 and not (here / JOURNAL_FILE).exists()
    with pytest.raises(UsageError, match="no database"):
        tune(frames, here, trials=1, storage="elsewhere")


def test_the_score_is_the_mean_of_what_is_defined() -> None:
    assert epoch_score({"val_iou": 0.5, "val_iou_clear": 0.7}) == pytest.approx(0.6)
    assert epoch_score({"val_iou_clear": 0.7, "val_loss": 3.0}) == 0.7
