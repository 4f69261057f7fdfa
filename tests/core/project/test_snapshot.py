"""The snapshot a job trains on: approved hand work only, copied, listed, bound to its frames."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.errors import Cancelled, ProjectError
from cirrus_core.frames.io.read import read_frame
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.store import read_mask, write_mask
from cirrus_core.progress import MemoryContext
from cirrus_core.project.mask_layers import MaskLayers
from cirrus_core.project.project import Project
from cirrus_core.project.snapshot import count_approved, take_snapshot
from cirrus_core.project.states import FrameStates


def add_frame(
    project: Project, night: Path, stem: str, *, state: str = "approved", mask: bool = True
) -> None:
    night.mkdir(exist_ok=True)
    path = night / f"{stem}.fits"
    seed = int.from_bytes(stem.encode(), "big") % 2**32
    fits.PrimaryHDU(np.random.default_rng(seed).integers(0, 9999, (8, 9), np.int16)).writeto(path)
    night_id = project.remember_night(night)
    if state != "new":
        FrameStates(project.layout.states(night_id)).set(stem, state)  # type: ignore[arg-type]
    if mask:
        frame = read_frame(path)
        provenance = Provenance("manual", "brush", "Ada", datetime.now(UTC), frame.checksum)
        labels = (frame.data > 5000).astype(np.uint8)
        manual = MaskLayers(project.layout, night_id).manual_path(stem)
        write_mask(manual, labels, header=frame.header, provenance=provenance)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.open(tmp_path / "p")
    add_frame(project, tmp_path / "n1", "A")
    add_frame(project, tmp_path / "n1", "B", state="flagged")
    add_frame(project, tmp_path / "n1", "C", state="new")
    add_frame(project, tmp_path / "n2", "A")
    return project


def test_only_approved_hand_work_of_all_nights_is_taken(project: Project, tmp_path: Path) -> None:
    assert count_approved(project) == 2
    snapshot = take_snapshot(project, tmp_path / "job" / "masks")
    assert [frame.ref.path for frame in snapshot.frames] == [tmp_path / n / "A.fits" for n in ("n1", "n2")]
    assert not snapshot.left_out
    for frame in snapshot.frames:
        assert frame.mask_path.is_relative_to(tmp_path / "job" / "masks" / frame.night_id)
        assert hashlib.sha256(frame.mask_path.read_bytes()).hexdigest() == frame.mask_sha256
        np.testing.assert_array_equal(read_mask(frame.mask_path).labels, read_frame(frame.ref).data > 5000)


def test_list_names_frames_masks_and_checksums(project: Project, tmp_path: Path) -> None:
    snapshot = take_snapshot(project, tmp_path / "masks")
    rows = json.loads((tmp_path / "masks" / "snapshot.json").read_text())["frames"]
    assert [row["sha256"] for row in rows] == [frame.mask_sha256 for frame in snapshot.frames]
    assert all((tmp_path / "masks" / row["mask"]).is_file() and Path(row["frame"]).is_file() for row in rows)


def test_later_work_does_not_reach_the_job_nor_the_job_the_work(project: Project, tmp_path: Path) -> None:
    manual = list(project.layout.root.rglob("A.mask.fits.gz"))
    before = {path: path.read_bytes() for path in manual}
    snapshot = take_snapshot(project, tmp_path / "masks")
    assert {path: path.read_bytes() for path in manual} == before
    for path in manual:
        path.write_bytes(b"painted on meanwhile")
    for frame in snapshot.frames:
        assert hashlib.sha256(frame.mask_path.read_bytes()).hexdigest() == frame.mask_sha256


def test_frames_that_cannot_be_used_are_told_and_the_rest_is_taken(project: Project, tmp_path: Path) -> None:
    add_frame(project, tmp_path / "n1", "D", mask=False)
    add_frame(project, tmp_path / "n1", "E")
    (tmp_path / "n1" / "E.fits").unlink()
    add_frame(project, tmp_path / "n1", "F")
    fits.PrimaryHDU(np.zeros((8, 9), np.int16)).writeto(tmp_path / "n1" / "F.fits", overwrite=True)
    add_frame(project, tmp_path / "n1", "G")
    MaskLayers(project.layout, project.night_id(tmp_path / "n1")).manual_path("G").write_bytes(b"damaged")
    snapshot = take_snapshot(project, tmp_path / "masks")
    assert len(snapshot.frames) == 2
    told = {item.path.name: item.reason for item in snapshot.left_out}
    assert "no mask made by hand" in told["D.fits"]
    assert "no longer in" in told["E"]
    assert "other pixels" in told["F.fits"]
    assert "cannot be read" in told["G.fits"]
    assert all(item.hint for item in snapshot.left_out)


def test_night_that_has_gone_is_told_frame_by_frame(project: Project, tmp_path: Path) -> None:
    (tmp_path / "n2").rename(tmp_path / "elsewhere")
    snapshot = take_snapshot(project, tmp_path / "masks")
    assert len(snapshot.frames) == 1 and len(snapshot.left_out) == 1


def test_folder_that_cannot_be_written_is_told(project: Project, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError):
        take_snapshot(project, tmp_path / "file" / "masks")


def test_snapshot_can_be_cancelled(project: Project, tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        take_snapshot(project, tmp_path / "masks", context=MemoryContext(cancel=True))
