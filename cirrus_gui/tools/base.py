"""What a tool is: a small state machine that sees pointer events in pixels of the frame, and no widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Button = Literal["left", "middle", "right", "none"]
Phase = Literal["press", "move", "release"]


@dataclass(frozen=True, slots=True)
class PointerEvent:
    """Mouse or pen over a pane.

    `row` and `col` are in pixels of the frame, pixel centres at integers; they may lie outside it.
    `button` is the one that began the drag. `pressure` is 0 to 1, 1 for a mouse.
    """

    row: float
    col: float
    button: Button
    phase: Phase
    shift: bool = False
    ctrl: bool = False
    alt: bool = False
    pressure: float = 1.0


class Tool(Protocol):
    """One way to use the pointer, from press to release."""

    def press(self, event: PointerEvent) -> None:
        """A button went down."""

    def move(self, event: PointerEvent) -> None:
        """The pointer moved with the button down."""

    def release(self, event: PointerEvent) -> None:
        """The button went up."""

    def cancel(self) -> bool:
        """Take back what the drag has done so far; False when there is nothing to take back."""
