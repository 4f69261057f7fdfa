"""TIFF frames against tifffile and Pillow."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from cirrus_core.errors import FrameError
from cirrus_core.frames.io.picture import MAX_PICTURE_BYTES
from cirrus_core.frames.io.raster import ALPHA_NOTE
from cirrus_core.frames.io.read import probe, read_frame

RNG = np.random.default_rng(11)
GREY = RNG.integers(0, 256, (20, 31), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)


def written(path: Path, data: NDArray[Any], **options: Any) -> Path:
    tifffile.imwrite(path, data, **options)
    return path


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "u4", "i1", "i2", "i4", "f2", "f4", "f8"])
def test_numbers_of_all_widths(tmp_path: Path, dtype: str, byteorder: str) -> None:
    data = (RNG.random((20, 31)) * 120).astype(dtype)
    frame = read_frame(written(tmp_path / "a.tif", data, byteorder=byteorder))
    np.testing.assert_array_equal(frame.data, data)
    assert frame.data.dtype == (np.float32 if dtype == "f2" else np.dtype(dtype))
    assert frame.ref.n_bands == 1 and not frame.data.flags.writeable


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("n_bands", [2, 3, 4, 7])
@pytest.mark.parametrize("planes", [True, False], ids=["planar", "interleaved"])
def test_bands_come_first(tmp_path: Path, planes: bool, n_bands: int, compression: str | None) -> None:
    data = RNG.integers(0, 65536, (n_bands, 20, 31), dtype=np.uint16)
    stored = data if planes else np.ascontiguousarray(np.moveaxis(data, 0, -1))
    path = written(
        tmp_path / "a.tif",
        stored,
        photometric="minisblack",
        planarconfig="separate" if planes else "contig",
        compression=compression,
    )
    assert (probe(path).shape, probe(path).n_bands) == ((20, 31), n_bands)
    np.testing.assert_array_equal(read_frame(path).data, data)


def test_one_band_a_page_as_tifffile_writes_arrays(tmp_path: Path) -> None:
    data = RNG.random((5, 20, 31), np.float32)
    path = written(tmp_path / "a.tif", data)
    assert probe(path).n_bands == 5
    np.testing.assert_array_equal(read_frame(path).data, data)


def test_pages_are_pictures_of_their_own_where_nobody_says_bands(tmp_path: Path) -> None:
    data = RNG.integers(0, 256, (4, 20, 31), dtype=np.uint8)
    path = written(tmp_path / "a.tif", data, metadata=None, photometric="minisblack")
    first = read_frame(path)
    np.testing.assert_array_equal(first.data, data[0])
    assert first.notes == ("Picture 0 of 4 in the file was taken.",)
    third = read_frame(Path(f"{path}[2]"))
    np.testing.assert_array_equal(third.data, data[2])
    assert third.ref.hdu == 2 and read_frame(third.ref).checksum == third.checksum


def test_colour_and_transparency(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path / "a.tif", COLOUR, photometric="rgb"))
    np.testing.assert_array_equal(frame.data, np.moveaxis(COLOUR, -1, 0))
    assert frame.notes == ()
    both = np.dstack([COLOUR, GREY])
    frame = read_frame(written(tmp_path / "b.tif", both, photometric="rgb", extrasamples=["unassalpha"]))
    np.testing.assert_array_equal(frame.data, np.moveaxis(COLOUR, -1, 0))
    assert frame.notes == (ALPHA_NOTE,)


@pytest.mark.parametrize("compression", [None, "tiff_lzw", "tiff_adobe_deflate", "packbits"])
@pytest.mark.parametrize("kind", ["L", "RGB", "P", "1", "F", "I;16", "CMYK"])
def test_what_pillow_writes(tmp_path: Path, kind: str, compression: str | None) -> None:
    if kind == "P":
        image = Image.fromarray(COLOUR).quantize(9)
    elif kind == "I;16":
        image = Image.fromarray(GREY.astype(np.uint16) * 200)
    else:
        image = Image.fromarray(COLOUR).convert(kind)
    path = tmp_path / "a.tif"
    image.save(path, compression=compression)
    target = {"P": "RGB", "CMYK": "RGB", "1": "L"}.get(kind, kind)
    expected = np.asarray(image.convert(target) if target != kind else image)
    frame = read_frame(path)
    np.testing.assert_array_equal(
        frame.data, expected if expected.ndim == 2 else np.moveaxis(expected, -1, 0)
    )
    assert frame.ref == probe(path)


def test_white_is_zero_is_turned(tmp_path: Path) -> None:
    frame = read_frame(written(tmp_path / "a.tif", GREY, photometric="miniswhite"))
    np.testing.assert_array_equal(frame.data, 255 - GREY)


def test_tiles_and_big_files(tmp_path: Path) -> None:
    data = np.arange(100 * 130, dtype=np.uint16).reshape(100, 130)
    path = written(tmp_path / "a.tiff", data, tile=(32, 32), bigtiff=True, compression="zlib", predictor=True)
    np.testing.assert_array_equal(read_frame(path).data, data)


def test_no_data_becomes_nan(tmp_path: Path) -> None:
    data = GREY.astype(np.uint16)
    frame = read_frame(written(tmp_path / "a.tif", data, extratags=[(42113, "s", 0, "7", True)]))
    assert frame.data.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(frame.data), data == 7)
    np.testing.assert_array_equal(frame.data[data != 7], data[data != 7])


def test_the_date_of_the_tags(tmp_path: Path) -> None:
    ref = probe(written(tmp_path / "a.tif", GREY, datetime="2023:01:02 03:04:05"))
    assert (ref.time, ref.time_source) == (datetime(2023, 1, 2, 3, 4, 5, tzinfo=UTC), "other card")
    assert probe(written(tmp_path / "b_20230102_030406.tif", GREY)).time_source == "file name"


def test_a_scene_is_refused_from_its_tags(tmp_path: Path) -> None:
    path = written(tmp_path / "scene.tif", np.zeros((64, 64), np.float32))
    side = int((MAX_PICTURE_BYTES // 4) ** 0.5) + 1
    with tifffile.TiffFile(path, mode="r+b") as file:
        for tag in ("ImageWidth", "ImageLength"):
            file.pages[0].tags[tag].overwrite(side)
    with pytest.raises(FrameError, match="is a scene") as refused:
        probe(path)
    assert "Cut it into parts" in refused.value.hint


def test_strips_that_unpack_to_more_than_the_tags_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cirrus_core.frames.io.tiff.MAX_PICTURE_BYTES", 1 << 20)
    path = tmp_path / "bomb.tif"
    packed = zlib.compress(bytes(3 << 20))
    tifffile.imwrite(path, iter([packed]), shape=(64, 64), dtype="u1", rowsperstrip=64, compression="zlib")
    assert probe(path).shape == (64, 64)
    with pytest.raises(FrameError, match="more in it than its header says"):
        read_frame(path)


def test_the_date_of_the_exposure_comes_before_that_of_the_file(tmp_path: Path) -> None:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[306], tags[34665] = "2022:01:01 00:00:00", {36867: "2023:05:06 07:08:09"}
    Image.fromarray(GREY).save(tmp_path / "a.tif", tiffinfo=tags)
    assert probe(tmp_path / "a.tif").time == datetime(2023, 5, 6, 7, 8, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("data", "options", "sentence"),
    [
        (np.zeros((20, 31), complex), {}, "values of type complex"),
        (np.zeros((4, 20, 31), "u1"), {"volumetric": True, "photometric": "minisblack"}, "cube"),
    ],
)
def test_what_is_no_frame(tmp_path: Path, data: NDArray[Any], options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(FrameError, match=sentence) as refused:
        probe(written(tmp_path / "a.tif", data, **options))
    assert refused.value.hint


def test_cut_off_files_tell_how_much_is_there(tmp_path: Path) -> None:
    path = written(tmp_path / "a.tif", np.zeros((200, 200), np.uint16))
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FrameError, match=r"only 50 % of it is there"):
        probe(path)


@pytest.mark.real
def test_real_landsat_bands(shared_data: Path) -> None:
    files = sorted((shared_data / "sat_landsat8_rio").glob("*.tif"))
    assert len(files) == 10
    for file in files:
        with Image.open(file) as image:
            np.testing.assert_array_equal(read_frame(file).data, np.asarray(image))
        assert probe(file).shape == (458, 508)
