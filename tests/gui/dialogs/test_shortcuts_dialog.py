"""The sheet of keys: groups in order, keys as the platform writes them, paper in black on white."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QSizeF, Qt
from PyQt6.QtGui import QPageSize, QPdfWriter
from PyQt6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from cirrus_gui.dialogs.shortcuts import KeyLine, ShortcutsDialog, key_sheet
from cirrus_gui.theme import colours

LINES = (
    KeyLine("Painting", "Brush", ("B",)),
    KeyLine("Frames", "Next frame", ("Right", "D")),
    KeyLine("Painting", "Undo <one step>", ("Ctrl+Z",)),
    KeyLine("Painting", "Erase for a moment", ("Shift + drag",)),
)


def test_groups_keep_their_order_and_their_lines(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(LINES)
    qtbot.addWidget(dialog)
    browser = dialog.findChild(QTextBrowser)
    assert browser is not None
    words = [line for line in browser.toPlainText().splitlines() if line]
    assert words.index("Painting") < words.index("Undo <one step>") < words.index("Frames")
    assert "Ctrl+Z" in words and "Right or D" in words and "Shift + drag" in words


def test_escape_closes_the_sheet(qtbot: QtBot) -> None:
    dialog = ShortcutsDialog(LINES)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_the_sheet_prints(qtbot: QtBot, tmp_path: Path) -> None:
    dialog = ShortcutsDialog(LINES * 40)
    qtbot.addWidget(dialog)
    writer = QPdfWriter(str(tmp_path / "keys.pdf"))
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    document = dialog.document()
    document.print(writer)
    assert (tmp_path / "keys.pdf").read_bytes().startswith(b"%PDF")
    document.setPageSize(QSizeF(500, 700))
    assert document.pageCount() > 1
    assert colours("dark").accent not in key_sheet(LINES, colours("light"))
