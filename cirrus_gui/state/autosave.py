"""Hand-made masks go to disk by themselves: within a second after a stroke, never during one."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from astropy.io import fits
from PyQt6.QtCore import QObject, QThreadPool, QTimer, pyqtSignal

from cirrus_core.errors import CirrusError, MaskError
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.raster import Labels
from cirrus_core.masks.store import write_mask
from cirrus_gui.background import run_in_background
from cirrus_gui.notify import Notifier
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session

DELAY_MS = 500
RETRY_MS = 10_000


@dataclass(frozen=True, eq=False)
class _Copy:
    """All that a save needs, taken at one moment."""

    path: Path
    labels: Labels
    header: fits.Header | None
    provenance: Provenance
    revision: int

    def write(self) -> None:
        """Write the file.

        Raises
        ------
        MaskError
            If it cannot be written; the old file is then as it was.
        """
        try:
            write_mask(self.path, self.labels, header=self.header, provenance=self.provenance)
        except OSError as error:
            raise MaskError(
                f"{self.path.name} could not be saved: {error}.", "The stroke is kept."
            ) from error


class Autosave(QObject):
    """Writes the editor's document in the background and guards the frame until it is on disk.

    A save that fails is told once, blocks leaving the frame, and is tried again every ten seconds and
    whenever somebody wants to leave.

    Signals
    -------
    blocked : CirrusError
        The frame was to be left and cannot be.
    """

    blocked = pyqtSignal(object)

    def __init__(
        self,
        session: Session,
        frame_loader: FrameLoader,
        editor: MaskEditor,
        notifier: Notifier,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._loader = frame_loader
        self._editor = editor
        self._notifier = notifier
        self._then: list[Callable[[], None]] = []
        self._saving = False
        self._told = False
        # One thread of its own: a save waits behind no scan, and two saves never overtake each other.
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.save)
        editor.history_changed.connect(self._on_history_changed)
        editor.document_changed.connect(self._on_document_changed)
        session.set_leave_guard(self.flush)

    def flush(self, then: Callable[[], None]) -> None:
        """Do `then` once the mask is on disk: at once when it is, never when it cannot be saved."""
        self._editor.end_stroke()
        if not self._editor.unsaved and not self._saving:
            then()
            return
        self._then.append(then)
        self.save()

    def save(self) -> None:
        """Save now what is unsaved, in the background."""
        self._timer.stop()
        if self._saving or not self._editor.unsaved:
            return
        if self._editor.stroking:
            self._timer.start(DELAY_MS)
            return
        copy = self._copy()
        if copy is None:
            return
        self._saving = True
        self._editor.set_save_state("saving")
        run_in_background(
            copy.write,
            lambda _: self._on_saved(copy.revision),
            self._on_failed,
            owner=self,
            pool=self._pool,
        )

    def save_here(self) -> None:
        """Save at once on this thread; for the moment after a crash.

        Raises
        ------
        MaskError
            If the mask cannot be written.
        """
        self._pool.waitForDone()
        self._editor.end_stroke()
        copy = self._copy() if self._editor.unsaved else None
        if copy is not None:
            copy.write()
            self._editor.mark_saved(copy.revision)
            self._editor.set_save_state("saved")

    def _copy(self) -> _Copy | None:
        document, path, loaded = self._editor.document, self._editor.mask_path, self._loader.loaded
        if document is None or path is None:
            return None
        of_this_frame = loaded is not None and loaded.ref.stem == document.stem
        return _Copy(
            path,
            document.labels.copy(),
            loaded.frame.header if loaded is not None and of_this_frame else None,
            Provenance("manual", "", _editor_name(), datetime.now(UTC), document.frame_sum),
            document.history.revision,
        )

    def _on_history_changed(self) -> None:
        # Not started anew by each stroke: dabs in quick succession would put the save off for ever.
        soon = 0 <= self._timer.remainingTime() <= DELAY_MS
        if self._editor.unsaved and not self._saving and not soon:
            self._timer.start(DELAY_MS)

    def _on_document_changed(self) -> None:
        self._told = False

    def _on_saved(self, revision: int) -> None:
        self._saving, self._told = False, False
        self._editor.mark_saved(revision)
        if self._then:
            self._editor.end_stroke()  # begun while this was written: leaving closes it, as in `flush`
        self._editor.set_save_state("unsaved" if self._editor.unsaved else "saved")
        current = self._session.current
        if self._session.current_state == "new":
            self._session.set_state("in progress")
        self._session.masks_changed.emit(current)
        if self._editor.unsaved and self._then:
            self.save()
        elif self._editor.unsaved:
            self._timer.start(DELAY_MS)
        else:
            waiting, self._then = self._then, []
            for then in waiting:
                then()

    def _on_failed(self, error: CirrusError) -> None:
        self._saving = False
        blocked, self._then = bool(self._then), []
        self._editor.set_save_state("failed")
        self._timer.start(RETRY_MS)
        if blocked:
            self._notifier.error(f"{error.message} This frame stays until it is saved.", error.hint)
            self.blocked.emit(error)
        elif not self._told:
            self._notifier.error(error)
        self._told = True


def _editor_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a user id without a name, as in some containers
        return ""
