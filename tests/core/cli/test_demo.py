"""The sample project: made from nothing, predicted, and never made twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cirrus_core.cli.demo import build_sample
from cirrus_core.frames.night import Night
from cirrus_core.masks.store import read_mask, read_prob
from cirrus_core.progress import MemoryContext
from cirrus_core.project.project import Project


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "sample project"
    build_sample(folder, MemoryContext(), frames=2)
    return folder


def test_every_frame_has_truth_and_prediction(root: Path) -> None:
    night = Night.scan(root / "nights" / "sample")
    project = Project.open(root)
    predictions = project.layout.prediction(project.night_id(night.folder), "default")
    assert len(night.frames) == 2
    for ref in night.frames:
        prob = read_prob(predictions / f"{ref.stem}.prob.fits.gz")
        mask = read_mask(predictions / f"{ref.stem}.mask.fits.gz")
        truth = read_mask(night.folder / f"{ref.stem}.mask.fits.gz")
        assert prob.shape == mask.labels.shape == truth.labels.shape == ref.shape
        assert mask.provenance is not None and mask.provenance.source == "model"
        assert truth.provenance is not None and truth.provenance.source == "simulation"


def test_a_second_call_keeps_what_is_there(root: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*.fits*")}
    context = MemoryContext()
    build_sample(root, context, frames=2)
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*.fits*")} == before
    assert not context.steps, "nothing was simulated or predicted again"


@pytest.mark.slow
def test_without_a_display_the_window_becomes_a_picture(tmp_path: Path) -> None:
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    command = [sys.executable, "-m", "cirrus_core.cli.main", "demo", "--dir", str(tmp_path)]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    assert run.returncode == 0, run.stderr
    assert str(tmp_path / "window.png") in run.stdout
    assert (tmp_path / "window.png").read_bytes().startswith(b"\x89PNG")
