"""``cirrus train segment`` as a user calls it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dataset_helpers import write_night

from cirrus_core.cli.main import main
from cirrus_core.models.model_store import read_card
from cirrus_core.project.project import Project
from cirrus_core.project.states import FrameStates

SHORT = [
    *("--epochs", "2", "--batch-size", "4", "--aug-batch-size", "2", "--grid", "32,40"),
    *("--threads", "1", "--device", "cpu"),
]
QUICK = [*SHORT, "--widths", "4,8"]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return write_night(tmp_path / "night", 10)


def test_it_trains_and_tells_the_scores(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pictures = tmp_path / "model", tmp_path / "pictures"
    code = main(
        ["train", "segment", str(night), "--out", str(out), *QUICK, "--evaluate", "--previews", str(pictures)]
    )
    said = capsys.readouterr().out
    assert code == 0
    assert "validation, 2 frames, against hand masks: accuracy" in said
    assert f"model folder: {out}" in said
    card = read_card(out)
    assert card.arch_config["widths"] == [4, 8]
    assert card.training["config"]["batch_size"] == 4
    assert len(list(pictures.glob("*.png"))) == 3


def test_json_is_the_card(night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "model"
    arguments = ["train", "segment", str(night), "--out", str(out), *QUICK, "--json", "--loss", "dice"]
    assert main([*arguments, "--rotation", "10", "--quiet", "--truth", "algorithm"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["id"] == "model"
    assert card["training"]["config"]["loss"] == "dice"
    assert card["training"]["augment"]["rotation"] == 10
    assert {score["truth"] for score in card["scores"]} == {"algorithm"}


def test_a_project_gives_its_approved_frames(night: Path, tmp_path: Path) -> None:
    project = Project.open(tmp_path / "project")
    night_id = project.remember_night(night)
    states = FrameStates(project.layout.states(night_id))
    project.layout.manual(night_id).mkdir(parents=True)
    for i in range(6):
        name = f"f{i:03d}.mask.fits.gz"
        (night / name).rename(project.layout.manual(night_id) / name)
        if i < 4:
            states.set(f"f{i:03d}", "approved")
    out = tmp_path / "model"
    assert main(["train", "segment", str(project.layout.root), "--out", str(out), *QUICK, "--quiet"]) == 0
    assert sum(source.n_frames for source in read_card(out).data) == 4


def test_starting_from_another_model(night: Path, tmp_path: Path) -> None:
    for out, more in ((tmp_path / "a", QUICK), (tmp_path / "b", [*SHORT, "--init", str(tmp_path / "a")])):
        assert main(["train", "segment", str(night), "--out", str(out), "--quiet", *more]) == 0
    assert read_card(tmp_path / "b").parent == "a"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ([], "No model folder was named"),
        (["--out", "x", "--init", "m", "--scratch"], "contradict each other"),
        (["--out", "x", "--init", "m", "--widths", "4,8"], "widths would have no effect"),
        (["--resume", "x", "--epochs", "3"], "its own settings"),
        (["--resume", "x", "--bands", "0"], "its own settings"),
        (["--out", "x", "--classes", "no-such.toml"], "no-such.toml"),
        (["--out", "x", "--bands", "red"], "'red' is no list of bands"),
        (["--out", "x", "--grid", "128"], "grid"),
        (["--out", "x", "--grid", "0,160"], "grid"),
        (["--out", "x", "--epochs", "0"], "epochs"),
        (["--out", "x", "--arch", "transformer"], "transformer"),
    ],
)
def test_wrong_usage_is_told_before_any_work(
    night: Path, more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "segment", str(night), *more]) == 2
    assert words in capsys.readouterr().err


def test_nothing_to_train_on_is_one_sentence_and_a_hint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "segment", str(tmp_path), "--out", str(tmp_path / "m")]) == 1
    said = capsys.readouterr().err
    assert "No frame with a mask was found" in said and "hint:" in said and "Traceback" not in said


@pytest.mark.skipif(os.name == "nt", reason="signals of a POSIX terminal")
def test_ctrl_c_keeps_the_best_and_resume_goes_on(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "model"
    arguments = [
        sys.executable,
        "-m",
        "cirrus_core.cli.main",
        "train",
        "segment",
        str(night),
        "--out",
        str(out),
    ]
    settings = [*QUICK, "--epochs", "2000"]
    work = subprocess.Popen(
        [*arguments, *settings], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert work.stderr is not None
    for line in work.stderr:
        if "train_loss" in line:
            break
    work.send_signal(signal.SIGINT)
    rest = work.communicate(timeout=60)[1]
    assert work.returncode == 0, rest
    assert "the best weights so far are kept" in rest
    epochs = read_card(out).training["epochs"]
    assert 1 <= epochs < 2000
    resumed = subprocess.Popen(
        [*arguments[:5], str(night), "--resume", str(out)], stderr=subprocess.PIPE, text=True
    )
    assert resumed.stderr is not None
    first = next(line for line in resumed.stderr if "train_loss" in line)
    assert int(first.split()[0]) == epochs + 1
    resumed.send_signal(signal.SIGINT)
    time.sleep(0.05)
    resumed.send_signal(signal.SIGINT)
    told = resumed.communicate(timeout=60)[1]
    assert resumed.returncode in (0, 3), told
    assert "Traceback" not in told
