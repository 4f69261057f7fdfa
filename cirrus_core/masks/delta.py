"""`MaskDelta`: what one edit changed, small enough to keep for every edit of a session."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

from cirrus_core.masks.raster import Box, Labels


@dataclass(frozen=True, slots=True)
class MaskDelta:
    """The compressed XOR of old and new labels inside the smallest box that changed.

    XOR is its own inverse: the same `apply` undoes and redoes, for a stroke, a fill or a whole new mask,
    and for any label values.
    """

    box: Box
    shape: tuple[int, int]
    data: bytes
    action: str

    @classmethod
    def between(cls, old: Labels, new: Labels, box: Box | None, action: str) -> MaskDelta | None:
        """Record the change from `old` to `new`.

        Parameters
        ----------
        old, new : ndarray of uint8, (H, W)
        box : Box or None
            Where to look for changes; None looks everywhere.
        action : str
            What the user did, in words for the undo menu.

        Returns
        -------
        MaskDelta or None
            None when nothing changed.
        """
        look = box or Box(0, 0, *old.shape)
        changed = np.bitwise_xor(old[look.slices], new[look.slices])
        rows = np.flatnonzero(changed.any(axis=1))
        if not rows.size:
            return None
        changed = changed[rows[0] : rows[-1] + 1]
        columns = np.flatnonzero(changed.any(axis=0))
        changed = changed[:, columns[0] : columns[-1] + 1]
        row0, col0 = look.row0 + int(rows[0]), look.col0 + int(columns[0])
        found = Box(row0, col0, row0 + changed.shape[0], col0 + changed.shape[1])
        n_rows, n_cols = old.shape
        # Level 1: an XOR is mostly zeros, higher levels are slower and hardly smaller.
        return cls(found, (n_rows, n_cols), zlib.compress(changed.tobytes(), 1), action)

    def apply(self, labels: Labels) -> Box:
        """Undo or redo the change in place; return the rectangle that changed."""
        if labels.shape != self.shape:
            raise ValueError(f"a change of a {self.shape} mask cannot be applied to {labels.shape}")
        changed = np.frombuffer(zlib.decompress(self.data), dtype=np.uint8).reshape(self.box.shape)
        labels[self.box.slices] ^= changed
        return self.box

    @property
    def n_bytes(self) -> int:
        """Bytes kept for this change."""
        return len(self.data)
