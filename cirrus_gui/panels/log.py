"""Everything that was said to the user since the window opened."""

from __future__ import annotations

from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from cirrus_gui.notify import Message, Notifier
from cirrus_gui.widgets.section import explain, push_button

_MAX_LINES = 5000


class LogPanel(QWidget):
    """The notifier's history, newest last; can be copied."""

    def __init__(self, notifier: Notifier) -> None:
        super().__init__()
        self._text = QPlainTextEdit()
        self._text.setReadOnly(True)
        self._text.setProperty("plain", True)
        self._text.setMaximumBlockCount(_MAX_LINES)
        self._text.setPlaceholderText("Messages appear here, with the time in UTC.")
        explain(self._text, "Messages", "All messages since the window opened, newest last")
        self._copy = push_button("Copy", "Copy all messages, for a report", name="Copy all messages")
        self._copy.clicked.connect(self._on_copy)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.addWidget(self._text, 1)
        column.addLayout(row)
        for message in notifier.history:
            self._on_message(message)
        notifier.message.connect(self._on_message)

    def _on_message(self, message: Message) -> None:
        level = "" if message.level == "info" else f"{message.level}: "
        line = f"{message.time:%H:%M:%S}  {level}{message.text}"
        self._text.appendPlainText(f"{line}\n          {message.hint}" if message.hint else line)

    def _on_copy(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self._text.toPlainText())
