"""Brush and eraser: which is in the hand, how large each is, what the brush paints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cirrus_core.masks.labels import CLEAR, CLOUD

ToolName = Literal["brush", "eraser"]

MIN_RADIUS_PX, MAX_RADIUS_PX = 0.5, 500.0
SIZE_STEP = 1.2
"""One step of the size keys: 20 %."""


class BrushSettings:
    """What the tools share; every change calls `on_change`.

    Attributes
    ----------
    tool : "brush" or "eraser"
    label : int
        What the brush paints: cloud, clear or unsure. The eraser always clears.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self.tool: ToolName = "brush"
        self.label = CLOUD
        self.brush_px = 12.0
        # An eraser somewhat larger than the brush is what people ask of other programs.
        self.eraser_px = 20.0

    @property
    def erasing(self) -> bool:
        """True when the left button erases."""
        return self.tool == "eraser"

    def radius_px(self, erase: bool | None = None) -> float:
        """Radius of brush or eraser in pixels; of the tool in the hand when not said."""
        return self.eraser_px if (self.erasing if erase is None else erase) else self.brush_px

    def set_tool(self, tool: ToolName) -> None:
        """Take brush or eraser."""
        if tool != self.tool:
            self.tool = tool
            self._on_change()

    def set_radius(self, radius_px: float, erase: bool | None = None) -> None:
        """Set the radius of brush or eraser (of the tool in the hand when not said), in pixels."""
        radius_px = min(max(radius_px, MIN_RADIUS_PX), MAX_RADIUS_PX)
        if radius_px == self.radius_px(erase):
            return
        if self.erasing if erase is None else erase:
            self.eraser_px = radius_px
        else:
            self.brush_px = radius_px
        self._on_change()

    def grow(self, steps: float) -> None:
        """Make the tool in the hand larger (or smaller) by steps of 20 %."""
        self.set_radius(self.radius_px() * SIZE_STEP**steps)

    def set_label(self, label: int) -> None:
        """Paint another class."""
        if label != self.label:
            self.label = label
            self._on_change()

    def swap_label(self) -> None:
        """Paint clear instead of cloud, or cloud instead of anything else."""
        self.set_label(CLEAR if self.label == CLOUD else CLOUD)
