"""The course of a night: one row per frame, in a CSV file that any program opens."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cirrus_core.files import write_text_atomic

TIMELINE_FILE = "timeline.csv"
COLUMNS = ("time", "stem", "cloud_fraction", "mask", "frame", "note")


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One frame: its time (aware UTC), the share of cloud in 0 to 1, and where mask and frame lie.

    An unreadable frame is a gap: `cloud_fraction` NaN, no mask, and `note` says why.
    """

    time: datetime
    stem: str
    cloud_fraction: float
    mask: str
    frame: str
    note: str = ""


def write_timeline(path: Path, rows: Mapping[str, TimelineRow]) -> None:
    """Write the rows (by stem) in the order of time; `OSError` if the file cannot be written."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows.values(), key=lambda r: (r.time, r.stem)):
        time = row.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        fraction = "" if math.isnan(row.cloud_fraction) else f"{row.cloud_fraction:.5f}"
        writer.writerow((time, row.stem, fraction, row.mask, row.frame, row.note))
    write_text_atomic(path, text.getvalue())


def read_timeline(path: Path) -> dict[str, TimelineRow]:
    """Read a timeline by stem; rows that are damaged are left out, an absent file is empty."""
    rows = {}
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as stream:
            for entry in csv.DictReader(stream):
                row = _row(entry)
                if row is not None:
                    rows[row.stem] = row
    return rows


def _row(entry: Mapping[str, str | None]) -> TimelineRow | None:
    values = {name: entry.get(name) or "" for name in COLUMNS}
    try:
        time = datetime.fromisoformat(values["time"]).astimezone(UTC)
        fraction = float(values["cloud_fraction"] or "nan")
    except ValueError:
        return None
    return TimelineRow(time, values["stem"], fraction, values["mask"], values["frame"], values["note"])
