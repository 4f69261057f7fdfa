"""States are told apart by shape alone."""

from __future__ import annotations

from itertools import combinations
from typing import get_args

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QApplication

from cirrus_core.project.states import FrameState
from cirrus_gui.theme import THEME_NAMES, ThemeName, colours
from cirrus_gui.widgets.state_mark import draw_state

SIZE = 24


def shape_of(state: FrameState, theme: ThemeName) -> NDArray[np.bool_]:
    """Where a mark has ink, whatever its colour."""
    image = QImage(SIZE, SIZE, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    draw_state(painter, QRectF(0, 0, SIZE, SIZE), state, colours(theme))
    painter.end()
    alpha = [[image.pixelColor(x, y).alpha() for x in range(SIZE)] for y in range(SIZE)]
    return np.array(alpha) > 127


@pytest.mark.parametrize("theme", THEME_NAMES)
def test_shapes_differ_without_colour(qapp: QApplication, theme: ThemeName) -> None:
    shapes = {state: shape_of(state, theme) for state in get_args(FrameState)}
    for shape in shapes.values():
        assert shape.sum() > 20
    for first, second in combinations(shapes, 2):
        union = (shapes[first] | shapes[second]).sum()
        assert (shapes[first] & shapes[second]).sum() / union < 0.7, f"{first} looks like {second}"
