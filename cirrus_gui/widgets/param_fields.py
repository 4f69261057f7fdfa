"""One input per kind of parameter: how it looks, how its value is read and shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PyQt6.QtCore import QLocale, QRegularExpression, Qt
from PyQt6.QtGui import QDoubleValidator, QRegularExpressionValidator, QWheelEvent
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from cirrus_core.config import ParamInfo, ParamKind
from cirrus_gui.widgets.section import explain

_INT_LIMIT = 2**31 - 1
_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class ParamField:
    """The input of one parameter: `read` its value, `show` another one."""

    info: ParamInfo
    widget: QWidget
    read: Callable[[], Any]
    show: Callable[[Any], None]


def make_field(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    """Make the input of a parameter with its default shown; `on_change` is called for every edit."""
    field = _MAKERS[_look_of(info)](info, on_change)
    field.show(info.default)
    explain(field.widget, info.title, tooltip_of(info))
    return field


def tooltip_of(info: ParamInfo) -> str:
    """What it does, its unit and its bounds, e.g. "largest shift (px), 0 to 10"."""
    unit = f" ({info.unit})" if info.unit else ""
    ends = [f"{end:g}" for end in (info.low, info.high) if end is not None]
    if len(ends) == 2:
        bounds = f", {ends[0]} to {ends[1]}"
    elif info.low is not None:
        bounds = f", at least {ends[0]}"
    else:
        bounds = f", at most {ends[0]}" if ends else ""
    return f"{info.help[:1].upper()}{info.help[1:]}{unit}{bounds}"


def _look_of(info: ParamInfo) -> str:
    return "log float" if info.kind == "float" and info.log else info.kind


def _make_int(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    box = _IntBox()
    low, high = -_INT_LIMIT if info.low is None else info.low, _INT_LIMIT if info.high is None else info.high
    box.setRange(int(low), int(high))
    _dress(box, info)
    box.valueChanged.connect(on_change)
    return ParamField(info, box, box.value, box.setValue)


def _make_float(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    box = _FloatBox()
    box.setDecimals(_DECIMALS)
    low, high = -1e12 if info.low is None else info.low, 1e12 if info.high is None else info.high
    box.setRange(low, high)
    box.setSingleStep(0.05 if high - low <= 2 else 1.0)
    _dress(box, info)
    box.valueChanged.connect(on_change)
    return ParamField(info, box, box.value, box.setValue)


def _make_log_float(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    line = QLineEdit()
    # Only the form of a number is checked here: bounds are checked, and explained, by the config model.
    validator = QDoubleValidator(line)
    validator.setLocale(QLocale.c())
    validator.setNotation(QDoubleValidator.Notation.ScientificNotation)
    line.setValidator(validator)
    line.setAlignment(Qt.AlignmentFlag.AlignRight)
    line.textChanged.connect(on_change)
    return ParamField(info, line, line.text, lambda value: line.setText(f"{value:g}"))


def _make_bool(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    box = QCheckBox()
    box.toggled.connect(on_change)
    return ParamField(info, box, box.isChecked, box.setChecked)


def _make_choice(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    box = _ComboBox()
    box.addItems(info.choices)
    box.currentTextChanged.connect(on_change)
    return ParamField(info, box, box.currentText, lambda value: box.setCurrentText(str(value)))


def _make_text(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    line = QLineEdit()
    line.textChanged.connect(on_change)
    return ParamField(info, line, line.text, lambda value: line.setText(str(value)))


def _make_ints(info: ParamInfo, on_change: Callable[[], object]) -> ParamField:
    line = QLineEdit()
    line.setValidator(QRegularExpressionValidator(QRegularExpression(r"[0-9, ]*"), line))
    line.setAlignment(Qt.AlignmentFlag.AlignRight)
    line.textChanged.connect(on_change)

    def read() -> tuple[int, ...]:
        return tuple(int(part) for part in line.text().replace(",", " ").split())

    return ParamField(info, line, read, lambda value: line.setText(", ".join(map(str, value))))


_MAKERS: dict[ParamKind | str, Callable[[ParamInfo, Callable[[], object]], ParamField]] = {
    "int": _make_int,
    "float": _make_float,
    "log float": _make_log_float,
    "bool": _make_bool,
    "choice": _make_choice,
    "text": _make_text,
    "ints": _make_ints,
}


def _dress(box: QAbstractSpinBox, info: ParamInfo) -> None:
    box.setLocale(QLocale.c())
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if info.unit and isinstance(box, QSpinBox | QDoubleSpinBox):
        box.setSuffix(f" {info.unit}")


class _IntBox(QSpinBox):
    """A spin box that a wheel on its way down the panel does not change."""

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None and not self.hasFocus():
            event.ignore()
        else:
            super().wheelEvent(event)


class _FloatBox(QDoubleSpinBox):
    """A spin box without trailing zeros; see `_IntBox` for the wheel."""

    def textFromValue(self, v: float) -> str:
        return f"{v:.{_DECIMALS}f}".rstrip("0").rstrip(".")

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        if event is not None and not self.hasFocus():
            event.ignore()
        else:
            super().wheelEvent(event)


class _ComboBox(QComboBox):
    """A combo box that a wheel on its way down the panel does not change."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def wheelEvent(self, e: QWheelEvent | None) -> None:
        if e is not None and not self.hasFocus():
            e.ignore()
        else:
            super().wheelEvent(e)
