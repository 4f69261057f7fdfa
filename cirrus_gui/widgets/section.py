"""The pieces that panels are laid out from: a scrolling column, headings, folds, thin lines, hints."""

from __future__ import annotations

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cirrus_gui.widgets.icons import icon

PANEL_WIDTH_PX = 272
"""Widest a side panel asks for: 1366 px then leave three panes of 300 px and the frame list."""


class PanelColumn(QScrollArea):
    """A column of controls that scrolls when the window is low, never sideways."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._content = QWidget()
        self._content.setProperty("panel", True)
        self.column = QVBoxLayout(self._content)
        self.column.setContentsMargins(10, 8, 10, 10)
        self.column.setSpacing(6)
        self.setWidget(self._content)

    def sizeHint(self) -> QSize:
        content = self._content.sizeHint()
        return QSize(PANEL_WIDTH_PX, content.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self._content.minimumSizeHint().width(), PANEL_WIDTH_PX), 80)


def heading(text: str) -> QLabel:
    """A quiet heading above a group of controls."""
    label = QLabel(text)
    label.setProperty("heading", True)
    return label


def hint(text: str) -> QLabel:
    """A quiet sentence that wraps."""
    label = QLabel(text)
    label.setWordWrap(True)
    label.setProperty("quiet", True)
    return label


def set_tone(label: QLabel, tone: str) -> None:
    """Colour a label "good", "warn", "bad" or plain ("")."""
    if label.property("tone") == tone:
        return
    label.setProperty("tone", tone)
    style = label.style()
    if style is not None:
        style.unpolish(label)
        style.polish(label)


def thin_line() -> QFrame:
    """A hairline between two groups."""
    line = QFrame()
    line.setProperty("thinLine", True)
    line.setFixedHeight(1)
    return line


def push_button(text: str, help: str, *, primary: bool = False, name: str = "") -> QPushButton:
    """A button with words; the one that a panel is for is `primary`."""
    button = QPushButton(text)
    button.setProperty("primary", primary)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    explain(button, name or text, help)
    return button


def tool_button(icon_name: str, name: str, help: str, *, checkable: bool = False) -> QToolButton:
    """A square button with an icon; `help` is the tooltip, `name` what a screen reader says.

    A click does not take the keyboard from the picture; Tab does.
    """
    button = QToolButton()
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setIcon(icon(icon_name))
    button.setIconSize(QSize(18, 18))
    button.setCheckable(checkable)
    explain(button, name, help)
    return button


def explain(widget: QWidget, name: str, help: str) -> None:
    """Give a control its spoken name and its tooltip."""
    widget.setAccessibleName(name)
    widget.setToolTip(help)


def with_key(help: str, *keys: str) -> str:
    """A tooltip that ends with the keys, written as the platform writes them."""
    written = [QKeySequence(k).toString(QKeySequence.SequenceFormat.NativeText) or k for k in keys]
    return f"{help}  [{', '.join(written)}]" if written else help


def row_of(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side; words take what they need, controls share the rest."""
    row = QHBoxLayout()
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    for widget in widgets:
        row.addWidget(widget, 0 if isinstance(widget, QLabel) else 1)
    return row


class FormGrid(QGridLayout):
    """Quiet titles in one column, controls in the other; titles of all grids of a panel line up."""

    def __init__(self) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(8)
        self.setVerticalSpacing(5)
        self.setColumnStretch(1, 1)

    def add_row(self, title: str, control: QWidget) -> None:
        """Add a control; its title is what screen readers and Alt keys find it by."""
        row = self.rowCount()
        label = QLabel(title)
        label.setProperty("quiet", True)
        label.setMinimumWidth(label.fontMetrics().horizontalAdvance("Softening"))
        label.setBuddy(control)
        self.addWidget(label, row, 0)
        self.addWidget(control, row, 1)


class Fold(QWidget):
    """A heading that opens and closes what is below it."""

    def __init__(self, title: str, content: QWidget, *, is_open: bool = False) -> None:
        super().__init__()
        self.head = QToolButton()
        self.head.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setProperty("flat", True)
        self.head.setProperty("fold", True)
        self.head.setCheckable(True)
        self.head.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._content = content
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.head)
        column.addWidget(content)
        self.set_title(title)
        self.head.toggled.connect(self._on_toggled)
        self.head.setChecked(is_open)
        self._on_toggled(is_open)

    @property
    def is_open(self) -> bool:
        """True while the content is shown."""
        return self.head.isChecked()

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self.head.setText(title)
        explain(self.head, title, f"{title}: click or press Space to open and close")

    def _on_toggled(self, is_open: bool) -> None:
        self.head.setIcon(icon("fold-open" if is_open else "fold-closed"))
        self._content.setVisible(is_open)
