"""Deltas and history: exact inverses, bounds, and what counts as saved."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cirrus_core.masks.delta import MaskDelta
from cirrus_core.masks.history import History
from cirrus_core.masks.raster import Box, Labels

labels_pair = st.tuples(*[arrays(np.uint8, (9, 12), elements=st.sampled_from([0, 1, 2, 255]))] * 2)


def one_pixel(value: int) -> MaskDelta:
    old = np.zeros((2, 2), np.uint8)
    new = old.copy()
    new[0, 0] = value
    delta = MaskDelta.between(old, new, None, f"step {value}")
    assert delta is not None
    return delta


@given(pair=labels_pair)
@settings(max_examples=100, deadline=None)
def test_delta_goes_there_and_back(pair: tuple[Labels, Labels]) -> None:
    old, new = pair
    delta = MaskDelta.between(old, new, None, "test")
    if delta is None:
        np.testing.assert_array_equal(old, new)
        return
    work = old.copy()
    assert delta.apply(work) == delta.box
    np.testing.assert_array_equal(work, new)
    delta.apply(work)
    np.testing.assert_array_equal(work, old)
    rows, columns = np.nonzero(old != new)
    assert delta.box == Box(rows.min(), columns.min(), rows.max() + 1, columns.max() + 1)


def test_delta_looks_only_inside_its_box() -> None:
    old = np.zeros((9, 9), np.uint8)
    new = old.copy()
    new[1, 1] = new[7, 7] = 1
    delta = MaskDelta.between(old, new, Box(0, 0, 4, 4), "test")
    assert delta is not None and delta.box == Box(1, 1, 2, 2)


def test_delta_refuses_another_shape() -> None:
    with pytest.raises(ValueError, match="cannot be applied"):
        one_pixel(1).apply(np.zeros((3, 3), np.uint8))


def test_undoing_back_to_the_saved_state_is_clean_again() -> None:
    history = History()
    assert not history.dirty and not history.can_undo and not history.can_redo
    history.push(one_pixel(1))
    history.mark_saved()
    history.push(one_pixel(2))
    assert history.dirty and (history.position, history.saved_position) == (2, 1)
    history.undo()
    assert not history.dirty
    history.undo()
    assert history.dirty
    history.redo()
    assert not history.dirty


def test_branching_away_after_an_undo_makes_the_saved_state_unreachable() -> None:
    history = History()
    history.push(one_pixel(1))
    history.mark_saved()
    history.undo()
    history.push(one_pixel(2))
    assert history.saved_position is None and history.dirty and not history.can_redo
    history.undo()
    assert history.dirty, "the first state is not the one that was saved"
    history.mark_saved()
    assert not history.dirty


def test_late_save_marks_the_state_it_wrote() -> None:
    """A background save ends after the user has undone that state and painted something else."""
    history = History()
    history.push(one_pixel(1))
    written = history.revision
    history.undo()
    history.push(one_pixel(2))
    assert history.position == 1
    history.mark_saved(written)
    assert history.dirty and history.saved_position is None


def test_late_save_of_an_earlier_state_is_found_by_undo() -> None:
    history = History()
    history.push(one_pixel(1))
    written = history.revision
    history.push(one_pixel(2))
    history.mark_saved(written)
    assert history.dirty
    history.undo()
    assert not history.dirty


def test_oldest_steps_are_forgotten_by_number() -> None:
    history = History(max_steps=3)
    for value in range(1, 6):
        history.push(one_pixel(value))
    assert history.position == 3
    assert [delta.action for _ in range(3) if (delta := history.undo())] == ["step 5", "step 4", "step 3"]
    assert history.undo() is None
    assert history.saved_position is None, "the state on disk was forgotten with its steps"


def test_saved_state_at_the_far_end_of_the_history_is_still_known() -> None:
    history = History(max_steps=2)
    history.push(one_pixel(1))
    history.mark_saved()
    history.push(one_pixel(2))
    history.push(one_pixel(3))
    assert history.saved_position == 0
    history.undo()
    history.undo()
    assert not history.dirty


def test_bytes_are_bounded_but_the_last_step_can_always_be_undone() -> None:
    rng = np.random.default_rng(0)
    zero = np.zeros((64, 64), np.uint8)
    history = History(max_bytes=5000)
    for _ in range(10):
        delta = MaskDelta.between(zero, rng.integers(0, 255, zero.shape, np.uint8), None, "noise")
        assert delta is not None
        history.push(delta)
        assert history.n_bytes <= 5000
    big = MaskDelta.between(np.zeros((99, 99), np.uint8), rng.integers(1, 9, (99, 99), np.uint8), None, "big")
    small = History(max_bytes=10)
    assert big is not None
    small.push(big)
    assert small.can_undo and small.undo() is big


def test_actions_are_named_for_the_menu() -> None:
    history = History()
    assert history.undo_action is None and history.redo_action is None
    history.push(one_pixel(1))
    history.push(one_pixel(2))
    history.undo()
    assert (history.undo_action, history.redo_action) == ("step 1", "step 2")
