"""The log keeps what was said before and after it was built, with hints, and can be copied."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from cirrus_core.errors import MaskError
from cirrus_gui.notify import Notifier
from cirrus_gui.panels.log import LogPanel


def test_messages_before_and_after_are_kept_and_copied(qtbot: QtBot) -> None:
    notifier = Notifier()
    notifier.info("60 frames opened.")
    panel = LogPanel(notifier)
    qtbot.addWidget(panel)
    notifier.error(MaskError("The mask of A could not be saved: the disk is full.", "Make room."))
    text = panel.findChild(QPlainTextEdit)
    assert text is not None
    lines = text.toPlainText().splitlines()
    assert lines[0].endswith("60 frames opened.")
    assert "error: The mask of A could not be saved" in lines[1]
    assert lines[2].strip() == "Make room."
    button = panel.findChild(QPushButton)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    clipboard = QGuiApplication.clipboard()
    assert clipboard is not None and clipboard.text() == text.toPlainText()


def test_text_of_messages_is_never_taken_as_markup(qtbot: QtBot) -> None:
    notifier = Notifier()
    panel = LogPanel(notifier)
    qtbot.addWidget(panel)
    notifier.warning("<b>x.fits</b> is empty.")
    text = panel.findChild(QPlainTextEdit)
    assert text is not None and "<b>x.fits</b>" in text.toPlainText()
