"""When a frame was taken, from every kind of header that was met."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from cirrus_core.frames.io.read import probe
from cirrus_core.frames.io.times import frame_time, time_of_name

MTIME = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
MTIME_NS = int(MTIME.timestamp()) * 1_000_000_000 + 999


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("cards", "expected", "source"),
    [
        ({"DATE-OBS": "2023-01-24T20:18:53.809658"}, "2023-01-24T20:18:53.809658", "DATE-OBS"),
        ({"DATE-OBS": "2023-01-24T20:18"}, "2023-01-24T20:18:00", "DATE-OBS"),
        ({"DATE-OBS": "2023-01-24 20:18:53Z"}, "2023-01-24T20:18:53", "DATE-OBS"),
        ({"DATE-OBS": "2023-01-24T20:18:53+02:00"}, "2023-01-24T18:18:53", "DATE-OBS"),
        ({"DATE-OBS": "2016-12-31T23:59:60.5"}, "2017-01-01T00:00:00.500000", "DATE-OBS"),
        ({"DATE-OBS": "2018-08-17", "TIME-OBS": "00:52:21"}, "2018-08-17T00:52:21", "DATE-OBS"),
        ({"DATE-OBS": "19/05/94", "TIME-OBS": "15:41:16"}, "1994-05-19T15:41:16", "DATE-OBS"),
        ({"DATE-BEG": "2020-01-02T03:04:05", "MJD-OBS": 59000.0}, "2020-01-02T03:04:05", "DATE-BEG"),
        ({"DATE-OBS": "2020-01-02", "MJD-OBS": 58850.25}, "2020-01-02T06:00:00", "MJD-OBS"),
        ({"MJD-OBS": 51544.5}, "2000-01-01T12:00:00", "MJD-OBS"),
        ({"OBSDATE": "2015-10-07", "OBSSTART": "08:23:51.743"}, "2015-10-07T08:23:51.743000", "other card"),
        ({"TIMEUTC": "2018-08-17 00:52:21"}, "2018-08-17T00:52:21", "other card"),
        ({"UT": "MON JUN 15 06:03:04 2015"}, "2015-06-15T06:03:04", "other card"),
        ({"UT": "06:03:04", "DATE_OBS": "2015-06-15"}, "2015-06-15T06:03:04", "other card"),
        ({"JD": 2451545.0}, "2000-01-01T12:00:00", "other card"),
        ({"DATE-OBS": "2018-08-17"}, "2018-08-17T00:00:00", "DATE-OBS"),
        ({"DATE-OBS": "yesterday", "MJD-OBS": "unknown"}, "2021-03-04T05:06:07", "file time"),
        ({"DATE-OBS": "2018-13-45T00:00:00", "MJD-OBS": 0.0}, "2021-03-04T05:06:07", "file time"),
        ({"DATE": "SUN JUN 14 23:03:04 2015"}, "2021-03-04T05:06:07", "file time"),
    ],
)
def test_time_of_a_header(cards: dict[str, str | float], expected: str, source: str) -> None:
    assert frame_time(cards, "frame_0001.fits", MTIME_NS) == (utc(expected), source)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TREx-NIR-216_2022-03-07T060012.fits", "2022-03-07T06:00:12"),
        ("PKR_DASC_0558_20151007_082351.743.FITS", "2015-10-07T08:23:51.743000"),
        ("magic_images_20180817_0055.fits", "2018-08-17T00:55:00"),
        ("cam20230123222621.fits.gz", "2023-01-23T22:26:21"),
        ("2023-01-23_22-26-21.fits", "2023-01-23T22:26:21"),
        ("2023.01.23 22h26m21.fits", "2023-01-23T22:26:21"),
    ],
)
def test_time_of_a_name(name: str, expected: str) -> None:
    assert time_of_name(name) == utc(expected)


@pytest.mark.parametrize(
    "name",
    [
        "2015_image_0001500.fits",
        "DS12_Train_0001.fits",
        "frame_20231399_000000.fits",
        "1234567890123456.fits",
    ],
)
def test_names_without_a_time(name: str) -> None:
    assert time_of_name(name) is None


def test_a_name_with_a_time_is_better_than_a_date_alone() -> None:
    cards = {"DATE-OBS": "2018-08-17"}
    assert frame_time(cards, "magic_20180817_0055.fits", MTIME_NS) == (
        utc("2018-08-17T00:55:00"),
        "file name",
    )


@pytest.mark.parametrize("scale", ["tai", "tt"])
@pytest.mark.parametrize("date", ["1998-06-01T12:00:00", "2016-12-30T00:00:00", "2023-01-24T20:18:53"])
def test_atomic_time_is_brought_to_utc(scale: str, date: str) -> None:
    expected = Time(date, scale=scale).utc.datetime.replace(tzinfo=UTC)
    found, _ = frame_time({"DATE-OBS": date, "TIMESYS": scale.upper()}, "a.fits", MTIME_NS)
    assert abs(found - expected) < timedelta(milliseconds=1)


@given(st.datetimes(datetime(1980, 1, 1), datetime(2090, 1, 1)))
def test_any_moment_survives_the_card_and_the_name(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)
    card = {"DATE-OBS": moment.strftime("%Y-%m-%dT%H:%M:%S.%f")}
    assert frame_time(card, "a.fits", MTIME_NS)[0] == moment
    assert time_of_name(f"cam_{moment:%Y%m%d_%H%M%S}.fits") == moment.replace(microsecond=0)


@pytest.mark.real
@pytest.mark.parametrize(
    ("path", "expected", "source"),
    [
        ("tau2_raw/cloud_sky_sample.fits", "2023-01-23T22:26:21.341990", "DATE-OBS"),
        ("allsky_dasc/PKR_DASC_0558_20151007_082404.243.FITS", "2015-10-07T08:24:04.243000", "other card"),
        ("allsky_mmt/2015_image_0002500.fits", "2015-06-15T08:25:25", "other card"),
        ("allsky_tudo/magic_images_20180817_0055.fits", "2018-08-17T00:52:21", "DATE-OBS"),
        ("allsky_cloudynight/003.fits.bz2", "2018-07-09T09:24:47.031000", "DATE-OBS"),
        ("fits_edge/fixed-1890.fits", "2011-09-16T10:33:45.368000", "DATE-OBS"),
        ("fits_edge/test0.fits", "1994-05-19T15:41:16", "DATE-OBS"),
    ],
)
def test_times_of_real_frames(shared_data: Path, path: str, expected: str, source: str) -> None:
    ref = probe(shared_data / path)
    assert (ref.time, ref.time_source) == (utc(expected), source)
