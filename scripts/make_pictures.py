"""The screenshots of README and docs: the real window on the sample night, driven by mouse and keys.

Usage: python scripts/make_pictures.py [WORK]      WORK keeps the sample project between runs
Runs offscreen; set QT_QPA_PLATFORM=xcb to watch it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "gui"))

from PyQt6 import sip  # noqa: E402
from PyQt6.QtCore import Qt  # noqa: E402
from PyQt6.QtTest import QTest  # noqa: E402
from PyQt6.QtWidgets import QApplication  # noqa: E402
from window_helpers import Hand  # noqa: E402

from cirrus_core.cli.demo import Sample, build_sample  # noqa: E402
from cirrus_core.progress import SilentContext  # noqa: E402
from cirrus_gui.main_window import MainWindow  # noqa: E402
from cirrus_gui.state.memory import WindowMemory  # noqa: E402
from cirrus_gui.state.view_state import ThemeName  # noqa: E402
from cirrus_gui.state.workspace import Workspace  # noqa: E402
from cirrus_gui.theme import apply_theme  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
PANEL_PICTURES: tuple[tuple[str, str, ThemeName, tuple[int, int]], ...] = (
    ("window.png", "tools", "dark", (1366, 768)),
    ("window-display.png", "display", "light", (1366, 768)),
    ("window-automask.png", "automask", "dark", (1366, 768)),
    ("window-models.png", "models", "dark", (1366, 768)),
    ("window-training.png", "training", "light", (1366, 768)),
    ("window-red.png", "tools", "red", (1366, 768)),
    ("window-wide.png", "tools", "dark", (1920, 1080)),
)


def wait_until(holds: Callable[[], bool], what: str) -> None:
    for _ in range(600):
        if holds():
            return
        QTest.qWait(50)
    sys.exit(f"Waited in vain for {what}.")


def a_half_cloudy_frame(sample: Sample) -> int:
    """Index of the frame whose true cloud fraction is nearest one half."""
    rows = json.loads((sample.night / "night.json").read_text(encoding="utf-8"))["frames"]
    return min(range(len(rows)), key=lambda i: abs(rows[i]["cloud_fraction"] - 0.5))


def correct(work: Workspace, window: MainWindow, index: int) -> None:
    """Go to a frame, accept its prediction and paint two strokes."""
    work.session.go_to(index)
    wait_until(lambda: work.editor.document is not None and work.editor.prediction is not None, "the masks")
    work.editor.accept_prediction()
    hand = Hand(window.canvas)
    hand.drag((100, 420), (140, 470), (150, 540))
    hand.drag((400, 90), (430, 150), button=Qt.MouseButton.RightButton)
    wait_until(lambda: work.editor.save_state == "saved", "the mask to be saved")
    hand.move(260, 330)


def take(app: QApplication, work: Workspace, window: MainWindow) -> None:
    for name, panel, theme, size in PANEL_PICTURES:
        work.view.theme = theme
        apply_theme(app, theme)
        window.resize(*size)
        window.side.show_panel(panel)
        QTest.qWait(900)
        window.grab().save(str(PICTURES / name))
        sys.stdout.write(f"docs/pictures/{name}\n")


def main() -> None:
    work_folder = (
        Path(sys.argv[1]) if len(sys.argv) > 1 else Path(tempfile.mkdtemp(prefix="cirrus-pictures-"))
    )
    sample = build_sample(work_folder / "sample", SilentContext())
    PICTURES.mkdir(parents=True, exist_ok=True)
    app = QApplication(["cirrus-pictures"])
    work = Workspace(project_root=sample.project, memory=WindowMemory(work_folder / "window.ini"))
    apply_theme(app, "dark")
    window = MainWindow(work, app)
    window.setWindowState(Qt.WindowState.WindowNoState)
    window.resize(1366, 768)
    window.show()
    window.open_path(sample.night)
    wait_until(lambda: work.editor.document is not None, "the first frame")
    correct(work, window, a_half_cloudy_frame(sample))
    take(app, work, window)
    work.close(keep_jobs=False)
    sip.delete(window)
    sip.delete(work)


if __name__ == "__main__":
    main()
