"""The frame list: rows from the night, clicks go to the frame, states, gaps, masks and what was refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from astropy.io import fits
from panel_helpers import GAP_BEFORE, GAP_S, N_FRAMES, SHAPE, open_night
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cirrus_core.masks.labels import CLOUD, UNSURE, Provenance
from cirrus_core.masks.store import write_mask
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_gui.panels.frames import FramesPanel, state_summary
from cirrus_gui.qtmodels.frame_table import CURRENT_ROLE, GAP_ROLE, STATE_ROLE, Column, gap_text
from cirrus_gui.state.session import Session

AUTO = Provenance("auto", "otsu-log", "test", datetime(2026, 1, 24, tzinfo=UTC), "0" * 16)


@pytest.fixture
def panel(qtbot: QtBot, session: Session, night_folder: Path) -> FramesPanel:
    panel = FramesPanel(session)
    qtbot.addWidget(panel)
    panel.resize(240, 400)
    panel.show()
    open_night(qtbot, session, night_folder)
    return panel


def text(panel: FramesPanel, row: int, column: Column) -> str:
    return str(panel.model.index(row, column).data())


def click(qtbot: QtBot, panel: FramesPanel, row: int) -> None:
    viewport = panel.view.viewport()
    assert viewport is not None
    place = panel.view.visualRect(panel.model.index(row, Column.TIME)).center()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)


def test_an_empty_window_tells_the_next_step(qtbot: QtBot, session: Session) -> None:
    panel = FramesPanel(session)
    qtbot.addWidget(panel)
    panel.show()
    assert not panel.view.isVisible()
    assert "Drop a folder" in panel.empty.text() and panel.empty.isVisible()


def test_rows_are_the_frames_of_the_night(panel: FramesPanel) -> None:
    assert panel.view.isVisible()
    assert panel.model.rowCount() == N_FRAMES
    assert [text(panel, 1, c) for c in (Column.NUMBER, Column.TIME)] == ["0002", "22:00:30"]
    assert panel.model.index(1, 0).data(STATE_ROLE) == "new"
    assert panel.summary.text() == f"{N_FRAMES}\u00a0new"


def test_a_click_goes_to_the_frame_and_the_row_follows(
    qtbot: QtBot, panel: FramesPanel, session: Session
) -> None:
    with qtbot.waitSignal(session.current_changed):
        click(qtbot, panel, 4)
    assert session.current == 4
    assert panel.model.index(4, 0).data(CURRENT_ROLE) and not panel.model.index(0, 0).data(CURRENT_ROLE)
    session.step(3)
    assert panel.view.currentIndex().row() == 7


def test_arrow_keys_walk_through_the_night(qtbot: QtBot, panel: FramesPanel, session: Session) -> None:
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert session.current == 2
    qtbot.keyClick(panel.view, Qt.Key.Key_Up)
    assert session.current == 1


def test_a_frame_that_may_not_be_left_keeps_its_row(
    qtbot: QtBot, panel: FramesPanel, session: Session
) -> None:
    session.set_leave_guard(lambda leave: None)
    click(qtbot, panel, 5)
    assert session.current == 0
    assert panel.view.currentIndex().row() == 0


def test_states_show_in_rows_and_in_the_summary(panel: FramesPanel, session: Session) -> None:
    assert session.set_state("approved", 2) and session.set_state("flagged", 3)
    assert panel.model.index(2, Column.STATE).data(STATE_ROLE) == "approved"
    tip = panel.model.index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "A03.fits" in tip and "flagged: to be looked at again" in tip
    words = panel.summary.text().replace("\u00a0", " ")
    assert words == f"1 approved · 1 flagged · {N_FRAMES - 2} new"


def test_gaps_are_marked_and_told(panel: FramesPanel) -> None:
    gaps = [panel.model.index(row, 0).data(GAP_ROLE) for row in range(N_FRAMES)]
    assert [row for row, gap in enumerate(gaps) if gap] == [GAP_BEFORE]
    assert gaps[GAP_BEFORE] == pytest.approx(GAP_S + 30)
    tip = panel.model.index(GAP_BEFORE, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "20 min without frames before this one" in tip


def test_refused_files_are_listed_with_reasons(qtbot: QtBot, panel: FramesPanel) -> None:
    assert panel.rejected.head.text() == "2 files not opened"
    assert not panel.rejected_list.isVisible()
    qtbot.mouseClick(panel.rejected.head, Qt.MouseButton.LeftButton)
    assert panel.rejected_list.isVisible()
    lines = [panel.rejected_list.item(i).text() for i in range(2)]  # type: ignore[union-attr]
    assert lines[0].startswith("empty.fits is empty") and lines[1].startswith("torn.fits is cut off")


def test_masks_and_cloud_fraction_appear_when_they_come(
    qtbot: QtBot, panel: FramesPanel, session: Session
) -> None:
    assert session.layers is not None
    qtbot.waitUntil(lambda: text(panel, 1, Column.MASKS) == "···")
    assert text(panel, 1, Column.CLOUD) == ""
    labels = np.zeros(SHAPE, np.uint8)
    labels[:, :16] = CLOUD
    labels[:, 32:] = UNSURE
    write_mask(session.layers.auto_path("A01"), labels, header=None, provenance=AUTO)
    session.masks_changed.emit(1)
    qtbot.waitUntil(lambda: text(panel, 1, Column.CLOUD) == "0.50")
    assert text(panel, 1, Column.MASKS) == "··A"
    labels[:] = CLOUD
    write_mask(session.layers.manual_path("A01"), labels, header=None, provenance=AUTO)
    session.masks_changed.emit(-1)
    assert text(panel, 1, Column.CLOUD) == "0.50"  # no flicker while it is read again
    qtbot.waitUntil(lambda: text(panel, 1, Column.CLOUD) == "1.00")
    assert text(panel, 1, Column.MASKS) == "M·A"


def test_a_damaged_mask_is_not_given_a_fraction(qtbot: QtBot, panel: FramesPanel, session: Session) -> None:
    assert session.layers is not None
    path = session.layers.manual_path("A00")
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no mask")
    session.masks_changed.emit(-1)
    qtbot.waitUntil(lambda: text(panel, 0, Column.MASKS) == "M··")
    assert text(panel, 0, Column.CLOUD) == ""


def test_opening_another_night_starts_anew(
    qtbot: QtBot, panel: FramesPanel, session: Session, night_folder: Path
) -> None:
    session.set_state("approved", 0)
    other = night_folder.parent / "other"
    other.mkdir()
    (night_folder / "A05.fits").rename(other / "B.fits")
    open_night(qtbot, session, other)
    assert panel.model.rowCount() == 1
    assert panel.summary.text() == "1\u00a0new"
    assert not panel.rejected.isVisible()


@pytest.mark.parametrize(
    ("seconds", "words"), [(40, "40 s"), (720, "12 min"), (3900, "1 h 05 min"), (7199, "2 h 00 min")]
)
def test_gaps_in_words(seconds: float, words: str) -> None:
    assert gap_text(seconds) == words


def test_summary_leaves_out_what_there_is_none_of() -> None:
    assert state_summary({"approved": 12, "bad": 0}, 12) == "12\u00a0approved"


def test_a_time_that_no_header_knows_is_not_shown(
    qtbot: QtBot, panel: FramesPanel, session: Session, tmp_path: Path
) -> None:
    folder = tmp_path / "timeless"
    folder.mkdir()
    fits.PrimaryHDU(np.zeros(SHAPE, np.int16)).writeto(folder / "frame.fits")
    open_night(qtbot, session, folder)
    assert text(panel, 0, Column.TIME) == "–"
    assert "the header has none" in panel.model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


class CountingLayers(MaskLayers):
    """Notes which frames were asked for their masks."""

    asked: ClassVar[set[str]] = set()

    def find_manual(self, stem: str) -> Path | None:
        self.asked.add(stem)
        return super().find_manual(stem)


def test_ten_thousand_frames_cost_what_is_in_view(qtbot: QtBot, panel: FramesPanel, session: Session) -> None:
    assert session.night is not None and session.layers is not None
    ref = session.night.frames[0]
    frames = tuple(
        replace(
            ref,
            path=ref.path.with_name(f"N{i:05d}.fits"),
            index=i,
            time=ref.time + timedelta(seconds=8 * i),
        )
        for i in range(10_000)
    )
    night = replace(session.night, frames=frames, gaps=(), rejected=())
    CountingLayers.asked.clear()
    session.layers = CountingLayers(session.layers.layout, "long")
    session.night, session.current = night, 0
    session.night_opened.emit(night)
    panel.grab()
    assert panel.model.rowCount() == 10_000
    last = panel.view.rowAt(panel.view.viewport().height() - 1)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: panel.model.index(last, Column.MASKS).data() == "···")
    assert 5 < len(CountingLayers.asked) < 100
    session.go_to(7000)
    panel.grab()
    qtbot.waitUntil(lambda: "N07000" in CountingLayers.asked)
    assert len(CountingLayers.asked) < 200
    assert panel.view.visualRect(panel.model.index(7000, 0)).top() >= 0
