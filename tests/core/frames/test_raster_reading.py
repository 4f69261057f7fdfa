"""PNG, JPEG and NPY frames against Pillow and numpy."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from cirrus_core.errors import FrameError
from cirrus_core.frames.grey import grey
from cirrus_core.frames.io.picture import exif_date
from cirrus_core.frames.io.raster import ALPHA_NOTE, DEEP_NOTE
from cirrus_core.frames.io.read import probe, read_frame

RNG = np.random.default_rng(7)
GREY = RNG.integers(0, 256, (20, 31), dtype=np.uint8)
COLOUR = RNG.integers(0, 256, (20, 31, 3), dtype=np.uint8)


def saved(path: Path, image: Image.Image, **options: object) -> Path:
    image.save(path, **options)
    return path


def png(width: int, height: int, *, bits: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    """A PNG put together by hand (RFC 2083)."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (Image.fromarray(GREY), GREY),
        (Image.fromarray(GREY.astype(np.uint16) * 257), GREY.astype(np.uint16) * 257),
        (Image.fromarray(GREY > 99), np.where(GREY > 99, np.uint8(255), np.uint8(0))),
        (Image.fromarray(COLOUR), np.moveaxis(COLOUR, -1, 0)),
        (Image.fromarray(np.dstack([COLOUR, GREY])), np.moveaxis(COLOUR, -1, 0)),
        (Image.fromarray(np.dstack([GREY, GREY])), GREY),
    ],
    ids=["grey", "16 bits", "1 bit", "colour", "colour and alpha", "grey and alpha"],
)
def test_png_values_are_those_of_the_file(
    tmp_path: Path, image: Image.Image, expected: NDArray[np.generic]
) -> None:
    frame = read_frame(saved(tmp_path / "a.png", image))
    assert frame.data.dtype == expected.dtype
    np.testing.assert_array_equal(frame.data, expected)
    assert frame.ref.n_bands == (1 if expected.ndim == 2 else 3)
    assert frame.notes == ((ALPHA_NOTE,) if image.mode in ("RGBA", "LA") else ())
    assert list(frame.header.get("HISTORY", [])) == list(frame.notes)


def test_palettes_become_colours(tmp_path: Path) -> None:
    image = Image.fromarray(COLOUR).quantize(11)
    frame = read_frame(saved(tmp_path / "a.png", image))
    np.testing.assert_array_equal(frame.data, np.moveaxis(np.asarray(image.convert("RGB")), -1, 0))
    clear = saved(tmp_path / "b.png", image, transparency=bytes([0, 9, 99]))
    assert read_frame(clear).notes == (ALPHA_NOTE,)


def test_deep_colour_is_read_in_8_bits_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(2, 1, bits=16, rows=b"\0" + bytes(range(12))))
    frame = read_frame(path)
    assert frame.data[:, 0].tolist() == [[0, 6], [2, 8], [4, 10]]  # the upper bytes
    assert frame.notes == (DEEP_NOTE,)


def test_jpeg_as_pillow_reads_it(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.JPG", Image.fromarray(COLOUR))
    np.testing.assert_array_equal(read_frame(path).data, np.moveaxis(np.asarray(Image.open(path)), -1, 0))
    assert read_frame(saved(tmp_path / "b.jpeg", Image.fromarray(GREY))).data.ndim == 2
    assert probe(saved(tmp_path / "c.jpg", Image.fromarray(COLOUR).convert("CMYK"))).n_bands == 3


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_the_camera_tells_the_time(tmp_path: Path, name: str) -> None:
    exif = Image.Exif()
    exif[0x0132] = "2022:01:01 00:00:00"  # DateTime: when the file was last changed
    path = saved(tmp_path / name, Image.fromarray(GREY), exif=exif)
    assert probe(path).time == datetime(2022, 1, 1, tzinfo=UTC)
    exif.get_ifd(0x8769)[0x9003] = "2023:05:06 07:08:09"  # DateTimeOriginal
    exif.get_ifd(0x8769)[0x9011] = "+02:00"
    ref = probe(saved(tmp_path / name, Image.fromarray(GREY), exif=exif))
    assert (ref.time, ref.time_source) == (datetime(2023, 5, 6, 5, 8, 9, tzinfo=UTC), "other card")
    assert read_frame(path).header["DATE-OBS"] == "2023-05-06T05:08:09.000"


@pytest.mark.parametrize("text", [None, 7, "", "    :  :     :  :  ", "0000:00:00 00:00:00"])
def test_cameras_without_a_clock_tell_nothing(text: object) -> None:
    assert exif_date(text) == ""


def test_the_time_of_the_file_comes_last(tmp_path: Path) -> None:
    assert probe(saved(tmp_path / "a.png", Image.fromarray(GREY))).time_source == "file time"


def test_only_headers_are_looked_at(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(640, 480, rows=b"far too little"))
    assert probe(path).shape == (480, 640)
    with pytest.raises(FrameError, match="cannot be read"):
        read_frame(path)


@pytest.mark.parametrize("side", [50_000, 20_000])
def test_bombs_are_refused_before_they_are_unpacked(tmp_path: Path, side: int) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(side, side))
    for look in (probe, read_frame):
        with pytest.raises(FrameError, match="too large for a frame"):
            look(path)


@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "i4", "f2", "f4", ">f8"])
def test_arrays_of_all_numbers(tmp_path: Path, dtype: str) -> None:
    data = (GREY.astype(np.float64) / 2).astype(dtype)
    np.save(tmp_path / "a.npy", data)
    frame = read_frame(tmp_path / "a.npy")
    assert frame.data.dtype.isnative and frame.data.dtype.itemsize >= data.dtype.itemsize
    np.testing.assert_array_equal(frame.data, data)


@pytest.mark.parametrize("shape", [(20, 31), (1, 20, 31), (20, 31, 1), (4, 20, 31), (20, 31, 4), (3, 20, 31)])
def test_bands_of_arrays(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "a.npy", np.asfortranarray(RNG.random(shape, np.float32)))
    frame = read_frame(tmp_path / "a.npy")
    bands = max([1, *(n for n in shape if n <= 4)])
    assert frame.data.shape == ((20, 31) if bands == 1 else (bands, 20, 31))
    assert frame.ref.n_bands == bands
    if shape[-1] == 4:
        np.testing.assert_array_equal(frame.data[2], np.load(tmp_path / "a.npy")[..., 2])


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((40, 50, 60)),
        np.zeros(40),
        np.float64(3),
        np.zeros((0, 4)),
        np.zeros((3, 4), complex),
        np.zeros((3, 4), bool),
        np.zeros((3, 4), [("a", "f4")]),
        np.full((3, 4), "sky"),
    ],
    ids=["cube", "row", "number", "empty", "complex", "bool", "table", "text"],
)
def test_arrays_that_are_no_frames(tmp_path: Path, array: NDArray[np.generic]) -> None:
    np.save(tmp_path / "a.npy", array)
    with pytest.raises(FrameError, match="holds no p") as refused:
        probe(tmp_path / "a.npy")
    assert refused.value.hint


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([[{"a": 1}, 2], [3, 4]], object), allow_pickle=True)
    with pytest.raises(FrameError, match="values of type object"):
        read_frame(tmp_path / "a.npy")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 255), min_size=1, max_size=4), st.sampled_from(["u1", "u2", "i4", "f4", "f8"]))
def test_grey_is_the_plain_mean_of_the_bands(levels: list[int], dtype: str) -> None:
    data = np.stack([np.full((2, 3), level, dtype) for level in levels])
    assert grey(data) == pytest.approx(np.full((2, 3), sum(levels) / len(levels)), rel=1e-6)
    assert grey(data[0]) is not None and grey(data[0]).dtype == data.dtype


def test_grey_has_no_value_where_a_band_has_none() -> None:
    data = np.ones((3, 2, 2), np.float32)
    data[1, 0, 0] = np.nan
    assert np.isnan(grey(data)).tolist() == [[True, False], [False, False]]


@pytest.mark.real
@pytest.mark.parametrize("folder", ["hyta", "wsiseg"])
def test_real_sky_pictures_as_pillow_reads_them(shared_data: Path, folder: str) -> None:
    files = sorted((shared_data / folder / "images").iterdir())[:8]
    assert files
    for file in files:
        frame = read_frame(file)
        with Image.open(file) as image:
            np.testing.assert_array_equal(frame.data, np.moveaxis(np.asarray(image), -1, 0))
        assert frame.ref.n_bands == 3 and frame.notes == ()
