"""The models of the project and the prediction of the night that one of them is asked for."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import JobError, ModelError
from cirrus_core.jobs.params import PredictParams, predict_job
from cirrus_core.jobs.spec import JobRecord
from cirrus_core.models.card import ModelCard
from cirrus_core.models.model_store import scan_models
from cirrus_gui.background import run_in_background
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.session import Session

_Found = tuple[list[tuple[Path, ModelCard]], list[ModelError]]


class ModelShelf(QObject):
    """Knows the models, newest first, and looks again when a project opens or a training ends.

    Signals
    -------
    changed
        The list of models was read again.
    """

    changed = pyqtSignal()

    def __init__(self, session: Session, job_center: JobCenter, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = job_center
        self._models: list[tuple[Path, ModelCard]] = []
        self.damaged: list[ModelError] = []
        self.fresh_id = ""
        """The model that was trained while this window looked on, until a night is predicted with it."""
        session.night_opened.connect(self.refresh)
        job_center.job_ended.connect(self._on_job_ended)
        self.refresh()

    @property
    def cards(self) -> list[ModelCard]:
        """The cards of the usable models."""
        return [card for _, card in self._models]

    def card(self, model_id: str) -> ModelCard | None:
        """The card of a model, if it is there."""
        return next((card for card in self.cards if card.id == model_id), None)

    def refresh(self) -> None:
        """Read the model folders in the background."""
        project = self._session.project
        folder = None if project is None else project.layout.models
        run_in_background(lambda: scan_models(folder), self._on_found)

    def predict_night(self, model_id: str) -> str:
        """Submit the prediction of the open night, beginning with the frame on screen; returns the job's id.

        Raises
        ------
        JobError
            If no night is open or the job cannot be written.
        """
        folder = next(folder for folder, card in self._models if card.id == model_id)
        job_id = submit_prediction(self._session, self._jobs, model=folder)
        self.fresh_id = ""
        return job_id

    def prediction(self) -> JobRecord | None:
        """The prediction that runs or waits, if any."""
        return next((job for job in self._jobs.running() if job.spec.kind == "predict_night"), None)

    def _on_found(self, found: _Found) -> None:
        self._models, self.damaged = found
        self.changed.emit()

    def _on_job_ended(self, job_id: str, record: JobRecord) -> None:
        if record.spec.kind == "train_segment" and record.state == "finished":
            self.fresh_id = str(record.result.get("model_id", ""))
            self.refresh()
        elif record.spec.kind == "predict_night" and record.state == "finished":
            self.fresh_id = ""  # wherever it was asked for
            self.changed.emit()


def submit_prediction(session: Session, jobs: JobCenter, *, model: Path) -> str:
    """Submit the prediction of the open night by the model in a folder, beginning with the frame on screen.

    Returns the job's id.

    Raises
    ------
    JobError
        If no night is open or the job cannot be written.
    """
    if session.night is None or session.night_id is None:
        raise JobError("No night is open.", "Open a folder of frames first.")
    ref = session.current_ref
    params = PredictParams(
        night=str(session.night.folder),
        night_id=session.night_id,
        model=str(model),
        first="" if ref is None else ref.stem,
    )
    return jobs.submit(predict_job(params))
