"""What the overlay paints on the screen, pixel by pixel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF
from PyQt6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from window_helpers import Hand

from cirrus_core.errors import FrameError
from cirrus_core.masks.labels import CLOUD, UNSURE
from cirrus_core.masks.raster import Box, outline
from cirrus_gui.canvas.overlay import OverlayLook, border, draw_labels
from cirrus_gui.main_window import MainWindow
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.theme import colours

LOOK = OverlayLook("fill", 0.5, colours("dark"), 1)


def grab(window: MainWindow, pane: str = "mask") -> QImage:
    return window.canvas.panes[pane].grab().toImage()  # type: ignore[index]


def colour_at(window: MainWindow, image: QImage, row: float, col: float) -> QColor:
    point = window.canvas.camera.transform().map(QPointF(col, row))
    ratio = image.devicePixelRatio()
    return image.pixelColor(int(point.x() * ratio), int(point.y() * ratio))


def is_orange(colour: QColor) -> bool:
    return colour.red() > colour.blue() + 40


def random_mask(seed: int) -> NDArray[np.bool_]:
    return np.random.default_rng(seed).random((30, 40)) < 0.7


@pytest.mark.parametrize("seed", range(3))
def test_border_of_width_one_is_the_outline_of_the_engine(seed: int) -> None:
    mask = random_mask(seed)
    np.testing.assert_array_equal(border(np.pad(mask, 1), 1), outline(mask))


def test_border_of_width_two_is_the_outline_and_that_of_the_rest() -> None:
    mask = np.zeros((20, 20), bool)
    mask[5:15, 4:16] = True
    found = border(np.pad(mask, 2), 2)
    inner = mask & ~outline(mask)
    np.testing.assert_array_equal(found, outline(mask) | outline(inner))


def test_hidden_draws_nothing_and_unsure_is_hatched() -> None:
    labels = np.full((26, 26), UNSURE, np.uint8)
    hatched = draw_labels(labels, LOOK, x0=0, y0=0)
    assert 0 < np.count_nonzero(hatched) < hatched.size
    hidden = OverlayLook("hidden", 0.5, colours("dark"), 1)
    assert not draw_labels(labels, hidden, x0=0, y0=0).any()


def test_a_part_is_drawn_as_the_same_part_of_the_whole() -> None:
    labels = np.where(np.pad(random_mask(5), 1), CLOUD, UNSURE).astype(np.uint8)
    whole = draw_labels(labels, LOOK, x0=0, y0=0)
    part = draw_labels(labels[8:22, 10:30], LOOK, x0=10, y0=8)
    np.testing.assert_array_equal(part, whole[8:20, 10:28])


def test_cloud_is_orange_where_it_was_painted_and_nowhere_else(
    window: MainWindow, work: Workspace, hand: Hand
) -> None:
    work.editor.brush.set_radius(6.0)
    hand.drag((30, 40), (30, 50))
    window.canvas.pointer.moved.emit(-100.0, -100.0)
    image = grab(window)
    assert is_orange(colour_at(window, image, 30, 45))
    assert not is_orange(colour_at(window, image, 50, 20))
    assert not is_orange(colour_at(window, grab(window, "frame"), 30, 45))


def test_hiding_and_outlining(window: MainWindow, work: Workspace) -> None:
    work.editor.fill(CLOUD, action="All cloud")
    assert is_orange(colour_at(window, grab(window), 30, 45))
    work.view.set_overlay_style("outline")
    assert not is_orange(colour_at(window, grab(window), 30, 45))
    work.view.set_overlay_visible(False)
    assert not is_orange(colour_at(window, grab(window), 30, 45))
    work.view.set_overlay_visible(True)
    assert work.view.overlay_style == "outline"


def test_a_preview_is_shown_in_place_of_the_mask(window: MainWindow, work: Workspace) -> None:
    preview = np.zeros((60, 80), np.uint8)
    preview[20:40, 30:50] = CLOUD
    work.editor.set_preview(preview)
    assert is_orange(colour_at(window, grab(window), 30, 40))
    work.editor.set_preview(None)
    assert not is_orange(colour_at(window, grab(window), 30, 40))


def test_only_the_changed_rectangle_is_repainted(window: MainWindow, work: Workspace, qtbot: QtBot) -> None:
    drawn: list[tuple[int, int]] = []
    original = window.canvas._mask._draw

    def watch(samples: NDArray[np.uint8], x0: int, y0: int, border_px: int) -> NDArray[np.uint32]:
        drawn.append(samples.shape)
        return original(samples, x0, y0, border_px)

    scale = window.canvas.camera.scale
    window.canvas._mask._draw = watch

    def drawn_alone() -> bool:
        # A repaint of the whole pane may still be on its way from the opening of the window.
        drawn.clear()
        work.editor.mask_changed.emit(Box(10, 10, 14, 16))
        qtbot.wait(30)
        return bool(drawn) and all(r < 10 * scale + 20 and c < 12 * scale + 20 for r, c in drawn)

    qtbot.waitUntil(drawn_alone, timeout=3000)


def test_a_frame_that_cannot_be_read_says_so_in_its_pane(
    window: MainWindow, work: Workspace, night: Path, qtbot: QtBot
) -> None:
    work.session.go_to(3)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=3000)
    work.loader.frame_failed.emit(3, FrameError("Cut off.", "Copy it again."))
    assert "Cut off." in window.canvas.panes["frame"]._note.text()
