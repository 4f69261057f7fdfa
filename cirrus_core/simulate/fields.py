"""Fractal Gaussian fields that drift and change their shape, made in Fourier space.

Each wave of the field keeps its strength, travels with the wind and turns its phase at a speed of its own,
small waves faster. So a field can be had for any time without the times before, its statistics never
change, and it is another field after some turn-over times. One complex transform gives two independent
fields.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from cirrus_core.simulate.radiance import Image

FIELD_SCALE = 2
"""Frame pixels per field pixel: clouds are smooth at the scale of one pixel (0.016 deg)."""

_DOMAIN = 3.2
"""Side of the periodic field in frame widths."""

_OUTER_SCALE = 1.6
"""Largest structures in frame widths: a frame may hold cloud, gap or both."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field looks like.

    Power falls as k**-`slope` in two dimensions; structures are `stretch` times longer than wide along
    `angle_rad` from the rows' direction; `squeeze` < 1 shortens them along the columns, as a layer is
    seen from below at a low altitude.
    """

    slope: float
    stretch: float = 1.0
    angle_rad: float = 0.0
    squeeze: float = 1.0


@dataclass(frozen=True, slots=True)
class MovingField:
    """A pair of independent fields of mean 0 and standard deviation 1 for every time.

    `waves` are the complex strengths, (n, n) complex64; `turning` their speeds in rad/s, (n, n) float32;
    `drift_px_s` (rows, columns) of the frame per second.
    """

    waves: NDArray[np.complex64]
    turning: Image
    drift_px_s: tuple[float, float]

    def at(self, time_s: float, shape: tuple[int, int]) -> tuple[Image, Image]:
        """Both fields at a time, each of the frame's shape (rows, columns), float32."""
        n = self.waves.shape[0]
        k = fft.fftfreq(n)
        carried = [np.exp(-2j * np.pi * k * v * time_s / FIELD_SCALE) for v in self.drift_px_s]
        phase = self.turning * np.float32(time_s)
        turned = np.empty_like(self.waves)
        np.cos(phase, out=turned.real)
        np.sin(phase, out=turned.imag)
        turned *= self.waves
        turned *= carried[0].astype(np.complex64)[:, np.newaxis]
        turned *= carried[1].astype(np.complex64)
        rows, columns = (-(-size // FIELD_SCALE) + 1 for size in shape)
        # Only the rows that the frame shows go through the second transform.
        lines = fft.ifft(turned, axis=0, overwrite_x=True)[:rows]
        both = fft.ifft(lines, axis=1, overwrite_x=True)[:, :columns] * np.float32(n * n)
        first, second = (_enlarge(part)[: shape[0], : shape[1]] for part in (both.real, both.imag))
        return first, second


def domain_px(shape: tuple[int, int]) -> int:
    """Side of the periodic field of a frame, in frame pixels."""
    return FIELD_SCALE * int(fft.next_fast_len(int(np.ceil(_DOMAIN / FIELD_SCALE * max(shape)))))


def moving_field(
    rng: np.random.Generator,
    frame: tuple[int, int],
    shape: Shape,
    *,
    drift_px_s: tuple[float, float] = (0.0, 0.0),
    turnover_s: float = np.inf,
) -> MovingField:
    """Draw a field for frames of (rows, columns).

    Parameters
    ----------
    turnover_s : float
        Time in which the largest waves become others; smaller ones are faster as k**(2/3), the turn-over
        of eddies in the inertial range.
    """
    n = domain_px(frame) // FIELD_SCALE
    per_width = max(frame) / FIELD_SCALE
    ky, kx = np.meshgrid(fft.fftfreq(n) * per_width, fft.fftfreq(n) * per_width, indexing="ij")
    ky *= shape.squeeze
    cos, sin = np.cos(shape.angle_rad), np.sin(shape.angle_rad)
    squared = ((kx * cos + ky * sin) * shape.stretch) ** 2 + (ky * cos - kx * sin) ** 2
    squared += _OUTER_SCALE**-2
    amplitude = squared ** (-shape.slope / 4)
    amplitude[0, 0] = 0.0
    amplitude /= np.sqrt((amplitude**2).sum())
    noise = rng.standard_normal((n, n, 2), dtype=np.float32).view(np.complex64)[..., 0]
    speed = _turning_speed(np.sqrt(squared) * _OUTER_SCALE, turnover_s, _round_trip_s(n, drift_px_s))
    turning = rng.standard_normal((n, n), dtype=np.float32) * speed.astype(np.float32)
    return MovingField(noise * amplitude.astype(np.float32), turning, drift_px_s)


def still_field(rng: np.random.Generator, frame: tuple[int, int], *, slope: float) -> Image:
    """One unmoving field for frames of (rows, columns), float32."""
    return moving_field(rng, frame, Shape(slope)).at(0.0, frame)[0]


def _round_trip_s(n: int, drift_px_s: tuple[float, float]) -> float:
    speed = float(np.hypot(*drift_px_s))
    return n * FIELD_SCALE / speed if speed > 0 else np.inf


def _turning_speed(k: NDArray[np.float64], turnover_s: float, round_trip_s: float) -> NDArray[np.float64]:
    # A cloud that comes round the periodic field must be another one: exp(-2.1**2 / 2) = 0.11 is left of it.
    return np.maximum(k ** (2 / 3) / turnover_s, 2.1 / round_trip_s)


def _enlarge(coarse: Image) -> Image:
    """Twice as many rows and columns by linear interpolation; the last row and column are dropped."""
    rows = np.empty((2 * coarse.shape[0] - 2, coarse.shape[1]), np.float32)
    rows[0::2] = coarse[:-1]
    rows[1::2] = np.float32(0.5) * (coarse[:-1] + coarse[1:])
    fine = np.empty((rows.shape[0], 2 * coarse.shape[1] - 2), np.float32)
    fine[:, 0::2] = rows[:, :-1]
    fine[:, 1::2] = np.float32(0.5) * (rows[:, :-1] + rows[:, 1:])
    return fine
