"""The models there are, what they are good for, and what one of them says about this night."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QProgressBar, QWidget

from cirrus_core.errors import CirrusError
from cirrus_core.jobs.spec import JobRecord
from cirrus_core.jobs.words import duration_text
from cirrus_gui.panels.prediction import PredictionBox
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.model_shelf import ModelShelf
from cirrus_gui.state.session import Session
from cirrus_gui.widgets.model_card import ModelCardView
from cirrus_gui.widgets.section import (
    Fold,
    PanelColumn,
    explain,
    hint,
    push_button,
    set_tone,
    thin_line,
    tool_button,
)

_LINES_SHOWN = 3


class ModelsPanel(PanelColumn):
    """Choose a model, predict the night with it, and take its mask for this frame."""

    def __init__(self, session: Session, mask_editor: MaskEditor, job_center: JobCenter) -> None:
        super().__init__("Models")
        self._session = session
        self._jobs = job_center
        self._shelf = ModelShelf(session, job_center, self)
        self._failure = ""
        self._make_controls()
        self.prediction = PredictionBox(mask_editor)
        self._lay_out()
        self.list.currentRowChanged.connect(self._on_chosen)
        self.predict.clicked.connect(self._on_predict)
        self.stop.clicked.connect(self._on_stop)
        self._shelf.changed.connect(self._show_models)
        job_center.job_ended.connect(self._on_job_ended)
        job_center.jobs_changed.connect(self._show_job)
        session.night_opened.connect(self._show_job)
        self._show_models()
        self._show_job()

    def _make_controls(self) -> None:
        self.list = QListWidget()
        explain(self.list, "Models", "Models of this project and those that come with CIRRUS, newest first")
        self.list.setFixedHeight(_LINES_SHOWN * (self.list.fontMetrics().height() + 4))
        self.trouble = hint("")
        set_tone(self.trouble, "warn")
        self.card = ModelCardView()
        self.predict = push_button(
            "Predict this night",
            "Predict every frame in the background, beginning with the one on screen",
            primary=True,
        )
        self.progress = QProgressBar()
        explain(self.progress, "Progress of the prediction", "Frames predicted; the window stays free")
        self.stop = tool_button("stop", "Stop the prediction", "Stop; what is predicted stays")
        self.note = hint("")

    def _lay_out(self) -> None:
        column = self.column
        for widget in (self.list, self.trouble, self.predict):
            column.addWidget(widget)
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.progress, 1)
        row.addWidget(self.stop)
        column.addWidget(self._running)
        column.addWidget(self.note)
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(self.prediction)
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(Fold("About this model", self.card, is_open=True))
        column.addStretch(1)

    @property
    def chosen_id(self) -> str:
        """Id of the model chosen, or ``""``."""
        row = self.list.currentRow()
        return self._shelf.cards[row].id if 0 <= row < len(self._shelf.cards) else ""

    def _show_models(self) -> None:
        wanted = self._shelf.fresh_id or self.chosen_id
        cards = self._shelf.cards
        self.list.clear()
        for card in cards:
            item = QListWidgetItem(card.title)
            item.setToolTip(card.id)
            self.list.addItem(item)
        ids = [card.id for card in cards]
        self.list.setCurrentRow(ids.index(wanted) if wanted in ids else 0)
        self.trouble.setText("\n".join(str(problem) for problem in self._shelf.damaged))
        self.trouble.setVisible(bool(self._shelf.damaged))
        self._show_job()

    def _on_chosen(self, row: int) -> None:
        cards = self._shelf.cards
        self.card.show_card(cards[row] if 0 <= row < len(cards) else None)

    def _on_predict(self) -> None:
        self._failure = ""
        try:
            self._shelf.predict_night(self.chosen_id)
        except CirrusError as error:
            self._failure = str(error)
            self._show_job()

    def _on_stop(self) -> None:
        job = self._shelf.prediction()
        if job is not None:
            self._jobs.stop(job.id)

    def _on_job_ended(self, job_id: str, record: JobRecord) -> None:
        if record.spec.kind == "predict_night" and record.state == "failed":
            self._failure = f"{record.message} {record.hint}".strip()
            self._show_job()

    def _show_job(self) -> None:
        job = self._shelf.prediction()
        self._running.setVisible(job is not None)
        self.predict.setEnabled(job is None and bool(self.chosen_id) and self._session.night is not None)
        if job is not None:
            self.progress.setRange(0, job.total)
            self.progress.setValue(job.done)
            self._say(self._progress_words(job))
        elif self._session.night is None:
            self._say("Open a night first: drop a folder on the window.")
        elif not self._shelf.cards:
            self._say("No model yet: approve a few corrected frames, then train one.")
        elif self._failure:
            self._say(self._failure, "bad")
        elif self._shelf.fresh_id:
            self._say("This model has just been trained. Let it predict the night.", "good")
        else:
            self._say("")

    def _progress_words(self, job: JobRecord) -> str:
        if job.state == "queued":
            return "waits for the job before it"
        left = self._jobs.remaining_s(job.id)
        words = f"{job.done} of {job.total} frames" if job.total else "starting"
        return words if left is None else f"{words}, {duration_text(left)} left"

    def _say(self, text: str, tone: str = "") -> None:
        self.note.setText(text)
        set_tone(self.note, tone)
        self.note.setVisible(bool(text))
