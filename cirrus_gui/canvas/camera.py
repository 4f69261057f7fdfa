"""Where the panes look: one zoom and one centre for all of them."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QPointF, QSizeF, pyqtSignal
from PyQt6.QtGui import QTransform

MAX_SCALE = 64.0
"""Screen pixels per frame pixel at most."""
_MIN_FIT = 0.5
"""Zooming out stops at half of what fits, or at 100 % for frames smaller than that."""


class Camera(QObject):
    """Zoom and centre in pixels of the frame, pixel centres at integers.

    While `fitted` is true the whole frame is kept in view whatever the size of the panes.

    Signals
    -------
    changed
    """

    changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale = 1.0
        self.fitted = True
        self._row, self._col = 0.0, 0.0
        self._shape = (1, 1)
        self._view = QSizeF(1.0, 1.0)

    def set_shape(self, shape: tuple[int, int]) -> None:
        """Look at frames of this size, (rows, columns); the place is kept between frames of one size."""
        if shape != self._shape:
            self._shape = shape
            self.fit()

    def set_view(self, size: QSizeF) -> None:
        """The size of a pane has changed."""
        if size != self._view and size.width() > 0 and size.height() > 0:
            self._view = size
            if self.fitted:
                self.fit()
            else:
                self.changed.emit()

    def fit(self) -> None:
        """Show the whole frame."""
        rows, cols = self._shape
        self.fitted = True
        self.scale = self._fit_scale()
        self._row, self._col = (rows - 1) / 2, (cols - 1) / 2
        self.changed.emit()

    def zoom_to(self, scale: float) -> None:
        """Zoom about the middle of the pane; 1 shows one frame pixel as one screen pixel."""
        self.zoom_at(self._row, self._col, scale / self.scale)

    def zoom_at(self, row: float, col: float, factor: float) -> None:
        """Zoom so that pixel (row, col) stays where it is on the screen."""
        lowest = min(self._fit_scale() * _MIN_FIT, 1.0)
        scale = min(max(self.scale * factor, lowest), MAX_SCALE)
        kept = self.scale / scale
        self.scale, self.fitted = scale, False
        self._look_at(row + (self._row - row) * kept, col + (self._col - col) * kept)

    def pan_by(self, rows: float, cols: float) -> None:
        """Move the view by pixels of the frame."""
        self.fitted = False
        self._look_at(self._row + rows, self._col + cols)

    def transform(self) -> QTransform:
        """From (column, row) of the frame to (x, y) of a pane."""
        to_screen = QTransform.fromTranslate(self._view.width() / 2, self._view.height() / 2)
        to_screen.scale(self.scale, self.scale)
        return to_screen.translate(-self._col, -self._row)

    def to_frame(self, point: QPointF) -> tuple[float, float]:
        """(row, col) under a point of a pane."""
        back, _ = self.transform().inverted()
        place = back.map(point)
        return place.y(), place.x()

    def _fit_scale(self) -> float:
        rows, cols = self._shape
        return min(self._view.width() / cols, self._view.height() / rows, MAX_SCALE)

    def _look_at(self, row: float, col: float) -> None:
        # The frame cannot be lost from view: its nearest pixel stays at the centre at worst.
        rows, cols = self._shape
        self._row, self._col = min(max(row, 0.0), rows - 1.0), min(max(col, 0.0), cols - 1.0)
        self.changed.emit()
