"""Cloud layers: what each kind of cloud makes of a fractal field, and how the wind carries it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import ndtri

from cirrus_core.simulate.fields import MovingField, Shape, moving_field
from cirrus_core.simulate.radiance import Image

CloudKind = Literal["none", "cirrus", "cumulus", "overcast"]
KINDS: tuple[CloudKind, ...] = ("none", "cirrus", "cumulus", "overcast")

_BASE_KM: dict[CloudKind, tuple[float, float]] = {
    "cirrus": (7.0, 10.5),
    "cumulus": (0.7, 2.5),
    "overcast": (0.8, 6.0),
}
_COVERAGE: dict[CloudKind, tuple[float, float]] = {
    "cirrus": (0.35, 0.9),
    "cumulus": (0.2, 0.85),
    "overcast": (1.0, 1.0),
}
_DEPTH: dict[CloudKind, tuple[float, float]] = {
    "cirrus": (0.15, 0.9),
    "cumulus": (0.4, 3.0),
    "overcast": (1.2, 8.0),
}
_CONTRAST: dict[CloudKind, tuple[float, float]] = {
    "cirrus": (0.3, 0.7),
    "cumulus": (0.4, 1.1),
    "overcast": (0.25, 0.7),
}
_SLOPE: dict[CloudKind, tuple[float, float]] = {
    "cirrus": (3.3, 3.9),
    "cumulus": (3.4, 4.1),
    "overcast": (3.4, 4.1),
}
_UNDULATION_KM: dict[CloudKind, float] = {"cirrus": 0.15, "cumulus": 0.35, "overcast": 0.15}
"""How much the height of the surface that radiates varies (standard deviation); cumulus shows its sides."""

_WIND_SHEAR_PER_KM = 0.3
_TURNOVER_S_AT_1_KM = 300.0


@dataclass(frozen=True, slots=True)
class View:
    """How a camera sees a layer: where it points, and the angle of one pixel."""

    altitude_deg: float
    azimuth_deg: float
    pixel_rad: float

    def pixel_m(self, height_km: float) -> float:
        """Size of a pixel on a layer, across the line of sight."""
        return 1000.0 * height_km / float(np.sin(np.radians(self.altitude_deg))) * self.pixel_rad

    def drift_px_s(self, height_km: float, wind_m_s: float, wind_to_deg: float) -> tuple[float, float]:
        """Rows (downwards) and columns (rightwards, growing azimuth) per second that a wind carries a layer.

        `wind_to_deg` is the azimuth that the wind blows to. A layer that moves away sinks towards the
        horizon, foreshortened by the sine of the altitude.
        """
        turn = np.radians(wind_to_deg - self.azimuth_deg)
        pixels = wind_m_s / self.pixel_m(height_km)
        sine = np.sin(np.radians(self.altitude_deg))
        return float(pixels * sine * np.cos(turn)), float(pixels * np.sin(turn))


@dataclass(frozen=True, slots=True)
class CloudLayer:
    """One kind of cloud over one stretch of time.

    `coverage` is the mean share of sky with any cloud, `depth` the optical depth of its thick parts,
    `contrast` how much that varies from place to place.
    """

    kind: CloudKind
    base_km: float
    coverage: float
    depth: float
    contrast: float
    wind_m_s: float
    wind_to_deg: float
    field: MovingField

    def seen(self, time_s: float, shape: tuple[int, int], *, amount: float = 1.0) -> tuple[Image, Image]:
        """What the camera sees at `time_s`.

        Parameters
        ----------
        amount : float, 0..1
            How far the layer has formed: below 1 the clouds cover less, at 0 nothing.

        Returns
        -------
        emissivity : ndarray, (rows, columns) float32 in 0..1
        height_km : ndarray, (rows, columns) float32
            Height of the surface that radiates.
        """
        g, lumps = self.field.at(time_s, shape)
        height_km = np.float32(self.base_km) + np.float32(_UNDULATION_KM[self.kind]) * lumps
        depth = self._optical_depth(g, lumps, _formed(self.coverage, amount))
        return -np.expm1(-depth), height_km

    def _optical_depth(self, g: Image, lumps: Image, coverage: float) -> Image:
        depth, contrast = np.float32(self.depth), np.float32(self.contrast)
        # How far inside the cloud: below 0 there is none.
        inside = np.clip(g - np.float32(ndtri(1.0 - coverage)), np.float32(0), None)
        thickness: Image
        if self.kind == "cirrus":
            thickness = _smoothstep(inside / np.float32(1.4)) * np.exp(contrast * lumps)
        elif self.kind == "cumulus":
            # Thin at the rim, thick and lumpy inside.
            thickness = inside ** np.float32(1.5) * np.exp(contrast * lumps)
        else:
            thickness = _smoothstep(inside) * np.exp(contrast * g)
        return depth * thickness


def make_layer(kind: CloudKind, rng: np.random.Generator, shape: tuple[int, int], view: View) -> CloudLayer:
    """Draw a layer of a kind other than "none": height, coverage, thickness, wind and shape."""
    low_base, high_base = _BASE_KM[kind]
    base_km = float(np.exp(rng.uniform(np.log(low_base), np.log(high_base))))
    low_depth, high_depth = _DEPTH[kind]
    # Winds of 3 to 11 m/s near the ground, some three times as fast at the height of cirrus.
    wind_m_s = float(rng.uniform(3.0, 11.0)) * (1.0 + _WIND_SHEAR_PER_KM * base_km)
    wind_to_deg = float(rng.uniform(0.0, 360.0))
    look = Shape(
        slope=float(rng.uniform(*_SLOPE[kind])),
        stretch=float(rng.uniform(2.0, 6.0)) if kind == "cirrus" else float(rng.uniform(1.0, 1.6)),
        angle_rad=float(rng.uniform(0.0, np.pi)),
        squeeze=float(np.sin(np.radians(view.altitude_deg))),
    )
    frame_km = view.pixel_m(base_km) * max(shape) / 1000.0
    return CloudLayer(
        kind=kind,
        base_km=base_km,
        coverage=float(rng.uniform(*_COVERAGE[kind])),
        depth=float(np.exp(rng.uniform(np.log(low_depth), np.log(high_depth)))),
        contrast=float(rng.uniform(*_CONTRAST[kind])),
        wind_m_s=wind_m_s,
        wind_to_deg=wind_to_deg,
        field=moving_field(
            rng,
            shape,
            look,
            drift_px_s=view.drift_px_s(base_km, wind_m_s, wind_to_deg),
            turnover_s=_TURNOVER_S_AT_1_KM * frame_km ** (2 / 3),
        ),
    )


def _formed(coverage: float, amount: float) -> float:
    # Kept off 0 and 1, where the quantile of the normal distribution is infinite.
    return float(np.clip(coverage * amount, 1e-9, 1.0 - 1e-9))


def _smoothstep(x: Image) -> Image:
    t = np.clip(x, np.float32(0), np.float32(1))
    return t * t * (np.float32(3) - np.float32(2) * t)
