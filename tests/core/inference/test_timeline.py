"""The timeline file."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cirrus_core.inference.timeline import TimelineRow, read_timeline, write_timeline

START = datetime(2026, 1, 1, 23, 59, 59, 123456, tzinfo=UTC)


def test_rows_come_back_in_order(tmp_path: Path) -> None:
    rows = {
        stem: TimelineRow(START + timedelta(seconds=s), stem, f, f"{stem}.mask.fits.gz", f"/n/{stem}.fits")
        for stem, s, f in (("late", 5, 0.25), ("early", 0, 1.0), ("comma, and\nline", 2, 0.0))
    }
    write_timeline(tmp_path / "t.csv", rows)
    back = read_timeline(tmp_path / "t.csv")
    assert back == rows
    assert list(back) == ["early", "comma, and\nline", "late"]


def test_a_gap_has_a_note_and_no_number(tmp_path: Path) -> None:
    row = TimelineRow(START, "a", math.nan, "", "/n/a.fits", "It is cut off.")
    write_timeline(tmp_path / "t.csv", {"a": row})
    assert "nan" not in (tmp_path / "t.csv").read_text()
    back = read_timeline(tmp_path / "t.csv")["a"]
    assert math.isnan(back.cloud_fraction)
    assert back.note == "It is cut off."


def test_damaged_rows_and_absent_files_lose_nothing_else(tmp_path: Path) -> None:
    assert read_timeline(tmp_path / "nix.csv") == {}
    rows = {s: TimelineRow(START, s, 0.5, "m", "f") for s in ("a", "b")}
    write_timeline(tmp_path / "t.csv", rows)
    text = (tmp_path / "t.csv").read_text()
    (tmp_path / "t.csv").write_text(text + "yesterday,c,0.5,m,f,\n2026-01-01T00:00:00Z,d,much,m,f,\nhalf a")
    assert set(read_timeline(tmp_path / "t.csv")) == {"a", "b"}
