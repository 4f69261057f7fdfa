"""How the command line shows progress, and how ctrl-C reaches running work."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import click

from cirrus_core.errors import Cancelled
from cirrus_core.progress import LogLevel

_BAR_WIDTH = 28
_PLAIN_INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Output:
    """What the global options said; every command finds it as ``ctx.obj``."""

    quiet: bool = False

    def say(self, text: str) -> None:
        """A line for the person, on stdout, silenced by ``--quiet``."""
        if not self.quiet:
            click.echo(text)

    def report(self, values: Mapping[str, Any]) -> None:
        """A machine-readable report on stdout (``--json``)."""
        click.echo(json.dumps(values, indent=2, default=str, allow_nan=True))


class ConsoleContext:
    """`TaskContext` of the command line.

    A bar on a terminal, plain lines otherwise, both on stderr so that stdout stays machine-readable.
    The first ctrl-C asks to finish early and keep the best (where the work knows how), the second
    cancels, both without a traceback.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._interrupts = 0
        self._bar_shown = False
        self._last_plain_s = 0.0

    def progress(self, done: int, total: int, message: str = "") -> None:
        if self._quiet:
            return
        if self._terminal:
            self._draw_bar(done, total, message)
        elif done >= total or time.monotonic() - self._last_plain_s > _PLAIN_INTERVAL_S:
            self._last_plain_s = time.monotonic()
            click.echo(f"{done}/{total} {message}".rstrip(), err=True)

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        figures = "  ".join(f"{name} {value:.4g}" for name, value in values.items())
        self.log(f"{step:4d}  {figures}")

    def log(self, message: str, level: LogLevel = "info") -> None:
        if self._quiet and level == "info":
            return
        self.end_line()
        prefix = "" if level == "info" else f"{level}: "
        click.echo(prefix + message, err=True)

    def artifact(self, kind: str, path: Path) -> None:
        self.log(f"{kind}: {path}")

    def stop_requested(self) -> bool:
        return self._interrupts > 0

    def check_cancelled(self) -> None:
        if self._interrupts > 1:
            raise Cancelled

    def interrupt(self) -> None:
        """Called for each ctrl-C, by the signal handler."""
        self._interrupts += 1
        if self._interrupts == 1:
            # Not through sys.stderr: the signal may have come in the midst of a write to it.
            os.write(2, b"\nFinishing early; press ctrl-C again to give up at once.\n")
        elif self._interrupts > 2:
            raise Cancelled

    def end_line(self) -> None:
        """Leave the line of the bar."""
        if self._bar_shown:
            click.echo(err=True)
            self._bar_shown = False

    def _draw_bar(self, done: int, total: int, message: str) -> None:
        filled = _BAR_WIDTH * done // max(total, 1)
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        click.echo(f"\r\033[K{bar} {done}/{total} {message}"[:120], nl=False, err=True)
        self._bar_shown = True
        if done >= total:
            self.end_line()


@contextmanager
def console_context(output: Output | None, *, stoppable: bool = False) -> Iterator[ConsoleContext]:
    """A `ConsoleContext` for one piece of work.

    With `stoppable` the first ctrl-C asks the work to finish early; otherwise it cancels at once.
    """
    context = ConsoleContext(quiet=output.quiet if output else False)
    if not stoppable:
        try:
            yield context
        finally:
            context.end_line()
        return

    def on_interrupt(_number: int, _frame: FrameType | None) -> None:
        context.interrupt()

    previous = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield context
    finally:
        signal.signal(signal.SIGINT, previous)
        context.end_line()
