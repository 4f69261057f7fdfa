"""Line icons that take their colour from the palette, so that they follow the theme by themselves."""

from __future__ import annotations

from functools import lru_cache

from PyQt6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PyQt6.QtSvg import QSvgRenderer

from cirrus_core.settings import resources_dir


def icon(name: str) -> QIcon:
    """Return the icon ``resources/icons/<name>.svg``.

    Raises
    ------
    FileNotFoundError
        If there is no such drawing: a mistake in the program.
    """
    return QIcon(_LineIcon(_source(name)))


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return (resources_dir() / "icons" / f"{name}.svg").read_text(encoding="utf-8")


class _LineIcon(QIconEngine):
    """Draws an SVG whose strokes are ``currentColor``; sharp at every size and device pixel ratio."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self._source = source

    def paint(self, painter: QPainter | None, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        if painter is None:
            return
        drawing = self._source.replace("currentColor", _colour(mode, state).name())
        QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(0, 0, size.width(), size.height()), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _LineIcon(self._source)


def _colour(mode: QIcon.Mode, state: QIcon.State) -> QColor:
    palette = QGuiApplication.palette()
    if mode == QIcon.Mode.Disabled:
        return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.ButtonText)
    role = QPalette.ColorRole.Link if state == QIcon.State.On else QPalette.ColorRole.ButtonText
    return palette.color(role)
