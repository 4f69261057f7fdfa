"""Brings together the frame on screen and what there is on disk about it; both are read in parallel."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_gui.background import run_in_background
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.frame_masks import FrameMasks, Prediction, read_frame_masks
from cirrus_gui.state.session import Session


class MaskSource(QObject):
    """Reads masks and prediction of the current frame, and again when their files change.

    Signals
    -------
    left
        Another frame is current: what was there no longer holds.
    arrived : FrameMasks, LoadedFrame
        Frame and masks are both there.
    """

    left = pyqtSignal()
    arrived = pyqtSignal(object, object)

    def __init__(self, session: Session, frame_loader: FrameLoader, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._loader = frame_loader
        self._masks: FrameMasks | None = None
        self._delivered = False
        self._generation = 0
        session.current_changed.connect(self._on_current_changed)
        session.masks_changed.connect(self._on_masks_changed)
        frame_loader.frame_ready.connect(self._on_frame_ready)

    def _on_current_changed(self, index: int) -> None:
        self._masks, self._delivered = None, False
        self.left.emit()
        self._read(known=None)

    def _on_masks_changed(self, index: int) -> None:
        if index in (-1, self._session.current):
            self._read(known=None if self._masks is None else self._masks.prediction)

    def _on_frame_ready(self, _: object) -> None:
        # It comes again with every other stretch; that is no news of masks.
        if not self._delivered:
            self._deliver()

    def _read(self, known: Prediction | None) -> None:
        layers, ref = self._session.layers, self._session.current_ref
        if layers is None or ref is None:
            return
        self._generation += 1
        generation, stem = self._generation, ref.stem

        def done(masks: FrameMasks) -> None:
            if generation == self._generation:
                self._masks = masks
                self._deliver()

        def failed(error: CirrusError) -> None:
            done(FrameMasks(problem=error))

        run_in_background(lambda: read_frame_masks(layers, stem, known), done, failed, owner=self)

    def _deliver(self) -> None:
        loaded = self._loader.loaded
        if self._masks is not None and loaded is not None and loaded.ref.index == self._session.current:
            self._delivered = True
            self.arrived.emit(self._masks, loaded)
