"""A simulated night of long-wave infrared frames with exact truth.

``simulate_night`` writes, per frame, the raw frame, the cloud emissivity of every pixel, and the mask of the
pixels whose emissivity reaches the stated threshold; ``night.json`` says how each frame was made. Frame k
depends on the seed and on k alone, not on how many frames are made.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config, param
from cirrus_core.errors import UsageError
from cirrus_core.files import write_text_atomic
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.simulate.camera import FFC_INTERVAL_S, PIXEL_FOV_DEG, Camera, make_camera
from cirrus_core.simulate.clouds import KINDS, CloudKind, CloudLayer, make_layer
from cirrus_core.simulate.radiance import Image, clear_radiance, cloud_temperature, with_cloud
from cirrus_core.simulate.sky_files import FrameFacts, write_sky_frame

EPISODE_FRAMES = 12
"""A mixed night changes its kind of cloud every so many frames."""

_MIXED_SHARES: dict[CloudKind, float] = {"none": 0.15, "cirrus": 0.3, "cumulus": 0.4, "overcast": 0.15}


class SimulateSkyConfig(Config):
    """A simulated night."""

    frames: int = param(60, help="number of frames", low=1, high=100_000)
    seed: int = param(1, help="the same seed gives the same night", low=0)
    clouds: Literal["mixed", "none", "cirrus", "cumulus", "overcast"] = param(
        "mixed", help="kind of cloud; mixed nights change every 12 frames"
    )
    interval_s: float = param(5.0, help="time between frames", unit="s", low=0.1, high=3600.0)
    start: str = param("2023-01-23T22:00:00", help="UTC of the first frame, ISO")
    altitude_deg: float = param(55.0, help="altitude the camera points at", unit="deg", low=20.0, high=90.0)
    azimuth_deg: float = param(180.0, help="azimuth from north over east", unit="deg", low=0.0, high=360.0)
    latitude_deg: float = param(43.93, help="latitude of the site", unit="deg", low=-90.0, high=90.0)
    longitude_deg: float = param(
        5.71, help="longitude of the site, east positive", unit="deg", low=-180.0, high=180.0
    )
    ground_c: float = param(4.0, help="air temperature at the ground", unit="deg C", low=-40.0, high=45.0)
    precipitable_water_cm: float = param(
        0.8, help="water vapour above the site", unit="cm", low=0.05, high=6.0
    )
    cloud_emissivity: float = param(
        0.1, help="a pixel is cloudy from this emissivity on", low=0.005, high=0.95
    )
    rows: int = param(512, help="rows of a frame", unit="px", low=16, high=4096)
    columns: int = param(640, help="columns of a frame", unit="px", low=16, high=4096)


@dataclass(frozen=True, slots=True)
class _Sky:
    """What stays the same through the night."""

    config: SimulateSkyConfig
    camera: Camera
    clear: Image
    start: datetime


def simulate_night(config: SimulateSkyConfig, out: Path, context: TaskContext | None = None) -> Path:
    """Write a simulated night into the folder `out` and return it.

    Raises
    ------
    UsageError
        If the start time is no date.
    Cancelled
        If the context says so; frames written so far are whole.
    """
    context = context or SilentContext()
    sky = _prepare(config)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    layer: CloudLayer | None = None
    for index in range(config.frames):
        context.check_cancelled()
        if context.stop_requested():
            break
        if layer is None or index % EPISODE_FRAMES == 0:
            layer = _layer(config, index // EPISODE_FRAMES)
        adu, emissivity, facts = _frame(sky, layer, index)
        mask = write_sky_frame(out, adu, emissivity, facts)
        rows.append(_row(facts, layer, float(mask.mean())))
        context.progress(index + 1, config.frames, f"{facts.stem} {layer.kind}")
    text = json.dumps({"config": config.model_dump(), "frames": rows}, indent=1)
    write_text_atomic(out / "night.json", text)
    context.artifact("night", out)
    return out


def _prepare(config: SimulateSkyConfig) -> _Sky:
    try:
        start = datetime.fromisoformat(config.start)
    except ValueError as error:
        raise UsageError(f"'{config.start}' is no time.", "Write it as 2023-01-23T22:00:00.") from error
    start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
    shape = (config.rows, config.columns)
    zenith_angle = 90.0 - config.altitude_deg + _offsets_deg(shape)[0][:, np.newaxis]
    clear = clear_radiance(
        np.clip(zenith_angle, 0.0, 89.0), config.precipitable_water_cm, 273.15 + config.ground_c
    )
    return _Sky(
        config=config,
        camera=make_camera(_rng(config, "camera"), shape),
        clear=np.broadcast_to(clear.astype(np.float32), shape),
        start=start,
    )


def _offsets_deg(shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Angle of each row below, and each column right of, the centre; rows count downwards."""
    step = PIXEL_FOV_DEG * 512 / shape[0]
    return tuple((np.arange(n) - (n - 1) / 2) * step for n in shape)  # type: ignore[return-value]


def _rng(config: SimulateSkyConfig, part: str, index: int = 0) -> np.random.Generator:
    """An independent generator for each part of the simulation, whatever else is drawn."""
    return np.random.default_rng([config.seed, *part.encode(), index])


def _layer(config: SimulateSkyConfig, episode: int) -> CloudLayer:
    rng = _rng(config, "clouds", episode)
    kind: CloudKind
    if config.clouds == "mixed":
        kind = KINDS[int(rng.choice(len(KINDS), p=[_MIXED_SHARES[k] for k in KINDS]))]
    else:
        kind = config.clouds
    size = 1 << (max(config.rows, config.columns) - 1).bit_length()
    return make_layer(kind, rng, size)


def _frame(sky: _Sky, layer: CloudLayer, index: int) -> tuple[NDArray[np.int16], Image, FrameFacts]:
    config = sky.config
    time_s = index * config.interval_s
    emissivity, height_km = layer.seen(time_s, sky.camera.shape)
    ground_k = 273.15 + config.ground_c
    cloud_k = cloud_temperature(ground_k, height_km)
    radiance = with_cloud(sky.clear, emissivity, cloud_k, layer.base_km).astype(np.float32)
    rng = _rng(config, "frame", index)
    since_ffc = time_s % FFC_INTERVAL_S
    # The housing follows the falling night temperature and stays some degrees above it.
    housing_k = ground_k + 3.0 - 0.5 * time_s / 3600.0
    adu = sky.camera.expose(radiance, housing_k=housing_k, since_ffc_s=since_ffc, rng=rng)
    time = sky.start + timedelta(seconds=time_s)
    facts = FrameFacts(
        config_values=config.model_dump(),
        index=index,
        time=time,
        ffc_time=time - timedelta(seconds=since_ffc),
        housing_c=housing_k - 273.15,
        cloud_kind=layer.kind,
        emissivity_threshold=config.cloud_emissivity,
    )
    return adu, emissivity, facts


def _row(facts: FrameFacts, layer: CloudLayer, cloud_fraction: float) -> dict[str, Any]:
    return {
        "stem": facts.stem,
        "time": facts.time.isoformat(),
        "kind": layer.kind,
        "cloud_fraction": round(cloud_fraction, 6),
        "base_km": round(layer.base_km, 3),
        "drift_px_s": [round(v, 4) for v in layer.drift_px_s],
    }
