"""The window as a program of its own: real `main()`, real process, real events, then a look at the disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.masks.labels import CLOUD
from cirrus_core.masks.store import read_mask
from cirrus_core.project.states import FrameStates

DRIVER = Path(__file__).with_name("window_driver.py")


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Three frames of 60 x 80 pixels, 10 s apart."""
    folder = tmp_path / "night"
    folder.mkdir()
    rows, cols = np.mgrid[:60, :80]
    for i in range(3):
        bump = 900 * np.exp(-((rows - 30) ** 2 + (cols - 20 - 15 * i) ** 2) / 120)
        header = fits.Header({"DATE-OBS": f"2026-01-23T20:00:{10 * i:02d}"})
        fits.writeto(folder / f"frame{i}.fits", (3000 + rows + bump).astype(np.int16), header)
    return folder


def run(*arguments: str, program: tuple[str, ...] = (str(DRIVER),)) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen")
    return subprocess.run(
        [sys.executable, *program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    lines = [line for line in done.stdout.splitlines() if "=" in line]
    return dict(line.split("=", 1) for line in lines)


def masks(project: Path) -> dict[str, Path]:
    return {path.name: path for path in project.glob("masks/*/manual/*.mask.fits.gz")}


def test_paint_undo_redo_walk_approve_close(night: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    done = run("paint_and_walk", str(night), "--project", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    told = said(done)
    assert told["torch"] == "False"
    assert told["after_undo"] == "0" and int(told["after_redo"]) > 0
    found = masks(project)
    assert set(found) == {"frame0.mask.fits.gz", "frame1.mask.fits.gz"}
    first, second = (read_mask(path).labels for _, path in sorted(found.items()))
    assert first[25, 30] == CLOUD and int((first == CLOUD).sum()) == int(told["after_redo"])
    assert second[40, 30] == CLOUD and second[10, 60] != CLOUD
    states = next(project.glob("states/*.json"))
    assert FrameStates(states).stems("approved") == ("frame1",)
    assert FrameStates(states).get("frame0") == "in progress"


@pytest.mark.parametrize("script", ["interrupt_with_unsaved_work", "interrupt_while_drawing"])
def test_ctrl_c_loses_nothing(night: Path, tmp_path: Path, script: str) -> None:
    project = tmp_path / "project"
    done = run(script, str(night), "--project", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    (path,) = masks(project).values()
    assert (read_mask(path).labels == CLOUD).any()
    assert not (project / ".window.lock").exists()


def test_a_bug_is_reported_and_the_mask_saved(night: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    done = run("crash", str(night), "--project", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    assert said(done)["saved"] == "True"
    assert "ZeroDivisionError" in done.stderr
    assert len(masks(project)) == 1
    assert list(Path(os.environ["CIRRUS_CACHE"]).glob("crashes/*.txt"))


def test_a_window_that_cannot_be_shown_ends_in_order(night: Path, tmp_path: Path) -> None:
    script = """
import sys
from pathlib import Path
from cirrus_gui import app

class Broken(app.MainWindow):
    def show(self):
        self.open_path(Path(sys.argv[1]))
        raise RuntimeError("no screen today")

app.MainWindow = Broken
before = sys.excepthook
try:
    app.main(sys.argv[1:])
except RuntimeError as error:
    print(f"told={error}", f"restored={sys.excepthook == before}", sep="\\n")
"""
    project = tmp_path / "project"
    done = run(str(night), "--project", str(project), program=("-c", script))
    assert (done.returncode, done.stderr) == (0, "")
    assert said(done) == {"told": "no screen today", "restored": "True"}


@pytest.mark.slow
def test_the_empty_window_makes_the_sample_night(tmp_path: Path) -> None:
    done = run("empty_window", "--project", str(tmp_path / "project"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert said(done) == {"start_page": "True", "frames": "60"}


@pytest.mark.slow
def test_predict_the_night_and_accept(night: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    done = run("predict", str(night), "--project", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "frame0.mask.fits.gz" in masks(project)
    assert len(list(project.glob("masks/*/pred/*/*.prob.fits.gz"))) == 3


@pytest.mark.slow
def test_the_whole_loop_correct_train_predict_accept(night: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    done = run("whole_loop", str(night), "--project", str(project))
    assert done.returncode == 0, done.stdout + done.stderr
    told = said(done)
    assert told["torch"] == "False"
    assert set(masks(project)) == {f"frame{i}.mask.fits.gz" for i in range(3)}
    (model,) = (project / "models").iterdir()
    assert told["model"] == model.name, "the prediction on screen is the new model's"
    assert {path.name for path in model.iterdir()} >= {"card.json", "weights.safetensors", "curves.csv"}
    assert len(list(project.glob(f"masks/*/pred/{model.name}/*.mask.fits.gz"))) == 3
    # Accepting what two epochs predict may change nothing, but never more than by one step.
    before, after = (int(n) for n in told["steps"].split("->"))
    assert after - before in (0, 1)


def test_a_picture_of_the_window_without_a_display(night: Path, tmp_path: Path) -> None:
    picture = tmp_path / "pictures" / "window.png"
    done = run(
        *(str(night), "--project", str(tmp_path / "project")),
        *("--screenshot", str(picture), "--size", "1366x768"),
        program=("-m", "cirrus_gui"),
    )
    assert done.returncode == 0, done.stderr
    from PyQt6.QtGui import QImage

    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1366, 768)


def test_started_without_a_path_it_opens_where_one_left_off(night: Path, tmp_path: Path) -> None:
    project = tmp_path / "project"
    assert run("paint_and_walk", str(night), "--project", str(project)).returncode == 0
    before = masks(project)
    done = run("paint_the_frame_on_screen")
    assert done.returncode == 0, done.stdout + done.stderr
    assert said(done)["frame"] == "frame2"
    assert set(masks(project)) == {*before, "frame2.mask.fits.gz"}


def test_a_folder_that_is_not_there_is_told_in_the_window(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    done = run(str(tmp_path / "nowhere"), "--screenshot", str(picture), program=("-m", "cirrus_gui"))
    assert done.returncode == 0, done.stderr
    assert picture.exists()
    assert "Traceback" not in done.stderr
