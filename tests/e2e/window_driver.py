"""Runs the real `main()` of the window in this process and plays a script of real mouse and key events.

Called by the tests as a program: ``window_driver.py SCRIPT ARGUMENTS…``; what a script finds out it prints
as ``key=value`` lines.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication

from cirrus_gui.app import main
from cirrus_gui.main_window import MainWindow

TIMEOUT_S = 80.0
Wait = Callable[[], bool]
Script = Iterator[Wait]


def window() -> MainWindow:
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow))


def is_ready() -> bool:
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]
    return bool(found) and found[0].isVisible() and found[0]._work.editor.document is not None


def is_saved() -> bool:
    return window()._work.editor.save_state == "saved"


def drag(start: tuple[float, float], end: tuple[float, float]) -> None:
    """Press, move and release on the mask pane, in pixels of the frame."""
    canvas = window().canvas
    viewport = canvas.panes["mask"].viewport()
    assert viewport is not None

    def point(place: tuple[float, float]) -> QPoint:
        return canvas.camera.transform().map(QPointF(place[1], place[0])).toPoint()

    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QTest.mousePress(viewport, left, none, point(start))
    at = QPointF(point(end))
    over = QPointF(viewport.mapToGlobal(at.toPoint()))
    move = QMouseEvent(QEvent.Type.MouseMove, at, over, Qt.MouseButton.NoButton, left, none)
    QApplication.sendEvent(viewport, move)
    QTest.mouseRelease(viewport, left, none, point(end))


def say(key: str, value: object) -> None:
    sys.stdout.write(f"{key}={value}\n")


def paint_and_walk() -> Script:
    """Paint, undo, redo, save by leaving, approve, come back, close."""
    work = window()._work
    say("torch", "torch" in sys.modules)
    drag((20, 20), (30, 40))
    QTest.keyClick(window(), Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    say("after_undo", int(work.editor.document.labels.sum()))
    QTest.keyClick(window(), Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    say("after_redo", int(work.editor.document.labels.sum()))
    QTest.keyClick(window(), Qt.Key.Key_Right)
    yield lambda: work.session.current == 1 and is_ready()
    drag((40, 20), (40, 40))
    QTest.keyClick(window(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    yield lambda: work.session.current == 2 and is_ready()
    window().close()


def paint_the_frame_on_screen() -> Script:
    """Whatever night the window opened by itself: paint, close."""
    say("frame", window()._work.editor.document.stem)
    drag((20, 20), (30, 40))
    yield is_saved
    window().close()


def interrupt_with_unsaved_work() -> Script:
    """Ctrl-C right after a stroke, before the autosave."""
    drag((20, 20), (30, 40))
    say("unsaved", window()._work.editor.unsaved)
    os.kill(os.getpid(), signal.SIGINT)
    yield lambda: False


def interrupt_while_drawing() -> Script:
    """Ctrl-C with the button down."""
    viewport = window().canvas.panes["mask"].viewport()
    at = window().canvas.camera.transform().map(QPointF(40, 30)).toPoint()
    QTest.mousePress(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    os.kill(os.getpid(), signal.SIGINT)
    yield lambda: False


def crash() -> Script:
    """A bug in a slot, with a stroke not yet saved."""
    drag((20, 20), (30, 40))
    QTimer.singleShot(0, lambda: 1 // 0)
    yield lambda: any("broken" in w.windowTitle() for w in QApplication.topLevelWidgets())
    say("saved", is_saved())
    window().close()


def empty_window() -> Script:
    """No night: the start page, then the sample night."""
    start = window().start
    say("start_page", start.isVisible())
    start.sample_wanted.emit()
    yield is_ready
    say("frames", len(window()._work.session.night.frames))
    window().close()


def predict() -> Script:
    """Predict the night with the bundled model from its panel, accept, close."""
    work = window()._work
    window()._show_panel("models")
    panel = window().side.panel("models")
    yield lambda: panel.predict.isEnabled()
    QTest.mouseClick(panel.predict, Qt.MouseButton.LeftButton)
    yield lambda: work.editor.prediction is not None
    say("model", work.editor.prediction.model_id)
    QTest.keyClick(window(), Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    yield is_saved
    yield lambda: not work.jobs.running()
    window().close()


def whole_loop() -> Script:
    """Correct and approve every frame, train on them, predict with the new model, accept, close."""
    work = window()._work
    n_frames = len(work.session.night.frames)
    for index in range(n_frames):
        yield lambda index=index: work.session.current == index and is_ready()
        drag((30, 20), (30, 30))
        QTest.keyClick(window(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    yield lambda: len(work.session.states.stems("approved")) == n_frames
    QTest.keyClick(window(), Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    panel = window().side.panel("training")
    yield lambda: panel.isVisible() and panel._train.isEnabled()
    epochs = panel._basic.field("epochs")
    epochs.selectAll()
    QTest.keyClicks(epochs, "2")
    QTest.mouseClick(panel._train, Qt.MouseButton.LeftButton)
    yield panel._predict.isVisible
    say("torch", "torch" in sys.modules)
    QTest.mouseClick(panel._predict, Qt.MouseButton.LeftButton)
    yield lambda: work.editor.prediction is not None and not work.jobs.running()
    say("model", work.editor.prediction.model_id)
    before = work.editor.document.history.n_steps
    QTest.keyClick(window(), Qt.Key.Key_P, Qt.KeyboardModifier.ShiftModifier)
    say("steps", f"{before}->{work.editor.document.history.n_steps}")
    yield is_saved
    window().close()


SCRIPTS = {
    script.__name__: script
    for script in (
        paint_and_walk,
        paint_the_frame_on_screen,
        interrupt_with_unsaved_work,
        interrupt_while_drawing,
        crash,
        predict,
        whole_loop,
    )
}
WITHOUT_NIGHT = {"empty_window": empty_window}


class Player:
    """Goes on with the script whenever what it waits for is true."""

    def __init__(self, name: str) -> None:
        without = name in WITHOUT_NIGHT
        self._script = WITHOUT_NIGHT[name] if without else SCRIPTS[name]
        self._running: Script | None = None
        self._wait: Wait = (lambda: bool(QApplication.topLevelWidgets())) if without else is_ready
        self._began = time.monotonic()
        self._timer = QTimer()
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        if time.monotonic() - self._began > TIMEOUT_S:
            say("timeout", self._script.__name__)
            sys.stdout.flush()
            os._exit(70)
        if not self._wait():
            return
        if self._running is None:
            self._running = self._script()
        # The script goes on inside `next`; events it waits for must not start it again.
        self._timer.stop()
        try:
            self._wait = next(self._running)
        except StopIteration:
            return
        self._timer.start()


if __name__ == "__main__":
    app = QApplication(["cirrus-gui"])
    player = Player(sys.argv[1])
    code = main(sys.argv[2:])
    sys.stdout.flush()
    sys.exit(code)
