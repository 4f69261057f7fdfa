"""Worker processes as the operating system knows them: who lives, and how a whole group dies."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

import psutil

_SAME_S = 2.0
"""The start time of a process is reckoned from the boot time, which the clock service may shift."""


@dataclass(frozen=True, slots=True)
class WorkerId:
    """A process: its number, and the time it started (s since 1970), since numbers are used again."""

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> WorkerId:
        """Identify a living process.

        Raises
        ------
        psutil.NoSuchProcess
            If there is none with this number.
        """
        return cls(pid, psutil.Process(pid).create_time())

    def lives(self) -> bool:
        """True while this very process runs."""
        return self._process() is not None

    def terminate(self) -> None:
        """Ask the operating system to end it (SIGTERM)."""
        process = self._process()
        if process is not None:
            _unless_gone(process.terminate)

    def kill_group(self) -> None:
        """Kill the worker and everything it started, also what outlived it."""
        process = self._process()
        if process is not None:
            kill_children(self.pid)
            _unless_gone(process.kill)
        elif _is_alive(self.pid):
            return  # the number belongs to somebody else by now
        if sys.platform != "win32":
            # A worker leads a group of its own number, and a number is not given away while any
            # member of its group lives: this cannot hit a stranger.
            _unless_gone(lambda: os.killpg(self.pid, signal.SIGKILL))

    def _process(self) -> psutil.Process | None:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.create_time) < _SAME_S
            return process if same and _is_alive(self.pid) else None
        except psutil.NoSuchProcess:
            return None


def kill_children(pid: int) -> None:
    """Kill every process below `pid`, but not `pid` itself."""
    try:
        children = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return
    for child in children:
        _unless_gone(child.kill)


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _unless_gone(act: Callable[[], object]) -> None:
    # Whoever is to be ended may end by itself at any moment, which is what was wanted.
    try:
        act()
    except (psutil.NoSuchProcess, ProcessLookupError):
        return
