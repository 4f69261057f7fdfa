"""Every kind of job, as the worker that the window starts: it finishes, fails in a sentence, and cancels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from job_helpers import follow, said
from job_world import N_FRAMES, QUICK_TRAINING, SHAPE, World, make_night

from cirrus_core.frames.night import Night
from cirrus_core.jobs.events import Artifact, Event, Failed, Finished, Metrics
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.kinds import JOB_KINDS
from cirrus_core.jobs.launch import JobHandle
from cirrus_core.jobs.spec import JobKind, JobSpec
from cirrus_core.masks.store import find_mask, find_prob
from cirrus_core.models.model_store import read_card

pytestmark = pytest.mark.slow

QUICK_SKY = {"frames": 3, "rows": 64, "columns": 80}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def finished(heard: list[Event]) -> dict[str, Any]:
    end = heard[-1]
    assert isinstance(end, Finished), end
    return end.result


def test_train_on_a_folder_then_predict_the_night(world: World) -> None:
    before = {path: path.read_bytes() for path in world.night.iterdir()}
    _, heard = world.train(sources=[str(world.night)])
    model = Path(finished(heard)["model"])
    assert model.parent == world.project.layout.models
    assert read_card(model).id == finished(heard)["model_id"]
    epochs = [event for event in heard if isinstance(event, Metrics)]
    assert [event.step for event in epochs] == [1, 2] and "train_loss" in epochs[0].values
    assert any(isinstance(event, Artifact) and event.kind == "model" for event in heard)

    world.model = read_card(model).id
    _, heard = world.predict(first="f07")
    result = finished(heard)
    assert (result["frames"], result["predicted"], result["failed"]) == (N_FRAMES, N_FRAMES, [])
    out = world.project.layout.prediction(world.night_id, world.model)
    assert Path(result["predictions"]) == out
    for i in range(N_FRAMES):
        assert find_mask(out, f"f{i:02d}") and find_prob(out, f"f{i:02d}")
    assert {path: path.read_bytes() for path in world.night.iterdir()} == before, "nights are never written"


def test_search_for_settings_then_go_on(world: World) -> None:
    asked = {**QUICK_TRAINING, "sources": [str(world.night)], "study": "first", "tune": {"trials": 2}}
    _, heard = world.run("tune_segment", asked)
    result = finished(heard)
    assert Path(result["study"]) == world.project.layout.study("first")
    assert result["trials"] == 2 and result["best"]["train"]["batch_size"] == 4
    assert read_card(Path(result["study"]) / result["best"]["model"]).arch_config["widths"] == [4, 8]
    told = [event for event in heard if isinstance(event, Metrics)]
    assert [event.step for event in told] == [0, 1] and told[-1].values["best"] == result["best"]["score"]
    _, heard = world.run("tune_segment", {**asked, "tune": {"trials": 3, "workers": 2}})
    assert finished(heard)["trials"] == 3
    assert [event.step for event in heard if isinstance(event, Metrics)] == [2]


def test_a_search_that_is_asked_to_stop_finishes_its_trial(world: World) -> None:
    asked = {**QUICK_TRAINING, "sources": [str(world.night)], "study": "long", "tune": {"trials": 1000}}
    spec = JobSpec(kind="tune_segment", title="long", params=asked)
    handle = JobHandle.start(JobFolder.create(world.project.layout.jobs, spec))
    heard = follow(handle, said("metrics"))
    handle.stop()
    heard += follow(handle)
    end = heard[-1]
    assert isinstance(end, Finished) and end.stopped
    assert 1 <= end.result["trials"] < 1000 and end.result["best"]["model"]


def test_a_study_never_leaves_its_project(world: World) -> None:
    _, heard = world.run("tune_segment", {**QUICK_TRAINING, "study": "../elsewhere", "tune": {"trials": 1}})
    end = heard[-1]
    assert isinstance(end, Failed) and end.kind == "expected" and "study" in end.message


def test_simulate_a_night(world: World, tmp_path: Path) -> None:
    out = tmp_path / "sky"
    _, heard = world.run("simulate_sky", {"out": str(out), "config": QUICK_SKY})
    assert finished(heard) == {"night": str(out)}
    assert len(Night.scan(out).frames) == QUICK_SKY["frames"]


@pytest.mark.parametrize("way", ["stop", "cancel"])
def test_a_simulation_ends_when_asked(world: World, tmp_path: Path, way: str) -> None:
    spec = JobSpec(
        kind="simulate_sky",
        title="long",
        params={"out": str(tmp_path / "sky"), "config": {**QUICK_SKY, "frames": 100_000}},
    )
    handle = JobHandle.start(JobFolder.create(world.project.layout.jobs, spec))
    follow(handle, said("progress"))
    getattr(handle, way)()
    end = follow(handle)[-1]
    assert (end.type, getattr(end, "stopped", False)) == (
        ("finished", True) if way == "stop" else ("cancelled", False)
    )
    assert 0 < len(Night.scan(tmp_path / "sky").frames) < 100_000


def test_frames_that_cannot_be_predicted_are_listed(world: World, tmp_path: Path) -> None:
    night = tmp_path / "night"
    make_night(night)
    fits.writeto(night / "flat.fits", np.full(SHAPE, 7, np.int16))
    model = next(path for path in world.project.layout.models.iterdir() if path.is_dir())
    _, heard = world.predict(night=str(night), night_id="other", model=str(model))
    result = finished(heard)
    assert result["predicted"] == N_FRAMES
    assert [failed["frame"] for failed in result["failed"]] == ["flat.fits"]


def test_train_on_corrected_frames_reads_copies_with_checksums(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.approve(8)
    manual = world.project.layout.manual(world.night_id)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in manual.iterdir()}
    folder, heard = world.train()
    assert finished(heard)["frames"] == 8
    assert len(list((folder.root / "masks" / world.night_id).iterdir())) == 8
    card = read_card(Path(finished(heard)["model"]))
    assert sum(source.n_frames for source in card.data) == 8 and card.data[0].truth == "hand"
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in manual.iterdir()} == before


def test_without_corrected_frames_training_says_what_to_do(tmp_path: Path) -> None:
    world = World(tmp_path)
    _, heard = world.train()
    end = heard[-1]
    assert isinstance(end, Failed) and end.kind == "expected"
    assert "no corrected frames" in end.message and "approve" in end.hint
    assert not world.project.layout.models.exists() or not list(world.project.layout.models.iterdir())


def test_an_unknown_model_is_a_sentence(world: World) -> None:
    _, heard = world.predict(model="no-such-model")
    end = heard[-1]
    assert isinstance(end, Failed) and end.kind == "expected" and "no-such-model" in end.message


def test_a_prediction_never_leaves_its_project(world: World) -> None:
    _, heard = world.predict(model="default", night_id="../../elsewhere")
    end = heard[-1]
    assert isinstance(end, Failed) and end.kind == "expected" and "night_id" in end.message


@pytest.mark.parametrize("kind", sorted(JOB_KINDS))
def test_wrong_parameters_are_a_sentence(world: World, kind: JobKind) -> None:
    _, heard = world.run(kind, {"flavour": "vanilla"})
    end = heard[-1]
    assert isinstance(end, Failed) and end.kind == "expected" and end.hint


def test_every_kind_can_be_asked_for() -> None:
    assert set(JOB_KINDS) == set(JobKind.__args__)  # type: ignore[attr-defined]
