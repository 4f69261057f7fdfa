"""How bright the sky is between 8 and 14 micrometres: blackbodies, clear air, clouds.

Formulas and sources
--------------------
- Planck's law, CODATA constants (`scipy.constants`), integrated over a flat 8-14 um passband.
- Clear air: an effective grey layer. Its zenith optical depth in the window grows with precipitable water
  w (cm) as ``0.07 + 0.055 w`` (ozone, CO2 wings and aerosol; then the water continuum), within the range of
  the window transmissions of Berk et al. (MODTRAN) for mid-latitude winter and summer; it lengthens with
  the airmass of Kasten & Young (1989).
- Cloud: emissivity ``1 - exp(-tau)`` of an absorbing layer without scattering (Liou 2002, ch. 4); its
  temperature falls from the ground by 9.8 K/km up to a cumulus base and by 6.5 K/km (standard
  atmosphere) beyond.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.constants import c, h, k

BAND_M = (8e-6, 14e-6)
Image = NDArray[np.float32]

_TABLE_K = np.arange(150.0, 351.0, 0.5)
_WATER_SCALE_HEIGHT_KM = 2.0


def planck(wavelength_m: NDArray[np.float64], temperature_k: float) -> NDArray[np.float64]:
    """Spectral radiance of a blackbody in W m-2 sr-1 m-1."""
    x = h * c / (wavelength_m * k * temperature_k)
    radiance: NDArray[np.float64] = 2 * h * c**2 / wavelength_m**5 / np.expm1(x)
    return radiance


@lru_cache(maxsize=1)
def _band_table() -> NDArray[np.float64]:
    wavelengths = np.linspace(*BAND_M, 301)
    return np.array([np.trapezoid(planck(wavelengths, t), wavelengths) for t in _TABLE_K])


def band_radiance(temperature_k: Any) -> Any:
    """Blackbody radiance between 8 and 14 um in W m-2 sr-1, for 150 to 350 K (scalar or array)."""
    return np.interp(temperature_k, _TABLE_K, _band_table())


def airmass(zenith_angle_deg: Any) -> Any:
    """Relative airmass of Kasten & Young (1989), 1 at the zenith, finite at the horizon."""
    z = np.asarray(zenith_angle_deg, dtype=np.float64)
    return 1.0 / (np.cos(np.radians(z)) + 0.50572 * (96.07995 - z) ** -1.6364)


def clear_optical_depth(precipitable_water_cm: float) -> float:
    """Zenith optical depth of cloudless air between 8 and 14 um."""
    return 0.07 + 0.055 * precipitable_water_cm


def clear_radiance(zenith_angle_deg: Any, water_cm: float, air_k: float) -> Any:
    """Radiance of cloudless air in W m-2 sr-1; rises with the zenith angle.

    The air that emits lies around the scale height of water vapour, 8 K colder than the ground.
    """
    depth = clear_optical_depth(water_cm) * airmass(zenith_angle_deg)
    return -np.expm1(-depth) * band_radiance(air_k - 8.0)


def with_cloud(clear: Any, emissivity: Any, cloud_k: Any, base_km: float) -> Any:
    """Radiance of the sky when a cloud layer stands before it.

    The share of the clear radiance that arises below the base reaches the camera unchanged; what arises
    above is dimmed by the cloud. The air below the base absorbs little in the window and is left out for
    the cloud's own light.
    """
    below = clear * -np.expm1(-base_km / _WATER_SCALE_HEIGHT_KM)
    return below + (clear - below) * (1.0 - emissivity) + emissivity * (band_radiance(cloud_k) - below)


def cloud_temperature(ground_k: float, height_km: Any) -> Any:
    """Temperature in K at a height: dry adiabatic to 1.5 km, the standard lapse rate beyond."""
    return ground_k - 9.8 * np.minimum(height_km, 1.5) - 6.5 * np.maximum(height_km - 1.5, 0.0)
