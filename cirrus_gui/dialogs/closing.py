"""What is asked when the window closes: only when something would be lost, or goes on without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PyQt6.QtWidgets import QCheckBox, QMessageBox, QWidget

from cirrus_core.errors import CirrusError
from cirrus_gui.state.workspace import Workspace

JobsAnswer = Literal["go on", "stop", "stay"]
UnsavedAnswer = Literal["try again", "lose", "stay"]


class Closing:
    """The way out of the window: save, ask what must be asked, then `finish` with whether jobs go on."""

    def __init__(self, window: QWidget, work: Workspace, finish: Callable[[bool], None]) -> None:
        self._window = window
        self._work = work
        self._finish = finish
        self._under_way = False
        work.autosave.blocked.connect(self._on_blocked)

    def ask(self) -> None:
        """Close with the questions that are needed."""
        self._under_way = True
        self._work.session.leave(self._settle_jobs)

    def without_questions(self) -> None:
        """Close; jobs go on. Only a mask that cannot be saved still raises a question."""
        self._under_way = True
        self._work.session.leave(lambda: self._finish(True))

    def _settle_jobs(self) -> None:
        titles = [record.spec.title for record in self._work.jobs.running()]
        kept = self._work.memory.text("jobs_at_close")
        if not titles or kept in ("go on", "stop"):
            self._finish(kept != "stop")
        else:
            ask_about_jobs(self._window, titles, self._on_jobs_answer)

    def _on_jobs_answer(self, answer: JobsAnswer, keep: bool) -> None:
        self._under_way = False
        if answer == "stay":
            return
        if keep:
            self._work.memory.set_text("jobs_at_close", answer)
        self._finish(answer == "go on")

    def _on_blocked(self, error: CirrusError) -> None:
        # Leaving a frame is blocked in the same way, but needs no question: the frame just stays.
        under_way, self._under_way = self._under_way, False
        if under_way:
            ask_about_unsaved(self._window, error, self._on_unsaved_answer)

    def _on_unsaved_answer(self, answer: UnsavedAnswer) -> None:
        if answer == "try again":
            self.ask()
        elif answer == "lose":
            self._settle_jobs()


def ask_about_jobs(
    parent: QWidget, titles: list[str], on_answer: Callable[[JobsAnswer, bool], None]
) -> QMessageBox:
    """Ask what becomes of the jobs that run or wait; `on_answer` gets the answer and whether to keep it."""
    n = len(titles)
    box = QMessageBox(parent)
    box.setWindowTitle("Jobs are running")
    box.setText(f"{'A job is' if n == 1 else f'{n} jobs are'} under way: {', '.join(titles[:3])}.")
    box.setInformativeText("Jobs can go on without the window; the next window shows them again.")
    go_on = box.addButton("Go on in the background", QMessageBox.ButtonRole.AcceptRole)
    stop = box.addButton("Cancel the jobs", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(go_on)
    keep = QCheckBox("Always do so")
    box.setCheckBox(keep)

    def answered() -> None:
        clicked = box.clickedButton()
        answer: JobsAnswer = "go on" if clicked is go_on else "stop" if clicked is stop else "stay"
        on_answer(answer, keep.isChecked())

    box.finished.connect(answered)
    box.open()
    return box


def ask_about_unsaved(
    parent: QWidget, error: CirrusError, on_answer: Callable[[UnsavedAnswer], None]
) -> QMessageBox:
    """Ask what to do about a mask that cannot be saved."""
    box = QMessageBox(parent)
    box.setWindowTitle("The mask is not saved")
    box.setText(error.message)
    box.setInformativeText(error.hint)
    again = box.addButton("Try again", QMessageBox.ButtonRole.AcceptRole)
    lose = box.addButton("Close and lose the last strokes", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Stay", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(again)

    def answered() -> None:
        clicked = box.clickedButton()
        on_answer("try again" if clicked is again else "lose" if clicked is lose else "stay")

    box.finished.connect(answered)
    box.open()
    return box
