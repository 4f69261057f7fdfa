"""How the frame is looked at: stretch, overlay, panes, colours. Nothing here touches data or masks."""

from __future__ import annotations

from typing import Literal, get_args

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.frames.stretch import StretchParams

OverlayStyle = Literal["fill", "outline", "hidden"]
PaneName = Literal["frame", "mask", "probability"]
ThemeName = Literal["dark", "light", "red"]
PANES: tuple[PaneName, ...] = get_args(PaneName)


class ViewState(QObject):
    """What the panes and the display panel share.

    Attributes
    ----------
    stretch : StretchParams
    overlay_style : "fill", "outline" or "hidden"
    overlay_opacity : float
        0 transparent to 1 opaque, of the filled overlay.
    prediction_outline : bool
        Draw the outline of the predicted clouds (blue) over the mask.
    panes : tuple of str
        Shown panes, in the order frame, mask, probability.
    colour_map : str
        Name of the colour map of the frame, "grey" by default.
    theme : "dark", "light" or "red"
    """

    stretch_changed = pyqtSignal()
    overlay_changed = pyqtSignal()
    panes_changed = pyqtSignal()
    colours_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stretch = StretchParams()
        self.overlay_style: OverlayStyle = "fill"
        self.overlay_opacity = 0.4
        self.prediction_outline = True
        self.panes: tuple[PaneName, ...] = PANES
        self.colour_map = "grey"
        self.theme: ThemeName = "dark"
        self._shown_style: OverlayStyle = "fill"

    @property
    def overlay_visible(self) -> bool:
        """False while the mask overlay is hidden."""
        return self.overlay_style != "hidden"

    def set_stretch(self, stretch: StretchParams) -> None:
        """Look at the frames through another stretch."""
        if stretch != self.stretch:
            self.stretch = stretch
            self.stretch_changed.emit()

    def set_overlay_style(self, style: OverlayStyle) -> None:
        """Fill the clouds, outline them, or hide the mask."""
        if style == self.overlay_style:
            return
        if style != "hidden":
            self._shown_style = style
        self.overlay_style = style
        self.overlay_changed.emit()

    def set_overlay_visible(self, visible: bool) -> None:
        """Hide the overlay, or show it in the style it had before."""
        self.set_overlay_style(self._shown_style if visible else "hidden")

    def set_overlay_opacity(self, opacity: float) -> None:
        """Set the opacity of the filled overlay, 0 to 1."""
        opacity = min(1.0, max(0.0, opacity))
        if opacity != self.overlay_opacity:
            self.overlay_opacity = opacity
            self.overlay_changed.emit()

    def set_prediction_outline(self, shown: bool) -> None:
        """Show or hide the blue outline of the prediction."""
        if shown != self.prediction_outline:
            self.prediction_outline = shown
            self.overlay_changed.emit()

    def set_panes(self, panes: tuple[PaneName, ...]) -> None:
        """Show these panes, always in the order frame, mask, probability; at least one."""
        ordered = tuple(name for name in PANES if name in panes) or ("mask",)
        if ordered != self.panes:
            self.panes = ordered
            self.panes_changed.emit()

    def set_colour_map(self, name: str) -> None:
        """Draw the frame in another colour map."""
        if name != self.colour_map:
            self.colour_map = name
            self.colours_changed.emit()

    def set_theme(self, theme: ThemeName) -> None:
        """Switch the window's colours."""
        if theme != self.theme:
            self.theme = theme
            self.colours_changed.emit()
