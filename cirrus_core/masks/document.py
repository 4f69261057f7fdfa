"""`MaskDocument`: one mask being edited. The only door through which labels change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cirrus_core.errors import MaskError
from cirrus_core.masks.delta import MaskDelta
from cirrus_core.masks.history import History
from cirrus_core.masks.labels import SKY_CLASSES, ClassTable, Provenance, cloud_fraction
from cirrus_core.masks.raster import Box, Labels


class MaskDocument:
    """The labels of one frame with their history.

    Labels change inside a stroke (`begin_stroke`, `paint` …, `end_stroke`), by `replace`, `undo` and
    `redo`, and in no other way. Every method that changes labels returns the rectangle that changed.

    Parameters
    ----------
    labels : ndarray of uint8, (H, W)
        Copied.
    stem : str
        Name of the frame the mask belongs to.
    frame_sum : str
        The frame's `pixel_checksum`: a mask is bound to its frame, not to what is on screen.
    provenance : Provenance, optional
        Where the labels came from, None for a new mask.
    classes : ClassTable
        Meaning of the values.

    Raises
    ------
    MaskError
        If `labels` is not a uint8 image.
    """

    def __init__(
        self,
        labels: Labels,
        *,
        stem: str,
        frame_sum: str,
        provenance: Provenance | None = None,
        classes: ClassTable = SKY_CLASSES,
    ) -> None:
        if labels.ndim != 2 or labels.dtype != np.uint8:
            raise MaskError(
                f"A mask must be one plane of 8-bit labels, not {labels.dtype} of shape {labels.shape}."
            )
        self._labels = np.array(labels, order="C")
        self._before: Labels | None = None
        self._action = ""
        self.stem = stem
        self.frame_sum = frame_sum
        self.provenance = provenance
        self.classes = classes
        self.history = History()

    @property
    def labels(self) -> Labels:
        """The labels, (H, W) uint8, as a read-only view that follows every edit."""
        view = self._labels.view()
        view.flags.writeable = False
        return view

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        rows, columns = self._labels.shape
        return rows, columns

    @property
    def stroking(self) -> bool:
        """True between `begin_stroke` and `end_stroke` or `abort_stroke`."""
        return self._before is not None

    @property
    def dirty(self) -> bool:
        """True when the labels are not those on disk; undoing back to the saved state is clean again."""
        return self.history.dirty

    @property
    def can_undo(self) -> bool:
        return not self.stroking and self.history.can_undo

    @property
    def can_redo(self) -> bool:
        return not self.stroking and self.history.can_redo

    def begin_stroke(self, action: str) -> None:
        """Open a stroke; `action` names it for the undo menu."""
        if self.stroking:
            raise RuntimeError("a stroke is already open")
        self._before = self._labels.copy()
        self._action = action

    def paint(self, fn: Callable[[Labels], Box | None]) -> Box | None:
        """Let `fn` paint on the labels in place; return the box it returns.

        Raises
        ------
        RuntimeError
            Outside a stroke, because nothing could undo the change.
        """
        if not self.stroking:
            raise RuntimeError("labels change only inside a stroke")
        return fn(self._labels)

    def end_stroke(self) -> MaskDelta | None:
        """Close the stroke as one step of the history; None when it changed nothing."""
        before = self._take_before()
        # The whole frame is compared, not the painted boxes: undo is exact whatever `fn` reported.
        delta = MaskDelta.between(before, self._labels, None, self._action)
        if delta is not None:
            self.history.push(delta)
        return delta

    def abort_stroke(self) -> Box | None:
        """Close the stroke and take it back; None when it had changed nothing."""
        before = self._take_before()
        delta = MaskDelta.between(before, self._labels, None, self._action)
        return delta.apply(self._labels) if delta is not None else None

    def replace(self, labels: Labels, *, action: str) -> Box | None:
        """Put other labels in place as one step of the history; None when they are the same.

        Raises
        ------
        MaskError
            If their shape or number type differs.
        """
        if self.stroking:
            raise RuntimeError("a stroke is open")
        if labels.shape != self.shape or labels.dtype != np.uint8:
            raise MaskError(
                f"A mask of {_size(labels.shape)} {labels.dtype} does not fit the frame {self.stem}, "
                f"which has {_size(self.shape)}.",
                "Make or predict the mask from this very frame.",
            )
        delta = MaskDelta.between(self._labels, labels, None, action)
        if delta is None:
            return None
        self.history.push(delta)
        return delta.apply(self._labels)

    def undo(self) -> Box | None:
        """Take back the last step; None when there is none or a stroke is open."""
        delta = self.history.undo() if self.can_undo else None
        return delta.apply(self._labels) if delta is not None else None

    def retract(self) -> Box | None:
        """Take back the last step and forget it: no redo brings it again."""
        box = self.undo()
        if box is not None:
            self.history.forget_undone()
        return box

    def redo(self) -> Box | None:
        """Bring back the step last undone; None when there is none or a stroke is open."""
        delta = self.history.redo() if self.can_redo else None
        return delta.apply(self._labels) if delta is not None else None

    def mark_saved(self, revision: int | None = None) -> None:
        """The labels are on disk.

        A writer in the background notes ``history.revision`` when it copies the labels and gives it here
        when it is done, because the labels may have changed meanwhile.
        """
        self.history.mark_saved(revision)

    def cloud_fraction(self) -> float:
        """Share of cloudy pixels (any class but clear) among the known ones; nan when none is known."""
        return cloud_fraction(self._labels)

    def _take_before(self) -> Labels:
        if self._before is None:
            raise RuntimeError("no stroke is open")
        before, self._before = self._before, None
        return before


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(n) for n in shape) + " pixels"
