"""Every path inside a project folder, in one place.

::

    project.json                                what this folder is
    nights.json                                 night -> folder of its frames
    masks/<night>/manual/<stem>.mask.fits.gz    by hand; only the window writes here
    masks/<night>/auto/<stem>.mask.fits.gz
    masks/<night>/pred/<model>/<stem>.{mask,prob}.fits.gz
    states/<night>.json                         frame states and notes
    models/<model>/{card.json, weights.safetensors, metrics.json, curves.csv, *.png}
    studies/<study>/{journal.log, trials.csv, best.json, models/}
    jobs/<job>/{job.json, events.jsonl, stderr.log, result.json}
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROJECT_FILE = "project.json"
NIGHT_ID = r"^[A-Za-z0-9_][A-Za-z0-9._-]*$"
"""What a night may be called: it names a folder, and comes from files that anyone may have written."""


@dataclass(frozen=True, slots=True)
class ProjectLayout:
    """Paths below one project folder; nothing is created by asking."""

    root: Path

    @property
    def project_file(self) -> Path:
        return self.root / PROJECT_FILE

    @property
    def nights_file(self) -> Path:
        """Where the frames of each night lie, so that corrected frames of all nights can be found."""
        return self.root / "nights.json"

    @property
    def lock_file(self) -> Path:
        """Held by the one window that may write manual masks."""
        return self.root / ".window.lock"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def jobs(self) -> Path:
        return self.root / "jobs"

    def study(self, name: str) -> Path:
        """Folder of a search for training settings."""
        return self.root / "studies" / name

    def states(self, night_id: str) -> Path:
        return self.root / "states" / f"{night_id}.json"

    def manual(self, night_id: str) -> Path:
        return self.root / "masks" / night_id / "manual"

    def auto(self, night_id: str) -> Path:
        return self.root / "masks" / night_id / "auto"

    def predictions(self, night_id: str) -> Path:
        """Folder with one sub-folder per model id."""
        return self.root / "masks" / night_id / "pred"

    def prediction(self, night_id: str, model_id: str) -> Path:
        return self.predictions(night_id) / model_id
