"""The cache keeps what is near the frame on screen, within its bytes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from cirrus_core.frames.cache import FrameCache
from cirrus_core.frames.frame import Frame, FrameRef

FRAME_BYTES = 8 * 8 * 2


def frame(index: int) -> Frame:
    ref = FrameRef(Path("a.fits"), 0, datetime.now(UTC), "DATE-OBS", (8, 8), 1, 0, 0, index)
    return Frame(ref, np.full((8, 8), index, np.int16), fits.Header())


def test_what_was_put_is_got() -> None:
    cache = FrameCache(10 * FRAME_BYTES)
    assert cache.put(frame(3))
    assert cache.contains(3) and not cache.contains(4)
    kept = cache.get(3)
    assert kept is not None and kept.data[0, 0] == 3 and cache.get(4) is None
    cache.clear()
    assert len(cache) == 0 and cache.n_bytes == 0


def test_playing_a_night_larger_than_the_cache_keeps_the_window_ahead() -> None:
    cache = FrameCache(6 * FRAME_BYTES)
    for index in range(50):
        cache.move_to(index)
        for ahead in range(index, index + 4):
            if not cache.contains(ahead):
                assert cache.put(frame(ahead))
        assert all(cache.contains(near) for near in range(index, index + 4))
    assert len(cache) == 6


def test_after_turning_round_frames_behind_are_worth_more() -> None:
    cache = FrameCache(3 * FRAME_BYTES)
    cache.move_to(10)
    cache.move_to(9)
    for index in (7, 8, 9, 10, 11):
        cache.put(frame(index))
    assert [i for i in range(20) if cache.contains(i)] == [7, 8, 9]


def test_a_frame_too_far_off_is_not_kept() -> None:
    cache = FrameCache(2 * FRAME_BYTES)
    cache.put(frame(0))
    cache.put(frame(1))
    assert not cache.put(frame(9)) and len(cache) == 2


def test_a_frame_larger_than_the_cache_is_not_kept() -> None:
    cache = FrameCache(FRAME_BYTES - 1)
    assert not cache.put(frame(0)) and cache.n_bytes == 0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60), st.integers(0, 8))
def test_bytes_are_bounded_and_counted(steps: list[tuple[bool, int]], capacity: int) -> None:
    cache = FrameCache(capacity * FRAME_BYTES)
    for move, index in steps:
        if move:
            cache.move_to(index)
        else:
            cache.put(frame(index))
        assert cache.n_bytes == len(cache) * FRAME_BYTES <= cache.max_bytes
