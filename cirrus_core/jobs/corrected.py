"""Training frames from a project: its corrected frames, with copies of their masks in the job's folder."""

from __future__ import annotations

from pathlib import Path

from cirrus_core.datasets.manifest import Manifest, Skipped
from cirrus_core.datasets.sources import make_manifest, sample_of
from cirrus_core.datasets.truth import mask_file_truth
from cirrus_core.errors import DataError
from cirrus_core.progress import TaskContext
from cirrus_core.project.project import Project
from cirrus_core.project.snapshot import take_snapshot


def corrected_frames(root: Path, folder: Path, context: TaskContext) -> Manifest:
    """List the approved frames of the project in `root`; their masks are copied below `folder`.

    Raises
    ------
    DataError
        If there are none that can be used.
    """
    snapshot = take_snapshot(Project.open(root, create=False), folder, context=context)
    skipped = [Skipped(left.path, left.reason) for left in snapshot.left_out]
    if not snapshot.frames:
        why = f" {skipped[0].reason}" if skipped else ""
        raise DataError(
            f"This project has no corrected frames to train on.{why}",
            "Correct the masks of some frames, cloudy and clear ones, and approve them.",
        )
    samples = [
        sample_of(
            frame.ref,
            frame.mask_path,
            mask_hdu=None,
            truth=mask_file_truth(frame.mask_path),
        )
        for frame in snapshot.frames
    ]
    return make_manifest(samples, skipped)
