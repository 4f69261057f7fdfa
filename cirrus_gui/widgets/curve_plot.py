"""Curves over epochs, as they grow: training and validation told apart by line style and colour."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import pyqtgraph as pg
from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from cirrus_gui.theme import Colours, colours_of
from cirrus_gui.widgets.section import explain

_OKABE_ITO = ("#009e73", "#d55e00")
"""Bluish green and vermilion: of the Okabe-Ito set, what no overlay uses; at least 3:1 on both themes."""
_HEIGHT_PX = 150
_AXIS_PX = 48
_STYLES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine)


@dataclass
class _Curve:
    item: pg.PlotDataItem
    steps: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)


class CurvePlot(QWidget):
    """A plot of up to two named curves over the epoch, with the best epoch marked.

    Parameters
    ----------
    title : str
        What is plotted; the name of the vertical axis.
    names : tuple of str
        Names of the curves, for the legend.
    log : bool
        Logarithmic vertical axis.
    """

    def __init__(self, title: str, names: tuple[str, ...], *, help: str, log: bool = False) -> None:
        super().__init__()
        explain(self, f"Curves of {title}", help)
        self._title = title
        self._log = log
        self._plot = pg.PlotWidget(axisItems={"left": _LogAxis("left")} if log else None)
        self._plot.enableMouse(False)
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setLogMode(y=log)
        self._plot.getPlotItem().showGrid(y=True, alpha=0.15)
        self._plot.getAxis("left").setWidth(_AXIS_PX)
        corner = (-4, 4) if log else (-4, -4)  # losses fall, scores rise: the corner they leave free
        self._legend = self._plot.addLegend(offset=corner, labelTextSize="8pt", verSpacing=-6)
        self._curves = {name: _Curve(self._plot.plot([], [], name=name)) for name in names}
        self._best = pg.InfiniteLine(angle=90, movable=False)
        self._best.hide()
        self._plot.addItem(self._best)
        self._plot.setFixedHeight(_HEIGHT_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        self._restyle()

    def points(self, name: str) -> list[tuple[float, float]]:
        """The points of a curve: (epoch, value)."""
        curve = self._curves[name]
        return list(zip(curve.steps, curve.values, strict=True))

    @property
    def best(self) -> float | None:
        """The epoch that is marked."""
        return float(self._best.value()) if self._best.isVisible() else None

    def clear(self) -> None:
        """Remove all points and the mark."""
        for curve in self._curves.values():
            curve.steps, curve.values = [], []
            curve.item.setData([], [])
        self._best.hide()

    def add(self, name: str, step: float, value: float) -> None:
        """Add a point. What cannot be drawn (NaN, or nothing above zero on a log axis) is a gap."""
        curve = self._curves[name]
        drawable = math.isfinite(value) and (value > 0 or not self._log)
        curve.steps.append(step)
        curve.values.append(value if drawable else math.nan)
        alone = len(curve.steps) == 1
        curve.item.setData(
            np.array(curve.steps), np.array(curve.values), connect="finite", symbol="o" if alone else None
        )

    def mark_best(self, step: float | None) -> None:
        """Mark the best epoch, or none."""
        self._best.setVisible(step is not None)
        if step is not None:
            self._best.setValue(step)

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._restyle()

    def _restyle(self) -> None:
        tokens = colours_of(self)
        self._plot.setBackground(tokens.base)
        for side, text in (("left", self._title), ("bottom", "epoch")):
            axis = self._plot.getAxis(side)
            axis.enableAutoSIPrefix(False)
            axis.setPen(tokens.line)
            axis.setTextPen(tokens.dim)
            axis.setLabel(text, color=tokens.dim)
        for curve, colour, style in zip(self._curves.values(), series_colours(tokens), _STYLES, strict=False):
            curve.item.setPen(pg.mkPen(colour, width=2, style=style))
            curve.item.setSymbolBrush(colour)
            curve.item.setSymbolPen(colour)
            curve.item.setSymbolSize(5)
        self._best.setPen(pg.mkPen(tokens.dim, width=1, style=Qt.PenStyle.DotLine))
        for _sample, label in self._legend.items:
            label.setText(label.text, color=tokens.text, size="8pt")


class _LogAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph is untyped
    """Ticks at 1, 2 and 5 of each decade; of the decades alone when there are many."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        first, last = math.floor(low), math.ceil(high)
        steps = (1, 2, 5) if high - low < 2 else (1,)
        ticks = [decade + math.log10(step) for decade in range(first, last + 1) for step in steps]
        return [(1.0, [tick for tick in ticks if low <= tick <= high])]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{10**value:.3g}" for value in values]


def series_colours(tokens: Colours) -> tuple[str, str]:
    """Colours of the two curves; in the red theme only their line styles differ."""
    return (tokens.text, tokens.text) if tokens.name == "red" else _OKABE_ITO
