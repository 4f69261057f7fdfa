"""A list of choices that a wheel on its way down the panel does not change."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QComboBox

from cirrus_gui.widgets.section import explain


class Combo(QComboBox):
    """Choices by their words; as narrow as its panel wants it."""

    def __init__(self, name: str, help: str, texts: Sequence[str] = ()) -> None:
        super().__init__()
        self.addItems(texts)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        explain(self, name, help)

    def wheelEvent(self, e: QWheelEvent | None) -> None:
        if e is not None and not self.hasFocus():
            e.ignore()
            return
        super().wheelEvent(e)
