"""What is asked when the window closes: only when something would be lost, or goes on without it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PyQt6.QtWidgets import QCheckBox, QMessageBox, QWidget

from cirrus_core.errors import CirrusError

JobsAnswer = Literal["go on", "stop", "stay"]
UnsavedAnswer = Literal["try again", "lose", "stay"]


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
