"""Cloud layers: fractal fields that drift with the wind and slowly change their shape.

A layer is built from periodic Gaussian fields whose power falls with spatial frequency as measured in
clouds (between k^-5/3 of the one-dimensional spectra, Davis et al. 1996, and steeper for smooth cirrus).
Two independent fields, mixed as ``A cos(phase) + B sin(phase)``, keep their statistics while they evolve.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy import fft

CloudKind = Literal["none", "cirrus", "cumulus", "overcast"]
KINDS: tuple[CloudKind, ...] = ("none", "cirrus", "cumulus", "overcast")
Image = NDArray[np.float32]

FIELD_SCALE = 2
"""Frame pixels per field pixel: clouds are smooth at the scale of one pixel (0.016 deg)."""

_SLOPE: dict[CloudKind, float] = {"none": 3.0, "cirrus": 3.8, "cumulus": 3.8, "overcast": 3.8}
_UNDULATION = 0.1
_BASE_KM: dict[CloudKind, tuple[float, float]] = {
    "none": (1.0, 1.0),
    "cirrus": (7.0, 10.0),
    "cumulus": (0.9, 2.2),
    "overcast": (0.6, 2.5),
}


def fractal_field(
    rng: np.random.Generator, size: int, *, slope: float, stretch: float = 1.0, angle_rad: float = 0.0
) -> Image:
    """Periodic Gaussian field of mean 0 and standard deviation 1, (size, size) float32.

    Parameters
    ----------
    slope : float
        Power falls as k**-slope in two dimensions.
    stretch : float
        How much longer than wide the structures are, along `angle_rad` from the rows' direction.
    """
    ky, kx = np.meshgrid(fft.fftfreq(size), fft.rfftfreq(size), indexing="ij")
    along = kx * np.cos(angle_rad) + ky * np.sin(angle_rad)
    across = -kx * np.sin(angle_rad) + ky * np.cos(angle_rad)
    k_squared = (along * stretch) ** 2 + across**2
    # The largest structures are half of the field, about a frame: one frame holds cloud and gap.
    amplitude = (k_squared + (2.0 / size) ** 2) ** (-slope / 4)
    amplitude[0, 0] = 0.0
    noise = fft.rfft2(rng.standard_normal((size, size), dtype=np.float32))
    field = fft.irfft2(noise * amplitude, s=(size, size))
    scaled: Image = (field / field.std()).astype(np.float32)
    return scaled


@dataclass(frozen=True, slots=True)
class CloudLayer:
    """One kind of cloud over one stretch of time.

    `drift_px_s` is (rows, columns) of the frame per second; `coverage` the wanted share of cloudy sky.
    """

    kind: CloudKind
    base_km: float
    coverage: float
    depth: float
    drift_px_s: tuple[float, float]
    evolution_s: float
    fields: tuple[Image, Image]
    cut: float

    def seen(self, time_s: float, shape: tuple[int, int]) -> tuple[Image, Image]:
        """What the camera sees at `time_s`.

        Returns
        -------
        emissivity : ndarray, (rows, columns) float32 in 0..1
        height_km : ndarray, (rows, columns) float32
            Height of the surface that radiates; it undulates by a tenth of the base height.
        """
        g, lumps = self._windows(time_s, shape)
        height_km = np.float32(self.base_km) * (1 + np.float32(_UNDULATION) * lumps)
        return self._emissivity(g, lumps), height_km

    def _emissivity(self, g: Image, lumps: Image) -> Image:
        if self.kind == "none":
            return np.zeros(g.shape, np.float32)
        if self.kind == "cirrus":
            depth = self.depth * np.exp(0.9 * g) * _smoothstep((g - self.cut) / 1.4)
        elif self.kind == "cumulus":
            # Thin at the rim, thick and lumpy inside.
            depth = self.depth * np.clip(g - self.cut, 0.0, None) ** 1.5 * np.exp(0.5 * lumps)
        else:
            depth = self.depth * np.exp(0.35 * g)
        emissivity: Image = -np.expm1(-depth.astype(np.float32))
        return emissivity

    def _windows(self, time_s: float, shape: tuple[int, int]) -> tuple[Image, Image]:
        """The part of the drifting, evolving field that the camera sees, and its quadrature.

        The quadrature is independent of the field at each moment and moves with it.
        """
        phase = 2 * np.pi * time_s / self.evolution_s
        rows = np.arange(-(-shape[0] // FIELD_SCALE) + 1) - self.drift_px_s[0] * time_s / FIELD_SCALE
        cols = np.arange(-(-shape[1] // FIELD_SCALE) + 1) - self.drift_px_s[1] * time_s / FIELD_SCALE
        a, b = (_sample(field, rows, cols) for field in self.fields)
        cos, sin = np.float32(np.cos(phase)), np.float32(np.sin(phase))
        field, quadrature = (
            _enlarge(w)[: shape[0], : shape[1]] for w in (cos * a + sin * b, cos * b - sin * a)
        )
        return field, quadrature


def make_layer(kind: CloudKind, rng: np.random.Generator, size: int) -> CloudLayer:
    """Draw a layer of a kind: height, coverage, thickness, wind and fields from `rng`.

    `size` is the side of the periodic field in field pixels; it should exceed the frame.
    """
    base_km = float(rng.uniform(*_BASE_KM[kind]))
    coverage = float(rng.uniform(0.2, 0.85))
    streaks = float(rng.uniform(2.0, 5.0)) if kind == "cirrus" else 1.0
    angle = float(rng.uniform(0.0, np.pi))
    # 5-20 m/s low and up to 40 m/s high, seen at the layer's height: 0.28 mrad a pixel.
    wind_m_s = float(rng.uniform(4.0, 12.0)) * (2.5 if kind == "cirrus" else 1.0)
    speed = wind_m_s / (base_km * 1000.0) / 0.283e-3
    heading = float(rng.uniform(0.0, 2 * np.pi))
    depth = {
        "none": 0.0,
        "cirrus": float(rng.uniform(0.15, 0.9)),
        "cumulus": float(np.exp(rng.uniform(np.log(0.6), np.log(8.0)))),
        "overcast": float(rng.uniform(1.5, 8.0)),
    }[kind]
    fields = tuple(
        fractal_field(rng, size, slope=_SLOPE[kind], stretch=streaks, angle_rad=angle) for _ in range(2)
    )
    cut = float(np.quantile(fields[0], 1.0 - coverage))
    return CloudLayer(
        kind=kind,
        base_km=base_km,
        coverage=coverage,
        depth=depth,
        drift_px_s=(speed * float(np.sin(heading)), speed * float(np.cos(heading))),
        evolution_s=float(rng.uniform(900.0, 2400.0)),
        fields=(fields[0], fields[1]),
        cut=cut,
    )


def _smoothstep(x: Image) -> Image:
    t = np.clip(x, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _sample(field: Image, rows: NDArray[Any], cols: NDArray[Any]) -> Image:
    """Bilinear values of a periodic field on a regular grid that is shifted by parts of a pixel."""
    r0, c0 = int(np.floor(rows[0])), int(np.floor(cols[0]))
    fr, fc = np.float32(rows[0] - r0), np.float32(cols[0] - c0)
    r = np.arange(r0, r0 + rows.size + 1) % field.shape[0]
    c = np.arange(c0, c0 + cols.size + 1) % field.shape[1]
    patch = field[np.ix_(r, c)]
    lines: Image = patch[:-1] * (np.float32(1) - fr) + patch[1:] * fr
    result: Image = lines[:, :-1] * (np.float32(1) - fc) + lines[:, 1:] * fc
    return result


def _enlarge(coarse: Image) -> Image:
    """Twice as many rows and columns by linear interpolation; the last row and column are dropped."""
    rows = np.empty((2 * coarse.shape[0] - 2, coarse.shape[1]), np.float32)
    rows[0::2] = coarse[:-1]
    rows[1::2] = 0.5 * (coarse[:-1] + coarse[1:])
    fine = np.empty((rows.shape[0], 2 * coarse.shape[1] - 2), np.float32)
    fine[:, 0::2] = rows[:, :-1]
    fine[:, 1::2] = 0.5 * (rows[:, :-1] + rows[:, 1:])
    return fine
