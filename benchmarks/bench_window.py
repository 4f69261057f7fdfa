"""The window: start, next frame, brush, memory of a long walk.

pytest benchmarks/bench_window.py --benchmark-only

Under Xvfb for the times of a real X server, or with QT_QPA_PLATFORM=offscreen. `PRINT` lines (with -s) give
what is no time: resident memory.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from astropy.io import fits
from PyQt6 import sip
from PyQt6.QtCore import QEvent, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QApplication

from cirrus_gui.main_window import MainWindow
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.theme import apply_theme

Benchmark = Callable[..., Any]
START = datetime(2026, 1, 23, 20, 0, tzinfo=UTC)
SHAPES = [(512, 640), (2048, 2048)]
N_MOVES = 200
N_WALK = 2000


def write_night(folder: Path, shape: tuple[int, int], n_frames: int) -> Path:
    folder.mkdir()
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    rng = np.random.default_rng(1)
    sky = 3000 + 800 * np.sin(cols / 300) + 500 * np.cos(rows / 200) + rng.normal(0, 40, shape)
    for i in range(n_frames):
        header = fits.Header()
        header["DATE-OBS"] = (START + timedelta(seconds=5 * i)).strftime("%Y-%m-%dT%H:%M:%S")
        fits.writeto(folder / f"frame{i:04d}.fits", np.roll(sky, 9 * i, axis=1).astype(np.int16), header)
    return folder


class Opened:
    """A window with a night on screen."""

    def __init__(self, tmp_path: Path, night: Path) -> None:
        app = QApplication.instance() or QApplication(["bench"])
        assert isinstance(app, QApplication)
        self.app = app
        apply_theme(app, "dark")
        self.work = Workspace(project_root=tmp_path / "project", memory=WindowMemory(tmp_path / "window.ini"))
        self.window = MainWindow(self.work, app)
        self.window.setWindowState(Qt.WindowState.WindowNoState)
        self.window.resize(1366, 768)
        self.window.show()
        self.work.session.open_night(night)
        self.wait(lambda: self.work.editor.document is not None)

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not until():
            self.app.processEvents()
            assert time.monotonic() < end

    def paint(self) -> None:
        """Let Qt draw what is due."""
        for pane in self.window.canvas.panes.values():
            viewport = pane.viewport()
            assert viewport is not None
            self.app.sendPostedEvents(viewport, 0)
        self.app.processEvents()

    def go_to(self, index: int) -> None:
        """Go to a frame and wait until it is painted with its mask."""
        self.work.session.go_to(index)
        self.wait(lambda: self.work.editor.document is not None and not self.work.loader.busy)
        self.paint()

    def close(self) -> None:
        self.work.close(keep_jobs=False)
        self.app.removeEventFilter(self.window._hold_keys)
        sip.delete(self.window)
        sip.delete(self.work)


@pytest.fixture(params=SHAPES, ids=lambda shape: f"{shape[0]}x{shape[1]}")
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    found = Opened(tmp_path, write_night(tmp_path / "night", request.param, 12))
    yield found
    found.close()


def test_command_to_first_frame(benchmark: Benchmark, tmp_path: Path) -> None:
    """From the start of the process to the frame and its mask on screen, and out again."""
    night = write_night(tmp_path / "night", (512, 640), 60)
    program = (
        "import sys\nfrom PyQt6.QtCore import QTimer\nfrom PyQt6.QtWidgets import QApplication\n"
        "from cirrus_gui.app import main\nfrom cirrus_gui.main_window import MainWindow\n"
        "app = QApplication(['bench'])\ntimer = QTimer()\n"
        "def look():\n"
        "    w = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow)]\n"
        "    if w and w[0]._work.editor.document is not None: timer.stop(); w[0].close()\n"
        "timer.timeout.connect(look); timer.start(5)\nsys.exit(main(sys.argv[1:]))\n"
    )
    command = [sys.executable, "-c", program, str(night), "--project", str(tmp_path / "project")]
    environment = dict(os.environ, XDG_CONFIG_HOME=str(tmp_path), CIRRUS_CACHE=str(tmp_path / "cache"))
    benchmark.pedantic(lambda: subprocess.run(command, env=environment, check=True), rounds=5)


def test_next_frame_cached(benchmark: Benchmark, opened: Opened) -> None:
    """To and fro between two frames that are kept."""
    opened.go_to(1)
    opened.go_to(0)
    steps = iter(i % 2 for i in range(1, 10**6))
    benchmark.pedantic(lambda: opened.go_to(next(steps)), rounds=60, warmup_rounds=4)


def test_next_frame_not_cached(benchmark: Benchmark, opened: Opened) -> None:
    """A frame that must be read from disk, measured and stretched."""
    steps = iter((i % 2) * 6 for i in range(1, 10**6))

    def forget() -> None:
        opened.wait(lambda: not opened.work.loader.busy)
        opened.work.loader._pool.waitForDone()
        opened.app.processEvents()
        opened.work.loader._cache.clear()
        opened.work.loader._prepared.clear()

    benchmark.pedantic(lambda: opened.go_to(next(steps)), setup=forget, rounds=20)


@pytest.mark.parametrize("radius", [5, 50, 300])
def test_brush_move(benchmark: Benchmark, opened: Opened, radius: float) -> None:
    """One mouse move with the button down, from the event to the repainted panes."""
    opened.work.editor.brush.set_radius(radius)
    pane = opened.window.canvas.panes["mask"]
    viewport = pane.viewport()
    assert viewport is not None
    width, height = pane.width(), pane.height()
    places = iter(
        QPointF(width * (0.5 + 0.3 * math.cos(0.13 * i)), height * (0.5 + 0.15 * math.sin(0.21 * i)))
        for i in range(10**6)
    )

    def send(kind: QEvent.Type, button: Qt.MouseButton) -> None:
        at = next(places)
        over = QPointF(viewport.mapToGlobal(at.toPoint()))
        left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        opened.app.sendEvent(viewport, QMouseEvent(kind, at, over, button, left, none))

    def move() -> None:
        send(QEvent.Type.MouseMove, Qt.MouseButton.NoButton)
        opened.paint()

    send(QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton)
    assert opened.work.editor.stroking
    benchmark.pedantic(move, rounds=N_MOVES, warmup_rounds=5)
    send(QEvent.Type.MouseButtonRelease, Qt.MouseButton.LeftButton)
    opened.wait(lambda: not opened.work.editor.unsaved)


def test_memory_of_a_long_walk(benchmark: Benchmark, tmp_path: Path) -> None:
    """Resident memory while 2000 frames of 512 x 640 are walked through: it must reach a plateau."""
    found = Opened(tmp_path, write_night(tmp_path / "night", (512, 640), N_WALK))
    found.work.loader._cache.max_bytes = 128 * 1024**2
    process, resident = psutil.Process(), []

    def walk() -> None:
        for i in [*range(N_WALK), *range(N_WALK - 1, 0, -1)]:
            found.go_to(i)
            if i % 200 == 0:
                resident.append(process.memory_info().rss // 1024**2)

    benchmark.pedantic(walk, rounds=1)
    sys.stdout.write(f"\nPRINT resident MiB every 200 frames, there and back: {resident}\n")
    found.close()
