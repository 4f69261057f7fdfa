"""Pictures as frames in the window: PNG, JPEG, TIFF, in colour and in 16 bits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from pytestqt.qtbot import QtBot
from window_helpers import write_frame

from cirrus_core.masks.store import read_mask
from cirrus_gui.state.workspace import Workspace

COLOUR = np.random.default_rng(5).integers(0, 256, (40, 60, 3), dtype=np.uint8)


def open_and_wait(work: Workspace, qtbot: QtBot, path: Path) -> None:
    with qtbot.waitSignal(work.session.night_opened, timeout=5000):
        work.session.open_path(path)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)


def test_a_night_of_colour_pictures_is_shown_and_corrected(
    work: Workspace, tmp_path: Path, qtbot: QtBot
) -> None:
    folder = tmp_path / "camera"
    folder.mkdir()
    for second in (10, 20):
        Image.fromarray(COLOUR).save(folder / f"cam_20230123_2226{second}.png")
    open_and_wait(work, qtbot, folder / "cam_20230123_222620.png")
    loaded = work.loader.loaded
    assert work.session.current == 1 and loaded is not None
    assert loaded.frame.data.shape == (3, 40, 60) and loaded.image.shape == (40, 60)
    assert loaded.stats.high == pytest.approx(COLOUR.mean(axis=2).max(), abs=1e-3)
    work.editor.begin_stroke(erase=False)
    work.editor.paint_to(20, 30)
    work.editor.end_stroke()
    assert work.session.layers is not None
    path = work.session.layers.manual_path("cam_20230123_222620")
    qtbot.waitUntil(path.is_file, timeout=5000)
    stored = read_mask(path)
    assert stored.labels.shape == (40, 60) and stored.labels[20, 30] == 1
    assert stored.provenance is not None and stored.provenance.frame_sum == loaded.frame.checksum


def test_a_16_bit_tiff_keeps_its_values(work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    data = COLOUR[..., 0].astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "cam_20230123_222610.tif", data)
    open_and_wait(work, qtbot, tmp_path)
    assert work.loader.loaded is not None
    np.testing.assert_array_equal(work.loader.loaded.frame.data, data)


def test_a_preview_among_fits_frames_is_not_taken_for_one(
    opened: Workspace, night: Path, qtbot: QtBot
) -> None:
    write_frame(night, 9)
    Image.fromarray(COLOUR).save(night / "frame001.png")
    with qtbot.waitSignal(opened.notifier.message, timeout=5000):
        opened.session.open_path(night / "frame001.png")
    assert "lies among FITS frames" in opened.notifier.history[-1].text
    with qtbot.waitSignal(opened.session.night_opened, timeout=5000):
        opened.session.open_path(night)
    assert opened.session.night is not None
    assert len(opened.session.night.frames) == 5 and opened.session.night.n_passed_over == 1


@pytest.mark.real
@pytest.mark.parametrize(("name", "n_frames"), [("hyta", 8), ("wsiseg", 200)])
def test_real_sky_pictures(
    work: Workspace, shared_data: Path, qtbot: QtBot, name: str, n_frames: int
) -> None:
    open_and_wait(work, qtbot, shared_data / name / "images")
    assert work.session.night is not None and len(work.session.night.frames) == n_frames
    assert work.loader.loaded is not None and work.loader.loaded.image.std() > 10
