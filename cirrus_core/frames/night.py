"""A night: the frames of a folder in the order they were taken, and what is wrong with the others."""

from __future__ import annotations

import glob
import itertools
import os
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cirrus_core.errors import FrameError
from cirrus_core.frames.folder import frame_names, looks_like_frame
from cirrus_core.frames.frame import FrameRef, is_product
from cirrus_core.frames.io.read import parse_source, probe_file
from cirrus_core.frames.io.readers import FRAME_SUFFIXES
from cirrus_core.frames.night_index import FileState, NightIndex
from cirrus_core.progress import SilentContext, TaskContext

GAP_CADENCES = 5.0
GAP_MIN_S = 10.0
"""A pause is a gap when it is longer than both; shutter calibrations of fast cameras are no gaps."""

_REPORT_EVERY = 50


@dataclass(frozen=True, slots=True)
class Rejected:
    """A file that looked like a frame and is none, with the sentence and the hint of the error."""

    path: Path
    reason: str
    hint: str


@dataclass(frozen=True, slots=True)
class Gap:
    """A pause of `seconds` after the frame with index `after_index`."""

    after_index: int
    seconds: float


@dataclass(frozen=True)
class Night:
    """Frames in order of time, then name; `frames[i].index` is i. Sizes may differ (see `shapes`).

    `n_passed_over` counts the pictures (PNG, JPEG ...) that lie beside FITS frames and are not taken.
    """

    name: str
    folder: Path
    frames: tuple[FrameRef, ...]
    gaps: tuple[Gap, ...]
    rejected: tuple[Rejected, ...]
    n_passed_over: int = 0

    @classmethod
    def scan(
        cls,
        source: Path | Sequence[Path],
        *,
        index: NightIndex | None = None,
        context: TaskContext | None = None,
    ) -> Night:
        """Find the frames of a folder, or of a list of files and folders, from their headers alone.

        Masks and other products beside the frames are passed over; so are hidden files and sub-folders,
        and in a folder with FITS frames all pictures.
        Of files with equal stems the first by name is kept, as masks could not tell them apart.

        Parameters
        ----------
        source : Path or sequence of Path
            A path may name an HDU: ``A.fits[2]``.
        index : NightIndex, optional
            Remembers what was read, so that only new and changed files are opened.

        Raises
        ------
        FrameError
            If there is no frame at all.
        Cancelled
            If the context says so.
        """
        paths = [source] if isinstance(source, Path) else list(source)
        # A file may be named twice, e.g. by itself and by its folder.
        listed = [_candidates(path) for path in paths]
        candidates = list(dict.fromkeys(item for files, _ in listed for item in files))
        if not candidates:
            raise _nothing_found(paths)
        refs, rejected = _probe_all(candidates, index, context or SilentContext())
        refs, twins = _without_twins(refs)
        rejected = sorted(rejected + twins, key=lambda r: r.path)
        if not refs and len(rejected) == 1:
            raise FrameError(rejected[0].reason, rejected[0].hint)
        if not refs:
            raise FrameError(
                f"None of the {len(candidates)} files in {_folder_of(paths).name} is a usable frame: "
                f"{rejected[0].reason}",
                rejected[0].hint,
            )
        refs.sort(key=lambda r: (r.time, r.path.name))
        frames = tuple(replace(ref, index=i) for i, ref in enumerate(refs))
        folder = _folder_of(paths)
        passed_over = sum(count for _, count in listed)
        return cls(folder.name, folder, frames, _gaps(frames), tuple(rejected), passed_over)

    def __len__(self) -> int:
        return len(self.frames)

    @cached_property
    def shapes(self) -> dict[tuple[int, int], int]:
        """How many frames there are of each size, the most common first."""
        return dict(Counter(ref.shape for ref in self.frames).most_common())

    @cached_property
    def cadence_s(self) -> float:
        """Median time from frame to frame, s; NaN for a single frame."""
        return _cadence(self.frames)

    @cached_property
    def _by_stem(self) -> dict[str, int]:
        return {ref.stem: ref.index for ref in self.frames}

    def index_of(self, stem: str) -> int | None:
        """Place of the frame with this stem, or None."""
        return self._by_stem.get(stem)


def expand_paths(paths: Sequence[str]) -> list[Path]:
    """Turn what was typed (files, folders, globs, ``A.fits[2]``) into paths; a glob gives sorted paths.

    Raises
    ------
    FrameError
        If something typed is not there.
    """
    found: list[Path] = []
    for text in paths:
        if parse_source(text)[0].exists():
            found.append(Path(text))
            continue
        # Not Path.glob, which takes no absolute patterns.
        matches = [Path(p) for p in sorted(glob.glob(str(Path(text).expanduser()), recursive=True))]  # noqa: PTH207
        frames = set(frame_names(p.name for p in matches if not p.is_dir())[0])
        wanted = [p for p in matches if p.is_dir() or p.name in frames]
        if not wanted:
            what = f"matches {len(matches)} files, but no frame" if matches else "is not there"
            raise FrameError(f"{text} {what}.", "Check the spelling, or quote the pattern.")
        found.extend(wanted)
    return found


def _candidates(path: Path) -> tuple[list[FileState], int]:
    """Files worth a look, with size and time of change, and the number of pictures passed over.

    Cheap, as folders are read in one go.
    """
    if not path.is_dir():
        file, hdu = parse_source(path)
        if is_product(file):
            return [], 0
        try:
            stat = file.stat()
        except OSError as error:
            raise FrameError(f"{file} is not there.", "Was it moved or renamed?") from error
        return [FileState(str(file.parent.resolve()), file.name, hdu, stat.st_size, stat.st_mtime_ns)], 0
    try:
        with os.scandir(path) as entries:
            looked_at = {e.name: e for e in entries if looks_like_frame(e.name) and e.is_file()}
    except PermissionError as error:
        raise FrameError(f"The folder {path} may not be read.", "Check its permissions.") from error
    folder = str(path.resolve())
    names, n_passed_over = frame_names(looked_at)
    found = []
    for name in names:
        try:
            stat = looked_at[name].stat()
        except FileNotFoundError:  # gone since the folder was listed
            continue
        found.append(FileState(folder, name, None, stat.st_size, stat.st_mtime_ns))
    return found, n_passed_over


def _probe_all(
    candidates: list[FileState], index: NightIndex | None, context: TaskContext
) -> tuple[list[FrameRef], list[Rejected]]:
    known = index.lookup(candidates) if index is not None else [None] * len(candidates)
    refs: list[FrameRef] = []
    rejected: list[Rejected] = []
    fresh: list[tuple[FileState, FrameRef]] = []
    n_read = 0
    for done, (item, ref) in enumerate(zip(candidates, known, strict=True)):
        if ref is None:
            if n_read % _REPORT_EVERY == _REPORT_EVERY - 1:
                context.check_cancelled()
                context.progress(done, len(candidates), "reading headers")
            n_read += 1
            try:
                ref = probe_file(item.path, item.hdu)
            except FrameError as error:
                rejected.append(Rejected(item.path, error.message, error.hint))
                continue
            fresh.append((item, ref))
        refs.append(ref)
    if n_read >= _REPORT_EVERY:
        context.progress(len(candidates), len(candidates), "reading headers")
    if index is not None:
        index.remember(candidates, fresh)
    return refs, rejected


def _without_twins(refs: list[FrameRef]) -> tuple[list[FrameRef], list[Rejected]]:
    kept: dict[str, FrameRef] = {}
    twins = []
    for ref in refs:
        first = kept.setdefault(ref.stem, ref)
        if first is not ref:
            reason = f"{ref.path.name} has the same name as {first.path.name}; their masks would be mixed up."
            twins.append(Rejected(ref.path, reason, "Remove or rename one of them."))
    return list(kept.values()), twins


def _cadence(frames: Sequence[FrameRef]) -> float:
    pauses = [(b.time - a.time).total_seconds() for a, b in itertools.pairwise(frames)]
    return statistics.median(pauses) if pauses else float("nan")


def _gaps(frames: Sequence[FrameRef]) -> tuple[Gap, ...]:
    if len(frames) < 3:
        return ()
    limit = max(GAP_CADENCES * _cadence(frames), GAP_MIN_S)
    pauses = ((b.time - a.time).total_seconds() for a, b in itertools.pairwise(frames))
    return tuple(Gap(i, pause) for i, pause in enumerate(pauses) if pause > limit)


def _folder_of(paths: Sequence[Path]) -> Path:
    """The folder that holds all of it, absolute."""
    folders = []
    for path in paths:
        full = path.resolve()
        folders.append(full if full.is_dir() else full.parent)
    return Path(os.path.commonpath(folders))


def _nothing_found(paths: Sequence[Path]) -> FrameError:
    if not paths:
        return FrameError("No frames were named.", "Name a folder, a file or a pattern.")
    folder = _folder_of(paths)
    if all(is_product(path) for path in paths):
        return FrameError(
            f"{paths[0].name} is a mask or a probability, not a frame.", "Name the frame it was made from."
        )
    entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    if not entries:
        return FrameError(
            f"The folder {folder.name} is empty.", "Choose a folder with FITS frames or pictures."
        )
    inside = [e.name for e in entries if e.is_dir() and _has_frames(e.iterdir())]
    if inside:
        return FrameError(
            f"The folder {folder.name} has no frames itself, but its sub-folders have.",
            f"Open one of them, e.g. {sorted(inside)[0]}.",
        )
    return FrameError(
        f"No frames in {folder.name}; files and folders of other kinds there: {len(entries)}.",
        f"Frames end with one of {' '.join(FRAME_SUFFIXES)}.",
    )


def _has_frames(entries: Iterable[Path]) -> bool:
    return any(looks_like_frame(entry.name) for entry in entries)
