"""A typed number: no arrows, commits on Enter, and then hands the keyboard back to the picture."""

from __future__ import annotations

from PyQt6.QtCore import QLocale, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QWheelEvent
from PyQt6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QWidget

from cirrus_gui.widgets.section import explain

_WIDEST = "00000.00"


class NumberField(QDoubleSpinBox):
    """A number with unit and bounds; `edited` is emitted only for what the user typed or stepped."""

    edited = pyqtSignal(float)

    def __init__(
        self,
        name: str,
        help: str,
        *,
        low: float,
        high: float,
        decimals: int = 0,
        step: float = 1.0,
        suffix: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._quiet = False
        explain(self, name, help)
        self.setLocale(QLocale.c())
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setSuffix(suffix)
        self.setKeyboardTracking(False)
        self.setButtonSymbols(QAbstractSpinBox.ButtonSymbols.NoButtons)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.valueChanged.connect(self._on_value_changed)

    def show_value(self, value: float) -> None:
        """Show a value that came from elsewhere: nothing is announced."""
        self._quiet = True
        self.setValue(value)
        self._quiet = False

    def setDecimals(self, prec: int) -> None:
        # Fewer decimals round the value: the user typed nothing.
        self._quiet = True
        super().setDecimals(prec)
        self._quiet = False

    def sizeHint(self) -> QSize:
        # Qt's own hint has room for the widest number of the range, which is wider than a panel.
        return QSize(self.fontMetrics().horizontalAdvance(_WIDEST) + 14, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        super().keyPressEvent(event)
        if event is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        # A wheel that scrolls the panel must not change numbers on its way.
        if event is not None and not self.hasFocus():
            event.ignore()
            return
        super().wheelEvent(event)

    def _on_value_changed(self, value: float) -> None:
        if not self._quiet:
            self.edited.emit(value)
