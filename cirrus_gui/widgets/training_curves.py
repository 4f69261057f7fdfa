"""The curves of a training, as its events tell them."""

from __future__ import annotations

import math

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from cirrus_core.jobs.events import Event, Metrics
from cirrus_gui.widgets.curve_plot import CurvePlot

_NONE = (math.inf, 0, math.nan)
"""Loss, epoch and IoU of the best epoch before there is one."""


class TrainingCurves(QWidget):
    """Loss and intersection over union per epoch; the epoch whose weights are kept is marked."""

    def __init__(self) -> None:
        super().__init__()
        self._loss = CurvePlot(
            "loss",
            ("training", "validation"),
            help="Loss of each epoch, logarithmic; the dotted line marks the epoch that is kept",
            log=True,
        )
        self._iou = CurvePlot(
            "IoU", ("cloud", "clear"), help="Overlap with the validation masks (intersection over union)"
        )
        self._best = _NONE
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._loss)
        column.addWidget(self._iou)
        self.hide()

    def show_history(self, events: list[Event]) -> None:
        """Show the curves of a job from its beginning."""
        self._loss.clear()
        self._iou.clear()
        self._best = _NONE
        self.hide()
        for event in events:
            if isinstance(event, Metrics):
                self.add(event)

    def add(self, event: Metrics) -> None:
        """Add the figures of one epoch."""
        values, epoch = event.values, event.step
        for plot, name, key in (
            (self._loss, "training", "train_loss"),
            (self._loss, "validation", "val_loss"),
            (self._iou, "cloud", "val_iou"),
            (self._iou, "clear", "val_iou_clear"),
        ):
            if key in values:
                plot.add(name, epoch, values[key])
        # As the training itself decides: the lowest validation loss, or training loss without validation.
        deciding = values.get("val_loss", values.get("train_loss", math.nan))
        if deciding < self._best[0]:
            self._best = (deciding, epoch, values.get("val_iou", math.nan))
            self._loss.mark_best(epoch)
            self._iou.mark_best(epoch)
        self.show()

    def best_text(self) -> str:
        """The kept epoch in a sentence, or nothing."""
        loss, epoch, iou = self._best
        if not epoch:
            return ""
        scored = f", IoU {iou:.3f}" if not math.isnan(iou) else ""
        return f"Best epoch {epoch}: loss {loss:.3g}{scored}."
