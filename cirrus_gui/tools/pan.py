"""Pan: the pixel that was gripped stays under the pointer."""

from __future__ import annotations

from typing import Protocol

from cirrus_gui.tools.base import PointerEvent


class Pannable(Protocol):
    """A view that can be moved over the frame."""

    def pan_by(self, rows: float, cols: float) -> None:
        """Move the view by pixels of the frame."""


class PanTool:
    """Moves the view while a button is down."""

    def __init__(self, view: Pannable) -> None:
        self._view = view
        self._grip: tuple[float, float] | None = None

    def press(self, event: PointerEvent) -> None:
        """Grip the pixel under the pointer."""
        self._grip = (event.row, event.col)

    def move(self, event: PointerEvent) -> None:
        """Bring the gripped pixel back under the pointer."""
        if self._grip is not None:
            self._view.pan_by(self._grip[0] - event.row, self._grip[1] - event.col)

    def release(self, event: PointerEvent) -> None:
        """Let go."""
        self._grip = None

    def cancel(self) -> bool:
        """Let go; a view needs no undo."""
        self._grip = None
        return False
