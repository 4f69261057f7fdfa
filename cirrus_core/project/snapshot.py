"""The corrected frames of a project as a job sees them: copies of their masks, listed with checksums.

Only approved frames with a hand-made mask count; a saved prediction is no label. Work on masks goes on
while a job waits or runs, and the job neither sees nor touches it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cirrus_core.errors import FrameError, MaskError, ProjectError
from cirrus_core.files import write_atomic, write_text_atomic
from cirrus_core.frames.folder import frame_names
from cirrus_core.frames.frame import FrameRef, frame_stem
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Rejected
from cirrus_core.masks.store import read_mask, require_match
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_core.project.project import Project
from cirrus_core.project.states import FrameStates

SNAPSHOT_FILE = "snapshot.json"


@dataclass(frozen=True, slots=True)
class CorrectedFrame:
    """An approved frame and the copy of its mask, whose SHA-256 is `mask_sha256`."""

    night_id: str
    ref: FrameRef
    mask_path: Path
    mask_sha256: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Corrected frames by night and stem, and approved ones that cannot be used, with reasons."""

    frames: tuple[CorrectedFrame, ...]
    left_out: tuple[Rejected, ...]


def count_approved(project: Project) -> int:
    """Number of approved frames in all remembered nights, from the frame states alone."""
    return sum(len(_approved(project, night_id)) for night_id in project.nights())


def take_snapshot(project: Project, folder: Path, *, context: TaskContext | None = None) -> Snapshot:
    """Copy the masks of all approved frames to ``<folder>/<night>/`` and list them in ``snapshot.json``.

    Each mask is checked against the pixels of its frame; nothing outside `folder` is written.

    Parameters
    ----------
    project : Project
        All its remembered nights are taken (see `Project.remember_night`).
    folder : Path
        For instance a job's own folder.

    Raises
    ------
    ProjectError
        If `folder` cannot be written, or the states of a night cannot be read.
    Cancelled
        If the context says so.
    """
    context = context or SilentContext()
    frames: list[CorrectedFrame] = []
    left_out: list[Rejected] = []
    for night_id, night in sorted(project.nights().items()):
        for found in _corrected(project, night_id, night, folder / night_id):
            context.check_cancelled()
            if isinstance(found, CorrectedFrame):
                frames.append(found)
            else:
                left_out.append(found)
    _write_list(folder / SNAPSHOT_FILE, frames)
    return Snapshot(tuple(frames), tuple(left_out))


def _corrected(
    project: Project, night_id: str, night: Path, folder: Path
) -> Iterator[CorrectedFrame | Rejected]:
    stems = _approved(project, night_id)
    paths = _frames_by_stem(night) if stems else {}
    layers = MaskLayers(project.layout, night_id)
    for stem in stems:
        frame_path, mask_path = paths.get(stem), layers.find_manual(stem)
        if frame_path is None:
            yield Rejected(night / stem, f"The frame {stem} is no longer in {night}.", "Was it moved?")
        elif mask_path is None:
            yield Rejected(
                frame_path, f"{stem} is approved but has no mask made by hand.", "Correct it once."
            )
        else:
            try:
                yield _copy(night_id, frame_path, mask_path, folder)
            except (FrameError, MaskError) as error:
                yield Rejected(frame_path, error.message, error.hint)


def _copy(night_id: str, frame_path: Path, mask_path: Path, folder: Path) -> CorrectedFrame:
    copy = folder / mask_path.name
    try:
        content = mask_path.read_bytes()
        write_atomic(copy, lambda stream: stream.write(content))
    except OSError as error:
        raise ProjectError(
            f"{mask_path} cannot be copied to {folder}: {error.strerror}.",
            "Is there room, and may you write there?",
        ) from error
    frame = read_frame(frame_path)
    require_match(read_mask(copy), path=mask_path, shape=frame.shape, frame_sum=frame.checksum)
    return CorrectedFrame(night_id, frame.ref, copy, hashlib.sha256(content).hexdigest())


def _approved(project: Project, night_id: str) -> tuple[str, ...]:
    return FrameStates(project.layout.states(night_id)).stems("approved")


def _frames_by_stem(folder: Path) -> dict[str, Path]:
    try:
        names, _ = frame_names(path.name for path in folder.iterdir())
    except OSError:
        return {}  # The night has been moved: each of its frames is told as missing.
    # Of equal stems the first by name counts, as in `Night.scan`.
    return {frame_stem(folder / name): folder / name for name in reversed(names)}


def _write_list(path: Path, frames: Sequence[CorrectedFrame]) -> None:
    rows = [
        {
            "night": frame.night_id,
            "frame": str(frame.ref.path),
            "hdu": frame.ref.hdu,
            "mask": frame.mask_path.relative_to(path.parent).as_posix(),
            "sha256": frame.mask_sha256,
        }
        for frame in frames
    ]
    try:
        write_text_atomic(path, json.dumps({"frames": rows}, indent=1) + "\n")
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}.", "Is there room?") from error
