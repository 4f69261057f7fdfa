"""Frames on their way to the screen: read and stretched in the background, kept, read ahead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, QThreadPool, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_core.frames.cache import FrameCache
from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.grey import grey
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Night
from cirrus_core.frames.stats import FrameStats, frame_stats
from cirrus_core.frames.stretch import Cuts, StretchParams, find_cuts, night_cuts, stretch
from cirrus_gui.background import run_in_background
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import ViewState

MAX_CACHE_BYTES = 1 << 30
_SHARE_OF_MEMORY = 8
_AHEAD = 3
_BEHIND = 1
_NIGHT_SAMPLE = 24


@dataclass(frozen=True, eq=False)
class LoadedFrame:
    """A frame ready for the screen.

    Attributes
    ----------
    frame : Frame
        The data, in ADU.
    stats : FrameStats
    cuts : (float, float)
        Black and white in ADU.
    image : ndarray, (H, W) uint8
        The stretched picture.
    params : StretchParams
        What `image` was made with.
    """

    ref: FrameRef
    frame: Frame
    stats: FrameStats
    cuts: Cuts
    image: NDArray[np.uint8]
    params: StretchParams


class FrameLoader(QObject):
    """Follows the session's current frame.

    Signals
    -------
    frame_ready : LoadedFrame
        The current frame can be shown; comes again when it is stretched in another way.
    frame_failed : int, CirrusError
        The current frame cannot be read.
    """

    frame_ready = pyqtSignal(object)
    frame_failed = pyqtSignal(int, object)

    def __init__(
        self,
        session: Session,
        view_state: ViewState,
        *,
        max_bytes: int | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._view = view_state
        room = psutil.virtual_memory().total // _SHARE_OF_MEMORY
        self._cache = FrameCache(max_bytes or min(MAX_CACHE_BYTES, room))
        self._prepared: dict[int, LoadedFrame] = {}
        self._night_cuts: dict[tuple[object, ...], Cuts] = {}
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)
        self.loaded: LoadedFrame | None = None
        self._generation = 0
        self._last = 0
        self._busy = False
        session.night_opened.connect(self._on_night_opened)
        session.current_changed.connect(self._on_current_changed)
        view_state.stretch_changed.connect(self._on_stretch_changed)

    @property
    def busy(self) -> bool:
        """True while the current frame is being read."""
        return self._busy

    def wait(self) -> None:
        """Wait until no thread reads any more: the window closes."""
        self._generation += 1
        self._pool.waitForDone()

    def _on_night_opened(self, night: Night) -> None:
        self._generation += 1
        self._cache.clear()
        self._prepared.clear()
        self._night_cuts.clear()
        self.loaded = None

    def _on_current_changed(self, index: int) -> None:
        self._generation += 1
        self._cache.move_to(index)
        self._last, ahead = index, 1 if index >= self._last else -1
        kept = self._prepared.get(index)
        if kept is not None and kept.params == self._view.stretch:
            self._busy = False
            self._show(kept)
            self._read_ahead(ahead)
        else:
            self._busy = True
            self._load(index, then=lambda: self._read_ahead(ahead))

    def _on_stretch_changed(self) -> None:
        # While one picture is made the slider may move on: the last setting is taken when it is done.
        if self.loaded is not None and not self._busy:
            self._busy = True
            self._load(self._session.current, then=lambda: None)

    def _load(self, index: int, then: Callable[[], None]) -> None:
        generation, params = self._generation, self._view.stretch

        def done(loaded: LoadedFrame | None) -> None:
            if loaded is not None:
                self._keep(loaded)
            if generation != self._generation or loaded is None:
                return  # late: another frame is wanted by now
            self._busy = False
            self._show(loaded)
            if loaded.params != self._view.stretch:
                self._on_stretch_changed()
            then()

        def failed(error: CirrusError) -> None:
            if generation == self._generation:
                self._busy = False
                self.loaded = None
                self.frame_failed.emit(index, error)
                then()

        self._run(index, params, generation, done, failed, priority=1)

    def _read_ahead(self, ahead: int) -> None:
        """Read the neighbours, first those in the direction of travel."""
        night, generation, params = self._session.night, self._generation, self._view.stretch
        if night is None:
            return
        steps = [*range(1, _AHEAD + 1), *range(-1, -_BEHIND - 1, -1)]
        for index in (self._session.current + ahead * step for step in steps):
            kept = self._prepared.get(index)
            if 0 <= index < len(night.frames) and (kept is None or kept.params != params):
                # What is wrong with a neighbour is told when it is looked at.
                self._run(index, params, generation, self._keep_if_any, lambda error: None, priority=0)

    def _run(
        self,
        index: int,
        params: StretchParams,
        generation: int,
        on_done: Callable[[LoadedFrame | None], None],
        on_error: Callable[[CirrusError], None],
        *,
        priority: int,
    ) -> None:
        night = self._session.night
        assert night is not None
        ref, kept, frame = night.frames[index], self._prepared.get(index), self._cache.get(index)

        def work() -> LoadedFrame | None:
            if generation != self._generation:
                return None
            cuts = self._cuts_of_night(night, params) if params.scope == "night" else None
            if kept is not None:
                return _restretch(kept, params, cuts)
            return _prepare(frame or read_frame(ref), params, cuts)

        def done(loaded: LoadedFrame | None) -> None:
            # The same night may have been opened again, and its files be others.
            on_done(loaded if self._session.night is night else None)

        run_in_background(work, done, on_error, owner=self, pool=self._pool, priority=priority)

    def _cuts_of_night(self, night: Night, params: StretchParams) -> Cuts:
        key = (params.cuts, params.low_percentile, params.high_percentile, params.low, params.high)
        if key not in self._night_cuts:
            step = max(1, len(night.frames) // _NIGHT_SAMPLE)
            planes = (plane for ref in night.frames[::step] if (plane := _try_read(ref)) is not None)
            self._night_cuts[key] = night_cuts(planes, params)
        return self._night_cuts[key]

    def _show(self, loaded: LoadedFrame) -> None:
        self.loaded = loaded
        self.frame_ready.emit(loaded)

    def _keep_if_any(self, loaded: LoadedFrame | None) -> None:
        if loaded is not None:
            self._keep(loaded)

    def _keep(self, loaded: LoadedFrame) -> None:
        if self._cache.put(loaded.frame):
            self._prepared[loaded.ref.index] = loaded
        for other in [i for i in self._prepared if not self._cache.contains(i)]:
            del self._prepared[other]


def plane(frame: Frame) -> NDArray[Any]:
    """The frame as one plane, (H, W); see `grey`."""
    return grey(frame.data)


def _prepare(frame: Frame, params: StretchParams, cuts: Cuts | None) -> LoadedFrame:
    data = plane(frame)
    cuts = cuts or find_cuts(data, params)
    _ = frame.checksum  # computed here: the mask editor asks for it on the GUI thread
    return LoadedFrame(frame.ref, frame, frame_stats(data), cuts, stretch(data, params, cuts), params)


def _restretch(kept: LoadedFrame, params: StretchParams, cuts: Cuts | None) -> LoadedFrame:
    data = plane(kept.frame)
    cuts = cuts or find_cuts(data, params)
    return replace(kept, cuts=cuts, image=stretch(data, params, cuts), params=params)


def _try_read(ref: FrameRef) -> NDArray[Any] | None:
    try:
        return plane(read_frame(ref))
    except CirrusError:
        return None  # the cuts of a night come from those of its frames that can be read
