"""The sheet of keys (F1): grouped, searchable by eye, printable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from PyQt6.QtGui import QKeySequence, QTextDocument
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from cirrus_gui.theme import Colours, colours, colours_of
from cirrus_gui.widgets.section import explain, push_button


@dataclass(frozen=True, slots=True)
class KeyLine:
    """One line of the sheet; `keys` as Qt writes them (``"Ctrl+Z"``) or in words (``"Shift + drag"``)."""

    group: str
    text: str
    keys: tuple[str, ...]


def key_sheet(lines: Sequence[KeyLine], tokens: Colours) -> str:
    """Return the sheet as HTML, groups in the order of their first line."""
    order = list(dict.fromkeys(line.group for line in lines))
    ordered = sorted(lines, key=lambda line: order.index(line.group))
    rows = []
    for group, members in groupby(ordered, key=lambda line: line.group):
        title = f"<b><font color='{tokens.accent}'>{escape(group)}</font></b>"
        rows.append(f"<tr><td colspan='2' style='padding-top:10px'>{title}</td></tr>")
        rows.extend(_row(line, tokens) for line in members)
    return f"<table width='100%' cellspacing='0' cellpadding='2'>{''.join(rows)}</table>"


def _row(line: KeyLine, tokens: Colours) -> str:
    keys = f"<font color='{tokens.dim}'> or </font>".join(f"<b>{escape(_native(k))}</b>" for k in line.keys)
    return f"<tr><td width='62%'>{escape(line.text)}</td><td>{keys}</td></tr>"


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText) or keys


class ShortcutsDialog(QDialog):
    """Shows the sheet of keys; it does not block the window."""

    def __init__(self, lines: Sequence[KeyLine], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys and mouse")
        self._lines = tuple(lines)
        self._browser = QTextBrowser()
        self._browser.setProperty("plain", True)
        self._browser.setHtml(key_sheet(self._lines, colours_of(self)))
        explain(self._browser, "Keys and mouse", "All keys; scroll or print")
        self._print = push_button("Print…", "Print this sheet in black on white")
        self._close = push_button("Close", "Close this sheet  [Esc]", primary=True)
        self._print.clicked.connect(self._on_print)
        self._close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self._print)
        buttons.addWidget(self._close)
        column = QVBoxLayout(self)
        column.addWidget(self._browser, 1)
        column.addLayout(buttons)
        self.resize(560, 640)

    def document(self) -> QTextDocument:
        """The sheet for paper, in the colours of the light theme."""
        document = QTextDocument(self)
        document.setHtml(f"<h2>CIRRUS: keys and mouse</h2>{key_sheet(self._lines, colours('light'))}")
        return document

    def _on_print(self) -> None:
        # Imported here: loading the print system takes time that the start of the window can do without.
        from PyQt6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter()
        if QPrintDialog(printer, self).exec() == QDialog.DialogCode.Accepted:
            self.document().print(printer)
