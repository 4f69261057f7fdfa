"""Predicting a night: files, timeline, gaps, interruption, resuming."""

from __future__ import annotations

import csv
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from model_helpers import make_model, sky, write_frame
from PIL import Image

from cirrus_core.errors import Cancelled, MaskError, ModelError
from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Night
from cirrus_core.inference.night_run import predict_frames, start_at
from cirrus_core.inference.predictor import Predictor
from cirrus_core.inference.timeline import read_timeline
from cirrus_core.masks.labels import CLOUD, UNSURE
from cirrus_core.masks.store import read_mask, read_prob
from cirrus_core.progress import MemoryContext

N = 40


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = tmp_path_factory.mktemp("models") / "pointwise"
    make_model(folder)
    return Predictor(folder, device="cpu", threads=1, batch_size=4)


@pytest.fixture
def night(tmp_path: Path) -> Night:
    folder = tmp_path / "night"
    folder.mkdir()
    for i in range(N):
        write_frame(folder / f"f{i:02d}.fits", sky(seed=i), second=10 * i)
    return Night.scan(folder)


def test_every_frame_gets_its_files_and_its_row(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    context = MemoryContext()
    report = predict_frames(night.frames, predictor, out, context=context)
    assert (report.total, report.done, report.reused, report.failed) == (N, N, 0, ())
    assert context.steps[-1][:2] == (N, N)
    for ref in night.frames:
        stored = read_mask(out / f"{ref.stem}.mask.fits.gz")
        prob = read_prob(out / f"{ref.stem}.prob.fits.gz")
        (direct,) = predictor.predict([read_frame(ref).data])
        np.testing.assert_allclose(prob, direct, atol=1 / 510 + 1e-6)
        assert np.array_equal(stored.labels, direct >= 0.5)
        assert stored.provenance is not None
        assert (stored.provenance.source, stored.provenance.method) == ("model", "pointwise")
        assert stored.provenance.frame_sum == pixel_checksum(read_frame(ref).data)
        assert stored.header["CAMERA"] == "test camera"
    assert sorted(p.suffix for p in out.iterdir()) == sorted([".gz"] * 2 * N + [".csv"])


def test_the_timeline_is_in_order_of_time_whatever_came_first(
    night: Night, predictor: Predictor, tmp_path: Path
) -> None:
    refs = start_at(night.frames, "f05")
    assert [r.stem for r in refs[:2]] == ["f05", "f06"]
    assert refs[-1].stem == "f04"
    report = predict_frames(refs, predictor, tmp_path / "out")
    with report.timeline.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["stem"] for row in rows] == [f"f{i:02d}" for i in range(N)]
    assert rows[1]["time"] == "2026-01-01T00:00:10.000000Z"
    labels = read_mask(tmp_path / "out" / rows[0]["mask"]).labels
    assert float(rows[0]["cloud_fraction"]) == pytest.approx((labels == CLOUD).mean(), abs=1e-5)
    assert read_timeline(report.timeline)["f01"].time == datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)


def test_a_stem_that_is_not_there_changes_no_order(night: Night) -> None:
    assert start_at(night.frames, "nix") == list(night.frames)


def test_an_unreadable_frame_is_a_gap_and_not_the_end(
    night: Night, predictor: Predictor, tmp_path: Path
) -> None:
    bad = night.frames[3].path
    bad.write_bytes(bad.read_bytes()[:3000])
    night.frames[7].path.unlink()
    write_frame(tmp_path / "flat.fits", np.full((64, 80), 5, np.int16))
    flat = Night.scan(tmp_path / "flat.fits").frames
    context = MemoryContext()
    report = predict_frames([*night.frames, *flat], predictor, tmp_path / "out", context=context)
    assert report.done == N - 2
    assert [f.path.name for f in report.failed] == ["f03.fits", "f07.fits", "flat.fits"]
    assert all(f.reason for f in report.failed)
    assert [level for level, _ in context.lines] == ["warning"] * 3
    row = read_timeline(report.timeline)["f03"]
    assert np.isnan(row.cloud_fraction)
    assert row.note
    assert not (tmp_path / "out" / "f03.mask.fits.gz").exists()


def test_what_is_done_is_not_done_again(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_frames(night.frames, predictor, out)
    times = {p.name: p.stat().st_mtime_ns for p in out.glob("*.gz")}
    report = predict_frames(night.frames, predictor, out)
    assert (report.done, report.reused) == (N, N)
    assert {p.name: p.stat().st_mtime_ns for p in out.glob("*.gz")} == times


def test_what_no_longer_holds_is_done_again(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    out = tmp_path / "out"
    predict_frames(night.frames, predictor, out)
    changed, damaged, missing = night.frames[0].path, out / "f01.mask.fits.gz", out / "f02.prob.fits.gz"
    changed.unlink()
    write_frame(changed, sky(seed=99))
    damaged.write_bytes(damaged.read_bytes()[:50])
    missing.unlink()
    report = predict_frames(Night.scan(changed.parent).frames, predictor, out)
    assert (report.done, report.reused) == (N, N - 3)
    assert read_mask(damaged).labels.shape == (64, 80)
    assert missing.exists()


def test_another_threshold_or_another_model_is_done_again(
    night: Night, predictor: Predictor, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    predict_frames(night.frames, predictor, out)
    report = predict_frames(night.frames, predictor, out, threshold=0.9)
    assert report.reused == 0
    strict = read_mask(out / "f00.mask.fits.gz").labels
    np.testing.assert_array_equal(strict, predictor.predict([sky(seed=0)])[0] >= 0.9)
    make_model(tmp_path / "pointwise", arch_config={"widths": [2]})
    other = Predictor(tmp_path / "pointwise", device="cpu", threads=1)
    assert other.card.id == predictor.card.id
    assert predict_frames(night.frames, other, out, threshold=0.9).reused == 0


@dataclass
class Interrupting(MemoryContext):
    """Asks to stop or cancel after some frames."""

    after: int = 0
    word: str = "cancel"

    def progress(self, done: int, total: int, message: str = "") -> None:
        super().progress(done, total, message)
        if done >= self.after:
            setattr(self, self.word, True)


@pytest.mark.parametrize("word", ["stop", "cancel"])
def test_an_interrupted_run_leaves_whole_files_and_goes_on_later(
    night: Night, predictor: Predictor, tmp_path: Path, word: str
) -> None:
    out = tmp_path / "out"
    if word == "cancel":
        with pytest.raises(Cancelled):
            predict_frames(night.frames, predictor, out, context=Interrupting(after=3, word=word))
    else:
        report = predict_frames(night.frames, predictor, out, context=Interrupting(after=3, word=word))
        assert 3 <= report.done < N
    written = sorted(p.name for p in out.glob("*.mask.fits.gz"))
    assert 3 <= len(written) < N
    for name in written:
        assert read_mask(out / name).labels.shape == (64, 80)
        assert read_prob(out / name.replace("mask", "prob")).shape == (64, 80)
    assert set(read_timeline(out / "timeline.csv")) <= {name.split(".")[0] for name in written}
    assert not list(out.glob(".*")), "no temporary files are left"
    report = predict_frames(night.frames, predictor, out)
    assert (report.done, report.reused) == (N, len(written))
    assert len(read_timeline(report.timeline)) == N


def test_sizes_may_be_mixed(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    write_frame(night.folder / "large.fits", sky((200, 100)), second=1000)
    write_frame(night.folder / "small.fits", sky((16, 20)), second=1010)
    report = predict_frames(Night.scan(night.folder).frames, predictor, tmp_path / "out")
    assert report.done == N + 2
    assert read_mask(tmp_path / "out" / "large.mask.fits.gz").labels.shape == (200, 100)


def test_pixels_without_a_value_are_unsure(predictor: Predictor, tmp_path: Path) -> None:
    data = sky().astype(np.float32)
    data[10:20, 30:50] = np.nan
    write_frame(tmp_path / "a.fits", data)
    predict_frames(Night.scan(tmp_path / "a.fits").frames, predictor, tmp_path / "out")
    labels = read_mask(tmp_path / "out" / "a.mask.fits.gz").labels
    np.testing.assert_array_equal(labels == UNSURE, np.isnan(data))


def test_exact_probabilities(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    predict_frames(night.frames[:1], predictor, tmp_path / "out", exact=True)
    with fits.open(tmp_path / "out" / "f00.prob.fits.gz") as hdus:
        assert hdus["PROB"].header["BITPIX"] == -32
        stored = hdus["PROB"].data.astype(np.float32)
    np.testing.assert_array_equal(stored, predictor.predict([sky(seed=0)])[0])


def test_previews_show_the_frame_with_the_outline(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    predict_frames(night.frames[:2], predictor, tmp_path / "out", previews=tmp_path / "png")
    with Image.open(tmp_path / "png" / "f00.png") as image:
        colours = np.asarray(image)
    assert colours.shape == (64, 80, 3)
    orange = (colours == (0xE6, 0x9F, 0x00)).all(axis=2)
    cloud = read_mask(tmp_path / "out" / "f00.mask.fits.gz").labels == CLOUD
    assert orange.any()
    assert (cloud[orange]).mean() > 0.4
    grey = colours[~orange]
    assert (grey[:, 0] == grey[:, 1]).all()


def test_a_model_of_another_band_count_is_refused_before_anything_is_written(
    night: Night, tmp_path: Path
) -> None:
    make_model(tmp_path / "rgb", bands=3)
    with pytest.raises(ModelError, match="3 band"):
        predict_frames(night.frames, Predictor(tmp_path / "rgb", device="cpu"), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_no_frames_give_an_empty_timeline(predictor: Predictor, tmp_path: Path) -> None:
    report = predict_frames([], predictor, tmp_path / "out")
    assert (report.total, report.done) == (0, 0)
    assert read_timeline(report.timeline) == {}


@contextmanager
def files_limited_to(n_bytes: int) -> Iterator[None]:
    """A disk that is full: no file may grow beyond `n_bytes` (the kernel then refuses to write)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_ends_the_run_with_a_sentence(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    with files_limited_to(200), pytest.raises(MaskError) as caught:
        predict_frames(night.frames, predictor, tmp_path / "out")
    assert caught.value.hint
    assert not list((tmp_path / "out").glob(".*"))


def test_a_file_in_the_way_of_the_folder_is_told(night: Night, predictor: Predictor, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    with pytest.raises(MaskError):
        predict_frames(night.frames, predictor, tmp_path / "out")


@pytest.mark.real
def test_real_frames_of_two_sizes(shared_data: Path, predictor: Predictor, tmp_path: Path) -> None:
    night = Night.scan([shared_data / "tau2_raw", *sorted((shared_data / "lwiriseg").iterdir())[:5]])
    report = predict_frames(night.frames, predictor, tmp_path / "out")
    assert (report.done, report.failed) == (len(night.frames), ())
    shapes = {read_mask(p).labels.shape for p in (tmp_path / "out").glob("*.mask.fits.gz")}
    assert shapes == {(512, 640), (128, 160)}
