"""The marks of frame states: a shape each, so that colour is never needed to tell them apart."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF

from cirrus_core.project.states import FrameState
from cirrus_gui.theme import Colours


def state_colour(state: FrameState, colours: Colours) -> str:
    """The theme's colour for a state."""
    return {
        "new": colours.dim,
        "in progress": colours.text,
        "approved": colours.good,
        "flagged": colours.warn,
        "bad": colours.bad,
        "excluded": colours.dim,
    }[state]


def draw_state(painter: QPainter, rect: QRectF, state: FrameState, colours: Colours) -> None:
    """Draw the mark of `state` centred in `rect`: ring, half disc, tick, flag, cross or bar."""
    size = min(rect.width(), rect.height())
    box = QRectF(0, 0, size, size)
    box.moveCenter(rect.center())
    colour = QColor(state_colour(state, colours))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    round_pen = (Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(QPen(colour, max(1.0, 0.13 * size), *round_pen))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _DRAWERS[state](painter, box, colour)
    painter.restore()


def _at(box: QRectF, x: float, y: float) -> QPointF:
    return QPointF(box.x() + x * box.width(), box.y() + y * box.height())


def _ring(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.drawEllipse(box.center(), 0.32 * box.width(), 0.32 * box.height())


def _half(painter: QPainter, box: QRectF, colour: QColor) -> None:
    _ring(painter, box, colour)
    inner = box.adjusted(0.18 * box.width(), 0.18 * box.height(), -0.18 * box.width(), -0.18 * box.height())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPie(inner, 90 * 16, 180 * 16)


def _tick(painter: QPainter, box: QRectF, colour: QColor) -> None:
    path = QPainterPath(_at(box, 0.15, 0.55))
    path.lineTo(_at(box, 0.4, 0.8))
    path.lineTo(_at(box, 0.87, 0.2))
    painter.drawPath(path)


def _flag(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.drawLine(_at(box, 0.25, 0.1), _at(box, 0.25, 0.92))
    painter.setBrush(colour)
    painter.drawPolygon(QPolygonF([_at(box, 0.25, 0.12), _at(box, 0.85, 0.32), _at(box, 0.25, 0.55)]))


def _cross(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.drawLine(_at(box, 0.2, 0.2), _at(box, 0.8, 0.8))
    painter.drawLine(_at(box, 0.8, 0.2), _at(box, 0.2, 0.8))


def _bar(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.drawLine(_at(box, 0.15, 0.5), _at(box, 0.85, 0.5))


_DRAWERS = {
    "new": _ring,
    "in progress": _half,
    "approved": _tick,
    "flagged": _flag,
    "bad": _cross,
    "excluded": _bar,
}
