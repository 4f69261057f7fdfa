"""Frames kept in memory, bounded by bytes, those nearest to the frame on screen kept longest.

Not least-recently-used: played forward, a night larger than the cache would then throw out each frame just
before it is needed again, and neighbours read ahead before they are seen.
"""

from __future__ import annotations

import threading

from cirrus_core.frames.frame import Frame

_BEHIND = 3.0
"""A frame behind counts like one three times as far ahead: looking back a little stays quick."""


class FrameCache:
    """Frames by their index in the night; safe to use from several threads.

    Parameters
    ----------
    max_bytes : int
        Bound on the bytes of all pixels kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._frames: dict[int, Frame] = {}
        self._n_bytes = 0
        self._centre = 0
        self._ahead = 1
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def n_bytes(self) -> int:
        """Bytes of all pixels kept."""
        return self._n_bytes

    def get(self, index: int) -> Frame | None:
        """The frame, or None when it is not kept."""
        return self._frames.get(index)

    def contains(self, index: int) -> bool:
        """True when the frame is kept."""
        return index in self._frames

    def move_to(self, index: int) -> None:
        """Move the window: `index` is on screen now, and travel goes on the way it came."""
        with self._lock:
            if index != self._centre:
                self._ahead = 1 if index > self._centre else -1
            self._centre = index

    def put(self, frame: Frame) -> bool:
        """Keep a frame under its ``ref.index``; False when it lies too far off to be worth the room."""
        with self._lock:
            index = frame.ref.index
            self._drop(index)
            self._frames[index] = frame
            self._n_bytes += frame.data.nbytes
            while self._n_bytes > self.max_bytes and self._frames:
                self._drop(max(self._frames, key=self._distance))
            return index in self._frames

    def clear(self) -> None:
        """Forget all frames: another night."""
        with self._lock:
            self._frames.clear()
            self._n_bytes = 0
            self._centre, self._ahead = 0, 1

    def _distance(self, index: int) -> float:
        """Steps from the frame on screen; those behind are far off sooner."""
        steps = (index - self._centre) * self._ahead
        return steps if steps >= 0 else -_BEHIND * steps

    def _drop(self, index: int) -> None:
        frame = self._frames.pop(index, None)
        if frame is not None:
            self._n_bytes -= frame.data.nbytes
