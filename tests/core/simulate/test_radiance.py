"""Radiances against integrals and limits computed independently."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants, integrate

from cirrus_core.simulate.radiance import (
    airmass,
    band_radiance,
    clear_radiance,
    cloud_temperature,
    planck,
    with_cloud,
)


def spectral(wavelength_m: float, temperature_k: float) -> float:
    """Planck's law written in wavenumber-free form with CODATA constants."""
    first = 2 * constants.h * constants.c**2 / wavelength_m**5
    return first / (np.exp(constants.h * constants.c / (wavelength_m * constants.k * temperature_k)) - 1)


@pytest.mark.parametrize("temperature_k", [200.0, 255.5, 300.0, 333.3])
def test_band_radiance_is_the_integral_of_plancks_law(temperature_k: float) -> None:
    expected, _ = integrate.quad(spectral, 8e-6, 14e-6, args=(temperature_k,))
    assert band_radiance(temperature_k) == pytest.approx(expected, rel=1e-4)


def test_planck_integrates_to_stefan_boltzmann() -> None:
    wavelengths = np.geomspace(1e-6, 2e-3, 20_000)
    total = np.trapezoid(planck(wavelengths, 288.0), wavelengths)
    assert np.pi * total == pytest.approx(constants.sigma * 288.0**4, rel=1e-3)


def test_airmass_has_its_published_values() -> None:
    # Kasten & Young (1989): 1 at the zenith, 2.0 near 60 degrees, about 38 at the horizon.
    assert airmass(0.0) == pytest.approx(1.0, abs=1e-3)
    assert airmass(60.0) == pytest.approx(1.994, abs=2e-3)
    assert airmass(90.0) == pytest.approx(37.9, abs=0.3)


def test_clear_sky_brightens_towards_the_horizon_and_with_water() -> None:
    angles = np.linspace(0.0, 85.0, 50)
    dry, wet = clear_radiance(angles, 0.3, 280.0), clear_radiance(angles, 3.0, 280.0)
    assert (np.diff(dry) > 0).all()
    assert (wet > dry).all()
    assert (wet < band_radiance(280.0)).all(), "no sky is brighter than a blackbody at its temperature"


@given(st.floats(0.1, 25.0), st.floats(0.0, 1.0), st.floats(210.0, 285.0), st.floats(0.3, 12.0))
def test_a_cloud_lies_between_clear_sky_and_blackbody(
    clear: float, emissivity: float, cloud_k: float, base_km: float
) -> None:
    seen = with_cloud(clear, emissivity, cloud_k, base_km)
    black = band_radiance(cloud_k)
    assert min(clear, black) - 1e-9 <= seen <= max(clear, black) + 1e-9


def test_a_black_cloud_is_a_blackbody_and_no_cloud_is_clear_sky() -> None:
    assert with_cloud(5.0, 1.0, 270.0, 2.0) == pytest.approx(band_radiance(270.0))
    assert with_cloud(5.0, 0.0, 270.0, 2.0) == pytest.approx(5.0)


def test_cloud_temperature_follows_the_lapse_rates() -> None:
    assert cloud_temperature(280.0, 1.0) == pytest.approx(270.2)
    assert cloud_temperature(280.0, 1.5) - cloud_temperature(280.0, 8.5) == pytest.approx(6.5 * 7)
