"""The one door: strokes, undo and redo of any sequence, abort, and what is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cirrus_core.errors import MaskError
from cirrus_core.masks.document import MaskDocument
from cirrus_core.masks.raster import Labels, paint_disk, paint_polygon, paint_segment

SHAPE = (18, 23)
values = st.sampled_from([0, 1, 2, 255])
points = st.tuples(st.floats(-6, 24), st.floats(-6, 29))


def document(labels: Labels | None = None) -> MaskDocument:
    return MaskDocument(np.zeros(SHAPE, np.uint8) if labels is None else labels, stem="f1", frame_sum="ab")


def stroke(doc: MaskDocument, row: float, col: float, radius: float = 2, value: int = 1) -> None:
    doc.begin_stroke("brush")
    doc.paint(lambda labels: paint_disk(labels, row, col, radius, value))
    doc.end_stroke()


class Editing(RuleBasedStateMachine):
    """Any sequence of edits against a plain list of full copies."""

    @initialize(seed=st.integers(0, 999))
    def start(self, seed: int) -> None:
        first = np.random.default_rng(seed).choice(np.array([0, 1, 255], np.uint8), SHAPE)
        self.doc = document(first)
        self.states = [first]
        self.position = 0
        self.saved: int | None = 0

    def _edited(self) -> None:
        """The model's step, only if something changed: an edit without effect is no step."""
        now = self.doc.labels.copy()
        if np.array_equal(now, self.states[self.position]):
            return
        if self.saved is not None and self.saved > self.position:
            self.saved = None
        self.states[self.position + 1 :] = [now]
        self.position += 1

    @rule(path=st.lists(points, min_size=1, max_size=4), radius=st.floats(0.5, 9), value=values)
    def brush(self, path: list[tuple[float, float]], radius: float, value: int) -> None:
        self.doc.begin_stroke("brush")
        for p0, p1 in zip([path[0], *path], path, strict=False):
            self.doc.paint(lambda labels, p0=p0, p1=p1: paint_segment(labels, p0, p1, radius, value))  # type: ignore[misc]
        self.doc.end_stroke()
        self._edited()

    @rule(corners=st.lists(points, min_size=3, max_size=6), value=values)
    def lasso(self, corners: list[tuple[float, float]], value: int) -> None:
        self.doc.begin_stroke("lasso")
        self.doc.paint(lambda labels: paint_polygon(labels, corners, value))
        self.doc.end_stroke()
        self._edited()

    @rule(row=st.floats(0, 17), col=st.floats(0, 22), radius=st.floats(1, 9))
    def aborted(self, row: float, col: float, radius: float) -> None:
        before = self.doc.labels.copy()
        self.doc.begin_stroke("brush")
        self.doc.paint(lambda labels: paint_disk(labels, row, col, radius, 2))
        box = self.doc.abort_stroke()
        np.testing.assert_array_equal(self.doc.labels, before)
        assert box is None or box.shape > (0, 0)

    @rule(seed=st.integers(0, 999))
    def replaced(self, seed: int) -> None:
        self.doc.replace(np.random.default_rng(seed).integers(0, 3, SHAPE, np.uint8), action="automatic mask")
        self._edited()

    @rule()
    def undo(self) -> None:
        box = self.doc.undo()
        assert (box is None) == (self.position == 0)
        self.position = max(self.position - 1, 0)

    @rule()
    def redo(self) -> None:
        box = self.doc.redo()
        assert (box is None) == (self.position == len(self.states) - 1)
        self.position = min(self.position + 1, len(self.states) - 1)

    @precondition(lambda self: self.doc.dirty)
    @rule()
    def save(self) -> None:
        self.doc.mark_saved()
        self.saved = self.position

    @invariant()
    def labels_are_those_of_the_model(self) -> None:
        if hasattr(self, "doc"):
            np.testing.assert_array_equal(self.doc.labels, self.states[self.position])
            assert self.doc.dirty == (self.position != self.saved)
            assert self.doc.can_undo == (self.position > 0)


TestEditing = Editing.TestCase
TestEditing.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_labels_can_only_be_read() -> None:
    doc = document()
    with pytest.raises(ValueError, match="read-only"):
        doc.labels[0, 0] = 1
    original = np.zeros(SHAPE, np.uint8)
    doc = document(original)
    original[:] = 9
    assert not doc.labels.any()


def test_painting_needs_an_open_stroke() -> None:
    doc = document()
    with pytest.raises(RuntimeError):
        doc.paint(lambda labels: paint_disk(labels, 3, 3, 2, 1))
    with pytest.raises(RuntimeError):
        doc.end_stroke()
    doc.begin_stroke("brush")
    with pytest.raises(RuntimeError):
        doc.begin_stroke("brush")
    with pytest.raises(RuntimeError):
        doc.replace(np.ones(SHAPE, np.uint8), action="x")
    assert doc.stroking and not doc.can_undo


def test_undo_is_exact_whatever_a_painter_reports() -> None:
    doc = document()
    doc.begin_stroke("fill")

    def careless(labels: Labels) -> None:
        labels[::2] = 1

    doc.paint(careless)
    assert doc.end_stroke() is not None
    assert doc.undo() is not None
    assert not doc.labels.any()


def test_failing_painter_can_be_taken_back() -> None:
    doc = document()
    doc.begin_stroke("brush")

    def breaks(labels: Labels) -> None:
        labels[3] = 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        doc.paint(breaks)
    doc.abort_stroke()
    assert not doc.labels.any() and not doc.dirty


def test_stroke_without_effect_is_no_step() -> None:
    doc = document()
    stroke(doc, 5, 5, value=0)
    assert not doc.can_undo and not doc.dirty
    assert doc.replace(doc.labels.copy(), action="same") is None


def test_undo_while_a_stroke_is_open_does_nothing() -> None:
    doc = document()
    stroke(doc, 5, 5)
    doc.begin_stroke("brush")
    assert doc.undo() is None and doc.redo() is None
    doc.abort_stroke()
    assert doc.undo() is not None


@pytest.mark.parametrize("wrong", [np.zeros((3, 3), np.uint8), np.zeros(SHAPE, np.int16)])
def test_labels_that_do_not_fit_are_refused_with_a_sentence(wrong: Labels) -> None:
    doc = document()
    with pytest.raises(MaskError, match="does not fit the frame f1"):
        doc.replace(wrong, action="automatic mask")
    with pytest.raises(MaskError):
        MaskDocument(np.zeros((2, 3, 4), np.uint8), stem="f1", frame_sum="ab")


def test_cloud_fraction_leaves_the_unsure_out() -> None:
    labels = np.zeros((10, 10), np.uint8)
    labels[:3] = 1
    labels[3:5] = 2
    labels[5:6] = 255
    assert document(labels).cloud_fraction() == pytest.approx(50 / 90)
    assert math.isnan(document(np.full((4, 4), 255, np.uint8)).cloud_fraction())
