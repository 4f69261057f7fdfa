"""The main window: lays out header, panes and panels, and joins the actions to what does them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QSize, Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import (
    QApplication,
    QFileDialog,
    QMainWindow,
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cirrus_core import __version__
from cirrus_core.frames.io.readers import FRAME_SUFFIXES
from cirrus_core.frames.night import Night
from cirrus_gui.actions import add_actions, key_lines
from cirrus_gui.background import run_in_background
from cirrus_gui.canvas.canvas import SkyCanvas
from cirrus_gui.canvas.commands import Commands
from cirrus_gui.canvas.hold_keys import HoldKeys
from cirrus_gui.dialogs.closing import Closing
from cirrus_gui.dialogs.shortcuts import ShortcutsDialog
from cirrus_gui.panels.automask import AutoMaskPanel
from cirrus_gui.panels.display import DisplayPanel
from cirrus_gui.panels.frames import FramesPanel
from cirrus_gui.panels.jobs import JobsPanel
from cirrus_gui.panels.log import LogPanel
from cirrus_gui.panels.models import ModelsPanel
from cirrus_gui.panels.tools import ToolsPanel
from cirrus_gui.panels.training import TrainingPanel
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.theme import apply_theme, colours_of
from cirrus_gui.widgets.header_line import HeaderLine
from cirrus_gui.widgets.message_strip import MessageStrip
from cirrus_gui.widgets.side_panel import SidePanel
from cirrus_gui.widgets.start_page import StartPage
from cirrus_gui.widgets.status_line import StatusLine

_FRAMES_WIDTH_PX, _SIDE_WIDTH_PX = 203, 258
"""At 1366 px three panes of 300 px are left."""
_COMFORTABLE = QSize(1760, 1000)
_FILTER = f"Frames ({' '.join(f'*{end} *{end.upper()}' for end in FRAME_SUFFIXES)});;All files (*)"


class MainWindow(QMainWindow):
    """One window on one night. It lays out and joins; what happens, happens in the workspace."""

    def __init__(self, work: Workspace, app: QApplication) -> None:
        super().__init__()
        self._work = work
        self._app = app
        self._may_close = False
        self._recent_nights: list[Path] = []
        self._closing = Closing(self, work, self._finish_close)
        self.setWindowTitle("CIRRUS")
        self.setAcceptDrops(True)
        self.canvas = SkyCanvas(work.session, work.loader, work.editor, work.view)
        self._make_panels()
        self._lay_out()
        commands = Commands(work, self.canvas)
        self.actions_by_id, menus = add_actions(self, {**commands.handlers(), **self._handlers()})
        self._hold_keys = HoldKeys(self, app, commands.hold_keys(), self.canvas.panes["mask"])
        self._recent = QMenu("Recent nights", self)
        self._recent.aboutToShow.connect(self._fill_recent)
        menus["File"].insertMenu(self.actions_by_id["save_now"], self._recent)
        self._connect()
        self._restore()
        self._look_for_recent()

    def open_path(self, path: Path) -> None:
        """Open a night folder, a frame or a project."""
        self._work.session.open_path(path)

    def close_quietly(self) -> None:
        """Save and close without a question about jobs, which go on: ctrl-C in the terminal."""
        self._closing.without_questions()

    # Layout

    def _make_panels(self) -> None:
        work = self._work
        self.frames = FramesPanel(work.session)
        self.automask = AutoMaskPanel(work.editor, work.loader, work.session)
        self.training = TrainingPanel(work.session, work.jobs)
        self.side = SidePanel()
        add = self.side.add_panel
        add("tools", "brush", "Mask tools", ToolsPanel(work.editor, work.view))
        add("display", "display", "Display", DisplayPanel(work.view, work.loader))
        add("automask", "automask", "Automatic mask", self.automask)
        add("models", "predict", "Models and prediction", ModelsPanel(work.session, work.editor, work.jobs))
        add("training", "train", "Training", self.training)
        add("jobs", "jobs", "Jobs", JobsPanel(work.jobs))
        add("log", "log", "Messages", LogPanel(work.notifier))
        self.side.end_row()

    def _lay_out(self) -> None:
        work = self._work
        self.header = HeaderLine(work.session, work.editor, work.navigator)
        self.status = StatusLine(work.loader, work.editor, work.jobs)
        self.start = StartPage(())
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.frames, middle, self.side):
            self._splitter.addWidget(widget)
        self._splitter.setStretchFactor(1, 1)
        self._splitter.setCollapsible(1, False)
        self._splitter.setHandleWidth(1)
        work_page = QWidget()
        page = QVBoxLayout(work_page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(0)
        page.addWidget(self.header)
        page.addWidget(self._splitter, 1)
        page.addWidget(self.status)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start)
        self._pages.addWidget(work_page)
        self.setCentralWidget(self._pages)
        self.strip = MessageStrip(work.notifier, self._pages)

    def _connect(self) -> None:
        work = self._work
        work.session.night_opened.connect(self._on_night_opened)
        work.session.opening.connect(self._on_opening)
        work.session.opening_progress.connect(self._on_opening_progress)
        work.view.colours_changed.connect(self._on_colours_changed)
        work.sample.progressed.connect(self._on_simulated)
        self.canvas.cursor_moved.connect(self.status.show_place)
        self.canvas.pointer.scrubbed.connect(work.navigator.step)
        self.start.open_wanted.connect(self._open_folder)
        self.start.night_chosen.connect(self.open_path)
        self.start.sample_wanted.connect(work.sample.open)

    def _handlers(self) -> dict[str, Callable[[], object]]:
        """Actions that are about the window itself."""
        return {
            "open_folder": self._open_folder,
            "open_file": self._open_file,
            "quit": self.close,
            "cancel": self._cancel,
            "preview_automask": self._preview_automask,
            "fold_panels": lambda: self._fold(self.frames.isVisible() or self.side.isVisible()),
            "only_panes": lambda: self._show_only_panes(self.header.isVisible()),
            "show_training": lambda: self._show_panel("training"),
            "show_models": lambda: self._show_panel("models"),
            "show_jobs": lambda: self._show_panel("jobs"),
            "show_log": lambda: self._show_panel("log"),
            "show_keys": self._show_keys,
            "about": self._about,
        }

    # Opening

    def _open_folder(self) -> None:
        self._choose(QFileDialog.FileMode.Directory, "Open a folder of frames")

    def _open_file(self) -> None:
        self._choose(QFileDialog.FileMode.ExistingFile, "Open a frame")

    def _choose(self, mode: QFileDialog.FileMode, title: str) -> None:
        recent = self._recent_nights
        dialog = QFileDialog(self, title, str(recent[0].parent if recent else Path.home()), _FILTER)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        dialog.fileSelected.connect(lambda path: self.open_path(Path(path)))
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        mime = event.mimeData() if event is not None else None
        if event is not None and mime is not None and any(url.isLocalFile() for url in mime.urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        mime = event.mimeData() if event is not None else None
        if event is not None and mime is not None:
            event.acceptProposedAction()
            self._work.session.open_paths([Path(u.toLocalFile()) for u in mime.urls() if u.isLocalFile()])

    def _on_opening(self, name: str) -> None:
        self.start.show_progress(0, 0, f"Opening {name}…" if name else "")

    def _on_opening_progress(self, done: int, total: int) -> None:
        self.start.show_progress(done, total, "Reading headers…")

    def _on_simulated(self, done: int, total: int) -> None:
        self.start.show_progress(done, total, "Simulating…" if total else "")

    def _on_night_opened(self, night: Night) -> None:
        self._pages.setCurrentIndex(1)
        self._look_for_recent()
        self.setWindowTitle(f"{night.name} - CIRRUS")
        self.canvas.panes["mask"].setFocus()
        if night.rejected:
            n, first = len(night.rejected), night.rejected[0]
            what = "1 file was not opened" if n == 1 else f"{n} files were not opened"
            self._work.notifier.warning(f"{what}: {first.reason}", "The list below the frames says why.")

    def _look_for_recent(self) -> None:
        # In the background: one of them may lie on a disk that does not answer.
        nights = self._work.memory.recent_nights()
        run_in_background(lambda: list(filter(_is_there, nights)), self._on_recent_found)

    def _on_recent_found(self, nights: list[Path]) -> None:
        self._recent_nights = nights
        self.start.show_recent(nights)

    def _fill_recent(self) -> None:
        self._recent.clear()
        for folder in self._recent_nights:
            action = self._recent.addAction(str(folder))
            if action is not None:
                action.triggered.connect(lambda _, folder=folder: self.open_path(folder))

    # Looks

    def _on_colours_changed(self) -> None:
        theme = self._work.view.theme
        if theme != colours_of(self).name:
            apply_theme(self._app, theme)
            self._work.memory.set_text("theme", theme)

    def _fold(self, folded: bool) -> None:
        self.frames.setVisible(not folded)
        self.side.setVisible(not folded)

    def _show_only_panes(self, only: bool) -> None:
        self._fold(only)
        for widget in (self.header, self.status, self.menuBar()):
            if widget is not None:
                widget.setVisible(not only)
        if only:
            self._work.notifier.info("Only the panes are shown.", "F11 brings the rest back.")

    def _show_panel(self, name: str) -> None:
        self.side.setVisible(True)
        self.side.show_panel(name)

    def _preview_automask(self) -> None:
        self._show_panel("automask")
        self.automask.preview.toggle()

    def _cancel(self) -> None:
        if not self.canvas.pointer.cancel():
            # From a field that is being typed in, Esc leads back to the picture and its keys.
            self.canvas.panes["mask"].setFocus()

    def _show_keys(self) -> None:
        sheet = ShortcutsDialog(key_lines(), self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.show()

    def _about(self) -> None:
        self._work.notifier.info(
            f"CIRRUS {__version__}: cloud masks for sky images.", "Free software, GPL-3.0-or-later."
        )

    def _restore(self) -> None:
        memory = self._work.memory
        if not self.restoreGeometry(memory.layout("geometry")):
            self._fill_screen()
        if not self._splitter.restoreState(memory.layout("splitter")):
            self._splitter.setSizes([_FRAMES_WIDTH_PX, 2000, _SIDE_WIDTH_PX])
        self.side.show_panel(memory.text("panel"))

    def _fill_screen(self) -> None:
        """A first window takes a small screen whole and leaves some of a large one."""
        screen = self.screen()
        room = QSize(1366, 768) if screen is None else screen.availableSize()
        self.resize(room.boundedTo(_COMFORTABLE))
        if room.width() < _COMFORTABLE.width():
            self.setWindowState(Qt.WindowState.WindowMaximized)

    def closeEvent(self, event: QCloseEvent | None) -> None:
        if event is not None and not self._may_close:
            event.ignore()
            self._closing.ask()

    def _finish_close(self, keep_jobs: bool) -> None:
        memory = self._work.memory
        memory.set_layout("geometry", self.saveGeometry())
        memory.set_layout("splitter", self._splitter.saveState())
        memory.set_text("panel", self.side.shown)
        self._work.close(keep_jobs=keep_jobs)
        self._may_close = True
        # Later: this may still be inside the closing that asked, which Qt does not take twice.
        QTimer.singleShot(0, self.close)


def _is_there(folder: Path) -> bool:
    try:
        return folder.is_dir()
    except OSError:
        return False  # out of reach is as good as gone
