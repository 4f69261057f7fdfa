"""A simulated night of long-wave infrared frames with exact truth.

``simulate_night`` writes, per frame, the raw frame, the cloud emissivity of every pixel, and the mask of the
pixels whose emissivity reaches the stated threshold; ``night.json`` says how each frame was made. Frame k
depends on the seed and on k alone, not on how many frames are made.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from cirrus_core.errors import FrameError
from cirrus_core.files import write_text_atomic
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.simulate.camera import FFC_INTERVAL_S, Camera, make_camera
from cirrus_core.simulate.sky import (
    EPISODE_FRAMES,
    Episode,
    SimulateSkyConfig,
    camera_temperatures,
    look,
    make_episode,
)
from cirrus_core.simulate.sky_files import FrameFacts, write_sky_frame

__all__ = ["EPISODE_FRAMES", "SimulateSkyConfig", "simulate_night"]

RECORD_NAME = "night.json"
_THREADS = min(4, os.cpu_count() or 1)


def simulate_night(config: SimulateSkyConfig, out: Path, context: TaskContext | None = None) -> Path:
    """Write a simulated night into the folder `out` and return it; an earlier one there is replaced.

    Raises
    ------
    UsageError
        If the start time is no date.
    FrameError
        If the folder cannot be written or the disk is full.
    Cancelled
        If the context says so; frames written so far are whole.
    """
    context = context or SilentContext()
    start = config.start_time
    camera = make_camera(config.rng("camera"), config.shape)
    try:
        _make_room(out)
        with ThreadPoolExecutor(_THREADS) as pool:
            jobs = (
                partial(_make_frame, config, camera, start, episode, index, out)
                for index, episode in _episodes(config)
            )
            rows = _run(jobs, pool, context, total=config.frames)
        # Written last: a folder with it is a whole night.
        text = json.dumps({"config": config.model_dump(), "frames": rows}, indent=1)
        write_text_atomic(out / RECORD_NAME, text)
    except OSError as error:
        raise FrameError(
            f"The simulated night cannot be written to {out}: {error.strerror or error}.",
            "Choose a folder that you may write to, on a disk with about 1 MB for each frame.",
        ) from error
    context.artifact("night", out)
    return out


def _make_room(out: Path) -> None:
    """Make the folder; take away an earlier simulated night, whose frames would mix with the new ones."""
    out.mkdir(parents=True, exist_ok=True)
    record = out / RECORD_NAME
    if record.is_file():
        record.unlink()
        for path in out.glob("sky_[0-9][0-9][0-9][0-9][0-9].*"):
            path.unlink()


def _run(
    jobs: Iterable[Callable[[], dict[str, Any]]],
    pool: ThreadPoolExecutor,
    context: TaskContext,
    *,
    total: int,
) -> list[dict[str, Any]]:
    """Do the jobs in threads, a few ahead of the one awaited; rows in the order of the jobs."""
    rows: list[dict[str, Any]] = []
    running: deque[Future[dict[str, Any]]] = deque()

    def finish_one() -> None:
        rows.append(running.popleft().result())
        context.progress(len(rows), total, rows[-1]["stem"])

    try:
        for job in jobs:
            context.check_cancelled()
            if context.stop_requested():
                break
            running.append(pool.submit(job))
            if len(running) > _THREADS:
                finish_one()
        while running:
            finish_one()
    finally:
        pool.shutdown(cancel_futures=True)
    return rows


def _episodes(config: SimulateSkyConfig) -> Iterator[tuple[int, Episode]]:
    """Each frame's index with its clouds; the fields of one episode are in memory at a time."""
    for first in range(0, config.frames, EPISODE_FRAMES):
        episode = make_episode(config, first // EPISODE_FRAMES)
        for index in range(first, min(first + EPISODE_FRAMES, config.frames)):
            yield index, episode


def _make_frame(
    config: SimulateSkyConfig, camera: Camera, start: datetime, episode: Episode, index: int, out: Path
) -> dict[str, Any]:
    """Write one frame with its truth; returns its row of ``night.json``."""
    time_s = index * config.interval_s
    ffc_number = int(time_s // FFC_INTERVAL_S)
    now = camera_temperatures(config, time_s)
    radiance, emissivity = look(config, episode, index)
    adu = camera.expose(
        radiance,
        now=now,
        at_ffc=camera_temperatures(config, ffc_number * FFC_INTERVAL_S),
        ffc_rng=config.rng("flat field", ffc_number),
        rng=config.rng("frame", index),
    )
    facts = FrameFacts(
        config=config,
        index=index,
        time=start + timedelta(seconds=time_s),
        ffc_time=start + timedelta(seconds=ffc_number * FFC_INTERVAL_S),
        temperatures=now,
        cloud_kind=episode.kind,
    )
    mask = write_sky_frame(out, adu, emissivity, facts)
    return {
        "stem": facts.stem,
        "time": facts.time.isoformat(),
        "kind": episode.kind,
        "cloud_fraction": round(float(mask.mean()), 6),
        "layers": [
            {
                "kind": layer.kind,
                "base_km": round(layer.base_km, 3),
                "wind_m_s": round(layer.wind_m_s, 3),
                "wind_to_deg": round(layer.wind_to_deg, 2),
                "drift_px_s": [round(v, 4) for v in layer.field.drift_px_s],
            }
            for layer in episode.layers
        ],
    }
