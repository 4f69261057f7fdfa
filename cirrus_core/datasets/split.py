"""Parting frames into training, validation and test so that no score is taken on what was learned.

Frames seconds apart are almost the same picture. Two rules keep them on one side: frames whose thumbnails
correlate above `NEAR_DUPLICATE` form one group, and groups are parted in blocks of time, never singly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NEAR_DUPLICATE = 0.95
"""Pearson correlation of two thumbnails above which frames count as the same scene.

Of the 168 published long-wave frames, which were drawn at random from several nights, 0.1 % of all pairs lie
above 0.98 and 1 % above 0.86 because of the common vignetting; 0.95 joins true neighbours only.
"""

SAME_SCENE_S = 2.0
"""Frames closer in time are one group whatever they look like (the published choice of frames)."""

THUMBNAIL = (32, 40)
"""(rows, columns) of the pictures that are compared."""


@dataclass(frozen=True, slots=True)
class Split:
    """Positions in the manifest, each list ascending; together every frame once."""

    train: tuple[int, ...]
    validation: tuple[int, ...]
    test: tuple[int, ...] = ()


def thumbnails(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Block means of (N, C, H, W) frames, (N, rows * columns), each with mean 0 and norm 1 (0 if flat)."""
    grey = np.nan_to_num(images.astype(np.float32, copy=False).mean(axis=1))
    rows = np.array_split(np.arange(grey.shape[1]), min(THUMBNAIL[0], grey.shape[1]))
    columns = np.array_split(np.arange(grey.shape[2]), min(THUMBNAIL[1], grey.shape[2]))
    small = np.add.reduceat(grey, [r[0] for r in rows], axis=1) / np.array([len(r) for r in rows])[:, None]
    small = np.add.reduceat(small, [c[0] for c in columns], axis=2) / np.array([len(c) for c in columns])
    flat = small.reshape(len(small), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(flat, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(flat, norm, out=np.zeros_like(flat), where=norm > 0)
    return unit.astype(np.float32)


def near_duplicate_groups(
    pictures: NDArray[np.float32],
    *,
    times: Sequence[datetime | None] | None = None,
    threshold: float = NEAR_DUPLICATE,
) -> NDArray[np.int64]:
    """Group number of each frame, (N,), numbered by first appearance.

    `pictures` are `thumbnails`; `times` may hold None for frames whose time is unknown.
    """
    n = len(pictures)
    first: list[NDArray[np.int64]] = []
    second: list[NDArray[np.int64]] = []
    for start in range(0, n, 512):  # blocks of rows keep the correlation matrix small
        rows, columns = np.nonzero(pictures[start : start + 512] @ pictures.T > threshold)
        first.append(rows + start)
        second.append(columns)
    pairs = _close_in_time(times) if times is not None else np.empty((0, 2), np.int64)
    i = np.concatenate([*first, pairs[:, 0], np.arange(n)])
    j = np.concatenate([*second, pairs[:, 1], np.arange(n)])
    _, labels = connected_components(coo_array((np.ones(len(i)), (i, j)), shape=(n, n)), directed=False)
    _, where = np.unique(labels, return_index=True)
    rank = np.empty(len(where), np.int64)
    rank[np.argsort(where)] = np.arange(len(where))
    groups: NDArray[np.int64] = rank[labels]
    return groups


def _close_in_time(times: Sequence[datetime | None]) -> NDArray[np.int64]:
    known = [(time, i) for i, time in enumerate(times) if time is not None]
    known.sort()
    pairs = [(a, b) for (ta, a), (tb, b) in pairwise(known) if (tb - ta).total_seconds() < SAME_SCENE_S]
    return np.array(pairs, np.int64).reshape(-1, 2)


def split_by_time(
    groups: NDArray[np.int64], *, validation: float = 0.2, test: float = 0.1, seed: int = 0
) -> Split:
    """Part frames, given in time order, into training, validation and test.

    The night is cut into blocks of consecutive groups (about 20 blocks, or one group each in a small set) and
    whole blocks are drawn at random, so that each part sees the beginning and the end of the night. With a
    validation share above 0 and at least two groups, validation holds at least one group; training always
    does.

    Parameters
    ----------
    groups : ndarray, (N,)
        From `near_duplicate_groups`, in time order.
    validation, test : float
        Wanted shares of the frames.
    seed : int
        Of the draw.
    """
    blocks = _time_blocks(groups, n_blocks=20)
    order = np.random.default_rng(seed).permutation(len(blocks))
    n = len(groups)
    parts: dict[str, list[int]] = {"validation": [], "test": [], "train": []}
    wanted = {"validation": validation * n, "test": test * n}
    for position, block in enumerate(order):
        frames = blocks[block]
        left = len(order) - position
        parts[_part_for(frames, parts, wanted, left)].extend(frames)
    train, validated, tested = (tuple(sorted(parts[p])) for p in ("train", "validation", "test"))
    return Split(train, validated, tested)


def _part_for(
    frames: list[int], parts: dict[str, list[int]], wanted: dict[str, float], blocks_left: int
) -> str:
    """The part that misses most and is not overfilled by more than half of the block."""
    if blocks_left == 1 and not parts["train"]:
        return "train"
    for name in ("validation", "test"):
        missing = wanted[name] - len(parts[name])
        must = name == "validation" and wanted[name] > 0 and not parts[name]
        if must or missing >= len(frames) / 2:
            return name
    return "train"


def _time_blocks(groups: NDArray[np.int64], *, n_blocks: int) -> list[list[int]]:
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(i)
    size = max(1, len(groups) // n_blocks)
    blocks: list[list[int]] = [[]]
    for frames in members.values():  # ordered by first appearance, that is by time
        if len(blocks[-1]) >= size:
            blocks.append([])
        blocks[-1].extend(frames)
    return [block for block in blocks if block]


def grouped_folds(groups: NDArray[np.int64], *, k: int, seed: int = 0) -> list[Split]:
    """`k` splits whose validation parts together hold every frame once; groups are never cut.

    Groups are drawn in random order, each into the fold that is smallest so far.
    """
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(i)
    drawn = np.random.default_rng(seed).permutation(sorted(members))
    folds: list[list[int]] = [[] for _ in range(k)]
    for group in sorted(drawn.tolist(), key=lambda g: -len(members[g])):
        min(folds, key=len).extend(members[group])
    everything = set(range(len(groups)))
    return [Split(tuple(sorted(everything - set(fold))), tuple(sorted(fold))) for fold in folds]
