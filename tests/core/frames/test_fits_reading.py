"""Reading FITS against astropy as the independent reader, and the sentences for what cannot be read."""

from __future__ import annotations

import bz2
import gzip
import os
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from cirrus_core.errors import FrameError
from cirrus_core.frames.io.fits import probe_fits, read_fits
from cirrus_core.frames.io.header import parse_cards
from cirrus_core.frames.io.read import parse_source, probe, read_frame

ROWS, COLUMNS = 5, 7


def ramp(dtype: str) -> np.ndarray[Any, Any]:
    """Numbers over the whole range of the type."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        return np.linspace(-1e6, 1e6, ROWS * COLUMNS).reshape(ROWS, COLUMNS).astype(kind)
    limits = np.iinfo(kind)
    steps = [
        limits.min + (limits.max - limits.min) * i // (ROWS * COLUMNS - 1) for i in range(ROWS * COLUMNS)
    ]
    return np.array(steps, dtype=kind).reshape(ROWS, COLUMNS)


@pytest.mark.parametrize(
    "dtype",
    ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"],
)
def test_every_number_type_comes_back_as_written(tmp_path: Path, dtype: str) -> None:
    data = ramp(dtype)
    fits.writeto(tmp_path / "a.fits", data)
    frame = read_fits(tmp_path / "a.fits")
    assert frame.data.dtype == data.dtype
    assert frame.data.dtype.isnative
    np.testing.assert_array_equal(frame.data, data)
    assert probe_fits(tmp_path / "a.fits").shape == (ROWS, COLUMNS) == frame.shape
    with pytest.raises(ValueError, match="read-only"):
        frame.data[0, 0] = 0


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32"])
@pytest.mark.parametrize("suffix", [".fits.gz", ".fits.bz2"])
def test_packed_files_are_read_through(tmp_path: Path, dtype: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    fits.writeto(tmp_path / "a.fits", ramp(dtype))
    pack = gzip.compress if suffix.endswith("gz") else bz2.compress
    path.write_bytes(pack((tmp_path / "a.fits").read_bytes()))
    np.testing.assert_array_equal(read_frame(path).data, ramp(dtype))
    assert probe(path).stem == "a"


@pytest.mark.parametrize(
    ("method", "dtype"),
    [(m, d) for m in ("RICE_1", "GZIP_1", "GZIP_2", "HCOMPRESS_1") for d in ("int16", "uint16", "int32")]
    + [("PLIO_1", "int16")],
)
def test_tile_compressed_frames(tmp_path: Path, method: str, dtype: str) -> None:
    data = np.random.default_rng(1).integers(100, 9000, (40, 60)).astype(dtype)
    path = tmp_path / "a.fits.fz"
    fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.CompImageHDU(data, compression_type=method, header=fits.Header({"GAIN": 2.5})),
        ]
    ).writeto(path)
    ref = probe(path)
    assert (ref.hdu, ref.shape) == (1, (40, 60))
    frame = read_frame(ref)
    np.testing.assert_array_equal(frame.data, data)
    assert frame.data.dtype == data.dtype
    assert frame.header["GAIN"] == 2.5 and frame.header["NAXIS1"] == 60


def test_tile_compressed_floats_keep_nan(tmp_path: Path) -> None:
    data = np.random.default_rng(1).normal(0, 1, (40, 60)).astype(np.float32)
    data[3, 4] = np.nan
    fits.HDUList(
        [fits.PrimaryHDU(), fits.CompImageHDU(data, quantize_level=0, compression_type="GZIP_2")]
    ).writeto(tmp_path / "a.fits.fz")
    np.testing.assert_array_equal(read_frame(tmp_path / "a.fits.fz").data, data)


@settings(max_examples=60, deadline=None)
@given(
    dtype=st.sampled_from([">u1", ">i2", ">i4", ">f4", ">f8"]),
    scale=st.sampled_from([1.0, 2.0, 0.25, -1.0, 0.045777764213996]),
    zero=st.sampled_from([0.0, 32768.0, 32767.0, -128.0, 1500.0, 0.5, -70000.0]),
    seed=st.integers(0, 1000),
)
def test_scaled_values_follow_the_standard(
    tmp_path_factory: pytest.TempPathFactory, dtype: str, scale: float, zero: float, seed: int
) -> None:
    path = tmp_path_factory.mktemp("scaled") / "a.fits"
    rng = np.random.default_rng(seed)
    kind = np.dtype(dtype)
    stored = (
        rng.normal(0, 1e4, (ROWS, COLUMNS)).astype(kind)
        if kind.kind == "f"
        else rng.integers(np.iinfo(kind).min, np.iinfo(kind).max, (ROWS, COLUMNS), endpoint=True).astype(kind)
    )
    header = fits.PrimaryHDU(stored.astype(kind.newbyteorder("="))).header
    header["BSCALE"], header["BZERO"] = scale, zero
    write_raw(path, header, stored.tobytes())
    ours = read_fits(path).data
    exact = stored.astype(np.float64) * scale + zero
    if ours.dtype.kind in "iu":
        assert scale == 1.0 and float(zero).is_integer()
        np.testing.assert_array_equal(ours.astype(np.float64), exact)
    else:
        np.testing.assert_allclose(ours, exact, rtol=2e-7, atol=1e-3)


def test_blank_pixels_are_nan(tmp_path: Path) -> None:
    stored = np.array([[1, 2, -99], [4, -99, 6]], dtype=np.int16)
    header = fits.PrimaryHDU(stored).header
    header["BLANK"] = -99
    write_raw(tmp_path / "a.fits", header, stored.astype(">i2").tobytes())
    data = read_fits(tmp_path / "a.fits").data
    assert data.dtype == np.float32
    np.testing.assert_array_equal(data, np.array([[1, 2, np.nan], [4, np.nan, 6]], np.float32))


def test_blank_that_never_occurs_changes_nothing(tmp_path: Path) -> None:
    stored = np.array([[1, 2], [4, 6]], dtype=np.int16)
    header = fits.PrimaryHDU(stored).header
    header["BLANK"] = -99
    write_raw(tmp_path / "a.fits", header, stored.astype(">i2").tobytes())
    assert read_fits(tmp_path / "a.fits").data.dtype == np.int16


def test_axes_of_length_one_are_dropped_and_hdus_can_be_picked(tmp_path: Path) -> None:
    frame, mask, prob = (np.full((12, 16, 1), value, np.float32) for value in (0.5, 1.0, 0.25))
    path = tmp_path / "published.fits.gz"
    fits.HDUList([fits.PrimaryHDU(frame), fits.ImageHDU(mask), fits.ImageHDU(prob)]).writeto(path)
    assert read_frame(path).data.shape == (12, 16)
    assert read_frame(path).data[0, 0] == 0.5
    assert read_frame(Path(f"{path}[1]")).data[0, 0] == 1.0
    assert read_frame(Path(f"{path}[2]")).ref.hdu == 2
    with pytest.raises(FrameError, match="no HDU 3") as refused:
        read_frame(Path(f"{path}[3]"))
    assert "0 to 2" in refused.value.hint


def test_a_file_that_is_really_named_with_brackets_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.fits[1]"
    path.touch()
    assert parse_source(path) == (path, None)
    assert parse_source(tmp_path / "b.fits[4]") == (tmp_path / "b.fits", 4)


def test_first_picture_wins_and_inherits_the_primary_cards(tmp_path: Path) -> None:
    primary = fits.PrimaryHDU()
    primary.header["DATE-OBS"] = "2023-01-23T22:26:21.5"
    primary.header["TELESCOP"] = "here"
    primary.header["GAIN"] = 1.0
    table = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[1, 2])])
    picture = fits.ImageHDU(np.zeros((4, 6), np.int16), fits.Header({"GAIN": 2.0}), name="SCI")
    fits.HDUList([primary, table, picture]).writeto(tmp_path / "a.fits")
    frame = read_frame(tmp_path / "a.fits")
    assert frame.ref.hdu == 2
    assert frame.ref.time_source == "DATE-OBS"
    assert (frame.header["TELESCOP"], frame.header["GAIN"]) == ("here", 2.0)


def test_broken_cards_do_not_keep_a_picture_from_opening(tmp_path: Path) -> None:
    data = np.arange(12, dtype=np.int16).reshape(3, 4)
    cards = [
        "SIMPLE  =                    T", "BITPIX  =                   16", "NAXIS   =                    2",
        "NAXIS1  =                    4 /", "NAXIS2  =                    3 /", "WIND    = 'no end of string",
        "TEMP    = about three", "HISTORY = ''", "COMMENT = '   '", "lower   = 3", "EMPTY   =",
        "COUNT   = 1_000", "SEEING  = nan", "PAIR    = (1.0, 2.0)",
        "NAME    = 'O''Brien'", "SITE    = 'Mont\xe9e\x00'", "EXPT    = 1.5D+01", "DATE-OBS= '2020-02-30T99'",
    ]  # fmt: skip
    text = "".join(card.ljust(80) for card in [*cards, "END"])
    path = tmp_path / "cam_20200229_235959.fits"
    path.write_bytes(pad(text.encode("latin-1"), b" ") + pad(data.astype(">i2").tobytes(), b"\0"))
    frame = read_frame(path)
    np.testing.assert_array_equal(frame.data, data)
    assert frame.header["NAME"] == "O'Brien"
    assert not {"WIND", "TEMP", "COUNT", "SEEING"} & set(frame.header)
    assert (frame.header["LOWER"], frame.header["PAIR"]) == (3, 1 + 2j)
    assert frame.ref.time_source == "file name"
    fits.PrimaryHDU(frame.data, frame.header).writeto(tmp_path / "again.fits")


def test_card_values_equal_astropy() -> None:
    header = fits.Header()
    for keyword, value in {
        "INTEGER": -42, "BIG": 2**40, "REAL": -1.5e-7, "TRUE": True, "FALSE": False, "TEXT": "it's / not",
        "BLANKS": "  x", "NOTHING": "",
    }.items():  # fmt: skip
        header[keyword] = (value, "a comment / with 'marks'")
    _, cards = parse_cards(header.tostring(endcard=False).encode("ascii"))
    assert cards == {key: header[key] for key in header}


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.fits", b"", "empty"),
        ("a.fits", b"%PNG" * 1000, "does not begin like"),
        ("a.fits", b"SIMPLE  =                    T".ljust(80) * 30, "breaks off"),
        ("a.fits", b"SIMPLE  =                    T".ljust(80) * 40000, "no END"),
        ("a.fits.gz", b"\x1f\x8bnonsense", "cannot be read"),
        ("a.fits.gz", gzip.compress(b"SIMPLE  =" + b" " * 20000, mtime=0)[:-20], "cannot be read"),
        ("a.fits.bz2", b"BZhnonsense", "cannot be read"),
        ("a.fits.Z", b"\x1f\x9d\x90abc", "compress"),
    ],
)
def test_what_is_no_fits_file_gets_a_sentence_and_a_hint(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    for read in (probe, read_frame):
        with pytest.raises(FrameError, match=sentence) as refused:
            read(path)
        assert refused.value.message.startswith(name)
        assert refused.value.message.endswith(".") and refused.value.hint


@pytest.mark.parametrize(
    ("shape", "sentence"),
    [
        ((9,), "row of numbers"),
        ((3, 4, 5), r"cube \(3 x 4 x 5\)"),
        ((1, 1), "single number"),
        ((), "no data"),
    ],
)
def test_what_is_no_picture_gets_a_sentence(tmp_path: Path, shape: tuple[int, ...], sentence: str) -> None:
    data = np.zeros(shape, np.int16) if shape else None
    fits.PrimaryHDU(data).writeto(tmp_path / "a.fits")
    with pytest.raises(FrameError, match=sentence) as refused:
        probe(tmp_path / "a.fits")
    assert "two axes" in refused.value.hint


def test_table_only_and_missing_and_folder(tmp_path: Path) -> None:
    table = fits.BinTableHDU.from_columns([fits.Column("x", "J", array=[1, 2])])
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(tmp_path / "t.fits")
    for path, sentence in (("t.fits", "tables only"), ("gone.fits", "not there"), (".", "folder")):
        with pytest.raises(FrameError, match=sentence):
            probe(tmp_path / path)


@pytest.mark.parametrize("kept", [0.02, 0.5, 0.99])
def test_cut_off_files_are_told_apart_from_whole_ones(tmp_path: Path, kept: float) -> None:
    whole = tmp_path / "whole.fits"
    fits.writeto(whole, np.random.default_rng(0).integers(0, 9000, (100, 100)).astype(np.int16))
    content = whole.read_bytes()[:-2400]  # without the padding of the last block
    (tmp_path / "cut.fits").write_bytes(content[: int(len(content) * kept)])
    with pytest.raises(FrameError, match=r"cut off|breaks off") as refused:
        probe(tmp_path / "cut.fits")
    assert "Copy it again" in refused.value.hint or "copied whole" in refused.value.hint
    packed = gzip.compress(whole.read_bytes())
    (tmp_path / "cut.fits.gz").write_bytes(packed[: int(len(packed) * kept)])
    with pytest.raises(FrameError, match="cannot be read"):
        read_frame(tmp_path / "cut.fits.gz")


@pytest.mark.parametrize(("length", "sentence"), [(10**11, "larger than the memory"), (10**4, "cut off")])
def test_a_packed_file_that_claims_to_be_enormous(tmp_path: Path, length: int, sentence: str) -> None:
    cards = {"SIMPLE": True, "BITPIX": 16, "NAXIS": 2, "NAXIS1": length, "NAXIS2": length}
    (tmp_path / "a.fits.gz").write_bytes(gzip.compress(fits.Header(cards).tostring().encode("ascii")))
    with pytest.raises(FrameError, match=sentence):
        read_frame(tmp_path / "a.fits.gz")


def test_damaged_tile_compressed_frames_are_refused(tmp_path: Path) -> None:
    data = np.random.default_rng(1).integers(100, 9000, (40, 60)).astype(np.int16)
    whole = tmp_path / "whole.fits.fz"
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(data)]).writeto(whole)
    content = whole.read_bytes()
    tables = {
        b"ZTILE1  =                   60": b"ZTILE1  =                   -1",
        b"ZNAXIS2 =                   40": b"ZNAXIS2 =                   41",
        b"ZCMPTYPE= 'RICE_1": b"ZCMPTYPE= 'NICE_1",
    }
    for i, (right, wrong) in enumerate(tables.items()):
        assert right in content
        path = tmp_path / f"{i}.fits.fz"
        path.write_bytes(content.replace(right, wrong))
        with pytest.raises(FrameError, match=rf"{i}\.fits\.fz"):
            read_frame(path)
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(data, compression_type="HCOMPRESS_1")]).writeto(
        tmp_path / "h.fits.fz"
    )
    hcompress = (tmp_path / "h.fits.fz").read_bytes()
    stream = hcompress.index(b"\xdd\x99")
    # The size inside the stream, which its decompressor would go by, far outside the tile.
    (tmp_path / "h.fits.fz").write_bytes(hcompress[: stream + 2] + b"\x00\x01" + hcompress[stream + 4 :])
    with pytest.raises(FrameError, match="contradict"):
        read_frame(tmp_path / "h.fits.fz")
    # Damaged pixels: never anything but a picture of the right size or a sentence.
    start, rng = content.index(b"END     ", 2880), np.random.default_rng(2)
    for _ in range(30):
        spoilt = bytearray(content)
        for place in rng.integers(start + 2880, len(content), 5):
            spoilt[place] ^= 0xFF
        whole.write_bytes(spoilt)
        try:
            assert read_frame(whole).shape == (40, 60)
        except FrameError as error:
            assert error.hint


def test_missing_padding_is_forgiven(tmp_path: Path) -> None:
    data = np.arange(100, dtype=np.int16).reshape(10, 10)
    fits.writeto(tmp_path / "a.fits", data)
    (tmp_path / "b.fits").write_bytes((tmp_path / "a.fits").read_bytes()[: 2880 + 200])
    np.testing.assert_array_equal(read_frame(tmp_path / "b.fits").data, data)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_forbidden_file_gets_a_sentence(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.zeros((4, 4), np.int16))
    (tmp_path / "a.fits").chmod(0)
    with pytest.raises(FrameError, match="may not be read"):
        probe(tmp_path / "a.fits")


@pytest.mark.skipif(shutil.which("gzip") is None, reason="needs the gzip program")
def test_gzip_with_a_file_name_inside(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.ones((4, 4), np.int16))
    subprocess.run(["gzip", "-9", str(tmp_path / "a.fits")], check=True)
    assert read_frame(tmp_path / "a.fits.gz").data.sum() == 16


def test_a_reference_keeps_its_place_in_the_night(tmp_path: Path) -> None:
    fits.writeto(tmp_path / "a.fits", np.ones((4, 4), np.int16))
    from dataclasses import replace

    assert read_frame(replace(probe(tmp_path / "a.fits"), index=7)).ref.index == 7


@pytest.mark.real
def test_every_real_fits_file_opens_or_is_refused_with_a_sentence(shared_data: Path) -> None:
    refused = {}
    opened = 0
    for path in sorted(p for p in shared_data.rglob("*") if ".fit" in p.name.lower()):
        try:
            ref = probe(path)
        except FrameError as error:
            assert error.message.startswith(path.name) and error.hint
            refused[path.name] = error.message
            continue
        frame = read_frame(ref)
        opened += 1
        assert frame.ref == ref
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = np.squeeze(fits.getdata(path, ref.hdu))
        np.testing.assert_allclose(frame.data, theirs, rtol=1e-6)
    assert refused.keys() == {
        "arange.fits", "blank.fits", "cosmic_rays_itl_2017.fits.gz", "group_invalid.fits", "lzw.fits.Z",
        "zerowidth.fits",
    }  # fmt: skip
    assert opened >= 200


def write_raw(path: Path, header: fits.Header, content: bytes) -> None:
    """A file with exactly these cards and bytes; astropy would scale or refuse."""
    path.write_bytes(header.tostring().encode("ascii") + pad(content, b"\0"))


def pad(content: bytes, filler: bytes) -> bytes:
    return content + filler * (-len(content) % 2880)
