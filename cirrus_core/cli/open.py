"""``cirrus open``: start the window, a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from cirrus_core.errors import CirrusError, UsageError


@click.command("open")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option(
    "--project", type=click.Path(path_type=Path), help="Project folder that keeps masks, models and jobs."
)
def open_command(path: Path | None = None, project: Path | None = None) -> int:
    """Open the window on PATH: a night folder, a frame, or a project. Without PATH: where you left off."""
    if path is not None and not path.exists():
        raise UsageError(f"There is no '{path}'.", "Name a folder of frames, a frame or a project.")
    arguments = [str(path)] if path is not None else []
    if project is not None:
        arguments += ["--project", str(project)]
    if not has_display():
        raise CirrusError(
            "There is no display to open the window on.",
            "Log in with a desktop or `ssh -X`; `cirrus predict` and the other commands need none.",
        )
    return run_window(arguments)


def has_display() -> bool:
    """True where a window can be shown; Qt would abort the process instead of telling."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run_window(arguments: Sequence[str], *, offscreen: bool = False) -> int:
    """Run ``python -m cirrus_gui`` and return its exit code.

    The engine never imports the window. On ctrl-C both processes get the signal; the window saves and
    closes, and we wait for it.
    """
    environment = dict(os.environ, QT_QPA_PLATFORM="offscreen") if offscreen else None
    window = subprocess.Popen([sys.executable, "-m", "cirrus_gui", *arguments], env=environment)
    while True:
        try:
            return window.wait()
        except KeyboardInterrupt:
            continue
