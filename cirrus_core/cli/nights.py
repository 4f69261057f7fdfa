"""What PATH stands for where frames are wanted, and the frames that could not be used."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from cirrus_core.frames.night import Night, Rejected, expand_paths
from cirrus_core.frames.night_index import NightIndex
from cirrus_core.progress import TaskContext
from cirrus_core.project.project import Project


def is_project(path: Path) -> bool:
    """True if `path` itself is the folder of a project."""
    project = Project.find(path)
    return project is not None and project.layout.root == path.expanduser().resolve()


def sources(paths: Sequence[str]) -> list[Path]:
    """Files and folders that the paths stand for: a project stands for its nights, a glob for its matches.

    Raises
    ------
    FrameError
        If something is not there.
    """
    found: list[Path] = []
    for text in paths:
        nights = Project.open(Path(text)).nights().values() if is_project(Path(text)) else ()
        found += [night for night in nights if night.is_dir()] or expand_paths([text])
    return found


def scan(paths: Sequence[str], context: TaskContext) -> Night:
    """The frames at the paths as one night; see `Night.scan` for the errors."""
    with NightIndex() as index:
        return Night.scan(sources(paths), index=index, context=context)


def rejected_report(item: Rejected) -> dict[str, str]:
    """A frame that could not be used, for ``--json``."""
    return {"path": str(item.path), "reason": item.reason, "hint": item.hint}


def tell_rejected(rejected: Sequence[Rejected], *, what: str = "could not be used") -> None:
    """List frames that could not be used on stderr, even with ``--quiet``: these are errors."""
    if rejected:
        click.echo(f"{len(rejected)} {'file' if len(rejected) == 1 else 'files'} {what}:", err=True)
    for item in rejected:
        click.echo(f"  {item.reason} {item.hint}".rstrip(), err=True)
