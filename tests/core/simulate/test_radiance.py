"""Radiances against integrals, published values and limits computed independently."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import constants, integrate

from cirrus_core.simulate.radiance import (
    SeenLayer,
    airmass,
    band_radiance,
    blackbody_fraction,
    clear_transmission,
    cloud_temperature,
    sky_radiance,
    vapour_pressure_hpa,
    zenith_emissivity,
)


def spectral(wavelength_m: float, temperature_k: float) -> float:
    """Planck's law with CODATA constants."""
    first = 2 * constants.h * constants.c**2 / wavelength_m**5
    return first / (np.exp(constants.h * constants.c / (wavelength_m * constants.k * temperature_k)) - 1)


@pytest.mark.parametrize("temperature_k", [200.0, 255.5, 300.0, 333.3])
def test_band_radiance_is_the_integral_of_plancks_law(temperature_k: float) -> None:
    expected, _ = integrate.quad(spectral, 8e-6, 14e-6, args=(temperature_k,))
    assert band_radiance(temperature_k) == pytest.approx(expected, rel=1e-4)


def test_the_blackbody_fraction_has_its_tabulated_values_and_the_stefan_boltzmann_limit() -> None:
    # Tables of F(0 -> lambda T), e.g. Incropera & DeWitt: 2898 um K 0.2501, 6000 um K 0.7378.
    assert blackbody_fraction(2898e-6, 1.0) == pytest.approx(0.2501, abs=2e-4)
    assert blackbody_fraction(6000e-6, 1.0) == pytest.approx(0.7378, abs=2e-4)
    assert blackbody_fraction(1.0, 300.0) == pytest.approx(1.0, abs=1e-4)


def test_airmass_has_its_published_values() -> None:
    # Kasten & Young (1989): 1 at the zenith, 2.0 near 60 degrees, about 38 at the horizon.
    assert airmass(0.0) == pytest.approx(1.0, abs=1e-3)
    assert airmass(60.0) == pytest.approx(1.994, abs=2e-3)
    assert airmass(90.0) == pytest.approx(37.9, abs=0.3)


def test_cold_air_holds_no_more_water_than_saturation() -> None:
    assert vapour_pressure_hpa(6.0, 273.15) == pytest.approx(6.11, abs=0.02)
    assert vapour_pressure_hpa(6.0, 293.15) == pytest.approx(23.39, rel=0.005)
    # Prata's 46.5 e / T: 2 cm above air of 288 K.
    assert vapour_pressure_hpa(2.0, 288.0) == pytest.approx(12.39, abs=0.01)


def test_dry_air_has_the_emissivity_that_idso_measured() -> None:
    assert zenith_emissivity(0.0, 280.0) == pytest.approx(0.24)
    assert zenith_emissivity(2.0, 288.0) == pytest.approx(0.393, abs=0.002)
    for air_k in (233.0, 273.0, 303.0, 318.0):
        assert 0.24 <= zenith_emissivity(6.0, air_k) < 1.0


def test_clear_sky_brightens_towards_the_horizon_and_with_water() -> None:
    angles = np.linspace(0.0, 85.0, 50)
    dry, wet = (sky_radiance(clear_transmission(angles, w, 280.0), 280.0) for w in (0.3, 1.5))
    assert (np.diff(dry) > 0).all()
    assert (wet > dry).all()
    assert (wet < band_radiance(280.0)).all(), "no sky is brighter than a blackbody at its temperature"


@given(st.floats(0.05, 0.95), st.lists(st.floats(0.0, 1.0), max_size=3), st.floats(240.0, 300.0))
def test_clouds_as_warm_as_opaque_air_make_a_blackbody(
    transmission: float, emissivities: list[float], air_k: float
) -> None:
    """Kirchhoff: everything at one temperature shines as one blackbody, once nothing shows cold space."""
    heights = [9.0, 4.0, 1.0][: len(emissivities)]
    layers = [SeenLayer(e, air_k, h) for e, h in zip(emissivities, heights, strict=True)]
    through = transmission * np.prod([1.0 - e for e in emissivities])
    seen = sky_radiance(transmission, air_k, layers)
    assert seen == pytest.approx((1.0 - through) * band_radiance(air_k), rel=1e-9)


def test_a_black_cloud_through_transparent_air_is_a_blackbody_at_its_temperature() -> None:
    high, low = SeenLayer(1.0, 230.0, 8.0), SeenLayer(1.0, 270.0, 1.0)
    assert sky_radiance(1.0, 280.0, [high]) == pytest.approx(float(band_radiance(230.0)))
    assert sky_radiance(1.0, 280.0, [high, low]) == pytest.approx(float(band_radiance(270.0)))
    assert sky_radiance(1.0, 280.0) == 0.0


def test_air_below_a_cloud_dims_it_and_adds_its_own_light() -> None:
    share_below = 1.0 - np.exp(-4.0 / 2.0)
    below = 0.7**share_below
    expected = below * band_radiance(250.0) + (1.0 - below) * band_radiance(280.0)
    assert sky_radiance(0.7, 280.0, [SeenLayer(1.0, 250.0, 4.0)]) == pytest.approx(expected)


def test_no_cloud_is_clear_sky_whatever_its_height() -> None:
    clear = sky_radiance(0.7, 280.0)
    for height in (0.5, 3.0, 10.0):
        assert sky_radiance(0.7, 280.0, [SeenLayer(0.0, 250.0, height)]) == pytest.approx(clear)


def test_cloud_temperature_follows_the_lapse_rates() -> None:
    assert cloud_temperature(280.0, 1.0) == pytest.approx(270.2)
    assert cloud_temperature(280.0, 1.5) - cloud_temperature(280.0, 8.5) == pytest.approx(6.5 * 7)
