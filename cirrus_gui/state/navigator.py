"""Walking through the night: steps wait for the frame that is on its way, so that each one is seen."""

from __future__ import annotations

from typing import Literal

from PyQt6.QtCore import QObject

from cirrus_gui.notify import Notifier
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session

_REVIEWED = ("approved", "bad", "excluded")


class Navigator(QObject):
    """Previous, next and the verdict on a frame.

    A held key asks for frames faster than large ones can be read. The wishes are added up while a frame is
    read and followed when it is shown: the picture keeps moving and the place is right at the end.
    """

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
        self._pending: int | None = None
        frame_loader.frame_ready.connect(self._on_arrived)
        frame_loader.frame_failed.connect(self._on_arrived)
        session.night_opened.connect(self._forget)

    def step(self, n: int) -> None:
        """Go `n` frames on, or back."""
        start = self._session.current if self._pending is None else self._pending
        self.go_to(start + n)

    def go_to(self, index: int) -> None:
        """Go to a frame, held inside the night."""
        night = self._session.night
        if night is None:
            return
        index = min(max(index, 0), len(night.frames) - 1)
        if self._loader.busy:
            self._pending = index
        else:
            self._session.go_to(index)

    def last(self) -> None:
        """Go to the last frame."""
        night = self._session.night
        if night is not None:
            self.go_to(len(night.frames) - 1)

    def step_unreviewed(self, direction: Literal[1, -1]) -> None:
        """Go to the next (or previous) frame without a verdict."""
        night, states = self._session.night, self._session.states
        if night is None or states is None:
            return
        stop = len(night.frames) if direction > 0 else -1
        ahead = range(self._session.current + direction, stop, direction)
        found = next((i for i in ahead if states.get(night.frames[i].stem) not in _REVIEWED), None)
        if found is None:
            where = "after" if direction > 0 else "before"
            self._notifier.info(f"No frame without a verdict {where} this one.")
        else:
            self.go_to(found)

    def approve(self) -> bool:
        """The mask is right: it is taken over as hand-made if it is not, and may train from now on.

        The verdict is written once the mask is on disk. False when it cannot be given here.
        """
        if self._editor.document is None or not self._editor.may_edit():
            return False
        self._editor.end_stroke()
        if not self._editor.is_manual:
            if self._editor.document.provenance is None and not self._editor.unsaved:
                self._notifier.info("Approved as clear sky: this frame had no mask.")
            self._editor.adopt()
        night, index = self._session.night, self._session.current

        def give_verdict() -> None:
            if self._session.night is night:
                self._session.set_state("approved", index)

        self._session.leave(give_verdict)
        return True

    def approve_and_next(self) -> None:
        """Approve and go on."""
        if self.approve():
            self.step(1)

    def _on_arrived(self, *_: object) -> None:
        wanted, self._pending = self._pending, None
        if wanted is not None and wanted != self._session.current:
            self._session.go_to(wanted)

    def _forget(self) -> None:
        self._pending = None
