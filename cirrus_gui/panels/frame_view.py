"""The list of frames: state marks, gaps and the frame on screen, drawn row by row as they come into view."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from cirrus_gui.qtmodels.frame_table import CURRENT_ROLE, GAP_ROLE, STATE_ROLE, Column, FrameTable
from cirrus_gui.theme import colours_of
from cirrus_gui.widgets.section import explain
from cirrus_gui.widgets.state_mark import draw_state

_MARK_PX = 12.0


class FrameView(QTableView):
    """A table of frames without grid; rows have one height, so 10,000 of them cost nothing."""

    def __init__(self, model: FrameTable) -> None:
        super().__init__()
        explain(self, "Frames of the night", "Click a frame to go there; arrow keys walk through the night")
        self.setModel(model)
        self.setItemDelegate(_FrameDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self._set_up_headers()

    def _set_up_headers(self) -> None:
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        assert rows is not None and columns is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(self.fontMetrics().height() + 6)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setHighlightSections(False)
        columns.setMinimumSectionSize(16)
        width = self.fontMetrics().horizontalAdvance
        # Narrow enough for a list of 190 px: three panes of 300 px must fit beside it.
        columns.resizeSection(Column.NUMBER, width("00000"))
        columns.resizeSection(Column.TIME, width("00:00:00") + 8)
        columns.resizeSection(Column.STATE, 18)
        columns.resizeSection(Column.CLOUD, width("cloud") + 2)
        columns.setSectionResizeMode(Column.MASKS, QHeaderView.ResizeMode.Stretch)

    def follow(self, row: int) -> None:
        """Mark `row` as the current one and bring it into view."""
        model = self.model()
        if model is None or not 0 <= row < model.rowCount():
            return
        index = model.index(row, Column.NUMBER)
        self.setCurrentIndex(index)
        self.scrollTo(index)


class _FrameDelegate(QStyledItemDelegate):
    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        super().paint(painter, option, index)
        view = self.parent()
        if painter is None or not isinstance(view, FrameView):
            return
        colours, cell = colours_of(view), QRectF(option.rect)
        if index.column() == Column.STATE:
            mark = QRectF(0, 0, _MARK_PX, _MARK_PX)
            mark.moveCenter(cell.center())
            draw_state(painter, mark, index.data(STATE_ROLE), colours)
        if index.column() == Column.NUMBER and index.data(CURRENT_ROLE):
            painter.fillRect(QRectF(cell.left(), cell.top(), 3, cell.height()), QColor(colours.accent))
        if index.data(GAP_ROLE):
            painter.setPen(QPen(QColor(colours.warn), 1.0, Qt.PenStyle.DashLine))
            top = cell.top() + 0.5
            painter.drawLine(QPointF(cell.left(), top), QPointF(cell.right(), top))
