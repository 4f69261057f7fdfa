"""The line below the panes: the pixel under the cursor, what the tool does, what runs in the background."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QWidget

from cirrus_core.jobs.words import duration_text, percent
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.tools.brush import brush_hint
from cirrus_gui.widgets.section import explain, tool_button
from cirrus_gui.widgets.status_read_out import StatusReadOut, read_pixel

_JOB_WIDTH_PX = 90
_LINE_PX = 22


class StatusLine(QWidget):
    """Three places of their own: nothing pushes anything aside."""

    def __init__(self, frame_loader: FrameLoader, editor: MaskEditor, job_center: JobCenter) -> None:
        super().__init__()
        self._loader = frame_loader
        self._editor = editor
        self._jobs = job_center
        self._place: tuple[float, float] | None = None
        self.read_out = StatusReadOut()
        self.hint = QLabel()
        self.hint.setProperty("quiet", True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)  # cut at its end
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        explain(self.hint, "What the tool does", "What the tool in the hand does now, with its keys")
        self.job = QLabel()
        self.job.setAccessibleName("Running job")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setFixedSize(_JOB_WIDTH_PX, 8)
        self._bar.setAccessibleName("Progress of the running job")
        self._stop = tool_button("stop", "Stop the job", "Stop: the job keeps the best so far and ends")
        self._stop.setProperty("flat", True)
        self._stop.clicked.connect(self._on_stop)
        # Its place is kept: the panes stay as high as they are when a job begins or ends.
        self._stop.setFixedHeight(_LINE_PX)
        policy = self._stop.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._stop.setSizePolicy(policy)
        line = QHBoxLayout(self)
        line.setContentsMargins(4, 2, 6, 3)
        line.setSpacing(10)
        line.addWidget(self.read_out)
        line.addWidget(self.hint, 1)
        for widget in (self.job, self._bar, self._stop):
            line.addWidget(widget)
        editor.brush_changed.connect(self._show_hint)
        editor.document_changed.connect(self._show_hint)
        editor.document_changed.connect(self._show_pixel)
        editor.prediction_changed.connect(self._show_pixel)
        job_center.jobs_changed.connect(self._show_job)
        self._show_hint()
        self._show_job()

    def show_place(self, place: tuple[float, float] | None) -> None:
        """Read the pixel at (row, col), or none."""
        self._place = place
        self._show_pixel()

    def _show_pixel(self) -> None:
        loaded, document = self._loader.loaded, self._editor.document
        if self._place is None or loaded is None:
            self.read_out.show_reading(None)
            return
        row, col = (math.floor(v + 0.5) for v in self._place)
        prediction = self._editor.prediction
        reading = read_pixel(
            row,
            col,
            data=loaded.frame.data,
            header=loaded.frame.header,
            labels=None if document is None else document.labels,
            probability=None if prediction is None else prediction.prob,
        )
        self.read_out.show_reading(reading)

    def _show_hint(self) -> None:
        self.hint.setText("" if self._editor.document is None else brush_hint(self._editor.brush))

    def _show_job(self) -> None:
        running = self._jobs.running()
        for widget in (self.job, self._bar, self._stop):
            widget.setVisible(bool(running))
        if not running:
            return
        record = running[0]
        share, left = percent(record), self._jobs.remaining_s(record.id)
        parts = [record.spec.title, "" if share is None else f"{share} %"]
        parts.append("" if left is None else duration_text(left))
        more = f"+{len(running) - 1}" if len(running) > 1 else ""
        self.job.setText(" · ".join(part for part in (*parts, more) if part))
        self.job.setToolTip(record.status)
        self._bar.setRange(0, 0 if share is None else 100)
        self._bar.setValue(share or 0)
        self._stop.setEnabled(not self._jobs.asked(record.id))

    def _on_stop(self) -> None:
        running = self._jobs.running()
        if running:
            self._jobs.stop(running[0].id)
