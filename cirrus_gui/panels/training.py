"""Training from the window: on which frames, how, how far it is, and what to do with the result."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QWidget,
)

from cirrus_core.config import params_of
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.errors import CirrusError
from cirrus_core.jobs.events import Event, Metrics
from cirrus_core.jobs.params import TrainParams, train_job
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.jobs.words import outcome
from cirrus_core.models.specs import UNetConfig
from cirrus_core.project.snapshot import count_approved
from cirrus_core.training.config import TrainConfig
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.model_shelf import submit_prediction
from cirrus_gui.widgets.choice_row import Choice, ChoiceRow
from cirrus_gui.widgets.job_progress import JobProgress
from cirrus_gui.widgets.param_form import ParamForm
from cirrus_gui.widgets.section import (
    Fold,
    PanelColumn,
    explain,
    hint,
    push_button,
    set_tone,
    thin_line,
    tool_button,
    with_key,
)
from cirrus_gui.widgets.training_curves import TrainingCurves

if TYPE_CHECKING:
    from cirrus_gui.state.session import Session

BASIC = ("epochs", "batch_size", "lr", "loss")
_TITLES = {
    "lr": "learning rate",
    "arch": "architecture",
    "aug_batch_size": "augmented copies",
    "val_batch_size": "validation batch",
}
TRAIN_KEY = "Ctrl+T"
_SOURCES = (
    Choice("project", "Corrected frames", "Train on the approved frames of this project"),
    Choice("folder", "A folder", "Train on a folder of frames with masks (truth)"),
)


class TrainingPanel(PanelColumn):
    """Form, start button, curves and outcome of the newest training of the project."""

    def __init__(self, session: Session, job_center: JobCenter) -> None:
        super().__init__("Training")
        self._session = session
        self._center = job_center
        self._job_id = ""
        self._n_approved = 0
        self._curves = TrainingCurves()
        self._progress = JobProgress(job_center)
        self._make_source()
        self._make_forms()
        self._make_buttons()
        self._lay_out()
        session.night_opened.connect(self._on_frames_changed)
        session.state_changed.connect(self._on_frames_changed)
        job_center.jobs_changed.connect(self._on_jobs_changed)
        job_center.job_event.connect(self._on_job_event)
        self._on_frames_changed()
        self._on_jobs_changed()

    def start_training(self) -> None:
        """Submit a training with what the form says; a mistake is told beside its field."""
        try:
            self._center.submit(self._spec())
            self._show_problem("")
        except CirrusError as error:
            self._show_problem(str(error))

    def predict_night(self) -> None:
        """Submit the prediction of the open night with the model of the finished training."""
        record = self._record()
        if record is None:
            return
        try:
            submit_prediction(self._session, self._center, model=Path(record.result["model"]))
        except CirrusError as error:
            self._show_problem(str(error))

    def _make_source(self) -> None:
        self._count = hint("")
        self._source = ChoiceRow("Frames to train on", _SOURCES)
        self._source.show_value("project")
        self._source.chosen.connect(self._on_source_chosen)
        self._folder = QLineEdit()
        self._folder.setPlaceholderText("folder of frames with masks")
        explain(self._folder, "Folder", "Folder of frames with masks beside them or inside their files")
        browse = tool_button("open", "Choose the folder", "Choose the folder of frames with masks")
        browse.clicked.connect(self._on_browse)
        self._folder.textChanged.connect(self._on_frames_changed)
        self._folder_row = QWidget()
        row = QHBoxLayout(self._folder_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._folder, 1)
        row.addWidget(browse)
        self._folder_row.hide()

    def _make_forms(self) -> None:
        others = [info.name for info in params_of(TrainConfig) if info.name not in BASIC]
        self._basic = ParamForm(TrainConfig, names=BASIC, titles=_TITLES)
        self._advanced = ParamForm(TrainConfig, names=others, titles=_TITLES)
        self._network = ParamForm(UNetConfig)
        self._augment = ParamForm(AugmentConfig)

    def _make_buttons(self) -> None:
        self._train = push_button(
            "Train", with_key("Train a model on these frames, in the background", TRAIN_KEY), primary=True
        )
        self._train.clicked.connect(self.start_training)
        self._defaults = push_button("Defaults", "Put all settings back to their defaults")
        self._defaults.clicked.connect(self._on_defaults)
        self._problem = hint("")
        set_tone(self._problem, "bad")
        self._problem.hide()
        self._outcome = hint("")
        self._predict = push_button(
            "Predict this night", "Predict all frames of this night with the new model", primary=True
        )
        self._predict.clicked.connect(self.predict_night)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self._train, 2)
        buttons.addWidget(self._defaults, 1)
        for widget in (self._count, self._source, self._folder_row, self._basic):
            self.column.addWidget(widget)
        for title, form in (
            ("Advanced", self._advanced),
            ("Network", self._network),
            ("Augmentation", self._augment),
        ):
            self.column.addWidget(Fold(title, form))
        self.column.addLayout(buttons)
        for widget in (
            self._problem,
            thin_line(),
            self._progress,
            self._outcome,
            self._predict,
            self._curves,
        ):
            self.column.addWidget(widget)
        self.column.addStretch(1)

    def _spec(self) -> JobSpec:
        train = {
            **self._basic.checked_values(self._advanced.values()),
            **self._advanced.checked_values(self._basic.values()),
        }
        sources: tuple[str, ...] = ()
        if self._source.value == "folder":
            sources = (str(Path(self._folder.text().strip()).expanduser().resolve()),)
        params = TrainParams(
            sources=sources,
            train=train,
            arch_config=self._network.checked_values(),
            augment=self._augment.checked_values(),
        )
        what = Path(sources[0]).name if sources else f"{self._n_approved} corrected frames"
        return train_job(params, title=f"Train on {what}")

    def _on_frames_changed(self, _what: object = None) -> None:
        project = self._session.project
        try:
            self._n_approved = 0 if project is None else count_approved(project)
            self._count.setText(_count_text(self._n_approved))
        except CirrusError as error:
            self._n_approved = 0
            self._count.setText(str(error))
        from_folder = self._source.value == "folder"
        ready = bool(self._folder.text().strip()) if from_folder else self._n_approved > 0
        self._train.setEnabled(ready and project is not None)

    def _on_source_chosen(self, source: str) -> None:
        self._folder_row.setVisible(source == "folder")
        self._on_frames_changed()

    def _on_browse(self) -> None:
        dialog = QFileDialog(self, "Frames with masks", self._folder.text())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.fileSelected.connect(self._folder.setText)
        dialog.open()

    def _on_defaults(self) -> None:
        for form in (self._basic, self._advanced, self._network, self._augment):
            form.reset()

    def _show_problem(self, sentence: str) -> None:
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))

    def _record(self) -> JobRecord | None:
        return next((r for r in self._center.records() if r.spec.kind == "train_segment"), None)

    def _on_jobs_changed(self) -> None:
        record = self._record()
        job_id = "" if record is None else record.id
        if job_id != self._job_id:
            self._job_id = job_id
            self._curves.show_history(self._center.history(job_id) if job_id else [])
        self._progress.show_job(record)
        self._show_outcome(record)

    def _on_job_event(self, job_id: str, event: Event) -> None:
        if job_id == self._job_id and isinstance(event, Metrics):
            self._curves.add(event)

    def _show_outcome(self, record: JobRecord | None) -> None:
        finished = record is not None and record.state == "finished" and "model" in record.result
        self._predict.setVisible(finished)
        self._predict.setEnabled(finished and self._session.night is not None)
        failed = record is not None and record.state == "failed"
        set_tone(self._outcome, "bad" if failed else "")
        if record is None:
            self._outcome.setText("")
        elif finished:
            name = record.result["model_id"]
            explain(self._predict, "Predict this night", f"Predict all frames of this night with {name}")
            self._outcome.setText(f"{self._curves.best_text()} The model is {name}. {record.message}".strip())
        else:
            self._outcome.setText(outcome(record))
        self._outcome.setVisible(bool(self._outcome.text()))


def _count_text(n: int) -> str:
    if n == 0:
        return "No corrected frames yet: correct a mask, then approve the frame with G."
    frames = "frame" if n == 1 else "frames"
    few = " A dozen or more, cloudy and clear, make a useful model." if n < 12 else ""
    return f"{n} corrected {frames} in this project.{few}"
