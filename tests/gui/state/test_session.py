"""Opening nights, bad input, walking through frames, and two windows on one project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from window_helpers import frame_data, write_frame, write_night

from cirrus_core.project.states import FrameStates
from cirrus_core.settings import default_project_dir
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.widgets.header_line import HeaderLine


def wait_for_message(work: Workspace, qtbot: QtBot, path: Path) -> str:
    with qtbot.waitSignal(work.notifier.message, timeout=5000):
        work.session.open_path(path)
    message = work.notifier.history[-1]
    assert message.hint
    return message.text


def test_opening_a_file_opens_its_night_at_that_frame(work: Workspace, night: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(work.session.current_changed, timeout=5000):
        work.session.open_path(night / "frame002.fits")
    assert work.session.night is not None and len(work.session.night.frames) == 4
    assert work.session.current == 2


def test_a_night_opens_where_it_was_left(
    opened: Workspace, night: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    opened.session.go_to(3)
    opened.session.close()
    memory = WindowMemory(tmp_path / "window.ini")
    later = Workspace(project_root=tmp_path / "project", memory=memory)
    assert memory.recent_nights() == [night]
    with qtbot.waitSignal(later.session.night_opened, timeout=5000):
        later.session.open_night(night)
    assert later.session.current == 3
    later.close(keep_jobs=False)


def test_opening_a_project_opens_its_night(opened: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    opened.session.close()
    later = Workspace(memory=WindowMemory(tmp_path / "other.ini"))
    with qtbot.waitSignal(later.session.night_opened, timeout=5000):
        later.session.open_path(tmp_path / "project")
    assert later.session.night is not None and later.session.night.name == "2026-01-23"
    later.close(keep_jobs=False)


@pytest.mark.parametrize("kind", ["empty", "no FITS", "zero bytes", "cut off", "one axis", "missing"])
def test_what_cannot_be_opened_is_told_and_the_night_stays(
    opened: Workspace, tmp_path: Path, qtbot: QtBot, kind: str
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    if kind == "no FITS":
        (folder / "notes.txt").write_text("cloudy")
    elif kind == "zero bytes":
        (folder / "a.fits").touch()
    elif kind == "cut off":
        whole = write_frame(folder, 0)
        whole.write_bytes(whole.read_bytes()[:2000])
    elif kind == "one axis":
        write_frame(folder, 0, np.arange(50, dtype=np.int16))
    elif kind == "missing":
        folder.rmdir()
    assert wait_for_message(opened, qtbot, folder)
    assert opened.session.night is not None and opened.session.night.name == "2026-01-23"
    assert opened.editor.document is not None


def test_a_bad_file_among_good_ones_is_a_rejected_one(work: Workspace, night: Path, qtbot: QtBot) -> None:
    (night / "broken.fits").write_bytes(b"no FITS at all")
    with qtbot.waitSignal(work.session.night_opened, timeout=5000):
        work.session.open_night(night)
    assert work.session.night is not None
    assert [rejected.path.name for rejected in work.session.night.rejected] == ["broken.fits"]


def test_frames_of_several_sizes_can_be_walked_through(work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    night = tmp_path / "mixed"
    write_frame(night, 0)
    write_frame(night, 1, frame_data(1, (30, 20)))
    work.session.open_night(night)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    work.session.go_to(1)
    qtbot.waitUntil(
        lambda: work.editor.document is not None and work.editor.document.shape == (30, 20), timeout=3000
    )


@pytest.mark.parametrize("value", [np.nan, 3000.0])
def test_blank_and_constant_frames_are_shown(
    work: Workspace, tmp_path: Path, qtbot: QtBot, value: float
) -> None:
    write_frame(tmp_path / "flat", 0, np.full((20, 30), value, np.float32))
    work.session.open_night(tmp_path / "flat")
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    assert work.loader.loaded is not None and work.loader.loaded.image.shape == (20, 30)


def test_a_frame_that_vanished_is_told_and_the_next_is_shown(
    work: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    night = write_night(tmp_path / "long", 12)
    work.session.open_night(night)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    (night / "frame010.fits").unlink()
    with qtbot.waitSignal(work.loader.frame_failed, timeout=3000) as caught:
        work.session.go_to(10)
    assert caught.args is not None and caught.args[1].hint
    assert work.editor.document is None
    work.session.go_to(0)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=3000)


def test_a_second_window_may_look_but_not_touch(
    opened: Workspace, night: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    second = Workspace(project_root=tmp_path / "project", memory=WindowMemory(tmp_path / "second.ini"))
    second.session.open_night(night)
    qtbot.waitUntil(lambda: second.editor.document is not None, timeout=5000)
    assert "Another window" in second.notifier.history[-1].text
    assert not second.editor.begin_stroke(erase=False)
    assert not second.session.set_state("approved")
    header = HeaderLine(second.session, second.editor, second.navigator)
    qtbot.addWidget(header)
    assert any(label.text() == "look only" for label in header.findChildren(QLabel))
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.abort_stroke()

    opened.session.close()
    second.session.open_night(night)
    qtbot.waitUntil(lambda: second.session.read_only is None, timeout=5000)
    second.close(keep_jobs=False)


def test_results_for_a_frame_that_was_left_are_dropped(opened: Workspace, qtbot: QtBot) -> None:
    shown: list[int] = []
    opened.loader.frame_ready.connect(lambda loaded: shown.append(loaded.ref.index))
    opened.session.go_to(3)
    opened.session.go_to(1)
    opened.session.go_to(2)
    qtbot.waitUntil(lambda: opened.editor.document is not None, timeout=3000)
    qtbot.wait(100)
    assert shown[-1] == 2 and opened.loader.loaded is not None and opened.loader.loaded.ref.index == 2
    assert opened.editor.document is not None and opened.editor.document.stem == "frame002"


def test_a_scan_that_was_overtaken_opens_nothing(work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    first, second = write_night(tmp_path / "first"), write_night(tmp_path / "second", 2)
    opened: list[str] = []
    work.session.night_opened.connect(lambda night: opened.append(night.name))
    work.session.open_night(first)
    work.session.open_night(second)
    qtbot.waitUntil(lambda: work.session.night is not None, timeout=5000)
    qtbot.wait(200)
    assert opened == ["second"]


def test_held_keys_are_added_up_while_a_frame_is_read(work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    night = write_night(tmp_path / "long", 12)
    work.session.open_night(night)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    work.navigator.go_to(8)
    for _ in range(3):
        work.navigator.step(1)
    qtbot.waitUntil(lambda: work.session.current == 11 and not work.loader.busy, timeout=3000)
    work.navigator.step(5)
    assert work.session.current == 11


def test_neighbours_are_read_ahead_in_the_direction_of_travel(
    work: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    work.session.open_night(write_night(tmp_path / "long", 12))
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    work.session.go_to(5)
    qtbot.waitUntil(lambda: {6, 7, 8} <= set(work.loader._prepared), timeout=3000)
    work.session.go_to(6)
    assert not work.loader.busy
    assert work.loader.loaded is not None and work.loader.loaded.ref.index == 6


def test_a_read_only_night_is_never_written_to(opened: Workspace, night: Path, qtbot: QtBot) -> None:
    before = sorted(p.name for p in night.iterdir())
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(20, 20)
    opened.editor.end_stroke()
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert sorted(p.name for p in night.iterdir()) == before


def test_opening_the_same_night_again_keeps_the_verdicts_given_meanwhile(
    opened: Workspace, night: Path, qtbot: QtBot
) -> None:
    # The stroke ends, and its frame is "in progress", only after the scan has read the states.
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(20, 20)
    with qtbot.waitSignal(opened.session.night_opened, timeout=5000):
        opened.session.open_night(night)
    assert opened.session.set_state("flagged", 1)
    project, night_id = opened.session.project, opened.session.night_id
    assert project is not None and night_id is not None
    on_disk = FrameStates(project.layout.states(night_id))
    assert (on_disk.get("frame000"), on_disk.get("frame001")) == ("in progress", "flagged")


def test_a_path_that_the_system_refuses_is_told(opened: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    assert "cannot be opened" in wait_for_message(opened, qtbot, tmp_path / ("long" * 100))


def test_a_night_opens_again_in_the_project_that_keeps_its_masks(
    opened: Workspace, night: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    opened.session.close()
    later = Workspace(memory=opened.memory)
    later.session.open_night(night)
    qtbot.waitUntil(lambda: later.session.project is not None, timeout=5000)
    assert later.session.project is not None
    assert later.session.project.layout.root == (tmp_path / "project").resolve()
    later.close(keep_jobs=False)


def test_a_project_that_is_gone_is_not_made_again(
    work: Workspace, night: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    memory = WindowMemory(tmp_path / "other.ini")
    memory.remember_night(night, tmp_path / "gone")
    later = Workspace(memory=memory)
    later.session.open_night(night)
    qtbot.waitUntil(lambda: later.session.project is not None, timeout=5000)
    assert later.session.project is not None
    assert later.session.project.layout.root == default_project_dir().resolve()
    assert not (tmp_path / "gone").exists()
    later.close(keep_jobs=False)
