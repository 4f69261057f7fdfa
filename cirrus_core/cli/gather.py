"""From what a user names (files, folders, projects) to a manifest: shared by train and evaluate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from cirrus_core.cli.nights import is_project
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect, make_manifest
from cirrus_core.jobs.corrected import corrected_frames
from cirrus_core.masks.labels import TruthKind
from cirrus_core.progress import TaskContext


@contextmanager
def gathered(
    paths: Sequence[str], *, truth: TruthKind | None, classes: Path | None, context: TaskContext
) -> Iterator[Manifest]:
    """All frames with a mask at the paths, for the length of a ``with`` block.

    A project gives its approved frames with copies of their masks, so that correcting may go on; the
    copies vanish at the end. Everything else is as `collect` finds it. Frames left out are told.

    Raises
    ------
    DataError
        If nothing is found, or the sources do not have the same classes.
    """
    projects = [path for path in paths if is_project(Path(path))]
    others = [path for path in paths if path not in projects]
    found = [collect(others, truth=truth, classes=classes)] if others else []
    with TemporaryDirectory(prefix="cirrus-") as copies:
        for number, root in enumerate(projects):
            found.append(corrected_frames(Path(root), Path(copies) / str(number), context))
        manifest = make_manifest(
            [sample for part in found for sample in part.samples],
            [skipped for part in found for skipped in part.skipped],
            truth=truth,
            source=", ".join(paths),
        )
        for skipped in manifest.skipped:
            context.log(f"{skipped.path}: {skipped.reason}", "warning")
        yield manifest
