"""How bright the sky is between 8 and 14 micrometres: blackbodies, clear air, clouds.

Formulas and sources
--------------------
- Planck's law, CODATA constants (`scipy.constants`), over a flat 8-14 um passband, as the closed series of
  the blackbody fraction (e.g. Siegel & Howell, Thermal Radiation Heat Transfer).
- Clear air at the zenith: Idso (1981, Water Resources Research 17, 295), measured in this very band:
  emissivity 0.24 + 2.98e-8 e^2 exp(3000 / T), vapour pressure e in hPa and temperature T in K at the ground.
- e from the precipitable water w in mm: e = w T / 465, Prata (1996, Q. J. R. Meteorol. Soc. 122, 1127),
  but never more than the air can hold (Magnus formula, Alduchov & Eskridge 1996).
- Away from the zenith the transmission is that of the airmass of Kasten & Young (1989, Applied Optics
  28, 4735): t(z) = t(0)**X(z), the law of a grey gas.
- A cloud is an absorbing layer without scattering, 1 - exp(-tau) (Liou 2002, ch. 4); the air is split at its
  base, water vapour falling off with a scale height of 2 km.
- Clouds cool with height by 9.8 K/km up to 1.5 km (dry adiabat below a cumulus base) and by 6.5 K/km
  beyond (standard atmosphere).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.constants import c, h, k, sigma

BAND_M = (8e-6, 14e-6)
Image = NDArray[np.float32]

_TABLE_K = np.arange(150.0, 351.0, 0.5)
_WATER_SCALE_HEIGHT_KM = 2.0
_WETTEST = 0.9


@dataclass(frozen=True, slots=True)
class SeenLayer:
    """A cloud layer in front of the camera: emissivity and temperature of each pixel, height of its base."""

    emissivity: Any
    temperature_k: Any
    base_km: float


def blackbody_fraction(wavelength_m: float, temperature_k: Any) -> Any:
    """Share of a blackbody's radiance that lies below a wavelength."""
    x = h * c / (wavelength_m * k * np.asarray(temperature_k, dtype=np.float64))
    total = np.zeros_like(x)
    for n in range(1, 31):
        nx = n * x
        total += np.exp(-nx) * (nx**3 + 3 * nx**2 + 6 * nx + 6) / n**4
    return 15.0 / np.pi**4 * total


@lru_cache(maxsize=1)
def _band_table() -> NDArray[np.float64]:
    below = [blackbody_fraction(edge, _TABLE_K) for edge in BAND_M]
    table: NDArray[np.float64] = (below[1] - below[0]) * sigma * _TABLE_K**4 / np.pi
    return table


def band_radiance(temperature_k: Any) -> Any:
    """Blackbody radiance between 8 and 14 um in W m-2 sr-1, for 150 to 350 K (scalar or array)."""
    return np.interp(temperature_k, _TABLE_K, _band_table())


def airmass(zenith_angle_deg: Any) -> Any:
    """Relative airmass of Kasten & Young (1989), 1 at the zenith, finite at the horizon."""
    z = np.asarray(zenith_angle_deg, dtype=np.float64)
    return 1.0 / (np.cos(np.radians(z)) + 0.50572 * (96.07995 - z) ** -1.6364)


def vapour_pressure_hpa(water_cm: float, air_k: float) -> float:
    """Vapour pressure at the ground below a column of precipitable water, at most saturation."""
    air_c = air_k - 273.15
    saturation = 6.1094 * np.exp(17.625 * air_c / (air_c + 243.04))
    return float(min(water_cm * air_k / 46.5, saturation))


def zenith_emissivity(water_cm: float, air_k: float) -> float:
    """Emissivity of cloudless air at the zenith between 8 and 14 um (Idso 1981).

    The formula was fitted up to about 30 hPa; for the wettest tropical air, where it would pass 1, it is held
    at 0.9.
    """
    pressure = vapour_pressure_hpa(water_cm, air_k)
    return float(min(0.24 + 2.98e-8 * pressure**2 * np.exp(3000.0 / air_k), _WETTEST))


def clear_transmission(zenith_angle_deg: Any, water_cm: float, air_k: float) -> Any:
    """Transmission of cloudless air along the line of sight."""
    return (1.0 - zenith_emissivity(water_cm, air_k)) ** airmass(zenith_angle_deg)


def sky_radiance(transmission: Any, air_k: float, layers: Sequence[SeenLayer] = ()) -> Any:
    """Radiance of air and clouds at the ground, in W m-2 sr-1.

    All air shines like a blackbody at the ground's temperature times its emissivity; so is Idso's
    emissivity defined.

    Parameters
    ----------
    transmission : float or ndarray
        Of the whole cloudless air along the line of sight.
    layers : sequence of SeenLayer
        From the highest to the lowest; each hides what shines above it and is dimmed by the air below.
    """
    air = band_radiance(air_k)
    shares = [float(np.exp(-layer.base_km / _WATER_SCALE_HEIGHT_KM)) for layer in layers] + [1.0]
    radiance = (1.0 - transmission ** shares[0]) * air
    for i, layer in enumerate(layers):
        radiance = radiance + layer.emissivity * (band_radiance(layer.temperature_k) - radiance)
        below = transmission ** (shares[i + 1] - shares[i])
        radiance = radiance * below + (1.0 - below) * air
    return radiance


def cloud_temperature(ground_k: float, height_km: Any) -> Any:
    """Temperature in K at a height: dry adiabatic to 1.5 km, the standard lapse rate beyond."""
    return ground_k - 9.8 * np.minimum(height_km, 1.5) - 6.5 * np.maximum(height_km - 1.5, 0.0)
