"""Tools without a widget: events in, strokes out."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPointF

from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_gui.canvas.camera import Camera
from cirrus_gui.state.brush_settings import BrushSettings
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.tools.base import PointerEvent
from cirrus_gui.tools.brush import BrushTool, brush_hint
from cirrus_gui.tools.pan import PanTool


def event(row: float, col: float, **how: object) -> PointerEvent:
    return PointerEvent(row, col, **{"button": "left", "phase": "move", **how})  # type: ignore[arg-type]


def test_the_brush_draws_one_step_from_press_to_release(opened: Workspace) -> None:
    tool = BrushTool(opened.editor)
    tool.press(event(10, 10))
    tool.move(event(10, 30))
    tool.release(event(10, 40))
    document = opened.editor.document
    assert document is not None and document.history.position == 1
    assert (document.labels[10, 10:41] == CLOUD).all()


@pytest.mark.parametrize(
    ("tool_name", "how", "erases"),
    [
        ("brush", {}, False),
        ("brush", {"button": "right"}, True),
        ("brush", {"shift": True}, True),
        ("eraser", {}, True),
    ],
)
def test_which_drags_erase(opened: Workspace, tool_name: str, how: dict[str, object], erases: bool) -> None:
    opened.editor.brush.set_tool(tool_name)  # type: ignore[arg-type]
    opened.editor.fill(UNSURE, action="All unsure")
    tool = BrushTool(opened.editor)
    tool.press(event(20, 20, **how))
    tool.release(event(20, 20, **how))
    assert opened.editor.document is not None
    assert opened.editor.document.labels[20, 20] == (CLEAR if erases else CLOUD)


def test_cancel_takes_back_what_was_drawn(opened: Workspace) -> None:
    tool = BrushTool(opened.editor)
    assert not tool.cancel()
    tool.press(event(20, 20))
    assert tool.cancel()
    tool.move(event(30, 30))
    tool.release(event(30, 30))
    assert opened.editor.document is not None and not opened.editor.document.labels.any()
    assert opened.editor.document.history.position == 0


def test_without_a_frame_the_brush_does_nothing(work: Workspace) -> None:
    tool = BrushTool(work.editor)
    tool.press(event(20, 20))
    tool.release(event(20, 20))
    assert work.editor.document is None


def test_pan_keeps_the_gripped_pixel_under_the_pointer() -> None:
    camera = Camera()
    camera.set_shape((100, 100))
    camera.zoom_to(4.0)
    tool = PanTool(camera)
    tool.press(event(50, 50))
    pointer = camera.transform().map(QPointF(45, 60))  # over row 60, column 45
    tool.move(event(60, 45))
    tool.release(event(60, 45))
    assert camera.to_frame(pointer) == pytest.approx((50, 50))


def test_brush_and_eraser_have_sizes_of_their_own() -> None:
    changes: list[None] = []
    brush = BrushSettings(lambda: changes.append(None))
    brush.set_radius(30.0)
    brush.set_tool("eraser")
    brush.grow(1)
    assert (brush.radius_px(False), brush.radius_px(True)) == (30.0, pytest.approx(24.0))
    brush.set_radius(1e9)
    assert brush.radius_px() == 500.0
    n = len(changes)
    brush.set_radius(1e9)
    assert len(changes) == n


def test_the_hint_names_what_the_button_does() -> None:
    brush = BrushSettings(lambda: None)
    assert "paints cloud" in brush_hint(brush)
    brush.swap_label()
    assert "paints clear" in brush_hint(brush)
    brush.set_label(UNSURE)
    assert "paints unsure" in brush_hint(brush)
    brush.set_tool("eraser")
    assert brush_hint(brush).startswith("Eraser 20 px")
