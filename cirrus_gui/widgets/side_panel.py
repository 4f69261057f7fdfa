"""The side panel: one panel at a time, chosen by a row of icons; the icon of the open one folds it away."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from cirrus_gui.widgets.section import heading, thin_line, tool_button


class SidePanel(QWidget):
    """Signals
    -------
    chosen : str
        The panel of this name is shown.
    """

    chosen = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self._stack = QStackedWidget()
        self._buttons = QButtonGroup(self)
        self._names: list[str] = []
        self._titles: list[str] = []
        self._row = QHBoxLayout()
        self._row.setContentsMargins(6, 3, 6, 3)
        self._row.setSpacing(2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._row)
        column.addWidget(thin_line())
        self._title = heading("")
        self._title.setContentsMargins(10, 7, 10, 0)
        column.addWidget(self._title)
        column.addWidget(self._stack, 1)
        self._buttons.idClicked.connect(self._on_clicked)

    @property
    def shown(self) -> str:
        """Name of the panel that is shown."""
        return self._names[self._stack.currentIndex()] if self._names else ""

    def add_panel(self, name: str, icon: str, title: str, panel: QWidget) -> None:
        """Add a panel under an icon."""
        button = tool_button(icon, title, title, checkable=True)
        button.setProperty("flat", True)
        self._buttons.addButton(button, self._stack.addWidget(panel))
        self._row.addWidget(button)
        self._names.append(name)
        self._titles.append(title)

    def end_row(self) -> None:
        """No more icons follow; the first panel is shown."""
        self._row.addStretch(1)
        self._on_clicked(0)

    def show_panel(self, name: str) -> None:
        """Show a panel; an unknown name shows nothing new."""
        if name in self._names:
            self._on_clicked(self._names.index(name))

    def panel(self, name: str) -> QWidget | None:
        """The panel of this name."""
        return self._stack.widget(self._names.index(name))

    def _on_clicked(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        self._title.setText(self._titles[index])
        button = self._buttons.button(index)
        assert isinstance(button, QToolButton)
        button.setChecked(True)
        self.chosen.emit(self.shown)
