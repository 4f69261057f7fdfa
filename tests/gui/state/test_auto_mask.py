"""Automatic masks that come late: never on another frame."""

from __future__ import annotations

from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from window_helpers import frame_data, write_frame

from cirrus_core.masks.auto.table import automask
from cirrus_gui.state import auto_mask
from cirrus_gui.state.workspace import Workspace


def test_a_late_mask_is_not_shown_on_a_frame_of_the_same_name_in_another_night(
    opened: Workspace, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    upside_down = frame_data(0)[::-1].copy()
    write_frame(other, 0, upside_down)
    may_go_on = Event()

    def slow(*args: Any) -> Any:
        may_go_on.wait(5)
        return automask(*args)

    monkeypatch.setattr(auto_mask, "automask", slow)
    made = auto_mask.AutoMask(opened.editor, opened.loader)
    made.set_previewing(True)
    before = opened.editor.document
    opened.session.open_night(other)
    qtbot.waitUntil(lambda: opened.editor.document not in (None, before), timeout=4000)
    may_go_on.set()
    qtbot.waitUntil(lambda: opened.editor.preview is not None, timeout=3000)
    np.testing.assert_array_equal(opened.editor.preview, automask(upside_down))
