"""Where on the sky a pixel lies, as far as the header knows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import erfa  # type: ignore[import-untyped]
import numpy as np
from astropy.io import fits

from cirrus_core.frames.io.header import Cards
from cirrus_core.frames.io.quiet import no_warnings
from cirrus_core.frames.io.times import time_of_cards

_LATITUDE_CARDS = ("LATOBS", "OBSLAT", "SITELAT", "LAT-OBS", "OBS-LAT", "GEOLAT")
_LONGITUDE_CARDS = ("LONGOBS", "OBSLONG", "SITELONG", "LONG-OBS", "OBS-LONG", "GEOLON")


@dataclass(frozen=True, slots=True)
class SkyPosition:
    """A direction in degrees: ICRS (or the header's own equatorial frame) and, where known, horizontal.

    `alt_deg` and `az_deg` (from north over east, without refraction) are None unless the header gives site
    and time.
    """

    ra_deg: float
    dec_deg: float
    alt_deg: float | None = None
    az_deg: float | None = None


class SkyMap:
    """The pixels of one frame on the sky; build it with `sky_map`."""

    def __init__(self, wcs: Any, site: tuple[float, float] | None, time: datetime | None) -> None:
        self._wcs = wcs
        self._site = site
        self._time = time

    def at(self, row: float, col: float) -> SkyPosition | None:
        """Direction of a pixel; None where the projection does not reach."""
        ra, dec = (float(v) for v in self._wcs.all_pix2world(col, row, 0))
        if not (math.isfinite(ra) and math.isfinite(dec)):
            return None
        if self._site is None or self._time is None:
            return SkyPosition(ra, dec)
        return SkyPosition(ra, dec, *_horizontal(ra, dec, self._site, self._time))


def sky_map(header: fits.Header) -> SkyMap | None:
    """Map of a frame, or None when its header has no usable celestial WCS."""
    if not any("RA--" in str(header.get(f"CTYPE{axis}", "")) for axis in (1, 2)):
        return None
    from astropy.wcs import WCS, WcsError  # here, as few frames need it

    with no_warnings():
        try:
            wcs = WCS(header, naxis=2)
        except (WcsError, ValueError, KeyError, TypeError, fits.VerifyError):
            return None
    if not wcs.has_celestial:
        return None
    cards: Cards = {key: header[key] for key in header if isinstance(header[key], str | int | float)}
    latitude, longitude = (_degrees(cards, keys) for keys in (_LATITUDE_CARDS, _LONGITUDE_CARDS))
    site = None if latitude is None or longitude is None else (latitude, longitude)
    time = time_of_cards(cards)
    return SkyMap(wcs, site, time[0] if time else None)


_latest: tuple[fits.Header, SkyMap | None] | None = None


def position_at(header: fits.Header, row: float, col: float) -> SkyPosition | None:
    """Direction of one pixel, or None where the header does not know it.

    The map of the last header is kept, so that following a cursor is cheap.

    Parameters
    ----------
    row, col : float
        Pixel centres at whole numbers.
    """
    global _latest
    if _latest is None or _latest[0] is not header:
        _latest = (header, sky_map(header))
    found = _latest[1]
    return None if found is None else found.at(row, col)


def _degrees(cards: Cards, keywords: tuple[str, ...]) -> float | None:
    for keyword in keywords:
        value = cards.get(keyword)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 360:
            return float(value)
    return None


def _horizontal(ra: float, dec: float, site: tuple[float, float], time: datetime) -> tuple[float, float]:
    """Altitude and azimuth by SOFA's atco13 without refraction; UT1 is taken as UTC (15 arcsec at most)."""
    latitude, longitude = np.radians(site)
    with no_warnings():  # 'dubious year' far from today
        day = erfa.dtf2d("UTC", time.year, time.month, time.day, time.hour, time.minute,
                         time.second + time.microsecond / 1e6)  # fmt: skip
        seen = erfa.atco13(np.radians(ra), np.radians(dec), 0.0, 0.0, 0.0, 0.0, *day, 0.0,
                           longitude, latitude, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.5)  # fmt: skip
    azimuth, zenith_distance = float(seen[0]), float(seen[1])
    return 90.0 - math.degrees(zenith_distance), math.degrees(azimuth) % 360.0
