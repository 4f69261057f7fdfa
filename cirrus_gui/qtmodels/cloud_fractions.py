"""Cloud fractions of the frames in view, read from their masks in the background."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_core.masks.labels import CLOUD, UNSURE
from cirrus_core.masks.raster import Labels
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_gui.background import run_in_background

_BATCH = 16
_MAX_WAITING = 64


class CloudFractions(QObject):
    """Answers at once with what is known and reads the rest when asked, the rows asked last first.

    Signals
    -------
    found : str
        The fraction of this frame (stem) is now known.
    """

    found = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers: MaskLayers | None = None
        self._known: dict[str, float | None] = {}
        self._stale: set[str] = set()
        self._waiting: list[str] = []
        self._reading = False
        self._start = QTimer(self)
        self._start.setSingleShot(True)
        self._start.setInterval(30)
        self._start.timeout.connect(self._read_next)

    def set_layers(self, layers: MaskLayers | None) -> None:
        """Answer for another night."""
        self._layers = layers
        for memory in (self._known, self._stale, self._waiting):
            memory.clear()

    def recheck(self, stem: str | None = None) -> None:
        """The masks of one frame may have changed, or of all; what was known stays until it is read again."""
        self._stale.update(self._known if stem is None else [stem])

    def get(self, stem: str) -> float | None:
        """Cloud fraction 0..1 of the best mask of a frame; None when there is none or it is still read."""
        fresh = stem in self._known and stem not in self._stale
        if not fresh and self._layers is not None:
            if stem in self._waiting:
                self._waiting.remove(stem)
            self._waiting = [*self._waiting[-_MAX_WAITING + 1 :], stem]
            if not self._reading and not self._start.isActive():
                self._start.start()
        return self._known.get(stem)

    def _read_next(self) -> None:
        layers = self._layers
        if layers is None or not self._waiting:
            return
        batch, self._waiting = self._waiting[-_BATCH:], self._waiting[:-_BATCH]
        self._reading = True
        self._stale.difference_update(batch)
        run_in_background(lambda: _read(layers, batch), self._on_read)

    def _on_read(self, result: tuple[MaskLayers, dict[str, float | None]]) -> None:
        layers, found = result
        self._reading = False
        if layers is self._layers:
            self._known.update(found)
            for stem in found:
                self.found.emit(stem)
        self._start.start()


def _read(layers: MaskLayers, stems: list[str]) -> tuple[MaskLayers, dict[str, float | None]]:
    return layers, {stem: _fraction(layers, stem) for stem in stems}


def _fraction(layers: MaskLayers, stem: str) -> float | None:
    try:
        stored = layers.load_best(stem)
    except (CirrusError, OSError):
        # A mask that cannot be read is told of when its frame is opened; the list says 'not known'.
        return None
    return None if stored is None else cloud_fraction(stored.labels)


def cloud_fraction(labels: Labels) -> float | None:
    """Part of the known pixels that are cloud; None when every pixel is unsure."""
    known = int((labels != UNSURE).sum())
    return int((labels == CLOUD).sum()) / known if known else None
