"""The one door through which masks change: tool -> `MaskEditor` -> `MaskDocument`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import CirrusError, MaskError
from cirrus_core.masks.document import MaskDocument
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_core.masks.raster import Box, Labels, Point, paint_segment
from cirrus_core.masks.store import require_match
from cirrus_gui.notify import Notifier
from cirrus_gui.state.brush_settings import BrushSettings
from cirrus_gui.state.frame_loader import FrameLoader, LoadedFrame, plane
from cirrus_gui.state.frame_masks import DEFAULT_THRESHOLD, FrameMasks, Prediction
from cirrus_gui.state.mask_source import MaskSource
from cirrus_gui.state.session import Session

SaveState = Literal["none", "saved", "unsaved", "saving", "failed"]


class MaskEditor(QObject):
    """The mask of the frame on screen: hand-made if there is one, else predicted, else automatic, else empty.

    Attributes
    ----------
    document : MaskDocument or None
        None while the frame is read, and when its mask cannot be used (`problem` says why).
    mask_path : Path or None
        Where the hand-made mask of this document is saved; fixed when the document is made.
    is_manual : bool
        The mask is hand-made, or becomes so with the next save.
    prediction : Prediction or None
    threshold : float
        Probability from which the prediction is cloud.
    preview : ndarray of uint8 or None
        A mask shown in place of the document's, not applied.
    brush : BrushSettings

    Signals
    -------
    document_changed
        Another document, or none.
    mask_changed : Box
        Labels changed in this rectangle.
    history_changed
        A step was added, undone or redone.
    save_state_changed : str
    brush_changed
    cloud_fraction_changed : float
    preview_changed
    prediction_changed
        Another prediction or threshold.
    """

    document_changed = pyqtSignal()
    mask_changed = pyqtSignal(object)
    history_changed = pyqtSignal()
    save_state_changed = pyqtSignal(str)
    brush_changed = pyqtSignal()
    cloud_fraction_changed = pyqtSignal(float)
    preview_changed = pyqtSignal()
    prediction_changed = pyqtSignal()

    def __init__(
        self, session: Session, frame_loader: FrameLoader, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._loader = frame_loader
        self._notifier = notifier
        self.document: MaskDocument | None = None
        self.mask_path: Path | None = None
        self.is_manual = False
        self.problem: CirrusError | None = None
        self.prediction: Prediction | None = None
        self.threshold = DEFAULT_THRESHOLD
        self.preview: Labels | None = None
        self.save_state: SaveState = "none"
        self.cloud_fraction = float("nan")
        self.brush = BrushSettings(self.brush_changed.emit)
        self._adopted = False
        self._prediction_problem = ""
        self._erasing = False
        self._last_point: Point | None = None
        self._source = MaskSource(session, frame_loader, self)
        self._source.left.connect(self._drop)
        self._source.arrived.connect(self._on_arrived)

    # What tools and panels do

    @property
    def unsaved(self) -> bool:
        """True when the labels on screen are not those on disk, or wait to be taken over as hand-made."""
        return self.document is not None and (self.document.dirty or self._adopted)

    @property
    def has_mask(self) -> bool:
        """False while nobody and nothing has said yet where the clouds of this frame are."""
        document = self.document
        if document is None:
            return False
        return self.is_manual or self._adopted or document.provenance is not None or document.history.can_undo

    @property
    def stroking(self) -> bool:
        """True while a stroke is drawn."""
        return self.document is not None and self.document.stroking

    def may_edit(self) -> bool:
        """True when the mask can be changed; else the reason is told."""
        if self._session.read_only is not None:
            self._notifier.warning(self._session.read_only.message, self._session.read_only.hint)
        elif self.problem is not None:
            self._notifier.error(self.problem)
        elif self.preview is not None:
            self._notifier.info(
                "The automatic mask is only shown, not applied.", "Apply it or end the preview."
            )
        else:
            return self.document is not None
        return False

    def begin_stroke(self, erase: bool) -> bool:
        """Start a stroke of brush or eraser; False when the mask cannot be edited (the user was told)."""
        document = self.document
        if self.stroking or not self.may_edit() or document is None:
            return False
        self._erasing, self._last_point = erase, None
        document.begin_stroke("Erase" if erase else "Paint")
        return True

    def paint_to(self, row: float, col: float) -> Box | None:
        """Draw from where the stroke was to (row, col), in pixels; nothing without a stroke."""
        if self.document is None or not self.document.stroking:
            return None
        start, end = self._last_point or (row, col), (row, col)
        self._last_point = end
        radius, value = self.brush.radius_px(self._erasing), CLEAR if self._erasing else self.brush.label
        box = self.document.paint(lambda labels: paint_segment(labels, start, end, radius, value))
        if box is not None:
            self.mask_changed.emit(box)
        return box

    def end_stroke(self) -> None:
        """Close the stroke: one step to undo, saved within a second."""
        if self.document is not None and self.document.stroking and self.document.end_stroke() is not None:
            self._announce_edit()

    def abort_stroke(self) -> bool:
        """Take back the stroke being drawn; False when there is none."""
        if self.document is None or not self.document.stroking:
            return False
        box = self.document.abort_stroke()
        if box is not None:
            self.mask_changed.emit(box)
        return True

    def undo(self) -> None:
        """Take back the last step."""
        if self.may_edit() and self.document is not None:
            self._changed(self.document.undo())

    def retract(self) -> None:
        """Take back the last step for good: it was never meant, and no redo brings it again."""
        if self.may_edit() and self.document is not None:
            self._changed(self.document.retract())

    def redo(self) -> None:
        """Bring back the step last undone."""
        if self.may_edit() and self.document is not None:
            self._changed(self.document.redo())

    def replace(self, labels: Labels, *, action: str) -> None:
        """Put a whole mask in place, as one step to undo; it counts as hand-made from then on.

        A stroke being drawn ends before it, as a step of its own.
        """
        if not self.may_edit() or self.document is None:
            return
        self.end_stroke()
        try:
            box = self.document.replace(labels, action=action)
        except MaskError as error:
            self._notifier.error(error)
            return
        if box is None:
            self.adopt()
        self._changed(box)

    def fill(self, label: int, *, action: str) -> None:
        """Give the whole frame one label, as one step to undo; blank pixels stay unsure."""
        if self.document is not None:
            labels = np.full(self.document.shape, label, np.uint8)
            labels[self._blank()] = UNSURE
            self.replace(labels, action=action)

    def accept_prediction(self) -> None:
        """Take the predicted mask over, as one step to undo; unsure pixels stay unsure."""
        if self.prediction is None or self.document is None:
            return
        labels = predicted_labels(self.prediction, self.threshold)
        labels[self._blank()] = UNSURE
        self.replace(labels, action="Accept prediction")

    def adopt(self) -> None:
        """Take the mask over as it is: it is saved as hand-made although nothing was changed."""
        if self.document is not None and not self.is_manual and self.may_edit():
            self._adopted = True
            self._announce_edit()

    def set_threshold(self, threshold: float) -> None:
        """Call predicted cloud what has at least this probability."""
        if threshold != self.threshold:
            self.threshold = threshold
            self.prediction_changed.emit()

    def set_preview(self, labels: Labels | None) -> None:
        """Show a mask in place of the document's, or stop doing so."""
        if labels is not self.preview:
            self.preview = labels
            self.preview_changed.emit()

    # What the autosave does

    def set_save_state(self, state: SaveState) -> None:
        """Announce how the mask on screen stands to the disk."""
        if state != self.save_state:
            self.save_state = state
            self.save_state_changed.emit(state)

    def mark_saved(self, revision: int) -> None:
        """This revision of the document is on disk as a hand-made mask."""
        if self.document is not None:
            self.document.mark_saved(revision)
            self._adopted = False
            self.is_manual = True

    # How a frame comes in

    def _on_arrived(self, masks: FrameMasks, loaded: LoadedFrame) -> None:
        # Hand work stays, even undone, whatever a job has written meanwhile: it can be redone, and a save
        # of it may be under way.
        touched = self.document is not None and (self.stroking or self.document.history.n_steps > 0)
        if not (self.is_manual or self.unsaved or touched):
            self._make_document(masks, loaded)
        self._take_prediction(masks, loaded)

    def _make_document(self, masks: FrameMasks, loaded: LoadedFrame) -> None:
        layers, frame = self._session.layers, loaded.frame
        if layers is None:
            return
        stem, checksum, stored = loaded.ref.stem, frame.checksum, masks.stored
        try:
            if masks.problem is not None:
                raise masks.problem
            if stored is not None and masks.path is not None:
                require_match(stored, path=masks.path, shape=frame.shape, frame_sum=checksum)
        except CirrusError as error:
            # Never an empty mask in place of one that cannot be used: saving it would destroy that one.
            self._refuse(error)
            return
        self.problem = None
        labels = _empty(loaded) if stored is None else stored.labels
        provenance = stored.provenance if stored is not None else None
        self.document = MaskDocument(labels, stem=stem, frame_sum=checksum, provenance=provenance)
        self.is_manual = masks.layer == "manual"
        self._adopted = False
        by_hand = masks.path if masks.layer == "manual" else None
        self.mask_path = by_hand or layers.manual_path(stem)
        self.set_save_state("saved" if self.is_manual else "none")
        self.document_changed.emit()
        self.history_changed.emit()
        self._tell_fraction()

    def _refuse(self, error: CirrusError) -> None:
        told = self.problem
        if self.document is not None:
            self._drop()
        self.problem = error
        if told is None or str(told) != str(error):
            self._notifier.error(error)

    def _take_prediction(self, masks: FrameMasks, loaded: LoadedFrame) -> None:
        prediction, problem = masks.prediction, masks.prediction_problem
        if prediction is not None and prediction.prob.shape != loaded.frame.shape:
            problem = MaskError(
                f"The prediction by {prediction.model_id} is for another size of frame and is not shown.",
                "Predict the night again.",
            )
            prediction = None
        if problem is not None and str(problem) != self._prediction_problem:
            self._notifier.warning(problem.message, problem.hint)
        self._prediction_problem = "" if problem is None else str(problem)
        if prediction is self.prediction:
            return
        self.prediction = prediction
        if prediction is not None:
            self.threshold = prediction.threshold
        self.prediction_changed.emit()

    def _drop(self) -> None:
        self.document, self.mask_path, self.problem = None, None, None
        self._prediction_problem = ""
        self.is_manual = self._adopted = False
        had_prediction, self.prediction = self.prediction is not None, None
        self.set_preview(None)
        self.set_save_state("none")
        self.document_changed.emit()
        self.history_changed.emit()
        if had_prediction:
            self.prediction_changed.emit()
        self._tell_fraction()

    def _changed(self, box: Box | None) -> None:
        if box is not None:
            self.mask_changed.emit(box)
            self._announce_edit()

    def _announce_edit(self) -> None:
        clean: SaveState = "saved" if self.is_manual else "none"
        self.set_save_state("unsaved" if self.unsaved else clean)
        self.history_changed.emit()
        self._tell_fraction()

    def _tell_fraction(self) -> None:
        self.cloud_fraction = (
            self.document.cloud_fraction() if self.document and self.has_mask else float("nan")
        )
        self.cloud_fraction_changed.emit(self.cloud_fraction)

    def _blank(self) -> NDArray[np.bool_]:
        loaded = self._loader.loaded
        assert self.document is not None
        if loaded is None or loaded.stats.n_blank == 0:
            return np.zeros(self.document.shape, np.bool_)
        blank: NDArray[np.bool_] = ~np.isfinite(plane(loaded.frame))
        return blank


def predicted_labels(prediction: Prediction, threshold: float) -> Labels:
    """The mask that a prediction gives: cloud where its probability is at least `threshold`."""
    return np.where(prediction.prob >= threshold, np.uint8(CLOUD), np.uint8(CLEAR))


def _empty(loaded: LoadedFrame) -> Labels:
    """A mask to begin with: clear, unsure where the frame has no value."""
    labels = np.zeros(loaded.frame.shape, np.uint8)
    if loaded.stats.n_blank:
        labels[~np.isfinite(plane(loaded.frame))] = UNSURE
    return labels
