"""Every reader of the table keeps the same promises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from astropy.io import fits
from numpy.typing import NDArray
from PIL import Image

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import frame_stem, is_product
from cirrus_core.frames.io.read import probe, read_frame
from cirrus_core.frames.io.readers import FRAME_SUFFIXES, READERS, ReaderSpec, reader_of
from cirrus_core.frames.night import Night
from cirrus_core.frames.night_index import NightIndex

ROWS, COLUMNS = 24, 37
Writer = Callable[[Path, NDArray[np.uint8]], None]

WRITERS: dict[str, Writer] = {
    "FITS": lambda path, data: fits.PrimaryHDU(data).writeto(path),
    "PNG": lambda path, data: Image.fromarray(data).save(path, format="PNG"),
    "JPEG": lambda path, data: Image.fromarray(data).save(path, format="JPEG"),
    "TIFF": lambda path, data: tifffile.imwrite(path, data),
    "NPY": lambda path, data: np.save(path, data),
}
each_reader = pytest.mark.parametrize("spec", READERS, ids=lambda spec: spec.name)


def picture() -> NDArray[np.uint8]:
    return np.full((ROWS, COLUMNS), 90, np.uint8)


def write(folder: Path, spec: ReaderSpec, stem: str = "cam_20230123_222621") -> Path:
    path = folder / f"{stem}{spec.suffixes[0]}"
    WRITERS[spec.name](path, picture())
    return path


def test_every_entry_is_tried_here() -> None:
    assert set(WRITERS) == {spec.name for spec in READERS}


@each_reader
def test_texts_are_there_and_endings_belong_to_one_reader(spec: ReaderSpec) -> None:
    assert spec.title and spec.help.endswith(".") and spec.magic
    for suffix in spec.suffixes:
        assert FRAME_SUFFIXES.count(suffix) == 1
        assert reader_of(Path(f"A{suffix}")) is spec
        assert reader_of(Path(f"A{suffix.upper()}")) is spec
        assert frame_stem(Path(f"A{suffix}")) == "A"
        assert is_product(Path(f"A.mask{suffix}")) and not is_product(Path(f"A{suffix}"))


@each_reader
def test_a_look_at_the_header_tells_what_reading_gives(tmp_path: Path, spec: ReaderSpec) -> None:
    path = write(tmp_path, spec)
    assert path.read_bytes().startswith(spec.magic)
    ref, frame = probe(path), read_frame(path)
    assert frame.ref == ref
    assert ref.shape == frame.shape == (ROWS, COLUMNS) and ref.n_bands == 1 and ref.hdu == 0
    assert frame.data.dtype == np.uint8 and not frame.data.flags.writeable
    np.testing.assert_array_equal(frame.data, picture())
    assert ref.time.isoformat() == "2023-01-23T22:26:21+00:00" and ref.time_source == "file name"
    assert read_frame(ref).checksum == frame.checksum


@each_reader
def test_it_makes_a_night_that_is_remembered(tmp_path: Path, spec: ReaderSpec) -> None:
    folder = tmp_path / "night"
    folder.mkdir()
    for second in (21, 24, 27):
        write(folder, spec, f"cam_20230123_2226{second}")
    with NightIndex(tmp_path / "index.sqlite") as index:
        first = Night.scan(folder, index=index)
        assert Night.scan(folder, index=index) == first
    assert len(first) == 3 and first.cadence_s == 3.0 and first.n_passed_over == 0


@each_reader
@pytest.mark.parametrize(
    ("content", "sentence", "hint"),
    [
        (b"", "is empty", "Copy it again"),
        (b"hello, I am a letter and no picture at all", "is no |cannot be read", "copied whole"),
        (b"\x89PNG\r\n\x1a\n and then nonsense", "is no |cannot be read|is damaged", ""),
    ],
)
def test_what_is_no_picture_gets_a_sentence(
    tmp_path: Path, spec: ReaderSpec, content: bytes, sentence: str, hint: str
) -> None:
    path = tmp_path / f"A{spec.suffixes[0]}"
    path.write_bytes(content)
    for look in (probe, read_frame):
        with pytest.raises(FrameError, match=sentence) as refused:
            look(path)
        assert refused.value.hint and hint in refused.value.hint
        assert refused.value.message.startswith(path.name) and str(tmp_path) not in str(refused.value)


@each_reader
def test_a_cut_file_is_refused_at_any_length(tmp_path: Path, spec: ReaderSpec) -> None:
    whole = write(tmp_path, spec).read_bytes()
    path = tmp_path / f"cut{spec.suffixes[0]}"
    for length in range(1, len(whole) - 2881 if spec.name == "FITS" else len(whole) // 2, 61):
        path.write_bytes(whole[:length])
        with pytest.raises(FrameError) as refused:
            read_frame(path)
        assert refused.value.hint


@each_reader
def test_a_wrong_ending_is_told(tmp_path: Path, spec: ReaderSpec) -> None:
    content = write(tmp_path, spec).read_bytes()
    for other in READERS:
        if other in (spec, READERS[0]):
            continue  # FITS files say themselves that they do not begin like FITS
        path = tmp_path / f"wrong{other.suffixes[0]}"
        path.write_bytes(content)
        with pytest.raises(FrameError, match=f"begins like {spec.name}") as refused:
            probe(path)
        assert spec.suffixes[0] in refused.value.hint


@each_reader
def test_what_is_not_there_and_what_is_a_folder(tmp_path: Path, spec: ReaderSpec) -> None:
    path = tmp_path / f"A{spec.suffixes[0]}"
    with pytest.raises(FrameError, match="is not there"):
        probe(path)
    path.mkdir()
    with pytest.raises(FrameError, match="is a folder"):
        probe(path)


@each_reader
def test_a_picture_that_is_not_in_the_file(tmp_path: Path, spec: ReaderSpec) -> None:
    path = write(tmp_path, spec)
    with pytest.raises(FrameError, match=r"has no (HDU|picture) 7"):
        probe(Path(f"{path}[7]"))
