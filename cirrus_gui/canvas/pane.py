"""One pane: a picture with what lies over it. It shows what the camera looks at and reports the pointer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QPainter, QResizeEvent, QTransform, QWheelEvent
from PyQt6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QLabel, QSizePolicy, QWidget

from cirrus_gui.canvas.items import CursorItem, Draw, OverlayItem, PictureItem, RootItem

MIN_WIDTH_PX = 300


class Pane(QGraphicsView):
    """Draws; knows nothing of masks or tools.

    Signals
    -------
    mouse : QMouseEvent
        Press, move, release or double-click.
    wheel : QWheelEvent
    left
        The pointer is no longer over the pane.
    resized : QSizeF
    """

    mouse = pyqtSignal(object)
    wheel = pyqtSignal(object)
    left = pyqtSignal()
    resized = pyqtSignal(QSizeF)

    def __init__(self, title: str, help: str) -> None:
        super().__init__()
        self._scene = QGraphicsScene(self)
        self._scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.setScene(self._scene)
        self._set_up()
        self.setAccessibleName(f"{title} pane")
        self.setAccessibleDescription(help)
        # Everything hangs on one item that carries the camera: the scene itself never scrolls.
        self._root = RootItem()
        self._scene.addItem(self._root)
        self._picture = PictureItem(self._root)
        self.cursor_item = CursorItem(self._root)
        self.cursor_item.setZValue(10)
        self._title = _corner_label(self, title)
        self._title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note = _corner_label(self, "")
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setWordWrap(True)

    def _set_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.MinimalViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 100)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(False)

    def add_overlay(self, draw: Draw) -> OverlayItem:
        """Add an array drawn over the picture."""
        return OverlayItem(self._root, draw)

    def set_picture(self, picture: NDArray[np.uint8] | None, table: NDArray[np.uint8]) -> None:
        """Show a picture, (H, W) uint8, through a colour table, (256, 3) uint8."""
        self._picture.set_picture(picture, table)

    def set_note(self, text: str) -> None:
        """Say in the middle of the pane why there is nothing to see; `""` for nothing."""
        self._note.setText(text)
        self._place_labels()

    def set_camera(self, transform: QTransform) -> None:
        """Look at another part of the frame."""
        self._root.setTransform(transform)
        viewport = self.viewport()
        if viewport is not None:
            viewport.update()  # all of it: items sized in screen pixels leave no traces at their old place
        # Smooth when shrunk; above 100 % the pixels themselves are what one wants to see.
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, transform.m11() < 1.0)

    # Qt's events, passed on

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        size = QSizeF(self.size())
        self._scene.setSceneRect(QRectF(QPointF(0, 0), size))
        self._place_labels()
        self.resized.emit(size)

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        self.mouse.emit(event)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        self.mouse.emit(event)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        self.mouse.emit(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.mouse.emit(event)

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        self.wheel.emit(event)

    def leaveEvent(self, event: QEvent | None) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def _place_labels(self) -> None:
        self._title.adjustSize()
        self._title.move(8, 6)
        self._note.setVisible(bool(self._note.text()))
        self._note.resize(min(self.width() - 40, 320), self._note.heightForWidth(min(self.width() - 40, 320)))
        self._note.move((self.width() - self._note.width()) // 2, (self.height() - self._note.height()) // 2)


def _corner_label(parent: QWidget, text: str) -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName("paneLabel")
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return label
