"""Start of the window: reads the command line, builds the objects, passes them in."""

from __future__ import annotations

import argparse
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast, get_args

import pyqtgraph  # noqa: F401 - sets its own excepthook at import; ours must come after it
from PyQt6 import sip
from PyQt6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PyQt6.QtWidgets import QApplication

from cirrus_core import __version__
from cirrus_gui.crash import CrashReporter
from cirrus_gui.main_window import MainWindow
from cirrus_gui.notify import Message
from cirrus_gui.state.view_state import ThemeName
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.theme import apply_theme
from cirrus_gui.widgets.icons import icon

_SETTLE_MS = 700
"""Between the first frame and its picture in a file: lists and panels fill meanwhile."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the window; returns the exit code.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments without the program's name; by default those of the process.
    """
    options = _parse(sys.argv[1:] if argv is None else argv)
    existing = QApplication.instance()
    app = existing if isinstance(existing, QApplication) else QApplication(["cirrus-gui"])
    app.setApplicationName("CIRRUS")
    app.setDesktopFileName("cirrus")
    app.setWindowIcon(icon("cloud"))
    work = Workspace(project_root=options.project)
    try:
        return _run(app, work, options)
    finally:
        # While Python and Qt both still live: at exit threads and objects would race.
        work.close(keep_jobs=True)
        sip.delete(work)


def _run(app: QApplication, work: Workspace, options: argparse.Namespace) -> int:
    """Show the window until it is closed; it goes before the objects that it shows."""
    theme = options.theme or work.memory.text("theme")
    if theme in get_args(ThemeName):
        work.view.theme = cast(ThemeName, theme)
    apply_theme(app, work.view.theme)
    window = MainWindow(work, app)
    crash = CrashReporter(work.autosave.save_here, window)
    interrupt = _Interrupt(window.close_quietly, window)
    try:
        crash.install()
        _show(work, window, options)
        return app.exec()
    finally:
        interrupt.restore()
        crash.restore()
        sip.delete(window)


def _show(work: Workspace, window: MainWindow, options: argparse.Namespace) -> None:
    if options.size is not None:
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(*options.size)
    window.show()
    path = options.path
    if path is None and options.project is None:
        # Where the astronomer left off.
        path = next(iter(work.memory.recent_nights()), None)
    if path is not None:
        # After the first paint: the window is there at once, the night follows.
        QTimer.singleShot(0, lambda: window.open_path(path))
    if options.screenshot is not None:
        _Screenshot(work, window, options.screenshot, path is not None)


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="cirrus-gui", description="The CIRRUS window.")
    parser.add_argument("path", nargs="?", type=Path, help="night folder, frame or project to open")
    parser.add_argument("--project", type=Path, help="project folder that keeps masks, models and jobs")
    parser.add_argument("--theme", choices=get_args(ThemeName), help="colours of the window")
    parser.add_argument(
        "--screenshot", type=Path, help="write a PNG of the window once a frame is shown, and quit"
    )
    parser.add_argument("--size", type=_size, help="size of the window, e.g. 1366x768")
    parser.add_argument("--version", action="version", version=f"CIRRUS {__version__}")
    return parser.parse_args(argv)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    try:
        return int(width), int(height)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no size; write it as 1366x768") from None


class _Interrupt(QObject):
    """Ctrl-C in the terminal and a polite kill close the window as its own button does.

    Python's handlers run only between bytecodes, and Qt's loop has none: the signal comes in by a socket.
    """

    def __init__(self, close: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._close = close
        self._ours, theirs = socket.socketpair()
        self._theirs = theirs
        for end in (self._ours, theirs):
            end.setblocking(False)
        self._wakeup_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, _ignore) for number in (signal.SIGINT, signal.SIGTERM)}
        self._notifier = QSocketNotifier(sip.voidptr(self._ours.fileno()), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def restore(self) -> None:
        """Give the signals back."""
        signal.set_wakeup_fd(self._wakeup_before)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._notifier.setEnabled(False)
        self._ours.close()
        self._theirs.close()

    def _on_signal(self) -> None:
        # Other signals (a child that ended) come this way too.
        if set(self._ours.recv(256)) & set(self._before):
            self._close()


def _ignore(*_: object) -> None:
    """The socket tells the window."""


class _Screenshot(QObject):
    """Takes a picture of the window once it shows what was asked for, then closes it."""

    def __init__(self, work: Workspace, window: MainWindow, path: Path, waits: bool) -> None:
        super().__init__(window)
        self._window = window
        self._path = path
        self._taken = False
        work.editor.document_changed.connect(self._on_document_changed)
        work.loader.frame_failed.connect(self._later)
        work.notifier.message.connect(self._on_message)
        self._editor = work.editor
        if not waits:
            self._later()

    def _on_document_changed(self) -> None:
        if self._editor.document is not None:
            self._later()

    def _on_message(self, message: Message) -> None:
        if message.level == "error":
            self._later()

    def _later(self, *_: object) -> None:
        if not self._taken:
            self._taken = True
            QTimer.singleShot(_SETTLE_MS, self._take)

    def _take(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._window.grab().save(str(self._path)):
            sys.stderr.write(f"The picture could not be written to {self._path}.\n")
        self._window.close_quietly()
