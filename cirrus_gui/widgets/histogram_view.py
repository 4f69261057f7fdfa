"""The histogram of a frame in ADU, with the two cuts to drag and the stretch curve over it."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QSizePolicy, QWidget

from cirrus_core.frames.stats import Histogram
from cirrus_gui.theme import Colours, colours_of
from cirrus_gui.widgets.section import explain

Handle = Literal["low", "high"]

_GRAB_PX = 8.0
_AXIS_PX = 17
_TOP_PX = 4


class HistogramView(QWidget):
    """Shows log counts over ADU; dragging a cut emits `cuts_dragged(low, high)` all the way."""

    cuts_dragged = pyqtSignal(float, float)

    def __init__(self) -> None:
        super().__init__()
        explain(
            self,
            "Histogram of the frame",
            "Pixels per ADU (log counts). Drag the two lines to set the cuts; the curve is the stretch.",
        )
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._data: Histogram | None = None
        self._low, self._high = 0.0, 1.0
        self._axis = (0.0, 1.0)
        self._curve: NDArray[np.float64] | None = None
        self._drag: Handle | None = None

    @property
    def cuts(self) -> tuple[float, float]:
        """Low and high cut in ADU."""
        return self._low, self._high

    def sizeHint(self) -> QSize:
        return QSize(240, 124)

    def set_histogram(self, data: Histogram | None) -> None:
        """Show the histogram of another frame, or nothing."""
        self._data = data
        self._fit_axis()

    def set_cuts(self, low: float, high: float, curve: NDArray[np.float64] | None = None) -> None:
        """Show the cuts in ADU and the stretch `curve` between them: grey 0..1 at even steps."""
        self._low, self._high, self._curve = low, high, curve
        self._fit_axis()

    def x_of(self, adu: float) -> float:
        """Where a value lies in the widget, in px."""
        left, right = self._axis
        return 1.0 + (self.width() - 2.0) * (adu - left) / (right - left)

    def adu_at(self, x: float) -> float:
        """The value at `x` px."""
        left, right = self._axis
        return left + (right - left) * (x - 1.0) / max(self.width() - 2.0, 1.0)

    def _fit_axis(self) -> None:
        # The axis holds still while a cut is dragged: nothing moves under the pointer.
        if self._drag is None:
            self._axis = _axis_range(self._data, self._low, self._high)
        self.update()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        if event is None or event.button() != Qt.MouseButton.LeftButton or self._data is None:
            return
        self._drag = self._handle_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        if event is None:
            return
        x = event.position().x()
        if self._drag is None:
            over = self._data is not None and self._handle_at(x) is not None
            self.setCursor(Qt.CursorShape.SplitHCursor if over else Qt.CursorShape.ArrowCursor)
            return
        value, least = self.adu_at(x), (self._axis[1] - self._axis[0]) / 1000.0
        if self._drag == "low":
            self._low = min(value, self._high - least)
        else:
            self._high = max(value, self._low + least)
        self.update()
        self.cuts_dragged.emit(self._low, self._high)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self._drag = None
        self._fit_axis()

    def changeEvent(self, event: QEvent | None) -> None:
        self.update()
        super().changeEvent(event)

    def _handle_at(self, x: float) -> Handle | None:
        low, high = abs(x - self.x_of(self._low)), abs(x - self.x_of(self._high))
        if min(low, high) > _GRAB_PX:
            return None
        return "low" if low < high or (low == high and x < self.x_of(self._low)) else "high"

    def paintEvent(self, event: QPaintEvent | None) -> None:
        colours = colours_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(0, _TOP_PX, self.width(), self.height() - _AXIS_PX - _TOP_PX)
        painter.fillRect(plot, QColor(colours.base))
        if self._data is None:
            painter.setPen(QColor(colours.dim))
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, "no frame")
        else:
            self._paint_counts(painter, plot, colours)
            self._paint_curve(painter, plot, colours)
            self._paint_cuts(painter, plot, colours)
            self._paint_axis(painter, plot, colours)
        painter.end()

    def _paint_counts(self, painter: QPainter, plot: QRectF, colours: Colours) -> None:
        assert self._data is not None
        heights = _columns(self._data, self._axis, int(plot.width()))
        tops = plot.bottom() - heights * (plot.height() - 2)
        points = [QPointF(x, float(top)) for x, top in enumerate(tops)]
        outline = [QPointF(0, plot.bottom()), *points, QPointF(plot.width(), plot.bottom())]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.disabled))
        painter.drawPolygon(QPolygonF(outline))

    def _paint_curve(self, painter: QPainter, plot: QRectF, colours: Colours) -> None:
        if self._curve is None:
            return
        xs = np.linspace(self.x_of(self._low), self.x_of(self._high), len(self._curve))
        ys = plot.bottom() - self._curve * plot.height()
        points = [QPointF(0, plot.bottom()), *(QPointF(x, y) for x, y in zip(xs, ys, strict=True))]
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.text), 1.2))
        painter.drawPolyline(QPolygonF([*points, QPointF(plot.right(), plot.top())]))

    def _paint_cuts(self, painter: QPainter, plot: QRectF, colours: Colours) -> None:
        painter.setPen(QPen(QColor(colours.accent), 1.5))
        painter.setBrush(QColor(colours.accent))
        for value, side in ((self._low, 1.0), (self._high, -1.0)):
            x = self.x_of(value)
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))
            grip = [QPointF(x, plot.bottom()), QPointF(x + side * 7, plot.bottom())]
            painter.drawPolygon(QPolygonF([*grip, QPointF(x, plot.bottom() - 9)]))

    def _paint_axis(self, painter: QPainter, plot: QRectF, colours: Colours) -> None:
        painter.setPen(QColor(colours.dim))
        font = self.font()
        font.setPointSizeF(max(7.0, 0.85 * font.pointSizeF()))
        painter.setFont(font)
        box = QRectF(2, plot.bottom() + 1, plot.width() - 4, _AXIS_PX - 1)
        for text, where in (
            (f"{self._axis[0]:.4g}", Qt.AlignmentFlag.AlignLeft),
            ("ADU", Qt.AlignmentFlag.AlignHCenter),
            (f"{self._axis[1]:.4g}", Qt.AlignmentFlag.AlignRight),
        ):
            painter.drawText(box, where | Qt.AlignmentFlag.AlignVCenter, text)


def _axis_range(data: Histogram | None, low: float, high: float) -> tuple[float, float]:
    """From the 0.1 to the 99.9 percentile or the cuts, whichever is wider, and a little more."""
    left, right = low, high
    if data is not None and data.counts.sum() > 0:
        part = np.cumsum(data.counts) / data.counts.sum()
        left = min(left, float(data.edges[np.searchsorted(part, 0.001)]))
        right = max(right, float(data.edges[min(int(np.searchsorted(part, 0.999)) + 1, len(part))]))
    room = 0.06 * (right - left) if right > left else 0.5
    return left - room, right + room


def _columns(data: Histogram, axis: tuple[float, float], width: int) -> NDArray[np.float64]:
    """Height 0..1 of each pixel column: log(1 + counts), the tallest bin that falls into the column."""
    width = max(width, 2)
    edges = np.linspace(axis[0], axis[1], width + 1)
    first = np.clip(np.searchsorted(data.edges, edges[:-1], side="right") - 1, 0, len(data.counts))
    last = np.clip(np.searchsorted(data.edges, edges[1:], side="left"), first + 1, len(data.counts) + 1)
    padded = np.append(data.counts, 0).astype(np.float64)
    tallest = np.array([padded[a:b].max() for a, b in zip(first, last, strict=True)])
    outside = (edges[1:] <= data.edges[0]) | (edges[:-1] >= data.edges[-1])
    tallest[outside] = 0.0
    logs: NDArray[np.float64] = np.log1p(tallest)
    logs /= max(float(logs.max()), 1.0)
    return logs
