"""When a frame was taken: from its cards, else its name, else the time of the file."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import erfa  # type: ignore[import-untyped]

from cirrus_core.frames.frame import TimeSource
from cirrus_core.frames.io.header import Cards, CardValue

OTHER_DATE_CARDS = (
    "DATE_OBS", "DATEOBS", "OBSDATE", "OBS-DATE", "OBS_DATE", "DATE-AVG", "TIMEUTC", "DATETIME", "TIMESTAMP",
    "UTC-OBS", "UTC", "UT", "TDATEOBS",
)  # fmt: skip
"""Cards that hold a date in files that have none of the standard ones, in the order they are asked."""

TIME_OF_DAY_CARDS = (
    "TIME-OBS", "TIME_OBS", "TIMEOBS", "OBSSTART", "OBSTIME", "OBS-TIME", "TIME-BEG", "UTSTART", "UTC-OBS",
    "UTC", "UT", "TTIMEOBS",
)  # fmt: skip
"""Cards that hold the time of day where the date card holds the date alone."""

_CLOCK = r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?"
_ISO = re.compile(rf"(\d{{4}})[-/](\d{{1,2}})[-/](\d{{1,2}})(?:[T ]+{_CLOCK}\s*(Z|[+-]\d\d:?\d\d)?)?")
_OLD = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{2})")  # dd/mm/yy of the 20th century, FITS before 2000
_SPOKEN = re.compile(rf"(?:[A-Z]{{3}},? )?([A-Z]{{3}}) +(\d{{1,2}}) +{_CLOCK} +(\d{{4}})")  # C's asctime
_NAME = re.compile(
    r"(?<!\d)((?:19|20)\d\d)[-_.]?([01]\d)[-_.]?([0-3]\d)[-_T .]*"
    r"([0-2]\d)[-_:.h]?([0-5]\d)(?:[-_:.m]?([0-5]\d(?:[.,]\d{1,6})?))?(?!\d)"
)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_MJD_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
_JD_OF_MJD_ZERO = 2400000.5
_DAY = timedelta(days=1)


def frame_time(cards: Cards, name: str, mtime_ns: int) -> tuple[datetime, TimeSource]:
    """Find the time of a frame, in UTC, and where it was found.

    Asked in this order: DATE-OBS, DATE-BEG, MJD-OBS, other cards, the file name, a DATE-OBS that holds a
    date only, the file's time of change.

    Parameters
    ----------
    cards : mapping
        First value of each keyword.
    name : str
        File name.
    mtime_ns : int
        Time of the file's last change, ns since 1970.
    """
    found = time_of_cards(cards)
    if found is not None:
        return found
    named = time_of_name(name)
    if named is not None:
        return named, "file name"
    for keyword in ("DATE-OBS", "DATE-BEG"):
        if (day := _day(cards.get(keyword))) is not None:
            return day, "DATE-OBS" if keyword == "DATE-OBS" else "DATE-BEG"
    # Whole seconds: the digits below tell in which order files were copied, not taken.
    return datetime.fromtimestamp(mtime_ns // 1_000_000_000, UTC), "file time"


def time_of_cards(cards: Cards) -> tuple[datetime, TimeSource] | None:
    """Date and time from header cards alone; None when they do not hold both."""
    standard: tuple[tuple[str, TimeSource], ...] = (("DATE-OBS", "DATE-OBS"), ("DATE-BEG", "DATE-BEG"))
    for keyword, source in standard:
        if (time := _date_card(cards, keyword)) is not None:
            return _to_utc(time, cards), source
    if (time := _days(cards.get("MJD-OBS"), 0.0)) is not None:
        return _to_utc(time, cards), "MJD-OBS"
    for keyword in OTHER_DATE_CARDS:
        if (time := _date_card(cards, keyword)) is not None:
            return _to_utc(time, cards), "other card"
    for keyword, zero in (("MJD-BEG", 0.0), ("MJD-AVG", 0.0), ("MJD", 0.0), ("JD", _JD_OF_MJD_ZERO)):
        if (time := _days(cards.get(keyword), zero)) is not None:
            return _to_utc(time, cards), "other card"
    return None


def time_of_name(name: str) -> datetime | None:
    """Date and time written into a file name, e.g. ``cam_20230123_222621.fits``; taken as UTC."""
    match = _NAME.search(name)
    if match is None:
        return None
    year, month, day, hour, minute, second = match.groups()
    return _build(year, month, day, hour, minute, (second or "0").replace(",", "."))


def _date_card(cards: Cards, keyword: str) -> datetime | None:
    value = cards.get(keyword)
    if not isinstance(value, str):
        return None
    if (spoken := _SPOKEN.fullmatch(value.strip().upper())) is not None:
        month, day, hour, minute, second, year = spoken.groups()
        return _build(year, _month(month), day, hour, minute, second)
    if (iso := _ISO.match(value.strip())) is not None and iso[4] is not None:
        time = _build(*iso.groups()[:6])
        return None if time is None else time - _offset(iso[7])
    day_only = _day(value)
    return None if day_only is None else _with_time_of_day(day_only, cards, keyword)


def _with_time_of_day(day: datetime, cards: Cards, date_keyword: str) -> datetime | None:
    for keyword in TIME_OF_DAY_CARDS:
        value = cards.get(keyword)
        if keyword == date_keyword or not isinstance(value, str):
            continue
        if (clock := re.match(_CLOCK, value.strip())) is not None:
            return day + _since_midnight(*clock.groups())
    return None


def _day(value: CardValue | None) -> datetime | None:
    """Midnight of a date without a time of day."""
    if not isinstance(value, str):
        return None
    if (iso := _ISO.match(value.strip())) is not None:
        return _build(iso[1], iso[2], iso[3], "0", "0", "0")
    if (old := _OLD.fullmatch(value.strip())) is not None:
        return _build(f"19{old[3]}", old[2], old[1], "0", "0", "0")
    return None


def _days(value: CardValue | None, zero: float) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    days = value - zero
    # Before 1950 no camera wrote FITS: a zero or a reduced date is no date.
    return _MJD_ZERO + days * _DAY if 33282.0 <= days < 100000.0 else None


def _build(
    year: str, month: str, day: str, hour: str | None, minute: str | None, second: str | None
) -> datetime | None:
    try:
        midnight = datetime(int(year), int(month), int(day), tzinfo=UTC)
    except ValueError:
        return None
    return midnight + _since_midnight(hour, minute, second)


def _since_midnight(hour: str | None, minute: str | None, second: str | None) -> timedelta:
    # A sum, not a clock: second 60 of a leap second is legal.
    return timedelta(hours=int(hour or 0), minutes=int(minute or 0), seconds=float(second or 0))


def _month(word: str) -> str:
    return str(_MONTHS.index(word) + 1) if word in _MONTHS else "0"


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta(0)
    digits = zone[1:].replace(":", "")
    size = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -size if zone[0] == "-" else size


def _to_utc(time: datetime, cards: Cards) -> datetime:
    """Take off the leap seconds when TIMESYS says that the file counts atomic time (FITS 4.0, 9.2.1)."""
    ahead = {"TAI": 0.0, "TT": 32.184, "TDT": 32.184, "ET": 32.184, "GPS": -19.0}
    system = str(cards.get("TIMESYS", "UTC")).strip().upper()
    if system not in ahead:
        return time
    table = erfa.leap_seconds.get()
    past = table[(table["year"] * 12 + table["month"]) <= time.year * 12 + time.month]
    tai_minus_utc = float(past["tai_utc"][-1]) if len(past) else 0.0
    return time - timedelta(seconds=tai_minus_utc + ahead[system])
