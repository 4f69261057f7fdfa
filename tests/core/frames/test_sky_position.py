"""Directions against astropy's WCS and AltAz, and silence where the header knows nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from astropy import units
from astropy.coordinates import AltAz, EarthLocation, SkyCoord
from astropy.io import fits
from astropy.time import Time
from astropy.utils import iers
from astropy.wcs import WCS

from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.sky_position import position_at

SKY = {
    "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 85.0, "CRVAL2": 30.0,
    "CRPIX1": 320.5, "CRPIX2": 256.5,
    "CD1_1": -0.01, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 0.01,
}  # fmt: skip


def test_right_ascension_and_declination_are_those_of_astropy() -> None:
    header = fits.Header(SKY)
    found = position_at(header, 100, 30)
    assert found is not None and found.alt_deg is None
    assert (found.ra_deg, found.dec_deg) == pytest.approx(
        [float(v) for v in WCS(header).all_pix2world(30, 100, 0)]
    )
    centre = position_at(header, 256 - 0.5, 320 - 0.5)
    assert centre is not None and (centre.ra_deg, centre.dec_deg) == pytest.approx((85.0, 30.0))


def test_altitude_and_azimuth_follow_from_site_and_time() -> None:
    header = fits.Header({**SKY, "LATOBS": 43.6, "LONGOBS": 3.8, "DATE-OBS": "2023-01-23T22:26:21.34"})
    found = position_at(header, 255.5, 319.5)
    with iers.conf.set_temp("auto_download", False), iers.conf.set_temp("iers_degraded_accuracy", "ignore"):
        place = EarthLocation(lat=43.6 * units.deg, lon=3.8 * units.deg)
        frame = AltAz(obstime=Time("2023-01-23T22:26:21.34"), location=place)
        expected = SkyCoord(85.0, 30.0, unit="deg").transform_to(frame)
    assert found is not None
    assert found.alt_deg == pytest.approx(expected.alt.deg, abs=0.005)
    assert found.az_deg == pytest.approx(expected.az.deg, abs=0.01)


@pytest.mark.parametrize(
    "cards",
    [
        {},
        {"CTYPE1": "", "CTYPE2": ""},
        {"CTYPE1": "PIXEL", "CTYPE2": "PIXEL"},
        {"CTYPE1": "LAMBDA", "CTYPE2": "ANGLE", "CRVAL1": 1.0},
        {"CTYPE1": "RA---TAN"},
        {**SKY, "CD1_1": 0.0, "CD2_2": 0.0},
    ],
)
def test_what_is_not_known_is_not_said(cards: dict[str, str | float]) -> None:
    assert position_at(fits.Header(cards), 10, 10) is None


def test_pixels_outside_the_projection_have_no_direction() -> None:
    header = fits.Header({**SKY, "CTYPE1": "RA---SIN", "CTYPE2": "DEC--SIN", "CD1_1": -0.5, "CD2_2": 0.5})
    assert position_at(header, 255, 319) is not None
    assert position_at(header, 0, 0) is None


def test_another_header_is_another_sky() -> None:
    first, second = fits.Header(SKY), fits.Header({**SKY, "CRVAL1": 10.0})
    for header, expected in ((first, 85.0), (second, 10.0), (first, 85.0)):
        found = position_at(header, 255.5, 319.5)
        assert found is not None and found.ra_deg == pytest.approx(expected)


@pytest.mark.real
def test_real_headers(shared_data: Path) -> None:
    m13 = read_frame(shared_data / "fits_edge" / "m13_rice.fits")
    found = position_at(m13.header, 149.5, 149.5)
    assert found is not None and (found.ra_deg, found.dec_deg) == pytest.approx((250.4226, 36.4602), abs=1e-3)
    for name in (
        "tau2_raw/cloud_sky_sample.fits",
        "fits_edge/o4sp040b0_raw.fits",
        "fits_edge/fixed-1890.fits",
    ):
        assert position_at(read_frame(shared_data / name).header, 5, 5) is None
