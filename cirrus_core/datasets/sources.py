"""Collecting a data set from files, folders, globs and projects: every layout of truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cirrus_core.datasets.label_table import CLASSES_FILE, STANDARD, LabelTable, read_label_table
from cirrus_core.datasets.manifest import Manifest, Sample, Skipped, file_checksum
from cirrus_core.datasets.truth import embedded_mask, is_fits, mask_file_truth
from cirrus_core.errors import CirrusError, DataError
from cirrus_core.frames.folder import frame_names
from cirrus_core.frames.frame import FrameRef, frame_stem
from cirrus_core.frames.io.read import parse_source, probe_file
from cirrus_core.frames.io.readers import FRAME_SUFFIXES
from cirrus_core.frames.night import expand_paths
from cirrus_core.masks.labels import TruthKind
from cirrus_core.masks.store import find_mask

LABEL_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")


def collect(
    paths: Sequence[str | Path], *, truth: TruthKind | None = None, classes: Path | None = None
) -> Manifest:
    """List all frames that have a mask.

    Parameters
    ----------
    paths
        Files, globs and folders. A folder holds frames with their mask files, or frames that carry
        their mask as HDU ``MASK`` or second HDU, or the folders ``images`` and ``labels``.
    truth : TruthKind, optional
        Kind of truth of all masks; otherwise each mask's own header tells it.
    classes : Path, optional
        Class table of label pictures; otherwise ``classes.toml`` beside ``images`` and ``labels``.

    Raises
    ------
    DataError
        If nothing is found, or the sources do not have the same classes.
    """
    samples: list[Sample] = []
    skipped: list[Skipped] = []
    for path in expand_paths([str(p) for p in paths]):
        for found in _walk(path, classes):
            if isinstance(found, Sample):
                samples.append(found)
            else:
                skipped.append(found)
    return make_manifest(samples, skipped, truth=truth, source=", ".join(map(str, paths)))


def make_manifest(
    samples: Sequence[Sample],
    skipped: Sequence[Skipped] = (),
    *,
    truth: TruthKind | None = None,
    source: str = "",
) -> Manifest:
    """Put samples in order of night and time, each frame once; `DataError` if there are none."""
    if not samples:
        why = f" ({skipped[0].path.name}: {skipped[0].reason})" if skipped else ""
        raise DataError(
            f"No frame with a mask was found in {source or 'the data set'}{why}.",
            "A mask lies beside its frame as <name>.mask.fits.gz, or in the frame's file as second HDU.",
        )
    if len({s.table.names for s in samples}) > 1:
        raise DataError(f"The masks in {source} have different classes.", "Train on one kind at a time.")
    unique = {(s.frame_path, s.hdu): s for s in samples}.values()
    ordered = sorted(
        unique, key=lambda s: (s.night, s.time is None, s.time.timestamp() if s.time else 0, s.stem)
    )
    if truth is not None:
        ordered = [replace(s, truth=truth) for s in ordered]
    return Manifest(tuple(ordered), tuple(skipped))


def sample_of(ref: FrameRef, mask_path: Path, *, mask_hdu: int | None, truth: TruthKind) -> Sample:
    """The sample of a frame and its mask."""
    return Sample(
        stem=ref.stem,
        frame_path=ref.path,
        hdu=ref.hdu,
        mask_path=mask_path,
        mask_hdu=mask_hdu,
        time=None if ref.time_source == "file time" else ref.time,
        truth=truth,
        night=str(ref.path.parent),
        checksum=file_checksum(ref.path, mask_path),
    )


def _walk(path: Path, classes: Path | None) -> Iterator[Sample | Skipped]:
    if (path / "images").is_dir() and (path / "labels").is_dir():
        yield from _pictures(path, classes)
        return
    if path.is_dir():
        names, _ = frame_names(entry.name for entry in path.iterdir())
        yield from (_sample(path / name) for name in names)
        return
    yield _sample(*parse_source(path))


def _sample(path: Path, hdu: int | None = None) -> Sample | Skipped:
    try:
        ref = probe_file(path, hdu)
        beside = find_mask(path.parent, ref.stem)
        if beside is not None:
            return sample_of(ref, beside, mask_hdu=None, truth=mask_file_truth(beside))
        inside = embedded_mask(path, frame_hdu=ref.hdu, shape=ref.shape) if is_fits(path) else None
    except CirrusError as error:
        return Skipped(path, error.message)
    except OSError as error:
        return Skipped(path, str(error))
    if inside is None:
        return Skipped(path, "no mask beside it or inside it")
    mask_hdu, truth = inside
    return sample_of(ref, path, mask_hdu=mask_hdu, truth=truth)


def _pictures(folder: Path, classes: Path | None) -> Iterator[Sample | Skipped]:
    table = _table(folder, classes)
    labels = {
        frame_stem(p): p for p in sorted((folder / "labels").iterdir()) if _ends_with(p, LABEL_SUFFIXES)
    }
    for image in sorted((folder / "images").iterdir()):
        if not _ends_with(image, FRAME_SUFFIXES):
            continue
        label = labels.get(frame_stem(image))
        if label is None:
            yield Skipped(image, "no label picture of the same name")
            continue
        yield Sample(
            stem=frame_stem(image),
            frame_path=image,
            hdu=0 if is_fits(image) else None,
            mask_path=label,
            mask_hdu=None,
            time=None,
            truth="hand",
            night=str(folder),
            checksum=file_checksum(image, label),
            table=table,
        )


def _table(folder: Path, classes: Path | None) -> LabelTable:
    path = classes or folder / CLASSES_FILE
    return read_label_table(path) if classes or path.is_file() else STANDARD


def _ends_with(path: Path, suffixes: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(suffixes)
