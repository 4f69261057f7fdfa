"""The files of a simulated frame: the raw frame as the camera writes it, emissivity and mask."""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import erfa  # type: ignore[import-untyped]
import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core.files import write_atomic
from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.masks.labels import CLEAR, CLOUD, Provenance
from cirrus_core.masks.store import mask_name, write_mask
from cirrus_core.simulate.camera import Temperatures
from cirrus_core.simulate.radiance import Image
from cirrus_core.simulate.sky import SimulateSkyConfig, air_temperature_k

EMISSIVITY_STEP = 1.0 / 20000.0
"""Emissivity is stored in whole steps of this size: at most half a step beside the exact value."""


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """What the header of a simulated frame says."""

    config: SimulateSkyConfig
    index: int
    time: datetime
    ffc_time: datetime
    temperatures: Temperatures
    cloud_kind: str

    @property
    def stem(self) -> str:
        return f"sky_{self.index + 1:05d}"


def write_sky_frame(
    out: Path, adu: NDArray[np.int16], emissivity: Image, facts: FrameFacts
) -> NDArray[np.uint8]:
    """Write ``<stem>.fits``, ``<stem>.emis.fits.gz`` and ``<stem>.mask.fits.gz``; return the mask.

    The mask is taken from the emissivity as it is stored, so that both files agree exactly.
    """
    header = _header(facts, adu.shape)
    steps = np.rint(emissivity / np.float32(EMISSIVITY_STEP)).astype(np.int16)
    # Compared in whole steps: a reader's rounding must not move pixels across the threshold.
    threshold = round(facts.config.cloud_emissivity / EMISSIVITY_STEP)
    mask = np.where(steps >= threshold, np.uint8(CLOUD), np.uint8(CLEAR))
    write_atomic(out / f"{facts.stem}.fits", lambda s: s.write(_plain_fits(adu, header)))
    _write_emissivity(out / f"{facts.stem}.emis.fits.gz", steps, facts)
    provenance = Provenance(
        source="simulation",
        method=f"emissivity>={facts.config.cloud_emissivity:g}",
        editor="",
        date=facts.time,
        frame_sum=pixel_checksum(adu),
    )
    write_mask(out / mask_name(facts.stem), mask, header=header, provenance=provenance)
    return mask


def _plain_fits(data: NDArray[np.int16], header: fits.Header) -> bytes:
    buffer = io.BytesIO()
    hdu = fits.PrimaryHDU(data)
    # Not at construction: astropy drops BSCALE of a header that comes with whole numbers.
    hdu.header.update(header)
    hdu.writeto(buffer)
    return buffer.getvalue()


def _write_emissivity(path: Path, steps: NDArray[np.int16], facts: FrameFacts) -> None:
    header = fits.Header()
    header["EXTNAME"] = "EMISS"
    header["BSCALE"] = (EMISSIVITY_STEP, "emissivity = BSCALE * value")
    header["BZERO"] = 0.0
    header["CLDKIND"] = (facts.cloud_kind, "kind of cloud")
    header["CLDEMIS"] = (facts.config.cloud_emissivity, "cloudy from this emissivity on")
    packed = gzip.compress(_plain_fits(steps, header), 1, mtime=0)
    write_atomic(path, lambda stream: stream.write(packed))


def _header(facts: FrameFacts, shape: tuple[int, ...]) -> fits.Header:
    """Cards as in the real frames, and where the camera looked."""
    config, temperatures = facts.config, facts.temperatures
    air_c = round(air_temperature_k(config, facts.index * config.interval_s) - 273.15, 2)
    housing_c = round(temperatures.housing_k - 273.15, 2)
    header = fits.Header()
    for keyword, value, comment in (
        ("CAMERA", "FLIR TAU2 (simulated)", ""),
        ("FILTER", "None", ""),
        ("FOCAL", 60, "[mm]"),
        ("APERTURE", 1.25, "f-number"),
        ("PXSIZE", round(config.pixel_um, 4), "[um]"),
        ("IMTYPE", "IR", ""),
        ("BUNIT", "adu", ""),
        ("LATOBS", config.latitude_deg, "[deg]"),
        ("LONGOBS", config.longitude_deg, "[deg] east positive"),
        ("DATE-OBS", _iso(facts.time), "UTC"),
        ("SHU-TEMP", housing_c, "[deg C] plate of the flat-field event"),
        ("FPA-TEMP", round(temperatures.detector_k - 273.15, 2), "[deg C]"),
        ("IN-TEMP", round(housing_c + 3.0, 2), "[deg C]"),
        ("BB-TEMP", housing_c, "[deg C]"),
        ("AMB-TEMP", air_c, "[deg C]"),
        ("FFC-TIME", _iso(facts.ffc_time), "UTC of the last flat-field event"),
        ("STACKED", 1, "frames added"),
        ("GAIN", "high", ""),
        ("TLINEAR", "disabled", ""),
        ("CENTALT", config.altitude_deg, "[deg] altitude of the centre"),
        ("CENTAZ", config.azimuth_deg, "[deg] azimuth of the centre"),
        ("SIMSEED", config.seed, "seed of the simulated night"),
    ):
        header[keyword] = (value, comment)
    header.update(_wcs_cards(facts, shape))
    return header


def _iso(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(timespec="microseconds")


def _wcs_cards(facts: FrameFacts, shape: tuple[int, ...]) -> dict[str, Any]:
    """TAN projection of a camera that stands still, its rows horizontal, the zenith up (row 0)."""
    config = facts.config
    step = float(np.degrees(config.pixel_rad))
    altitude = min(config.altitude_deg, 89.9)
    ra, dec = _equatorial(altitude, config.azimuth_deg, facts)
    ra_up, dec_up = _equatorial(altitude + 0.05, config.azimuth_deg, facts)
    # Position angle of 'up', from north over east.
    east = np.radians(ra_up - ra) * np.cos(np.radians(dec_up))
    north = np.sin(np.radians(dec_up - dec))
    angle = np.arctan2(np.sin(east), north)
    # A step down a row goes away from the zenith; azimuth grows to the right when looking at the sky,
    # which is west on a picture with north up.
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    return {
        "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CUNIT1": "deg", "CUNIT2": "deg",
        "CRVAL1": ra % 360.0, "CRVAL2": dec,
        "CRPIX1": (shape[1] + 1) / 2, "CRPIX2": (shape[0] + 1) / 2,
        "CD1_1": -step * cos, "CD1_2": -step * sin,
        "CD2_1": step * sin, "CD2_2": -step * cos,
        "RADESYS": "ICRS",
    }  # fmt: skip


def _equatorial(altitude_deg: float, azimuth_deg: float, facts: FrameFacts) -> tuple[float, float]:
    """ICRS direction in degrees of a horizontal one, by SOFA's atoc13 without refraction."""
    t, config = facts.time, facts.config
    day = erfa.dtf2d("UTC", t.year, t.month, t.day, t.hour, t.minute, t.second + t.microsecond / 1e6)
    ra, dec = erfa.atoc13(
        "A", np.radians(azimuth_deg), np.radians(90.0 - altitude_deg), *day, 0.0,
        np.radians(config.longitude_deg), np.radians(config.latitude_deg),
        0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5,
    )  # fmt: skip
    return float(np.degrees(ra)), float(np.degrees(dec))
