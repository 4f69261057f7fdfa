"""What actions and keys do to frames, masks and view; what they do to the window is said there."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QApplication

from cirrus_core.config import build
from cirrus_core.frames.stretch import StretchParams
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_gui.canvas.canvas import SkyCanvas
from cirrus_gui.canvas.hold_keys import HoldKey
from cirrus_gui.state.brush_settings import ToolName
from cirrus_gui.state.workspace import Workspace

_ZOOM_STEP = 1.25


class Commands:
    """Thin: each command is one call of a state object."""

    def __init__(self, work: Workspace, canvas: SkyCanvas) -> None:
        self._work = work
        self._canvas = canvas
        self._tool_before: ToolName = "brush"

    def handlers(self) -> dict[str, Callable[[], object]]:
        """What to call for each action id."""
        work, camera = self._work, self._canvas.camera
        brush, go, editor, view = work.editor.brush, work.navigator, work.editor, work.view
        state = work.session.set_state
        return {
            "save_now": work.autosave.save,
            "copy_view": self._copy_view,
            "undo": editor.undo,
            "redo": editor.redo,
            "brush": lambda: brush.set_tool("brush"),
            "eraser": lambda: brush.set_tool("eraser"),
            "smaller": lambda: brush.grow(-1),
            "larger": lambda: brush.grow(1),
            "swap": brush.swap_label,
            "label_cloud": lambda: brush.set_label(CLOUD),
            "label_clear": lambda: brush.set_label(CLEAR),
            "label_unsure": lambda: brush.set_label(UNSURE),
            "accept_prediction": editor.accept_prediction,
            "previous": lambda: go.step(-1),
            "next": lambda: go.step(1),
            "back_10": lambda: go.step(-10),
            "on_10": lambda: go.step(10),
            "first": lambda: go.go_to(0),
            "last": go.last,
            "next_unreviewed": lambda: go.step_unreviewed(1),
            "previous_unreviewed": lambda: go.step_unreviewed(-1),
            "approve": go.approve,
            "approve_and_next": go.approve_and_next,
            "flag": lambda: state("flagged"),
            "mark_bad": lambda: state("bad"),
            "exclude": lambda: state("excluded"),
            "mark_new": lambda: state("new"),
            "fit": camera.fit,
            "actual_size": lambda: camera.zoom_to(1.0),
            "zoom_in": lambda: camera.zoom_to(camera.scale * _ZOOM_STEP),
            "zoom_out": lambda: camera.zoom_to(camera.scale / _ZOOM_STEP),
            "overlay": self._toggle_overlay,
            "outline": self._toggle_outline,
            "prediction_outline": lambda: view.set_prediction_outline(not view.prediction_outline),
            "auto_cuts": lambda: self._stretch(cuts="percentile", scope="frame"),
            "lock_cuts": lambda: self._stretch(scope="frame" if view.stretch.scope == "night" else "night"),
            "theme_dark": lambda: view.set_theme("dark"),
            "theme_light": lambda: view.set_theme("light"),
            "theme_red": lambda: view.set_theme("red"),
        }

    def hold_keys(self) -> dict[Qt.Key, HoldKey]:
        """The keys that tell a tap from a hold."""
        canvas = self._canvas
        return {
            Qt.Key.Key_B: HoldKey(lambda: self._take("brush"), self._end_tool),
            Qt.Key.Key_E: HoldKey(lambda: self._take("eraser"), self._end_tool),
            Qt.Key.Key_V: HoldKey(
                self._toggle_overlay, lambda held: self._toggle_overlay() if held else None
            ),
            Qt.Key.Key_O: HoldKey(
                self._toggle_outline, lambda held: self._toggle_outline() if held else None
            ),
            # Space also presses the button that has the focus: it is a hand only over or in the panes.
            Qt.Key.Key_Space: HoldKey(
                lambda: canvas.set_hand(True), lambda held: canvas.set_hand(False), self._is_on_canvas
            ),
        }

    def _take(self, tool: ToolName) -> None:
        self._tool_before = self._work.editor.brush.tool
        self._work.editor.brush.set_tool(tool)

    def _end_tool(self, held: bool) -> None:
        if held:
            self._work.editor.brush.set_tool(self._tool_before)

    def _toggle_overlay(self) -> None:
        self._work.view.set_overlay_visible(not self._work.view.overlay_visible)

    def _toggle_outline(self) -> None:
        view = self._work.view
        view.set_overlay_style("fill" if view.overlay_style == "outline" else "outline")

    def _stretch(self, **values: object) -> None:
        view = self._work.view
        view.set_stretch(build(StretchParams, {**view.stretch.model_dump(), **values}))

    def _is_on_canvas(self) -> bool:
        focus = QApplication.focusWidget()
        return self._canvas.underMouse() or (focus is not None and self._canvas.isAncestorOf(focus))

    def _copy_view(self) -> None:
        clipboard = QGuiApplication.clipboard()
        if clipboard is not None:
            clipboard.setPixmap(self._canvas.grab())
            self._work.notifier.info("The view is on the clipboard.")
