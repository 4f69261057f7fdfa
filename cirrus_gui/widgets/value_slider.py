"""A slider with its number beside it: drag for a feeling, type for a value."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QHBoxLayout, QSlider, QWidget

from cirrus_gui.widgets.number_field import NumberField
from cirrus_gui.widgets.section import explain

_STEPS = 1000


class ValueSlider(QWidget):
    """One value between `low` and `high`, on a linear or logarithmic scale."""

    edited = pyqtSignal(float)

    def __init__(
        self,
        name: str,
        help: str,
        *,
        low: float,
        high: float,
        decimals: int = 2,
        step: float = 0.01,
        suffix: str = "",
        log: bool = False,
    ) -> None:
        super().__init__()
        self._low, self._high, self._log = low, high, log
        self._slider = _Slider(Qt.Orientation.Horizontal)
        self._slider.setRange(0, _STEPS)
        self._slider.setPageStep(_STEPS // 10)
        self._slider.setSingleStep(_STEPS // 100)
        self._slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        explain(self._slider, name, help)
        self._field = NumberField(name, help, low=low, high=high, decimals=decimals, step=step, suffix=suffix)
        self._field.setFixedWidth(self._field.sizeHint().width())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self._slider, 1)
        row.addWidget(self._field)
        self.setFocusProxy(self._slider)
        self._slider.valueChanged.connect(self._on_slid)
        self._field.edited.connect(self._on_typed)

    @property
    def value(self) -> float:
        """The value shown."""
        return self._field.value()

    def show_value(self, value: float) -> None:
        """Show a value that came from elsewhere: nothing is announced."""
        self._field.show_value(value)
        self._slider.blockSignals(True)
        self._slider.setValue(self._position(value))
        self._slider.blockSignals(False)

    def _on_slid(self, position: int) -> None:
        self._field.show_value(self._value_at(position))
        self.edited.emit(self._field.value())

    def _on_typed(self, value: float) -> None:
        self.show_value(value)
        self.edited.emit(value)

    def _value_at(self, position: int) -> float:
        part = position / _STEPS
        if self._log:
            return self._low * math.exp(part * math.log(self._high / self._low))
        return self._low + part * (self._high - self._low)

    def _position(self, value: float) -> int:
        value = min(max(value, self._low), self._high)
        if self._log:
            return round(_STEPS * math.log(value / self._low) / math.log(self._high / self._low))
        return round(_STEPS * (value - self._low) / (self._high - self._low))


class _Slider(QSlider):
    def wheelEvent(self, event: QWheelEvent | None) -> None:
        # A wheel that scrolls the panel must not move sliders on its way.
        if event is not None and not self.hasFocus():
            event.ignore()
            return
        super().wheelEvent(event)
