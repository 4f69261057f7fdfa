"""The sky over a night: its episodes of cloud, its air, and what a frame sees of them at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config, param
from cirrus_core.errors import UsageError
from cirrus_core.simulate.camera import COLUMNS, FOCAL_MM, PIXEL_UM, Temperatures
from cirrus_core.simulate.clouds import CloudKind, CloudLayer, View, make_layer
from cirrus_core.simulate.radiance import (
    Image,
    SeenLayer,
    clear_transmission,
    cloud_temperature,
    sky_radiance,
)

EPISODE_FRAMES = 12
"""The clouds are others every so many frames."""

_MIXED: tuple[tuple[CloudKind, ...], ...] = (
    ("cumulus",),
    ("none",),
    ("cirrus",),
    ("overcast",),
    ("cirrus", "cumulus"),
)
"""What a mixed night consists of; each of these comes once in every five episodes."""

_FORMING = (0.3, 0.7)
"""Share of the clouds in the first (and last) frames of an episode of a mixed night."""


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
    columns: int = param(
        640, help="columns of a frame; fewer are larger pixels", unit="px", low=16, high=4096
    )

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of a frame."""
        return self.rows, self.columns

    @property
    def pixel_um(self) -> float:
        """Size of a pixel on the detector."""
        return PIXEL_UM * COLUMNS / self.columns

    @property
    def pixel_rad(self) -> float:
        """Angle of a pixel on the sky."""
        return self.pixel_um / (FOCAL_MM * 1000.0)

    @property
    def start_time(self) -> datetime:
        """The start as aware UTC; raises `UsageError` where it is no time."""
        try:
            time = datetime.fromisoformat(self.start)
        except ValueError as error:
            raise UsageError(f"'{self.start}' is no time.", "Write it as 2023-01-23T22:00:00.") from error
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)

    def rng(self, part: str, index: int = 0) -> np.random.Generator:
        """An independent generator for each part of the simulation, whatever else is drawn."""
        return np.random.default_rng([self.seed, *part.encode(), index])


@dataclass(frozen=True, slots=True)
class Episode:
    """The cloud layers of some frames, from the highest to the lowest; none under a clear sky."""

    layers: tuple[CloudLayer, ...]

    @property
    def kind(self) -> str:
        """Kinds of cloud joined by a plus sign, or "none"."""
        return "+".join(layer.kind for layer in self.layers) or "none"


def make_episode(config: SimulateSkyConfig, number: int) -> Episode:
    """Draw the clouds of frames ``number * EPISODE_FRAMES`` and on."""
    if config.clouds == "mixed":
        deck = config.rng("kinds", number // len(_MIXED)).permutation(len(_MIXED))
        kinds = _MIXED[int(deck[number % len(_MIXED)])]
    else:
        kinds = (config.clouds,)
    view = View(config.altitude_deg, config.azimuth_deg, config.pixel_rad)
    rng = config.rng("clouds", number)
    return Episode(tuple(make_layer(kind, rng, config.shape, view) for kind in kinds if kind != "none"))


def look(config: SimulateSkyConfig, episode: Episode, index: int) -> tuple[Image, Image]:
    """The sky of frame `index`.

    Returns
    -------
    radiance : ndarray, (rows, columns) float32
        W m-2 sr-1 between 8 and 14 um.
    emissivity : ndarray, (rows, columns) float32 in 0..1
        Of all clouds along the line of sight.
    """
    step = index % EPISODE_FRAMES
    amount = _amount(step) if config.clouds == "mixed" else 1.0
    air_k = air_temperature_k(config, index * config.interval_s)
    holes = np.ones(config.shape, np.float32)
    seen = []
    for layer in episode.layers:
        emissivity, height_km = layer.seen(step * config.interval_s, config.shape, amount=amount)
        seen.append(SeenLayer(emissivity, cloud_temperature(air_k, height_km), layer.base_km))
        holes *= 1 - emissivity
    transmission = clear_transmission(_zenith_angles_deg(config), config.precipitable_water_cm, air_k)
    radiance = sky_radiance(transmission, air_k, seen)
    return np.broadcast_to(radiance, config.shape).astype(np.float32), 1 - holes


def air_temperature_k(config: SimulateSkyConfig, time_s: float) -> float:
    """Air temperature at the ground, which falls by up to 3 K in the course of a night."""
    return 273.15 + config.ground_c - 3.0 * float(-np.expm1(-time_s / 3600.0 / 6.0))


def camera_temperatures(config: SimulateSkyConfig, time_s: float) -> Temperatures:
    """Housing and detector stay some degrees above the air and swing slowly about that."""
    phase = float(config.rng("camera temperature").uniform(0.0, 2 * np.pi))
    swing = float(np.sin(2 * np.pi * time_s / 1500.0 + phase))
    air_k = air_temperature_k(config, time_s)
    return Temperatures(housing_k=air_k + 0.5 + 0.2 * swing, detector_k=air_k + 1.0 + 0.4 * swing)


def _amount(step: int) -> float:
    to_the_end = min(step, EPISODE_FRAMES - 1 - step)
    return _FORMING[to_the_end] if to_the_end < len(_FORMING) else 1.0


def _zenith_angles_deg(config: SimulateSkyConfig) -> NDArray[np.float64]:
    """Zenith angle of each row, (rows, 1); along a row it changes by less than a tenth of a degree."""
    below = (np.arange(config.rows) - (config.rows - 1) / 2) * np.degrees(config.pixel_rad)
    angles: NDArray[np.float64] = np.clip(np.abs(90.0 - config.altitude_deg + below), 0.0, 89.0)
    return angles[:, np.newaxis]
