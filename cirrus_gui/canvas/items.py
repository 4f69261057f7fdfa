"""What lies on a pane above the picture: the mask, the outline of the prediction, cursor and brush."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPainter, QPen
from PyQt6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cirrus_core.masks.raster import Box
from cirrus_gui.canvas.overlay import Pixels

Draw = Callable[[NDArray[Any], int, int, int], Pixels]
"""From samples with a margin to pixels: (samples, x0, y0, border_px)."""

_CROSS_PX = 7.0


class RootItem(QGraphicsItem):
    """Carries the camera for all that lies on a pane; draws nothing itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemHasNoContents)

    def boundingRect(self) -> QRectF:
        return QRectF()

    def paint(self, *_: object) -> None: ...


class PictureItem(QGraphicsItem):
    """A picture of 8 bits through a colour table, pixel centres at integers.

    Qt draws it from the array itself: one byte a pixel, nothing converted, only what is exposed.
    """

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._bytes = b""
        self._image = QImage()

    def set_picture(self, picture: NDArray[np.uint8] | None, table: NDArray[np.uint8]) -> None:
        """Show a picture, (H, W) uint8, through a table, (256, 3) uint8; or nothing."""
        self.prepareGeometryChange()
        if picture is None:
            self._image = QImage()
            return
        self._bytes = picture.tobytes()  # kept: the image draws from its memory
        rows, cols = picture.shape
        grey = np.array_equal(table, np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
        kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_Indexed8
        self._image = QImage(self._bytes, cols, rows, cols, kind)
        if not grey:
            red, green, blue = table.astype(np.uint32).T
            self._image.setColorTable((0xFF000000 | red << 16 | green << 8 | blue).tolist())
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-0.5, -0.5, self._image.width(), self._image.height())

    def paint(
        self,
        painter: QPainter | None,
        option: QStyleOptionGraphicsItem | None,
        widget: QWidget | None = None,
    ) -> None:
        if painter is not None and not self._image.isNull():
            painter.drawImage(self.boundingRect(), self._image)


class OverlayItem(QGraphicsItem):
    """An array over the frame, sampled at the pixels of the screen and drawn by a function.

    Item coordinates are (column, row) of the frame.
    """

    def __init__(self, parent: QGraphicsItem, draw: Draw) -> None:
        super().__init__(parent)
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemUsesExtendedStyleOption)
        self._draw = draw
        self._array: NDArray[Any] | None = None

    def set_array(self, array: NDArray[Any] | None) -> None:
        """Show another array, (H, W), or nothing. It is looked at again whenever the item is painted."""
        self.prepareGeometryChange()
        self._array = array
        self.update()

    def update_box(self, box: Box) -> None:
        """Only this rectangle of the array has changed."""
        # Borders reach a few screen pixels beyond the labels that changed.
        margin = 4.0 / max(self._scale(), 1e-6) + 1.0
        rect = QRectF(box.col0, box.row0, box.col1 - box.col0, box.row1 - box.row0)
        self.update(rect.adjusted(-margin, -margin, margin, margin))

    def boundingRect(self) -> QRectF:
        if self._array is None:
            return QRectF()
        rows, cols = self._array.shape
        return QRectF(-0.5, -0.5, cols, rows)

    def paint(
        self,
        painter: QPainter | None,
        option: QStyleOptionGraphicsItem | None,
        widget: QWidget | None = None,
    ) -> None:
        if painter is None or option is None or self._array is None:
            return
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        to_screen = painter.worldTransform()
        shown = to_screen.mapRect(option.exposedRect.intersected(self.boundingRect()))
        x0, y0 = math.floor(shown.left() * ratio), math.floor(shown.top() * ratio)
        x1, y1 = math.ceil(shown.right() * ratio), math.ceil(shown.bottom() * ratio)
        if x1 <= x0 or y1 <= y0:
            return
        border = max(1, round(1.5 * ratio))
        scale = to_screen.m11() * ratio
        cols = _indices(x0 - border, x1 + border, scale, to_screen.dx() * ratio, self._array.shape[1])
        rows = _indices(y0 - border, y1 + border, scale, to_screen.dy() * ratio, self._array.shape[0])
        samples = self._array[rows[0]][:, cols[0]]
        pixels = self._draw(samples, x0, y0, border)
        outside = np.logical_or(rows[1][border:-border, None], cols[1][None, border:-border])
        pixels[outside] = 0
        height, width = pixels.shape
        raw = pixels.tobytes()  # named: QImage keeps no reference to what it draws from
        image = QImage(raw, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied)
        image.setDevicePixelRatio(ratio)
        painter.save()
        painter.resetTransform()
        painter.drawImage(QPointF(x0 / ratio, y0 / ratio), image)
        painter.restore()

    def _scale(self) -> float:
        return self.sceneTransform().m11()


def _indices(
    first: int, stop: int, scale: float, offset: float, n: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Frame row (or column) under each device pixel, held inside the frame, and which were outside it."""
    place = np.floor((np.arange(first, stop) + 0.5 - offset) / scale + 0.5).astype(np.intp)
    return np.clip(place, 0, n - 1), (place < 0) | (place >= n)


class CursorItem(QGraphicsItem):
    """A small cross where the pointer is in another pane, and the outline of the brush in all panes."""

    def __init__(self, parent: QGraphicsItem) -> None:
        super().__init__(parent)
        self._radius_px = 0.0
        self._cross = False
        self.setVisible(False)

    def show_at(self, row: float, col: float, *, radius_px: float, cross: bool) -> None:
        """Put it at a pixel; `radius_px` of the brush in frame pixels, 0 for none."""
        scene = self.scene()
        if scene is not None and self.isVisible():
            # Qt may have forgotten where it drew this last: seen when the strip appears at a press.
            scene.update(self.sceneBoundingRect())
        if (radius_px, cross) != (self._radius_px, self._cross):
            self.prepareGeometryChange()
            self._radius_px, self._cross = radius_px, cross
        self.setPos(col, row)
        self.setVisible(True)

    def boundingRect(self) -> QRectF:
        scale = max(self.sceneTransform().m11(), 1e-6)
        reach = max(self._radius_px, (_CROSS_PX if self._cross else 0.0) / scale) + 2.0 / scale
        return QRectF(-reach, -reach, 2 * reach, 2 * reach)

    def paint(
        self,
        painter: QPainter | None,
        option: QStyleOptionGraphicsItem | None,
        widget: QWidget | None = None,
    ) -> None:
        if painter is None or widget is None:
            return
        # Dark below light: seen on cloud, sky and nothing alike. In the red theme the light one is red.
        palette = widget.palette()
        light = max((palette.text().color(), palette.base().color()), key=QColor.lightness)
        reach = _CROSS_PX / painter.worldTransform().m11()
        for colour, width in ((QColor(0, 0, 0, 160), 3.0), (light, 1.0)):
            pen = QPen(colour, width)
            pen.setCosmetic(True)
            painter.setPen(pen)
            if self._cross:
                painter.drawLine(QPointF(-reach, 0), QPointF(reach, 0))
                painter.drawLine(QPointF(0, -reach), QPointF(0, reach))
            if self._radius_px > 0:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(0, 0), self._radius_px, self._radius_px)
