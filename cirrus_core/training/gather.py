"""From what a user names (files, folders, projects) to a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect
from cirrus_core.masks.labels import TruthKind


def gather(
    paths: Sequence[str | Path], *, truth: TruthKind | None = None, classes: Path | None = None
) -> Manifest:
    """All frames with a mask at the paths; see `collect`."""
    return collect(paths, truth=truth, classes=classes)
