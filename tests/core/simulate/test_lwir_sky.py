"""Simulated nights: what the files say is what was simulated."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from sky_drift import measured_shift

from cirrus_core.cli.main import main
from cirrus_core.errors import Cancelled, FrameError, UsageError
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Night
from cirrus_core.frames.sky_position import position_at
from cirrus_core.masks.store import read_mask, require_match
from cirrus_core.progress import MemoryContext
from cirrus_core.simulate.lwir_sky import EPISODE_FRAMES, SimulateSkyConfig, simulate_night

SMALL = {"rows": 96, "columns": 128}


def simulate(out: Path, **values: Any) -> Path:
    return simulate_night(SimulateSkyConfig(**{**SMALL, "frames": 3, "seed": 5, **values}), out)


def emissivity_of(folder: Path, stem: str) -> np.ndarray:
    return np.asarray(fits.getdata(folder / f"{stem}.emis.fits.gz"), dtype=np.float64)


def test_a_night_opens_as_a_night_with_the_stated_times(tmp_path: Path) -> None:
    simulate(tmp_path, interval_s=7.5, start="2023-01-23T22:59:58")
    night = Night.scan(tmp_path)
    assert [ref.stem for ref in night.frames] == ["sky_00001", "sky_00002", "sky_00003"]
    assert not night.rejected
    assert night.frames[0].time.isoformat() == "2023-01-23T22:59:58+00:00"
    assert night.cadence_s == pytest.approx(7.5)
    assert {ref.time_source for ref in night.frames} == {"DATE-OBS"}


@pytest.mark.parametrize("kind", ["cirrus", "cumulus", "overcast", "none"])
def test_the_mask_is_the_emissivity_at_the_stated_threshold(tmp_path: Path, kind: str) -> None:
    simulate(tmp_path, clouds=kind, cloud_emissivity=0.2)
    for ref in Night.scan(tmp_path).frames:
        frame = read_frame(ref)
        stored = read_mask(tmp_path / f"{ref.stem}.mask.fits.gz")
        require_match(stored, path=ref.path, shape=frame.shape, frame_sum=frame.checksum)
        assert stored.provenance is not None
        assert (stored.provenance.source, stored.provenance.method) == ("simulation", "emissivity>=0.2")
        emissivity = emissivity_of(tmp_path, ref.stem)
        # Stored in steps of 1/20000, which a reader may round either way.
        np.testing.assert_array_equal(stored.labels, np.rint(emissivity * 20000) >= 4000)
        assert emissivity.min() >= 0.0 and emissivity.max() <= 1.0
        if kind == "none":
            assert not stored.labels.any()


def test_frames_are_14_bit_and_clouds_are_warmer_than_the_clear_sky(tmp_path: Path) -> None:
    simulate(tmp_path, clouds="cumulus", frames=6)
    for ref in Night.scan(tmp_path).frames:
        frame, emissivity = read_frame(ref), emissivity_of(tmp_path, ref.stem)
        assert frame.data.dtype == np.int16 and frame.data.min() >= 0 and frame.data.max() < 2**14
        thick, clear = frame.data[emissivity > 0.9], frame.data[emissivity < 0.01]
        if thick.size and clear.size:
            assert np.median(thick) > np.median(clear) + 100


def test_the_same_seed_gives_the_same_files_and_another_seed_another_night(tmp_path: Path) -> None:
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        simulate(tmp_path / name, seed=seed)
    a, b, c = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in "abc")
    assert a == b
    assert a["sky_00001.fits"] != c["sky_00001.fits"]


def test_a_frame_does_not_depend_on_how_many_are_made(tmp_path: Path) -> None:
    simulate(tmp_path / "long", frames=15)
    simulate(tmp_path / "short", frames=2)
    for name in ("sky_00002.fits", "sky_00002.mask.fits.gz", "sky_00002.emis.fits.gz"):
        assert (tmp_path / "long" / name).read_bytes() == (tmp_path / "short" / name).read_bytes()


def test_clouds_drift_as_the_night_file_says(tmp_path: Path) -> None:
    simulate(tmp_path, clouds="cumulus", interval_s=0.5, frames=2, rows=256, columns=256, seed=11)
    night = json.loads((tmp_path / "night.json").read_text())
    first, second = (emissivity_of(tmp_path, row["stem"]) for row in night["frames"])
    shift = measured_shift(first, second)
    expected = np.array(night["frames"][0]["layers"][0]["drift_px_s"]) * 0.5
    assert np.abs(expected).max() > 1.0, "the test needs a wind"
    np.testing.assert_allclose(shift, expected, atol=0.5)


def test_a_mixed_night_shows_every_kind_of_sky(tmp_path: Path) -> None:
    simulate(tmp_path, frames=5 * EPISODE_FRAMES, rows=32, columns=40)
    rows = json.loads((tmp_path / "night.json").read_text())["frames"]
    kinds = [row["kind"] for row in rows]
    assert set(kinds) == {"none", "cirrus", "cumulus", "overcast", "cirrus+cumulus"}
    assert all(len(set(kinds[i : i + EPISODE_FRAMES])) == 1 for i in range(0, len(kinds), EPISODE_FRAMES))
    for row in rows:
        mask = read_mask(tmp_path / f"{row['stem']}.mask.fits.gz").labels
        assert row["cloud_fraction"] == pytest.approx(mask.mean(), abs=1e-6)
    assert all(row["cloud_fraction"] == 0.0 for row in rows if row["kind"] == "none")


def test_flat_field_times_in_the_headers_come_every_three_minutes(tmp_path: Path) -> None:
    simulate(tmp_path, frames=5, interval_s=100.0, start="2023-01-23T22:00:00")
    times = [read_frame(ref).header["FFC-TIME"][11:19] for ref in Night.scan(tmp_path).frames]
    assert times == ["22:00:00", "22:00:00", "22:03:00", "22:03:00", "22:06:00"]


def test_the_header_knows_where_the_camera_looked(tmp_path: Path) -> None:
    simulate(tmp_path, altitude_deg=40.0, azimuth_deg=120.0, rows=128, columns=160)
    header = read_frame(tmp_path / "sky_00003.fits").header
    centre, above, right = (position_at(header, *p) for p in ((63.5, 79.5), (0.0, 79.5), (63.5, 159.0)))
    assert centre and above and right and above.alt_deg and centre.alt_deg and right.az_deg and centre.az_deg
    assert centre.alt_deg == pytest.approx(40.0, abs=0.01)
    assert centre.az_deg == pytest.approx(120.0, abs=0.01)
    # Half of 512 pixels of 17 um behind 60 mm is 4.15 degrees.
    assert above.alt_deg - centre.alt_deg == pytest.approx(4.12, abs=0.05)
    assert right.az_deg > centre.az_deg


def test_a_cancelled_night_leaves_whole_frames_only(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        simulate_night(SimulateSkyConfig(**SMALL), tmp_path, MemoryContext(cancel=True))
    assert not list(tmp_path.glob("*.tmp")) and not (tmp_path / "night.json").exists()


def test_a_wrong_start_time_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="yesterday"):
        simulate(tmp_path, start="yesterday")


def test_a_new_night_replaces_the_old_one_in_its_folder_and_nothing_else(tmp_path: Path) -> None:
    simulate(tmp_path, frames=4)
    (tmp_path / "mine.fits").write_bytes(b"kept")
    simulate(tmp_path, frames=2, seed=8)
    names = {path.name for path in tmp_path.glob("*.fits")}
    assert names == {"sky_00001.fits", "sky_00002.fits", "mine.fits"}
    assert len(list(tmp_path.glob("*.mask.fits.gz"))) == 2


def test_an_interrupted_night_is_not_taken_for_the_whole_one_before(tmp_path: Path) -> None:
    simulate(tmp_path, frames=2)
    with pytest.raises(Cancelled):
        simulate_night(SimulateSkyConfig(**SMALL), tmp_path, MemoryContext(cancel=True))
    assert not (tmp_path / "night.json").exists()


def test_a_stop_keeps_what_is_there(tmp_path: Path) -> None:
    context = MemoryContext(stop=True)
    simulate_night(SimulateSkyConfig(**SMALL), tmp_path, context)
    assert json.loads((tmp_path / "night.json").read_text())["frames"] == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(FrameError, match="cannot be written"):
        simulate(tmp_path / "file" / "night")


def test_the_command_line_makes_a_night(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "night"
    options = ["--frames", "2", "--seed", "3", "--clouds", "cirrus", "--rows", "48", "--columns", "60"]
    assert main(["simulate", "sky", "--out", str(out), *options]) == 0
    assert "2 frames" in capsys.readouterr().out
    assert len(Night.scan(out).frames) == 2
    assert main(["simulate", "sky", "--out", str(out), "--start", "yesterday"]) == 2
    assert "yesterday" in capsys.readouterr().err
