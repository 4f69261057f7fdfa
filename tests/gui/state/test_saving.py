"""Saving, failing to save, and leaving a frame: real files, real failures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from pytestqt.qtbot import QtBot
from window_helpers import frame_data, write_frame

from cirrus_core.masks.labels import CLOUD
from cirrus_core.masks.store import read_mask
from cirrus_gui.notify import Message
from cirrus_gui.state.workspace import Workspace


def stroke(work: Workspace, *places: tuple[float, float]) -> None:
    assert work.editor.begin_stroke(erase=False)
    for place in places:
        work.editor.paint_to(*place)
    work.editor.end_stroke()


def errors(work: Workspace) -> list[Message]:
    return [message for message in work.notifier.history if message.level == "error"]


def spoil_mask_folder(work: Workspace) -> Path:
    """Put a file where the folder of the masks should be: nothing can be written there, even by root."""
    assert work.editor.mask_path is not None
    folder = work.editor.mask_path.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    return folder


def test_a_failed_save_is_told_once_blocks_the_frame_and_mends_itself(
    opened: Workspace, qtbot: QtBot
) -> None:
    folder = spoil_mask_folder(opened)
    stroke(opened, (20, 20), (20, 40))
    qtbot.waitUntil(lambda: opened.editor.save_state == "failed", timeout=3000)
    states: list[str] = []
    opened.editor.save_state_changed.connect(states.append)
    stroke(opened, (40, 20), (40, 40))
    qtbot.waitUntil(lambda: states == ["unsaved", "saving", "failed"], timeout=3000)
    assert len(errors(opened)) == 1

    with qtbot.waitSignal(opened.autosave.blocked, timeout=3000):
        opened.session.go_to(1)
    assert opened.session.current == 0
    assert "stays until it is saved" in errors(opened)[-1].text

    folder.unlink()
    document = opened.editor.document
    opened.session.go_to(1)
    qtbot.waitUntil(lambda: opened.session.current == 1, timeout=3000)
    assert document is not None and opened.editor.document is not document
    np.testing.assert_array_equal(read_mask(folder / "frame000.mask.fits.gz").labels, document.labels)


def test_a_late_success_does_not_jump_to_a_frame_wanted_before(opened: Workspace, qtbot: QtBot) -> None:
    folder = spoil_mask_folder(opened)
    stroke(opened, (20, 20))
    with qtbot.waitSignal(opened.autosave.blocked, timeout=3000):
        opened.session.go_to(2)
    folder.unlink()
    opened.autosave.save()
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert opened.session.current == 0


def test_undo_after_a_save_is_an_edit_and_is_saved_too(opened: Workspace, qtbot: QtBot) -> None:
    stroke(opened, (20, 20))
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    path = opened.editor.mask_path
    assert path is not None and read_mask(path).labels.any()
    opened.editor.undo()
    assert opened.editor.save_state == "unsaved"
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert not read_mask(path).labels.any()
    opened.editor.redo()
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert read_mask(path).labels.any()


def test_a_stroke_during_a_save_is_saved_as_well(opened: Workspace, qtbot: QtBot) -> None:
    stroke(opened, (20, 20))
    opened.autosave.save()
    stroke(opened, (40, 60))
    document, path = opened.editor.document, opened.editor.mask_path
    assert document is not None and path is not None
    qtbot.waitUntil(lambda: not opened.editor.unsaved and path.exists(), timeout=4000)
    np.testing.assert_array_equal(read_mask(path).labels, document.labels)


def test_a_mask_of_another_frame_is_not_shown_and_not_overwritten(
    opened: Workspace, night: Path, qtbot: QtBot
) -> None:
    stroke(opened, (20, 20))
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    path = opened.editor.mask_path
    assert path is not None
    before = path.read_bytes()
    # Another frame takes the name of the first one.
    write_frame(night, 0, frame_data(7))
    opened.session.open_night(night)
    qtbot.waitUntil(lambda: opened.editor.problem is not None, timeout=5000)
    assert opened.editor.document is None
    assert "other pixels" in errors(opened)[-1].text
    assert not opened.editor.begin_stroke(erase=False)
    qtbot.wait(700)
    assert path.read_bytes() == before


def test_a_damaged_mask_is_told_and_left_alone(opened: Workspace, night: Path, qtbot: QtBot) -> None:
    assert opened.session.layers is not None
    path = opened.session.layers.manual_path("frame001")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x1f\x8b damaged")
    opened.session.go_to(1)
    qtbot.waitUntil(lambda: opened.editor.problem is not None, timeout=3000)
    assert opened.editor.document is None and not opened.editor.begin_stroke(erase=False)
    opened.session.go_to(2)
    qtbot.waitUntil(lambda: opened.editor.document is not None, timeout=3000)
    assert path.read_bytes() == b"\x1f\x8b damaged"


def test_blank_pixels_are_unsure_from_the_start(tmp_path: Path, work: Workspace, qtbot: QtBot) -> None:
    data = frame_data(0).astype(np.float32)
    data[:5] = np.nan
    write_frame(tmp_path / "blank", 0, data)
    work.session.open_night(tmp_path / "blank")
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
    assert work.editor.document is not None
    labels = work.editor.document.labels
    assert (labels[:5] == 255).all() and (labels[5:] == 0).all()


def test_the_header_of_the_frame_is_carried_over(opened: Workspace, qtbot: QtBot) -> None:
    stroke(opened, (20, 20))
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert opened.editor.mask_path is not None
    header = fits.getheader(opened.editor.mask_path, "MASK")
    assert header["DATE-OBS"] == "2026-01-23T20:00:00"
    assert header["MSKSRC"] == "manual"


def test_saving_on_the_spot_after_a_crash(opened: Workspace) -> None:
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(30, 40)
    opened.autosave.save_here()
    assert opened.editor.mask_path is not None
    assert read_mask(opened.editor.mask_path).labels[30, 40] == CLOUD


@pytest.mark.parametrize("n_steps", [1, 3])
def test_a_night_cannot_be_left_with_unsaved_work_either(
    opened: Workspace, tmp_path: Path, qtbot: QtBot, n_steps: int
) -> None:
    other = tmp_path / "other"
    write_frame(other, 0)
    spoil_mask_folder(opened)
    for i in range(n_steps):
        stroke(opened, (20 + 5 * i, 20))
    with qtbot.waitSignal(opened.autosave.blocked, timeout=5000):
        opened.session.open_night(other)
    assert opened.session.night is not None and opened.session.night.name == "2026-01-23"


def test_a_stroke_begun_while_leaving_waits_for_a_save_is_kept(opened: Workspace, qtbot: QtBot) -> None:
    stroke(opened, (20, 20))
    path = opened.editor.mask_path
    opened.session.go_to(1)
    assert opened.session.current == 0
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(40, 60)
    qtbot.waitUntil(lambda: opened.session.current == 1, timeout=3000)
    assert path is not None and read_mask(path).labels[40, 60] == CLOUD


def test_dabs_in_quick_succession_do_not_put_the_save_off(opened: Workspace, qtbot: QtBot) -> None:
    path = opened.editor.mask_path
    assert path is not None
    for i in range(8):
        stroke(opened, (20, 20 + 5 * i))
        qtbot.wait(200)
    assert path.exists()


def test_a_whole_mask_put_in_place_during_a_stroke_ends_it_first(opened: Workspace) -> None:
    document = opened.editor.document
    assert document is not None and opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(20, 20)
    opened.editor.fill(CLOUD, action="All cloud")
    assert not opened.editor.stroking and document.labels.all()
    opened.editor.undo()
    assert document.labels[20, 20] == CLOUD and not document.labels.all()
    opened.editor.undo()
    assert not document.labels.any()


def test_approving_during_a_stroke_takes_the_stroke_along(opened: Workspace, qtbot: QtBot) -> None:
    path = opened.editor.mask_path
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(20, 20)
    assert opened.navigator.approve()
    assert not any("clear sky" in message.text for message in opened.notifier.history)
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert path is not None and read_mask(path).labels[20, 20] == CLOUD


def test_a_frame_whose_mask_cannot_be_saved_is_not_approved(opened: Workspace, qtbot: QtBot) -> None:
    folder = spoil_mask_folder(opened)
    stroke(opened, (20, 20))
    with qtbot.waitSignal(opened.autosave.blocked, timeout=3000):
        opened.navigator.approve_and_next()
    assert opened.session.current == 0 and opened.session.current_state == "new"
    folder.unlink()
    opened.navigator.approve_and_next()
    qtbot.waitUntil(lambda: opened.session.current == 1, timeout=3000)
    assert opened.session.states is not None and opened.session.states.get("frame000") == "approved"
