"""A small real world for jobs: a project, a night of small frames with masks, and quick settings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from job_helpers import follow

from cirrus_core.frames.io.read import read_frame
from cirrus_core.jobs.events import Event
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.launch import JobHandle
from cirrus_core.jobs.spec import JobKind, JobSpec
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.store import mask_name, write_mask
from cirrus_core.project.project import Project
from cirrus_core.project.states import FrameStates

SHAPE = (32, 40)
N_FRAMES = 12
QUICK_TRAINING = {
    "train": {"epochs": 2, "batch_size": 4, "aug_batch_size": 0, "grid": SHAPE, "device": "cpu"},
    "arch_config": {"widths": [4, 8]},
}
START = datetime(2026, 1, 23, 22, 0, 0, tzinfo=UTC)


def make_night(folder: Path) -> None:
    """Bright discs that wander over a noisy sky; their shape is the truth."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(1)
    rows, columns = np.indices(SHAPE)
    for i in range(N_FRAMES):
        row, column = rng.uniform(5, 27), rng.uniform(5, 35)
        cloud = np.hypot(rows - row, columns - column) < 8
        data = np.rint(3000 + 40 * rng.normal(size=SHAPE) + 500 * cloud).astype(np.int16)
        header = fits.Header({"DATE-OBS": (START + timedelta(minutes=10 * i)).isoformat()[:19]})
        path = folder / f"f{i:02d}.fits"
        fits.writeto(path, data, header)
        write_mask(
            folder / mask_name(path.name.removesuffix(".fits")),
            cloud.astype(np.uint8),
            header=None,
            provenance=Provenance("manual", "", "tester", START, read_frame(path).checksum),
        )


class World:
    """A project, and a night of `N_FRAMES` small frames with masks beside them."""

    def __init__(self, root: Path) -> None:
        self.project = Project.open(root / "project")
        self.night = root / "night"
        make_night(self.night)
        self.night_id = self.project.remember_night(self.night)
        self.model = ""

    def approve(self, n: int) -> None:
        """Take `n` of the masks over as hand-made and approved ones."""
        states = FrameStates(self.project.layout.states(self.night_id))
        manual = self.project.layout.manual(self.night_id)
        manual.mkdir(parents=True)
        for i in range(n):
            name = mask_name(f"f{i:02d}")
            (manual / name).write_bytes((self.night / name).read_bytes())
            states.set(f"f{i:02d}", "approved")

    def run(self, kind: JobKind, params: dict[str, Any]) -> tuple[JobFolder, list[Event]]:
        spec = JobSpec(kind=kind, title=kind, params=params)
        folder = JobFolder.create(self.project.layout.jobs, spec)
        return folder, follow(JobHandle.start(folder))

    def train(self, **params: Any) -> tuple[JobFolder, list[Event]]:
        return self.run("train_segment", {**QUICK_TRAINING, **params})

    def predict(self, **params: Any) -> tuple[JobFolder, list[Event]]:
        asked = {
            "night": str(self.night),
            "night_id": self.night_id,
            "model": self.model,
        }
        return self.run("predict_night", {**asked, **params})
