"""What a data set consists of: one `Sample` per frame with truth, and a fingerprint over all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cirrus_core.datasets.label_table import STANDARD, LabelTable
from cirrus_core.masks.labels import TruthKind


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame and the mask that is held to be true.

    Attributes
    ----------
    stem : str
        Name that pairs frame, truth and prediction.
    frame_path, hdu
        Where the pixels are; `hdu` is None for pictures.
    mask_path, mask_hdu
        Where the labels are; `mask_hdu` is None for pictures.
    time : datetime or None
        Aware UTC; None where neither header nor name tell it.
    truth : TruthKind
        By whom the labels were made.
    night : str
        Folder the frame lies in; frames of one night follow each other in the manifest.
    checksum : str
        16 hex digits over the files of frame and mask.
    weight : float
        Weight in the loss.
    """

    stem: str
    frame_path: Path
    hdu: int | None
    mask_path: Path
    mask_hdu: int | None
    time: datetime | None
    truth: TruthKind
    night: str
    checksum: str
    weight: float = 1.0
    table: LabelTable = STANDARD


@dataclass(frozen=True, slots=True)
class Skipped:
    """A frame that is not in the data set, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Samples in order of night and time (file name where the time is unknown)."""

    samples: tuple[Sample, ...]
    skipped: tuple[Skipped, ...] = ()

    def __len__(self) -> int:
        return len(self.samples)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes, the same for all samples."""
        return self.samples[0].table.names if self.samples else STANDARD.names

    @property
    def fingerprint(self) -> str:
        """16 hex digits over all frames and masks, whatever their order."""
        lines = sorted(f"{s.stem} {s.checksum} {s.truth}" for s in self.samples)
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    @property
    def truth_kinds(self) -> tuple[TruthKind, ...]:
        """The kinds of truth that occur, sorted."""
        return tuple(sorted({s.truth for s in self.samples}))

    def subset(self, positions: Sequence[int]) -> Manifest:
        """The samples at `positions`, in that order."""
        return replace(self, samples=tuple(self.samples[i] for i in positions), skipped=())


def file_checksum(*paths: Path) -> str:
    """16 hex digits over the bytes of the files, each file once."""
    digest = hashlib.sha256()
    for path in dict.fromkeys(paths):
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
