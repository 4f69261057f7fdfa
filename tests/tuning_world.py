"""Small real searches: a night of 60 x 80 frames, trainings of two epochs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dataset_helpers import write_night

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect
from cirrus_core.progress import TaskContext
from cirrus_core.tuning.config import TuneConfig
from cirrus_core.tuning.report import StudyReport
from cirrus_core.tuning.study import tune_segment

QUICK_TRAIN: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 8,
    "aug_batch_size": 0,
    "grid": (60, 80),
    "threads": 1,
    "device": "cpu",
    "normalisation": "frame",
}
QUICK_NETWORK: dict[str, Any] = {"widths": (2, 4), "context": 0}
QUICK_OPTIONS = [
    *("--epochs", "2", "--batch-size", "8", "--aug-batch-size", "0", "--grid", "60,80"),
    *("--threads", "1", "--device", "cpu", "--normalisation", "frame", "--widths", "2,4", "--context", "0"),
]
PATIENCE_S = 60.0


def tiny_night(folder: Path) -> Path:
    return write_night(folder, 8, shape=(60, 80))


def tune(
    night: Path | Manifest,
    out: Path,
    *,
    context: TaskContext | None = None,
    train: dict[str, Any] | None = None,
    network: dict[str, Any] | None = None,
    **config: Any,
) -> StudyReport:
    """Search over learning rate and loss with the smallest of networks."""
    manifest = night if isinstance(night, Manifest) else collect([night])
    return tune_segment(
        TuneConfig(**config),
        manifest,
        out,
        train={**QUICK_TRAIN, **(train or {})},
        arch_config={**QUICK_NETWORK, **(network or {})},
        context=context,
    )


def command(night: Path, out: Path, *more: str) -> list[str]:
    """The same search as a command line."""
    start = [sys.executable, "-m", "cirrus_core.cli.main", "tune", "segment", str(night)]
    return [*start, "--out", str(out), *QUICK_OPTIONS, *more]


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, f"nothing after {PATIENCE_S} s"
        time.sleep(0.02)
