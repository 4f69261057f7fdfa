"""The read-out tells the data under the cursor, and nothing that is not known."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from pytestqt.qtbot import QtBot

from cirrus_core.frames.sky_position import SkyPosition
from cirrus_core.masks.labels import CLOUD, UNSURE
from cirrus_gui.widgets.status_read_out import StatusReadOut, position_text, read_pixel

DATA = np.arange(12, dtype=np.int16).reshape(3, 4) + 7000


def test_only_what_is_known_is_shown(qtbot: QtBot) -> None:
    read_out = StatusReadOut()
    qtbot.addWidget(read_out)
    read_out.show_reading(read_pixel(1, 2, data=DATA))
    assert read_out.text == "row 1  col 2  ADU 7006"
    labels = np.full((3, 4), UNSURE, np.uint8)
    labels[1, 2] = CLOUD
    probability = np.full((3, 4), 0.876, np.float32)
    read_out.show_reading(read_pixel(1, 2, data=DATA, labels=labels, probability=probability))
    assert read_out.text == "row 1  col 2  ADU 7006  p 0.88  cloud"
    read_out.show_reading(read_pixel(0, 0, data=DATA, labels=labels))
    assert read_out.text.endswith("unsure")
    read_out.show_reading(None)
    assert read_out.text == ""


def test_outside_and_blank_pixels() -> None:
    assert read_pixel(3, 0, data=DATA) is None
    assert read_pixel(0, -1, data=DATA) is None
    blank = read_pixel(0, 0, data=np.full((2, 2), np.nan, np.float32))
    assert blank is not None and blank.value is None


def test_float_values_keep_their_digits(qtbot: QtBot) -> None:
    read_out = StatusReadOut()
    qtbot.addWidget(read_out)
    read_out.show_reading(read_pixel(0, 0, data=np.full((1, 1), 0.430125, np.float64)))
    assert "ADU 0.430125" in read_out.text


def test_nothing_moves_when_figures_come_and_go(qtbot: QtBot) -> None:
    read_out = StatusReadOut()
    qtbot.addWidget(read_out)
    read_out.show()
    width = read_out.sizeHint().width()
    for reading in (read_pixel(0, 0, data=DATA), None, read_pixel(2, 3, data=DATA)):
        read_out.show_reading(reading)
        assert read_out.sizeHint().width() == width


def test_sky_position_agrees_with_astropy() -> None:
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = ["RA---TAN", "DEC--TAN"]
    wcs.wcs.crval, wcs.wcs.crpix, wcs.wcs.cdelt = [83.82, -5.39], [2.0, 2.0], [-0.1, 0.1]
    reading = read_pixel(1, 1, data=DATA, header=wcs.to_header())
    assert reading is not None
    sky = wcs.pixel_to_world(1, 1)
    ra = sky.ra.to_string(unit="hour", precision=0, pad=True)
    dec = sky.dec.to_string(unit="deg", precision=0, pad=True, alwayssign=True)
    plain = reading.position.replace("°", "d").replace("′", "m").replace("″", "s")
    assert plain == f"RA {ra} Dec {dec}"
    no_wcs = read_pixel(1, 1, data=DATA, header=fits.Header())
    assert no_wcs is not None and no_wcs.position == ""


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (SkyPosition(0.0, 0.0, 45.125, 7.5), "alt  45.12° az   7.50°"),
        (SkyPosition(359.9999, -0.5), "RA 00h00m00s Dec -00°30′00″"),
    ],
)
def test_position_in_words(place: SkyPosition, text: str) -> None:
    assert position_text(place) == text
