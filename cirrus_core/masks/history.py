"""`History`: the changes of one mask that can be undone and redone, bounded by bytes and by steps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from cirrus_core.masks.delta import MaskDelta

MAX_BYTES = 64 * 1024**2
MAX_STEPS = 200


@dataclass(frozen=True, slots=True)
class _Step:
    delta: MaskDelta
    revision: int


class History:
    """A list of changes and the place in it where the mask stands now.

    Every state of the mask has a `revision`, a number that is never used twice. So a save that ends late,
    after an undo and a new stroke, still marks the state it wrote and no other.

    Parameters
    ----------
    max_bytes : int
        Compressed bytes kept; the oldest changes are forgotten first, the newest never is.
    max_steps : int
        Number of changes kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_steps: int = MAX_STEPS) -> None:
        self._max_bytes = max_bytes
        self._max_steps = max_steps
        self._steps: list[_Step] = []
        self._position = 0
        self._revisions = count(1)
        self._base_revision = 0
        self._saved_revision = 0

    @property
    def position(self) -> int:
        """Number of kept changes that are in effect."""
        return self._position

    @property
    def n_steps(self) -> int:
        """Number of kept changes, in effect or undone."""
        return len(self._steps)

    @property
    def saved_position(self) -> int | None:
        """Position of the state on disk; None when undo and redo no longer lead there."""
        revisions = [self._base_revision, *(step.revision for step in self._steps)]
        return revisions.index(self._saved_revision) if self._saved_revision in revisions else None

    @property
    def revision(self) -> int:
        """Number of the present state."""
        return self._steps[self._position - 1].revision if self._position else self._base_revision

    @property
    def dirty(self) -> bool:
        """True when the present state is not the one on disk."""
        return self.position != self.saved_position

    @property
    def can_undo(self) -> bool:
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        return self._position < len(self._steps)

    @property
    def undo_action(self) -> str | None:
        """What the next undo takes back, in words."""
        return self._steps[self._position - 1].delta.action if self.can_undo else None

    @property
    def redo_action(self) -> str | None:
        """What the next redo brings again, in words."""
        return self._steps[self._position].delta.action if self.can_redo else None

    @property
    def n_bytes(self) -> int:
        """Compressed bytes of all kept changes."""
        return sum(step.delta.n_bytes for step in self._steps)

    def push(self, delta: MaskDelta) -> None:
        """Record a change that was just made; what had been undone is forgotten."""
        self.forget_undone()
        self._steps.append(_Step(delta, next(self._revisions)))
        self._position += 1
        n_bytes = self.n_bytes
        while len(self._steps) > 1 and (n_bytes > self._max_bytes or len(self._steps) > self._max_steps):
            oldest = self._steps.pop(0)
            self._base_revision = oldest.revision
            self._position -= 1
            n_bytes -= oldest.delta.n_bytes

    def undo(self) -> MaskDelta | None:
        """Step back; return the change to apply, or None at the beginning."""
        if not self.can_undo:
            return None
        self._position -= 1
        return self._steps[self._position].delta

    def redo(self) -> MaskDelta | None:
        """Step forward; return the change to apply, or None at the end."""
        if not self.can_redo:
            return None
        self._position += 1
        return self._steps[self._position - 1].delta

    def forget_undone(self) -> None:
        """Drop the changes that were undone."""
        del self._steps[self._position :]

    def mark_saved(self, revision: int | None = None) -> None:
        """The present state, or the state that had this `revision`, is on disk."""
        self._saved_revision = self.revision if revision is None else revision
