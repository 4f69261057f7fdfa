"""The automatic mask of the frame on screen: made in the background, shown as a preview, applied."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.config import Config
from cirrus_core.errors import CirrusError
from cirrus_core.frames.frame import Frame
from cirrus_core.masks.auto.table import AUTO_MASKS, auto_mask_spec, automask
from cirrus_core.masks.cleanup import CleanupConfig
from cirrus_core.masks.labels import cloud_fraction
from cirrus_core.masks.raster import Labels
from cirrus_gui.background import run_in_background
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.mask_editor import MaskEditor


@dataclass(frozen=True)
class AutoMaskRequest:
    """What mask is wanted: a method with its settings, and the cleaning, if any, as a step of its own."""

    method: str
    config: Config
    cleanup: CleanupConfig | None


@dataclass(frozen=True, eq=False)
class AutoMaskResult:
    """The mask of one frame, (H, W) uint8; which part of its known pixels is cloud, nan if none is.

    `frame_sum` is the frame's `pixel_checksum`: nights share the names of their frames.
    """

    request: AutoMaskRequest
    frame_sum: str
    labels: Labels
    cloud_fraction: float


@dataclass(frozen=True, eq=False)
class AutoMaskFailure:
    """No such mask can be made of this frame."""

    request: AutoMaskRequest
    frame_sum: str
    error: CirrusError


class AutoMask(QObject):
    """Makes automatic masks; the newest request wins, results for another frame are dropped.

    Signals
    -------
    made : AutoMaskResult or None
        The mask that was asked for is there, or what was there no longer holds.
    failed : CirrusError
        No mask can be made of this frame, in a sentence.
    busy_changed : bool
        A mask is being made.
    previewing_changed : bool
        The live preview was switched on or off.
    """

    made = pyqtSignal(object)
    failed = pyqtSignal(object)
    busy_changed = pyqtSignal(bool)
    previewing_changed = pyqtSignal(bool)

    def __init__(
        self, mask_editor: MaskEditor, frame_loader: FrameLoader, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._editor = mask_editor
        self._loader = frame_loader
        self.request = AutoMaskRequest(AUTO_MASKS[0].name, AUTO_MASKS[0].config_cls(), None)
        self.result: AutoMaskResult | None = None
        self.previewing = False
        self._apply_when_made = False
        self._busy = False
        mask_editor.document_changed.connect(self._on_frame_changed)

    def set_request(self, request: AutoMaskRequest) -> None:
        """Ask for another mask; made at once while the preview is on, else when applied."""
        if request != self.request:
            self.request = request
            self._refresh()

    def set_previewing(self, on: bool) -> None:
        """Show the mask that would be applied, live, or stop showing it."""
        if on == self.previewing:
            return
        self.previewing = on
        if on:
            self._refresh()
        else:
            self._editor.set_preview(None)
        self.previewing_changed.emit(on)

    def apply(self) -> None:
        """Replace the mask by the automatic one, as one step to undo; ends the preview."""
        if self.result is None:
            self._apply_when_made = True
            self._make()
            return
        self._apply_when_made = False
        labels = self.result.labels
        self.set_previewing(False)
        self._editor.replace(labels, action=f"Automatic mask ({auto_mask_spec(self.request.method).title})")

    def _refresh(self) -> None:
        self.result = None
        self.made.emit(None)
        if self.previewing or self._apply_when_made:
            self._make()

    def _on_frame_changed(self) -> None:
        self._apply_when_made = False
        if self.previewing:
            self._editor.set_preview(None)
        self._refresh()

    def _make(self) -> None:
        loaded, document = self._loader.loaded, self._editor.document
        if loaded is None or document is None or document.frame_sum != loaded.frame.checksum:
            return
        if self._busy:
            return  # what is under way finds itself outdated and makes this one next
        request, frame = self.request, loaded.frame
        self._set_busy(True)
        run_in_background(lambda: _try_mask(frame, request), self._on_tried)

    def _on_tried(self, result: AutoMaskResult | AutoMaskFailure) -> None:
        self._set_busy(False)
        document = self._editor.document
        if result.request != self.request or document is None or document.frame_sum != result.frame_sum:
            if self.previewing or self._apply_when_made:
                self._make()
        elif isinstance(result, AutoMaskFailure):
            self._apply_when_made = False
            self.failed.emit(result.error)
        else:
            self._take(result)

    def _take(self, result: AutoMaskResult) -> None:
        self.result = result
        self.made.emit(result)
        if self._apply_when_made:
            self.apply()
        elif self.previewing:
            self._editor.set_preview(result.labels)

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self.busy_changed.emit(busy)


def _try_mask(frame: Frame, request: AutoMaskRequest) -> AutoMaskResult | AutoMaskFailure:
    """Make the mask; runs in a thread. A failure keeps what it is about, as it may come late."""
    try:
        labels = automask(frame.data, request.method, request.config, request.cleanup)
    except CirrusError as error:
        return AutoMaskFailure(request, frame.checksum, error)
    return AutoMaskResult(request, frame.checksum, labels, cloud_fraction(labels))
