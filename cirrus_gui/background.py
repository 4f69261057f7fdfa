"""Work off the GUI thread: a function runs in a thread pool, its result comes back on the GUI thread.

Workers get and return plain data (arrays, paths, core objects), never widgets or pixmaps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from PyQt6 import sip
from PyQt6.QtCore import QObject, QRunnable, QThreadPool, pyqtSignal

from cirrus_core.errors import Cancelled, CirrusError
from cirrus_core.progress import LogLevel

T = TypeVar("T")
_PROGRESS_INTERVAL_S = 0.05

# Qt keeps no reference to what it will call back; this set does until the result is delivered.
_under_way: set[_Delivery] = set()


def run_in_background(
    fn: Callable[[], T],
    on_done: Callable[[T], object],
    on_error: Callable[[CirrusError], object] | None = None,
    *,
    owner: QObject | None = None,
    pool: QThreadPool | None = None,
    priority: int = 0,
) -> None:
    """Run `fn` in a thread and hand its result to `on_done` on the GUI thread.

    An expected error goes to `on_error`. Any other exception is a bug: it is raised again on the GUI
    thread, where the crash report catches it. A result whose `owner` has been deleted meanwhile is dropped;
    the owner of a bound method is known without being told.
    """
    delivery = _Delivery(on_done, on_error, owner or _owner(on_done))
    _under_way.add(delivery)
    (pool or _global_pool()).start(_Task(fn, delivery), priority)


def _global_pool() -> QThreadPool:
    pool = QThreadPool.globalInstance()
    assert pool is not None
    return pool


class _Delivery(QObject):
    """Lives on the GUI thread; the worker's emit is queued to it by Qt."""

    finished = pyqtSignal(object, object)

    def __init__(
        self,
        on_done: Callable[[Any], object],
        on_error: Callable[[CirrusError], object] | None,
        owner: QObject | None,
    ) -> None:
        super().__init__()
        self._owner = owner
        self._on_done = on_done
        self._on_error = on_error
        self.finished.connect(self._deliver)

    def _deliver(self, result: object, error: BaseException | None) -> None:
        _under_way.discard(self)
        if self._owner is not None and sip.isdeleted(self._owner):
            return
        if error is None:
            self._on_done(result)
        elif isinstance(error, CirrusError) and self._on_error is not None:
            self._on_error(error)
        else:
            raise error


class _Task(QRunnable):
    def __init__(self, fn: Callable[[], Any], delivery: _Delivery) -> None:
        super().__init__()
        self._fn = fn
        self._delivery = delivery

    def run(self) -> None:
        result, error = None, None
        try:
            result = self._fn()
        except Exception as caught:  # every kind is handed over, none is lost
            error = caught
        if not sip.isdeleted(self._delivery):
            self._delivery.finished.emit(result, error)


def _owner(callback: Callable[..., object]) -> QObject | None:
    owner = getattr(callback, "__self__", None)
    return owner if isinstance(owner, QObject) else None


class SignalContext(QObject):
    """A `TaskContext` whose progress arrives as a signal on the GUI thread, at most 20 times a second.

    Signals
    -------
    progressed : int, int, str
        Steps done, steps in all, what is being done.
    """

    progressed = pyqtSignal(int, int, str)

    def __init__(self) -> None:
        super().__init__()
        self._last_s = 0.0
        self._cancelled = False

    def cancel(self) -> None:
        """Ask the work to give up."""
        self._cancelled = True

    def progress(self, done: int, total: int, message: str = "") -> None:
        now = time.monotonic()
        if now - self._last_s >= _PROGRESS_INTERVAL_S or done == total:
            self._last_s = now
            self.progressed.emit(done, total, message)

    def metrics(self, values: Mapping[str, float], *, step: int) -> None: ...

    def log(self, message: str, level: LogLevel = "info") -> None: ...

    def artifact(self, kind: str, path: Path) -> None: ...

    def stop_requested(self) -> bool:
        return self._cancelled

    def check_cancelled(self) -> None:
        if self._cancelled:
            raise Cancelled
