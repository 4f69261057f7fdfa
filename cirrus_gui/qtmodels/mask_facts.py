"""Which masks the frames in view have, and their cloud fractions: read in the background."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_core.masks.labels import cloud_fraction
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_gui.background import run_in_background

_BATCH = 16
_MAX_WAITING = 64


@dataclass(frozen=True, slots=True)
class MaskFacts:
    """`marks` as ``MPA``: by hand, predicted, automatic; `cloud_fraction` 0..1, nan when it is not known."""

    marks: str
    cloud_fraction: float


class MaskReader(QObject):
    """Answers at once with what is known and reads the rest when asked, the rows asked last first.

    Signals
    -------
    found : str
        The facts about this frame (stem) are now known.
    """

    found = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._layers: MaskLayers | None = None
        self._known: dict[str, MaskFacts] = {}
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

    def get(self, stem: str) -> MaskFacts | None:
        """What is known of the masks of a frame; None while that is still read."""
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

    def _on_read(self, result: tuple[MaskLayers, dict[str, MaskFacts]]) -> None:
        layers, found = result
        self._reading = False
        if layers is self._layers:
            self._known.update(found)
            for stem in found:
                self.found.emit(stem)
        self._start.start()


def _read(layers: MaskLayers, stems: list[str]) -> tuple[MaskLayers, dict[str, MaskFacts]]:
    return layers, {stem: MaskFacts(_marks(layers, stem), _fraction(layers, stem)) for stem in stems}


def _marks(layers: MaskLayers, stem: str) -> str:
    try:
        found = (layers.find_manual(stem), layers.find_pred(stem), layers.find_auto(stem))
    except OSError:
        return ""
    return "".join(mark if path else "·" for mark, path in zip("MPA", found, strict=True))


def _fraction(layers: MaskLayers, stem: str) -> float:
    try:
        stored = layers.load_best(stem)
    except (CirrusError, OSError):
        # A mask that cannot be read is told of when its frame is opened; the list says 'not known'.
        return float("nan")
    return float("nan") if stored is None else cloud_fraction(stored.labels)
