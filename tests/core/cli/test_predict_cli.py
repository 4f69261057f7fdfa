"""`cirrus predict` through the real main()."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from model_helpers import make_model, sky, write_frame

from cirrus_core.cli.main import main
from cirrus_core.masks.store import read_mask


@pytest.fixture
def model(tmp_path: Path) -> Path:
    make_model(tmp_path / "models" / "pointwise")
    return tmp_path / "models" / "pointwise"


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    for i in range(3):
        write_frame(folder / f"f{i}.fits", sky(seed=i), second=i)
    return folder


def test_a_night(night: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    assert main(["predict", str(night), "--model", str(model), "--out", str(out)]) == 0
    printed = capsys.readouterr()
    assert "3 of 3 frames predicted" in printed.out
    assert str(out) in printed.out
    assert {p.name for p in out.iterdir()} == {
        "timeline.csv",
        *(f"f{i}.{kind}.fits.gz" for i in range(3) for kind in ("mask", "prob")),
    }


def test_a_glob_a_threshold_and_a_batch_size(night: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    arguments = ["--model", str(model), "--out", str(out), "--threshold", "0.9", "--batch-size", "2"]
    assert main(["predict", str(night / "f[01].fits"), *arguments]) == 0
    assert not (out / "f2.mask.fits.gz").exists()
    strict = read_mask(out / "f0.mask.fits.gz").labels.mean()
    assert main(["predict", str(night / "f0.fits"), *arguments[:-3], "0.1"]) == 0
    assert strict < read_mask(out / "f0.mask.fits.gz").labels.mean()


def test_bad_frames_are_listed_at_the_end(
    night: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (night / "cut.fits").write_bytes((night / "f0.fits").read_bytes()[:4000])
    (night / "empty.fits").write_bytes(b"")
    write_frame(night / "flat.fits", np.full((64, 80), 9, np.int16))
    write_frame(night / "wide.fits", sky((40, 200)))
    out = tmp_path / "out"
    assert main(["predict", str(night), "--model", str(model), "--out", str(out), "--json"]) == 1
    printed = capsys.readouterr()
    report = json.loads(printed.out)
    assert report["n_predicted"] == 4
    assert {Path(f["path"]).name for f in report["failed"]} == {"cut.fits", "empty.fits", "flat.fits"}
    assert all(f["reason"] and f["hint"] for f in report["failed"])
    assert main(["predict", str(night), "--model", str(model), "--out", str(out)]) == 1
    printed = capsys.readouterr()
    last = printed.err.strip().splitlines()[-3:]
    assert all(any(name in line for line in last) for name in ("cut", "empty", "flat"))
    assert "4 were there already" in printed.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["NIGHT", "--model", "nix", "--out", "OUT"], 1, "no model 'nix'"),
        (["/nowhere/at/all", "--out", "OUT"], 1, "/nowhere/at/all"),
        (["NIGHT"], 2, "--out"),
        (["NIGHT", "--out", "OUT", "--threshold", "2"], 2, "--threshold"),
        (["EMPTY", "--model", "MODEL", "--out", "OUT"], 1, ""),
    ],
)
def test_mistakes_get_a_sentence(
    arguments: list[str],
    code: int,
    words: str,
    night: Path,
    model: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "empty").mkdir()
    names = {"NIGHT": night, "MODEL": model, "OUT": tmp_path / "out", "EMPTY": tmp_path / "empty"}
    assert main(["predict", *(str(names.get(a, a)) for a in arguments)]) == code
    error = capsys.readouterr().err
    assert words in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_a_model_of_the_project_is_found_by_its_id(tmp_path: Path) -> None:
    make_model(Path(os.environ["CIRRUS_PROJECT"]) / "models" / "mine")
    write_frame(tmp_path / "a.fits", sky())
    assert main(["predict", str(tmp_path / "a.fits"), "--model", "mine", "--out", str(tmp_path / "out")]) == 0
    stored = read_mask(tmp_path / "out" / "a.mask.fits.gz")
    assert stored.provenance is not None
    assert stored.provenance.method == "mine"


def test_ctrl_c_ends_with_a_sentence_and_whole_files(model: Path, tmp_path: Path) -> None:
    night, out = tmp_path / "long", tmp_path / "out"
    night.mkdir()
    for i in range(200):
        write_frame(night / f"f{i:03d}.fits", sky((256, 320), seed=i % 7), second=i)
    command = [sys.executable, "-m", "cirrus_core.cli.main", "predict", str(night)]
    process = subprocess.Popen(
        [*command, "--model", str(model), "--out", str(out), "--batch-size", "1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and not list(out.glob("*.mask.fits.gz")):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, error = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "Stopped after" in error
    assert "Traceback" not in error
    masks = list(out.glob("*.mask.fits.gz"))
    assert 0 < len(masks) < 200
    for path in masks:
        assert read_mask(path).labels.shape == (256, 320)
    assert (out / "timeline.csv").is_file()
