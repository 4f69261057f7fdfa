"""Bugs: told in a window whose report can be copied, after an attempt to save the mask."""

from __future__ import annotations

import contextlib
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import PYQT_VERSION_STR, QT_VERSION_STR, QObject, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from cirrus_core import __version__
from cirrus_core.settings import cache_dir

_MAX_REPORTS = 3
"""A bug in a paint event would open windows without end."""


class CrashReporter(QObject):
    """Takes over `sys.excepthook` and `threading.excepthook`; install it after importing pyqtgraph, which
    sets its own.

    Parameters
    ----------
    save : callable
        Tries to bring unsaved work to disk.
    """

    _caught = pyqtSignal(str)

    def __init__(self, save: Callable[[], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._save = save
        self._window = parent
        self._dialogs: list[CrashDialog] = []
        self._before = sys.excepthook, threading.excepthook
        self._caught.connect(self._show)

    def install(self) -> None:
        """Catch what nobody else does, in every thread."""
        sys.excepthook = self._on_exception
        threading.excepthook = lambda args: self._on_exception(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )

    def restore(self) -> None:
        """Give the hooks back: there is no window any more to tell it in."""
        sys.excepthook, threading.excepthook = self._before

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        report = make_report(kind, error, trace)
        sys.stderr.write(report)
        self._caught.emit(report)  # the window belongs to the GUI thread

    def _show(self, report: str) -> None:
        if len(self._dialogs) >= _MAX_REPORTS:
            return
        try:
            self._save()
            saved = "Your mask is saved."
        except Exception as error:  # whatever is broken, the report must still be shown
            saved = f"Your mask could not be saved: {error}"
        path = _write(report)
        dialog = CrashDialog(report, saved, path, self._window)
        self._dialogs.append(dialog)
        dialog.show()


class CrashDialog(QDialog):
    """The report, to copy; the window stays usable."""

    def __init__(self, report: str, saved: str, path: Path | None, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something in CIRRUS is broken")
        where = f" The report is also in {path}." if path is not None else ""
        sentence = QLabel(f"This is a mistake in CIRRUS, not yours. {saved}{where}")
        sentence.setWordWrap(True)
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setAccessibleName("Report")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton("Copy report", QDialogButtonBox.ButtonRole.ActionRole)
        if copy is not None:
            copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.close)
        column = QVBoxLayout(self)
        column.addWidget(sentence)
        column.addWidget(self.report, 1)
        column.addWidget(buttons)
        self.resize(640, 380)

    def copy(self) -> None:
        """Put the report on the clipboard."""
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setText(self.report.toPlainText())


def make_report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> str:
    """What a developer needs: versions, time and traceback."""
    lines = "".join(traceback.format_exception(kind, error, trace))
    return (
        f"CIRRUS {__version__}, Python {platform.python_version()}, Qt {QT_VERSION_STR}, "
        f"PyQt {PYQT_VERSION_STR}, {platform.platform()}\n"
        f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n\n{lines}"
    )


def _write(report: str) -> Path | None:
    path = cache_dir() / "crashes" / f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}.txt"
    with contextlib.suppress(OSError):  # the disk may be what is broken
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(report, encoding="utf-8")
        return path
    return None
