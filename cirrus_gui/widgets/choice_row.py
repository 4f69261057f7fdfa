"""A few exclusive choices side by side, each one click away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from cirrus_gui.widgets.icons import icon
from cirrus_gui.widgets.section import explain

_ICON_PX = 14


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: its value, the word on the button, the tooltip and an icon if any."""

    value: str
    text: str
    help: str
    icon: str = ""


class ChoiceRow(QWidget):
    """Exclusive buttons; `chosen` is emitted only for what the user pressed."""

    chosen = pyqtSignal(str)

    def __init__(self, name: str, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for choice in choices:
            button = self._make_button(choice)
            self._buttons[choice.value] = button
            self._group.addButton(button)
            row.addWidget(button, 1)
        self._group.buttonClicked.connect(self._on_clicked)

    @property
    def value(self) -> str:
        """The value pressed in, or ``""``."""
        return next((v for v, b in self._buttons.items() if b.isChecked()), "")

    def show_value(self, value: str) -> None:
        """Press the button of a value that came from elsewhere: nothing is announced."""
        self._buttons[value].setChecked(True)

    def button(self, value: str) -> QToolButton:
        """The button of a value."""
        return self._buttons[value]

    def _make_button(self, choice: Choice) -> QToolButton:
        button = QToolButton()
        button.setText(choice.text)
        if choice.icon:
            button.setIcon(icon(choice.icon))
            button.setIconSize(QSize(_ICON_PX, _ICON_PX))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCheckable(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        explain(button, choice.text, choice.help)
        return button

    def _on_clicked(self) -> None:
        self.chosen.emit(self.value)
