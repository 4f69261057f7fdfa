"""How the frame is shown: histogram, cuts, stretch, overlay, panes. The data stay what they are."""

from __future__ import annotations

import math
from typing import Any, cast, get_args

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtWidgets import QCheckBox, QLabel, QPushButton, QWidget

from cirrus_core.config import build
from cirrus_core.frames.stretch import CutsKind, StretchKind, StretchParams, stretch
from cirrus_gui.state.frame_loader import FrameLoader, LoadedFrame
from cirrus_gui.state.view_state import PANES, OverlayStyle, PaneName, ViewState
from cirrus_gui.widgets.choice_row import Choice, ChoiceRow
from cirrus_gui.widgets.combo import Combo
from cirrus_gui.widgets.histogram_view import HistogramView
from cirrus_gui.widgets.number_field import NumberField
from cirrus_gui.widgets.section import (
    FormGrid,
    PanelColumn,
    explain,
    heading,
    push_button,
    row_of,
    thin_line,
    with_key,
)
from cirrus_gui.widgets.value_slider import ValueSlider

_CUTS_WORDS: dict[CutsKind, str] = {
    "percentile": "percentiles",
    "zscale": "zscale",
    "minmax": "min to max",
    "manual": "by hand",
}
COLOUR_MAPS = ("grey", "viridis", "inferno", "cividis")
"""Maps whose brightness rises all the way, so that more ADU are never darker."""
_CURVE_POINTS = 128
_BEYOND_ADU = 1e12


class DisplayPanel(PanelColumn):
    """Everything here changes the picture and nothing else."""

    def __init__(self, view_state: ViewState, frame_loader: FrameLoader) -> None:
        super().__init__("Display")
        self._view = view_state
        self._make_stretch_controls()
        self._make_overlay_controls()
        self._lay_out()
        self._connect()
        view_state.stretch_changed.connect(self._show_stretch)
        view_state.overlay_changed.connect(self._show_overlay)
        view_state.colours_changed.connect(self._show_colours)
        view_state.panes_changed.connect(self._show_panes)
        frame_loader.frame_ready.connect(self._on_frame_ready)
        self._show_stretch()
        self._show_overlay()
        self._show_panes()
        self._show_colours()
        if frame_loader.loaded is not None:
            self._on_frame_ready(frame_loader.loaded)

    def _make_stretch_controls(self) -> None:
        self.histogram = HistogramView()
        self.low = _adu_field("Low cut", "This value and all below are black")
        self.high = _adu_field("High cut", "This value and all above are white")
        self.kind = Combo("Stretch", "Curve between black and white", get_args(StretchKind))
        self.cuts = Combo("Cuts", "How black and white are found", tuple(_CUTS_WORDS.values()))
        self.softening = ValueSlider(
            "Softening",
            "Where asinh turns from linear to logarithmic: small shows the faint, large is like linear",
            low=1e-3,
            high=10.0,
            decimals=3,
            step=0.01,
            log=True,
        )
        self.low_percent = _percent_field("Low percentile", "This share of the pixels is black")
        self.high_percent = _percent_field("High percentile", "This share of the pixels is below white")
        self.auto = push_button("Auto", with_key("Cuts from the percentiles of this frame", "C"))
        self.lock = push_button("Lock to night", with_key("The same cuts for the whole night", "Shift+C"))
        self.lock.setCheckable(True)
        self.colour_map = Combo("Colours", "Colours of the frame; grey tells clouds best", COLOUR_MAPS)
        self.reset = push_button("Reset", "Stretch and cuts as they were at first")

    def _make_overlay_controls(self) -> None:
        self.style_row = ChoiceRow(
            "Mask overlay",
            (
                Choice("fill", "Fill", with_key("Clouds filled with colour; hold V to peek below", "V")),
                Choice("outline", "Outline", with_key("Only the border of the clouds", "O")),
                Choice("hidden", "Hidden", with_key("No overlay", "V")),
            ),
        )
        self.opacity = ValueSlider(
            "Overlay opacity", "How much the mask covers the frame", low=0.0, high=1.0, step=0.05
        )
        self.prediction = QCheckBox("Outline of the prediction")
        explain(self.prediction, "Outline of the prediction", with_key("Line around predicted cloud", "P"))
        self.panes = {name: _pane_button(name) for name in PANES}

    def _lay_out(self) -> None:
        column = self.column
        column.addWidget(self.histogram)
        column.addLayout(row_of(self.low, QLabel("to"), self.high, QLabel("ADU")))
        grid = FormGrid()
        grid.add_row("Stretch", self.kind)
        grid.add_row("Softening", self.softening)
        grid.add_row("Colours", self.colour_map)
        grid.add_row("Cuts", self.cuts)
        self._percent_row = QWidget()
        percents = row_of(self.low_percent, QLabel("to"), self.high_percent)
        percents.setContentsMargins(0, 0, 0, 0)
        self._percent_row.setLayout(percents)
        grid.add_row("", self._percent_row)
        column.addLayout(grid)
        column.addLayout(row_of(self.auto, self.lock, self.reset))
        self._lay_out_overlay()

    def _lay_out_overlay(self) -> None:
        column = self.column
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(heading("Mask over the frame"))
        column.addWidget(self.style_row)
        grid = FormGrid()
        grid.add_row("Opacity", self.opacity)
        column.addLayout(grid)
        column.addWidget(self.prediction)
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(heading("Panes"))
        column.addLayout(row_of(*self.panes.values()))
        column.addStretch(1)

    def _connect(self) -> None:
        self.histogram.cuts_dragged.connect(self._set_cuts_by_hand)
        self.low.edited.connect(lambda low: self._set_cuts_by_hand(low, self.high.value()))
        self.high.edited.connect(lambda high: self._set_cuts_by_hand(self.low.value(), high))
        self.kind.activated.connect(lambda i: self._change(kind=get_args(StretchKind)[i]))
        self.cuts.activated.connect(self._on_cuts_chosen)
        self.colour_map.activated.connect(lambda i: self._view.set_colour_map(COLOUR_MAPS[i]))
        self.softening.edited.connect(lambda value: self._change(softening=value))
        self.low_percent.edited.connect(self._on_percent_edited)
        self.high_percent.edited.connect(self._on_percent_edited)
        self.auto.clicked.connect(lambda: self._change(cuts="percentile", scope="frame"))
        self.lock.clicked.connect(lambda on: self._change(scope="night" if on else "frame"))
        self.reset.clicked.connect(lambda: self._view.set_stretch(StretchParams()))
        self.style_row.chosen.connect(lambda style: self._view.set_overlay_style(cast(OverlayStyle, style)))
        self.opacity.edited.connect(self._view.set_overlay_opacity)
        self.prediction.clicked.connect(self._view.set_prediction_outline)
        for button in self.panes.values():
            button.clicked.connect(self._on_panes_clicked)

    def _change(self, **values: Any) -> None:
        asked = {**self._view.stretch.model_dump(), **values}
        self._view.set_stretch(build(StretchParams, asked, what="display settings"))

    def _set_cuts_by_hand(self, low: float, high: float) -> None:
        if low < high:
            self._change(cuts="manual", low=low, high=high)
        else:
            self._show_stretch()

    def _on_cuts_chosen(self, i: int) -> None:
        kind = tuple(_CUTS_WORDS)[i]
        low, high = self.histogram.cuts
        # By hand starts from what is seen.
        self._change(cuts=kind, **({"low": low, "high": high} if kind == "manual" else {}))

    def _on_percent_edited(self) -> None:
        low, high = self.low_percent.value(), self.high_percent.value()
        if low < high:
            self._change(cuts="percentile", low_percentile=low, high_percentile=high)
        else:
            self._show_stretch()

    def _on_panes_clicked(self) -> None:
        self._view.set_panes(tuple(name for name, button in self.panes.items() if button.isChecked()))
        self._show_panes()

    def _on_frame_ready(self, loaded: LoadedFrame) -> None:
        self.histogram.set_histogram(loaded.stats.histogram)
        decimals = _decimals(loaded.stats.high - loaded.stats.low)
        self.low.setDecimals(decimals)
        self.high.setDecimals(decimals)
        # A picture made before the last change says nothing about it: the one that follows does.
        if loaded.params == self._view.stretch:
            self._show_cuts(*loaded.cuts)

    def _show_stretch(self) -> None:
        params = self._view.stretch
        self.kind.setCurrentIndex(get_args(StretchKind).index(params.kind))
        self.cuts.setCurrentIndex(tuple(_CUTS_WORDS).index(params.cuts))
        self.softening.show_value(params.softening)
        self.softening.setEnabled(params.kind == "asinh")
        self.low_percent.show_value(params.low_percentile)
        self.high_percent.show_value(params.high_percentile)
        self._percent_row.setEnabled(params.cuts == "percentile")
        self.lock.setChecked(params.scope == "night")
        self._show_cuts(*((params.low, params.high) if params.cuts == "manual" else self.histogram.cuts))

    def _show_cuts(self, low: float, high: float) -> None:
        self.histogram.set_cuts(low, high, stretch_curve(self._view.stretch))
        self.low.show_value(low)
        self.high.show_value(high)

    def _show_overlay(self) -> None:
        self.style_row.show_value(self._view.overlay_style)
        self.opacity.show_value(self._view.overlay_opacity)
        self.opacity.setEnabled(self._view.overlay_style == "fill")
        self.prediction.setChecked(self._view.prediction_outline)

    def _show_colours(self) -> None:
        self.colour_map.setCurrentText(self._view.colour_map)

    def _show_panes(self) -> None:
        for name, button in self.panes.items():
            button.setChecked(name in self._view.panes)


def stretch_curve(params: StretchParams) -> NDArray[np.float64]:
    """Grey 0..1 at even steps from the low to the high cut, taken from the stretch itself."""
    ramp = np.linspace(0.0, 1.0, _CURVE_POINTS, dtype=np.float32)[np.newaxis]
    levels: NDArray[np.float64] = stretch(ramp, params, (0.0, 1.0))[0] / 255.0
    return levels


def _decimals(extent: float) -> int:
    """Decimals that show a thousandth of the range of a frame."""
    if not math.isfinite(extent) or extent <= 0:
        return 0
    return max(0, min(8, 3 - math.floor(math.log10(extent))))


def _adu_field(name: str, help: str) -> NumberField:
    return NumberField(name, f"{help}, in ADU", low=-_BEYOND_ADU, high=_BEYOND_ADU, step=10.0)


def _percent_field(name: str, help: str) -> NumberField:
    return NumberField(name, help, low=0.0, high=100.0, decimals=2, step=0.1, suffix=" %")


def _pane_button(name: PaneName) -> QPushButton:
    button = push_button(name.capitalize(), f"Show or hide the {name} pane", name=f"{name} pane")
    button.setCheckable(True)
    return button
