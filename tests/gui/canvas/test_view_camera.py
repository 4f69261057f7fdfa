"""Zoom and pan: one camera, checked by its geometry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PyQt6.QtCore import QPointF, QSizeF

from cirrus_gui.canvas.camera import MAX_SCALE, Camera


def camera(shape: tuple[int, int] = (512, 640), view: tuple[float, float] = (300.0, 700.0)) -> Camera:
    made = Camera()
    made.set_view(QSizeF(*view))
    made.set_shape(shape)
    return made


def test_fit_shows_the_whole_frame_in_the_middle() -> None:
    fitted = camera()
    left = fitted.transform().map(QPointF(-0.5, -0.5))
    right = fitted.transform().map(QPointF(639.5, 511.5))
    assert (left.x(), right.x()) == pytest.approx((0.0, 300.0))
    assert left.y() + right.y() == pytest.approx(700.0)


@given(
    x=st.floats(0, 300),
    y=st.floats(0, 700),
    factors=st.lists(st.floats(0.3, 4.0), min_size=1, max_size=8),
)
def test_zooming_keeps_the_pixel_under_the_pointer(x: float, y: float, factors: list[float]) -> None:
    zoomed = camera()
    row, col = zoomed.to_frame(QPointF(x, y))
    inside = -0.5 <= row <= 511.5 and -0.5 <= col <= 639.5
    for factor in factors:
        zoomed.zoom_at(row, col, factor)
        assert zoomed.scale <= MAX_SCALE
    if inside and zoomed.scale >= 300 / 640:
        at = zoomed.transform().map(QPointF(col, row))
        assert (at.x(), at.y()) == pytest.approx((x, y), abs=1.0)


@given(rows=st.floats(-1e4, 1e4), cols=st.floats(-1e4, 1e4))
def test_the_frame_cannot_be_lost_from_view(rows: float, cols: float) -> None:
    panned = camera()
    panned.zoom_to(3.0)
    panned.pan_by(rows, cols)
    row, col = panned.to_frame(QPointF(150, 350))
    assert -1e-6 <= row <= 511 + 1e-6 and -1e-6 <= col <= 639 + 1e-6


def test_a_fitted_frame_stays_fitted_when_the_pane_grows_and_a_zoomed_one_does_not() -> None:
    resized = camera()
    resized.set_view(QSizeF(600, 700))
    assert resized.scale == pytest.approx(600 / 640)
    resized.zoom_to(2.0)
    resized.set_view(QSizeF(300, 700))
    assert resized.scale == 2.0


def test_frames_of_one_size_keep_the_place_and_others_are_fitted() -> None:
    walked = camera()
    walked.zoom_at(100, 100, 5.0)
    before = walked.transform()
    walked.set_shape((512, 640))
    assert walked.transform() == before
    walked.set_shape((128, 160))
    assert walked.fitted
