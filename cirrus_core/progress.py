"""How long work tells where it stands and learns that it should stop.

Engine functions take a `TaskContext` and never know who listens: a terminal, a job folder or a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from cirrus_core.errors import Cancelled

LogLevel = Literal["info", "warning", "error"]


class TaskContext(Protocol):
    """What a long piece of work may say, and ask."""

    def progress(self, done: int, total: int, message: str = "") -> None:
        """`done` of `total` steps are finished."""

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        """Numbers worth a curve, e.g. loss and IoU of epoch `step`."""

    def log(self, message: str, level: LogLevel = "info") -> None:
        """A sentence for the log."""

    def artifact(self, kind: str, path: Path) -> None:
        """A file or folder that the work has finished writing."""

    def stop_requested(self) -> bool:
        """True once the user asked to finish early and keep the best so far."""

    def check_cancelled(self) -> None:
        """Raise `Cancelled` once the user asked to give up."""


class SilentContext:
    """Says nothing and is never stopped: for notebooks and short work."""

    def progress(self, done: int, total: int, message: str = "") -> None: ...

    def metrics(self, values: Mapping[str, float], *, step: int) -> None: ...

    def log(self, message: str, level: LogLevel = "info") -> None: ...

    def artifact(self, kind: str, path: Path) -> None: ...

    def stop_requested(self) -> bool:
        return False

    def check_cancelled(self) -> None: ...


@dataclass
class MemoryContext:
    """Keeps everything that was said; `stop` and `cancel` may be set at any time."""

    steps: list[tuple[int, int, str]] = field(default_factory=list)
    curves: list[tuple[int, dict[str, float]]] = field(default_factory=list)
    lines: list[tuple[LogLevel, str]] = field(default_factory=list)
    artifacts: list[tuple[str, Path]] = field(default_factory=list)
    stop: bool = False
    cancel: bool = False

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.steps.append((done, total, message))

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        self.curves.append((step, dict(values)))

    def log(self, message: str, level: LogLevel = "info") -> None:
        self.lines.append((level, message))

    def artifact(self, kind: str, path: Path) -> None:
        self.artifacts.append((kind, path))

    def stop_requested(self) -> bool:
        return self.stop

    def check_cancelled(self) -> None:
        if self.cancel:
            raise Cancelled
