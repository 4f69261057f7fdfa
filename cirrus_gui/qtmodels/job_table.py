"""The jobs as a Qt list, and how one job is drawn: mark, title, state, bar, time."""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QPointF, QRectF, QSize, Qt, QTimer
from PyQt6.QtGui import QColor, QFontMetrics, QPainter, QPen, QPolygonF
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cirrus_core.jobs.spec import JobRecord, JobState
from cirrus_core.jobs.words import duration_text, percent
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.theme import Colours, colours_of

RECORD_ROLE = Qt.ItemDataRole.UserRole + 1
_MARK = 0.7
_ASKED_WORDS = {"stop": "stopping", "cancel": "cancelling"}
_STATE_WORDS: dict[JobState, str] = {
    "queued": "waiting",
    "running": "running",
    "finished": "finished",
    "failed": "failed",
    "cancelled": "cancelled",
}


class JobTable(QAbstractListModel):
    """The jobs of the job center, newest first; times go on by themselves while a job runs."""

    def __init__(self, job_center: JobCenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._center = job_center
        self._records: list[JobRecord] = []
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._on_clock)
        job_center.jobs_changed.connect(self._on_jobs_changed)
        self._on_jobs_changed()

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._records)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        record = self._records[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return record.spec.title
        if role == RECORD_ROLE:
            return record
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            told = [record.spec.title, f"{self.state_word(record)}, {self.time_text(record)}"]
            return "\n".join([*told, *filter(None, (record.status, record.message, record.hint))])
        return None

    def row_of(self, job_id: str) -> int | None:
        """Row of a job, or None."""
        return next((row for row, record in enumerate(self._records) if record.id == job_id), None)

    def state_word(self, record: JobRecord) -> str:
        """The state in a word, or what was asked of a running job."""
        if record.state == "running":
            return _ASKED_WORDS.get(self._center.asked(record.id), "running")
        return _STATE_WORDS[record.state]

    def time_text(self, record: JobRecord) -> str:
        """Time taken, and time to go while that is known."""
        elapsed = self._center.elapsed_s(record.id)
        if elapsed is None:
            return "not started"
        remaining = self._center.remaining_s(record.id)
        if record.state != "running" or remaining is None:
            return duration_text(elapsed)
        return f"{duration_text(elapsed)}, {duration_text(remaining)} left"

    def _on_jobs_changed(self) -> None:
        records = self._center.records()
        if [r.id for r in records] != [r.id for r in self._records]:
            self._show_other(records)
        for row, (old, new) in enumerate(zip(self._records, records, strict=True)):
            self._records[row] = new
            if old is not new or new.state == "running":
                self.dataChanged.emit(self.index(row), self.index(row))
        if any(record.state == "running" for record in records):
            self._clock.start()
        else:
            self._clock.stop()

    def _show_other(self, records: list[JobRecord]) -> None:
        n_new = len(records) - len(self._records)
        if n_new > 0 and [r.id for r in records[n_new:]] == [r.id for r in self._records]:
            # The usual case, which keeps the selection: new jobs on top.
            self.beginInsertRows(QModelIndex(), 0, n_new - 1)
            self._records = records
            self.endInsertRows()
            return
        self.beginResetModel()
        self._records = records
        self.endResetModel()

    def _on_clock(self) -> None:
        for row, record in enumerate(self._records):
            if record.state == "running":
                self.dataChanged.emit(self.index(row), self.index(row))


class JobDelegate(QStyledItemDelegate):
    """Draws a job in two lines: mark, title and state; then a bar and the times, or what went wrong."""

    def __init__(self, view: QWidget) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return QSize(120, 2 * option.fontMetrics.height() + 18)

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        table, record = index.model(), index.data(RECORD_ROLE)
        if painter is None or not isinstance(table, JobTable) or not isinstance(record, JobRecord):
            return
        tokens = colours_of(self._view)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(tokens.selected))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(option.rect, QColor(tokens.hover))
        area = QRectF(option.rect).adjusted(8, 5, -8, -5)
        half = (area.height() - 4) / 2
        first = QRectF(area.left(), area.top(), area.width(), half)
        second = QRectF(area.left(), area.bottom() - half, area.width(), half)
        _draw_title(painter, first, record, table.state_word(record), tokens, option.fontMetrics)
        _draw_detail(painter, second, record, table.time_text(record), tokens, option.fontMetrics)
        painter.restore()


def job_colour(state: JobState, tokens: Colours) -> str:
    """The theme's colour for the state of a job."""
    return {
        "queued": tokens.dim,
        "running": tokens.accent,
        "finished": tokens.good,
        "failed": tokens.bad,
        "cancelled": tokens.dim,
    }[state]


def draw_job_mark(painter: QPainter, box: QRectF, state: JobState, colour: QColor) -> None:
    """Ring, triangle, tick, cross or bar: told apart without colour."""

    def at(x: float, y: float) -> QPointF:
        return QPointF(box.x() + x * box.width(), box.y() + y * box.height())

    painter.setPen(QPen(colour, max(1.0, 0.14 * box.width())))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if state == "queued":
        painter.drawEllipse(box.center(), 0.32 * box.width(), 0.32 * box.height())
    elif state == "running":
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([at(0.25, 0.15), at(0.85, 0.5), at(0.25, 0.85)]))
    elif state == "finished":
        painter.drawPolyline(QPolygonF([at(0.15, 0.55), at(0.4, 0.8), at(0.87, 0.2)]))
    elif state == "failed":
        painter.drawLine(at(0.2, 0.2), at(0.8, 0.8))
        painter.drawLine(at(0.8, 0.2), at(0.2, 0.8))
    else:
        painter.drawLine(at(0.15, 0.5), at(0.85, 0.5))


def _draw_title(
    painter: QPainter, area: QRectF, record: JobRecord, word: str, tokens: Colours, metrics: QFontMetrics
) -> None:
    colour = QColor(job_colour(record.state, tokens))
    size = _MARK * area.height()
    draw_job_mark(
        painter, QRectF(area.left(), area.center().y() - size / 2, size, size), record.state, colour
    )
    painter.setPen(colour)
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, word)
    room = area.adjusted(_indent(area), 0, -metrics.horizontalAdvance(word) - 8, 0)
    painter.setPen(QColor(tokens.text))
    title = metrics.elidedText(record.spec.title, Qt.TextElideMode.ElideMiddle, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, title)


def _draw_detail(
    painter: QPainter, area: QRectF, record: JobRecord, times: str, tokens: Colours, metrics: QFontMetrics
) -> None:
    text, colour = times, tokens.dim
    share = percent(record)
    if record.state == "failed":
        text, colour = record.message, tokens.bad
    elif record.state == "running" and share is not None:
        text = f"{share} %  {times}"
        width = max(0.0, area.width() - metrics.horizontalAdvance(text) - 10)
        _draw_bar(painter, QRectF(area.left(), area.center().y() - 3, width, 6), share / 100, tokens)
    elif record.state == "running":
        text = f"{record.status or 'starting'}, {times}"
    painter.setPen(QColor(colour))
    side = Qt.AlignmentFlag.AlignRight
    if record.state != "running":
        area, side = area.adjusted(_indent(area), 0, 0, 0), Qt.AlignmentFlag.AlignLeft
    elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, elided)


def _indent(area: QRectF) -> float:
    """Where the title begins, right of the mark."""
    return _MARK * area.height() + 7


def _draw_bar(painter: QPainter, bar: QRectF, share: float, tokens: Colours) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.line))
    painter.drawRoundedRect(bar, 3, 3)
    painter.setBrush(QColor(tokens.accent))
    painter.drawRoundedRect(QRectF(bar.left(), bar.top(), bar.width() * share, bar.height()), 3, 3)
