"""The session: which project, which night, which frame. Everything in the window follows it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import CirrusError, FrameError, ProjectError
from cirrus_core.frames.folder import require_part_of_night
from cirrus_core.frames.frame import FrameRef, frame_stem
from cirrus_core.frames.io.read import parse_source
from cirrus_core.frames.night import Night
from cirrus_core.frames.night_index import NightIndex
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_core.project.project import Project
from cirrus_core.project.states import FrameState, FrameStates
from cirrus_core.settings import default_project_dir
from cirrus_gui.background import SignalContext, run_in_background
from cirrus_gui.notify import Notifier
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.project_lock import ProjectLock

LeaveGuard = Callable[[Callable[[], None]], None]
"""Called before a frame is left, with what to do then; it does so at once, later, or not at all."""


@dataclass(frozen=True, eq=False)
class _Opened:
    project: Project
    night: Night
    night_id: str
    states: FrameStates
    begin_with: str
    problem: ProjectError | None


class Session(QObject):
    """Holds the project and the night that are open and the index of the frame on screen.

    Attributes
    ----------
    project, night, night_id, layers, states
        None until a night is open.
    current : int
        Index of the frame on screen, -1 while there is none.
    read_only : ProjectError or None
        Why masks and states cannot be changed here.

    Signals
    -------
    opening : str
        A folder or file is being opened; ``""`` when that is over.
    opening_progress : int, int
        Headers read, files in all.
    night_opened : Night
    current_changed : int
        Another frame is on screen.
    state_changed : int
        The state of this frame changed.
    masks_changed : int
        There is a new mask file for this frame; -1 for all frames.
    """

    opening = pyqtSignal(str)
    opening_progress = pyqtSignal(int, int)
    night_opened = pyqtSignal(object)
    current_changed = pyqtSignal(int)
    state_changed = pyqtSignal(int)
    masks_changed = pyqtSignal(int)

    def __init__(
        self,
        notifier: Notifier,
        memory: WindowMemory,
        *,
        project_root: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._notifier = notifier
        self._memory = memory
        self._project_root = project_root
        self.project: Project | None = None
        self.night: Night | None = None
        self.night_id: str | None = None
        self.layers: MaskLayers | None = None
        self.states: FrameStates | None = None
        self.current = -1
        self.read_only: ProjectError | None = None
        self._lock: ProjectLock | None = None
        self._guard: LeaveGuard = lambda leave: leave()
        self._wanted = -1
        self._context: SignalContext | None = None

    @property
    def current_ref(self) -> FrameRef | None:
        """The frame on screen."""
        if self.night is None or not 0 <= self.current < len(self.night.frames):
            return None
        return self.night.frames[self.current]

    @property
    def current_state(self) -> FrameState:
        """State of the frame on screen; "new" while there is none."""
        ref = self.current_ref
        return "new" if ref is None or self.states is None else self.states.get(ref.stem)

    def set_leave_guard(self, guard: LeaveGuard) -> None:
        """Let `guard` decide when a frame may be left: its mask must be saved first."""
        self._guard = guard

    def leave(self, then: Callable[[], None]) -> None:
        """Do `then` once the frame on screen may be left; never, if its mask cannot be saved."""
        self._guard(then)

    def open_night(self, folder: Path) -> None:
        """Open a folder of frames in the background; `night_opened` follows, or a sentence."""
        self.open_paths([folder])

    def open_path(self, path: Path) -> None:
        """Open a night folder, a frame (its folder opens with it on screen) or a project."""
        self.open_paths([path])

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Open what was dropped or named; several files make a night of their own."""
        if not paths:
            return
        if self._context is not None:
            self._context.cancel()
        context = self._context = SignalContext()
        context.progressed.connect(lambda done, total, _: self._on_progress(context, done, total))
        root, noted = self._project_root, self._memory.project_of(paths[0].expanduser().absolute())
        self.opening.emit(paths[0].name or str(paths[0]))

        def done(opened: _Opened) -> None:
            if context is self._context:
                self._end_opening()
                self.leave(lambda: self._show(opened))

        def failed(error: CirrusError) -> None:
            if context is self._context:
                self._end_opening()
                self._notifier.error(error)

        run_in_background(lambda: _open(paths, root, noted, context), done, failed, owner=self)

    def close(self) -> None:
        """Give the project free for other windows."""
        if self._context is not None:
            self._context.cancel()
            self._context = None
        self._remember_place()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def go_to(self, index: int) -> None:
        """Show frame `index` (held inside the night), once the present one is saved."""
        if self.night is None:
            return
        self._wanted = min(max(index, 0), len(self.night.frames) - 1)
        if self._wanted != self.current:
            self.leave(self._go)

    def step(self, n: int) -> None:
        """Go `n` frames on, or back."""
        self.go_to(self.current + n)

    def set_state(self, state: FrameState, index: int | None = None) -> bool:
        """Give the frame on screen (or frame `index`) a state, at once on disk; False if that failed."""
        if self.night is None or self.states is None:
            return False
        at = self.current if index is None else index
        if not 0 <= at < len(self.night.frames):
            return False
        try:
            if self.read_only is not None:
                raise self.read_only
            self.states.set(self.night.frames[at].stem, state)
        except ProjectError as error:
            self._notifier.error(error)
            return False
        self.state_changed.emit(at)
        return True

    def _go(self) -> None:
        # The newest wish counts: others may have come while a mask was being saved.
        if self.night is not None and self._wanted != self.current:
            self.current = self._wanted
            self.current_changed.emit(self.current)

    def _on_progress(self, context: SignalContext, done: int, total: int) -> None:
        if context is self._context:
            self.opening_progress.emit(done, total)

    def _end_opening(self) -> None:
        self._context = None
        self.opening.emit("")

    def _show(self, opened: _Opened) -> None:
        self._remember_place()
        ours = self.project is not None and self.project.layout == opened.project.layout
        ours = ours and self.read_only is None
        # Verdicts given during the scan are here and not in what it has read: the same night keeps them.
        if not (ours and self.night_id == opened.night_id):
            self.states = opened.states
        if not ours:
            self._take_project(opened.project)
        self.night, self.night_id = opened.night, opened.night_id
        self.layers = MaskLayers(opened.project.layout, opened.night_id)
        self._memory.remember_night(opened.night.folder, opened.project.layout.root)
        first = opened.night.index_of(opened.begin_with or self._memory.last_stem(opened.night_id))
        self.current = self._wanted = first or 0
        if opened.problem is not None:
            self._notifier.error(opened.problem)
        self.night_opened.emit(opened.night)
        self.current_changed.emit(self.current)

    def _take_project(self, project: Project) -> None:
        if self._lock is not None:
            self._lock.release()
        self.project, self.read_only = project, None
        self._lock = ProjectLock(project)
        try:
            self._lock.take()
        except ProjectError as error:
            self._lock, self.read_only = None, error
            self._notifier.warning(error.message, error.hint)

    def _remember_place(self) -> None:
        ref = self.current_ref
        if ref is not None and self.night_id is not None:
            self._memory.remember_stem(self.night_id, ref.stem)


def _open(paths: Sequence[Path], root: Path | None, noted: Path | None, context: SignalContext) -> _Opened:
    """Find the night and its project; runs in a thread."""
    try:
        return _find(paths, root, noted, context)
    except OSError as error:
        raise FrameError(
            f"{paths[0]} cannot be opened: {error.strerror or error}.",
            "Is its disk there, and may you read it?",
        ) from error


def _find(paths: Sequence[Path], root: Path | None, noted: Path | None, context: SignalContext) -> _Opened:
    first = parse_source(paths[0])[0].expanduser()
    if not first.exists():
        raise FrameError(f"{first} is not there.", "Was it moved or renamed?")
    inside = Project.find(first)
    if root is not None:
        project = Project.open(root)
    else:
        # The project that holds the folder, else the one that kept this night's masks last time.
        kept = None if noted is None else Project.find(noted)
        project = inside or kept or Project.open(default_project_dir())
    sources, begin_with = _sources(list(paths), inside)
    with NightIndex() as index:
        night = Night.scan(sources, index=index, context=context)
    night_id = project.night_id(night.folder)
    states = FrameStates(project.layout.states(night_id))
    problem = states.problem
    try:
        project.remember_night(night.folder)
    except ProjectError as error:
        problem = error  # looking is still possible
    return _Opened(project, night, night_id, states, begin_with, problem)


def _sources(paths: list[Path], project: Project | None) -> tuple[list[Path], str]:
    """What to scan, and the stem of the frame to begin with."""
    if len(paths) > 1:
        return paths, ""
    path, hdu = parse_source(paths[0])
    if path.is_file():
        require_part_of_night(path)
        return ([paths[0]] if hdu is not None else [path.parent]), frame_stem(path)
    if project is not None and path.resolve() == project.layout.root:
        nights = [folder for folder in project.nights().values() if folder.is_dir()]
        if not nights:
            raise ProjectError(
                f"The project '{project.name}' has no night that is still there.",
                "Open a folder of frames; its masks will be kept in the project.",
            )
        return [max(nights, key=lambda folder: folder.stat().st_mtime)], ""
    return [path], ""
