"""Automatic masks for many frames, one file each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from astropy.io import fits

from cirrus_core import __version__
from cirrus_core.config import Config
from cirrus_core.errors import FrameError, MaskError
from cirrus_core.frames.frame import FrameRef, pixel_checksum
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Rejected
from cirrus_core.frames.rebin import bin_header, block_mean
from cirrus_core.masks.auto.table import auto_mask_spec, automask
from cirrus_core.masks.cleanup import CleanupConfig
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.raster import Labels
from cirrus_core.masks.store import mask_name, read_mask, write_mask
from cirrus_core.progress import TaskContext


@dataclass(frozen=True, slots=True)
class AutoMaskTask:
    """What every frame of one run has in common.

    `factor` bins the frame first (1 leaves it); `plain` writes uncompressed files.
    """

    out: Path
    method: str = "otsu-log"
    config: Config | None = None
    cleanup: CleanupConfig | None = None
    factor: int = 1
    plain: bool = False


@dataclass(frozen=True, slots=True)
class AutoMaskReport:
    """Files written, and frames that got no mask with the reasons."""

    written: tuple[Path, ...]
    failed: tuple[Rejected, ...]


def automask_frames(refs: Sequence[FrameRef], task: AutoMaskTask, *, context: TaskContext) -> AutoMaskReport:
    """Write ``<out>/<stem>.mask.fits.gz`` for each frame; frames that fail are listed, the rest is done.

    A mask made by hand, and the exact one of a simulation, is never overwritten.

    Raises
    ------
    UsageError
        If the method is unknown or its config is another method's.
    MaskError
        If a file cannot be written.
    Cancelled
        If the context says so.
    """
    auto_mask_spec(task.method)  # an unknown method is no fault of the frames
    written: list[Path] = []
    failed: list[Rejected] = []
    for done, ref in enumerate(refs):
        context.check_cancelled()
        context.progress(done, len(refs), ref.stem)
        try:
            labels, header, frame_sum = _make(ref, task)
        except (FrameError, MaskError) as error:
            failed.append(Rejected(ref.path, f"{ref.path.name}: {error.message}", error.hint))
            continue
        path = task.out / mask_name(ref.stem, task.plain)
        # Not inside the try: what stops one file from being written stops them all.
        write_mask(path, labels, header=header, provenance=_provenance(task, frame_sum))
        written.append(path)
    context.progress(len(refs), len(refs), "done")
    return AutoMaskReport(tuple(written), tuple(failed))


def _make(ref: FrameRef, task: AutoMaskTask) -> tuple[Labels, fits.Header, str]:
    _refuse_truth(task.out, ref.stem)
    frame = read_frame(ref)
    if task.factor == 1:
        return automask(frame.data, task.method, task.config, task.cleanup), frame.header, frame.checksum
    if min(frame.shape) < task.factor:
        rows, columns = frame.shape
        raise FrameError(
            f"It has {rows} x {columns} pixels and cannot be binned {task.factor} x {task.factor}.",
            "Choose a smaller factor.",
        )
    data = block_mean(frame.data, task.factor)
    labels = automask(data, task.method, task.config, task.cleanup)
    return labels, bin_header(frame.header, task.factor), pixel_checksum(data)


def _provenance(task: AutoMaskTask, frame_sum: str) -> Provenance:
    return Provenance(
        source="auto",
        method=task.method,
        editor=f"CIRRUS {__version__}",
        date=datetime.now(UTC),
        frame_sum=frame_sum,
    )


def _refuse_truth(folder: Path, stem: str) -> None:
    for path in (folder / mask_name(stem, plain) for plain in (False, True)):
        if not path.is_file():
            continue
        provenance = read_mask(path).provenance
        if provenance is None or provenance.source not in ("auto", "model"):
            raise MaskError(
                f"{path.name} in {folder} was not made by a method or a model and is not overwritten.",
                "Choose another folder with --out.",
            )
