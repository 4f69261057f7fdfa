"""A small night on disk and a hand on the mouse, for the tests of the window."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from cirrus_gui.canvas.canvas import SkyCanvas
from cirrus_gui.canvas.pane import Pane

SHAPE = (60, 80)
_START = datetime(2026, 1, 23, 20, 0, tzinfo=UTC)
_NONE = Qt.KeyboardModifier.NoModifier


def frame_data(i: int, shape: tuple[int, int] = SHAPE) -> NDArray[np.int16]:
    """A gradient with a bump that moves, in ADU."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    bump = 800 * np.exp(-((rows - 30) ** 2 + (cols - 20 - 10 * i) ** 2) / 100)
    return (3000 + 2 * rows + bump).astype(np.int16)


def write_frame(folder: Path, i: int, data: NDArray[Any] | None = None) -> Path:
    """Write frame number `i` of a night, 10 s after the one before."""
    folder.mkdir(parents=True, exist_ok=True)
    header = fits.Header()
    header["DATE-OBS"] = (_START + timedelta(seconds=10 * i)).strftime("%Y-%m-%dT%H:%M:%S")
    path = folder / f"frame{i:03d}.fits"
    fits.writeto(path, frame_data(i) if data is None else data, header, overwrite=True)
    return path


def write_night(folder: Path, n_frames: int = 4) -> Path:
    """Write a night of `n_frames` frames."""
    for i in range(n_frames):
        write_frame(folder, i)
    return folder


class Hand:
    """A mouse over the panes of a canvas, in pixels of the frame."""

    def __init__(self, canvas: SkyCanvas, pane: str = "mask") -> None:
        self.canvas = canvas
        self.pane: Pane = canvas.panes[pane]  # type: ignore[index]
        self._button = Qt.MouseButton.NoButton

    def point(self, row: float, col: float) -> QPointF:
        """Where pixel (row, col) is on the pane."""
        return self.canvas.camera.transform().map(QPointF(col, row))

    def place(self, row: float, col: float) -> tuple[float, float]:
        """The pixel that a press at (row, col) really hits: mice move in whole screen pixels."""
        return self.canvas.camera.to_frame(QPointF(self._at(row, col)))

    def press(
        self,
        row: float,
        col: float,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = _NONE,
    ) -> None:
        self._button = button
        QTest.mousePress(self.pane.viewport(), button, keys, self._at(row, col))

    def move(self, row: float, col: float, keys: Qt.KeyboardModifier = _NONE) -> None:
        """Move with the button down (QTest's own move forgets the button)."""
        viewport = self.pane.viewport()
        assert viewport is not None
        at = QPointF(self._at(row, col))
        event = QMouseEvent(
            QEvent.Type.MouseMove,
            at,
            QPointF(viewport.mapToGlobal(at.toPoint())),
            Qt.MouseButton.NoButton,
            self._button,
            keys,
        )
        QApplication.sendEvent(viewport, event)

    def release(self, row: float, col: float) -> None:
        button, self._button = self._button, Qt.MouseButton.NoButton
        QTest.mouseRelease(self.pane.viewport(), button, _NONE, self._at(row, col))

    def drag(
        self,
        *places: tuple[float, float],
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = _NONE,
    ) -> None:
        """Press at the first place, move over the others, release at the last."""
        self.press(*places[0], button, keys)
        for place in places[1:]:
            self.move(*place, keys)
        self.release(*places[-1])

    def wheel(self, row: float, col: float, delta: QPoint, keys: Qt.KeyboardModifier = _NONE) -> None:
        """Turn the wheel; 120 is one notch."""
        viewport = self.pane.viewport()
        assert viewport is not None
        at = self.point(row, col)
        event = QWheelEvent(
            at,
            QPointF(viewport.mapToGlobal(at.toPoint())),
            QPoint(),
            delta,
            Qt.MouseButton.NoButton,
            keys,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(viewport, event)

    def _at(self, row: float, col: float) -> QPoint:
        return self.point(row, col).toPoint()
