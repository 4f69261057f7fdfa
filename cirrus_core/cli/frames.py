"""``cirrus info`` and ``cirrus bin``: what is there, and smaller frames."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.nights import rejected_report, scan, tell_rejected
from cirrus_core.cli.options import json_option
from cirrus_core.errors import UsageError
from cirrus_core.frames.bin_night import bin_frames
from cirrus_core.frames.frame import FrameRef
from cirrus_core.frames.grey import grey
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.night import Night
from cirrus_core.frames.stats import frame_stats

DEFAULT_FACTOR = 4
_paths = click.argument("paths", metavar="PATH...", nargs=-1, required=True)


@click.command("info")
@_paths
@json_option
@click.pass_obj
def info_command(output: Output, paths: tuple[str, ...], *, as_json: bool) -> int:
    """Tell what is there: frames, times, gaps, sizes, and the files that are no frames, with reasons.

    PATH is a file, a folder, a pattern in quotes or a project; file.fits[2] picks an HDU. For a single frame
    the pixels are measured too. Exit code 1 when some files are no frames.
    """
    with console_context(output) as context:
        night = scan(paths, context)
    report = _night_report(night)
    if as_json:
        output.report(report)
    else:
        for line in _night_lines(night, report):
            output.say(line)
        tell_rejected(night.rejected)
    return 1 if night.rejected else 0


@click.command("bin")
@_paths
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to fill."
)
@click.option(
    "--factor", type=click.IntRange(min=1), help=f"Pixels per block and side. Default: {DEFAULT_FACTOR}."
)
@click.option("--shape", metavar="ROWSxCOLUMNS", help="Size of the result instead, e.g. 128x160.")
@json_option
@click.pass_obj
def bin_command(
    output: Output, paths: tuple[str, ...], out: Path, factor: int | None, shape: str | None, *, as_json: bool
) -> int:
    """Average blocks of pixels; headers are kept and adapted (WCS, pixel size, history).

    Writes one float32 file <name>.fits per frame. Rows and columns that fill no block are left out.
    """
    size = None if shape is None else _parse_shape(shape)
    if size is None and factor is None:
        factor = DEFAULT_FACTOR
    with console_context(output) as context:
        night = scan(paths, context)
        result = bin_frames(night.frames, out, factor=factor, shape=size, context=context)
    rejected = (*night.rejected, *result.failed)
    if as_json:
        output.report(
            {
                "out": str(out),
                "n_written": len(result.written),
                "written": [str(path) for path in result.written],
                "rejected": [rejected_report(item) for item in rejected],
            }
        )
    else:
        output.say(f"{_count(len(result.written), 'frame')} written to {out}")
        tell_rejected(rejected)
    return 1 if rejected else 0


def _parse_shape(text: str) -> tuple[int, int]:
    rows, _, columns = text.lower().partition("x")
    if not (rows.isdecimal() and columns.isdecimal() and int(rows) and int(columns)):
        raise UsageError(f"'{text}' is no size.", "Give rows and columns, e.g. --shape 128x160.")
    return int(rows), int(columns)


def _night_report(night: Night) -> dict[str, Any]:
    report: dict[str, Any] = {
        "name": night.name,
        "folder": str(night.folder),
        "n_frames": len(night.frames),
        "first": night.frames[0].time.isoformat(),
        "last": night.frames[-1].time.isoformat(),
        "cadence_s": None if math.isnan(night.cadence_s) else night.cadence_s,
        "time_sources": sorted({ref.time_source for ref in night.frames}),
        "shapes": [{"shape": list(shape), "n_frames": count} for shape, count in night.shapes.items()],
        "gaps": [{"after": night.frames[gap.after_index].stem, "seconds": gap.seconds} for gap in night.gaps],
        "rejected": [rejected_report(item) for item in night.rejected],
        "n_passed_over": night.n_passed_over,
        "frames": [_frame_report(ref) for ref in night.frames],
    }
    if len(night.frames) == 1:
        report["pixels"] = _pixel_report(night.frames[0])
    return report


def _frame_report(ref: FrameRef) -> dict[str, Any]:
    return {
        "stem": ref.stem,
        "path": str(ref.path),
        "hdu": ref.hdu,
        "time": ref.time.isoformat(),
        "time_source": ref.time_source,
        "shape": list(ref.shape),
        "n_bands": ref.n_bands,
    }


def _pixel_report(ref: FrameRef) -> dict[str, Any]:
    frame = read_frame(ref)
    stats = frame_stats(grey(frame.data))
    figures = {"low": stats.low, "median": stats.median, "high": stats.high, "mad": stats.mad}
    return {
        "type": frame.data.dtype.name,
        **{name: None if math.isnan(value) else value for name, value in figures.items()},
        "n_blank": stats.n_blank,
        "notes": list(frame.notes),
    }


def _night_lines(night: Night, report: dict[str, Any]) -> list[str]:
    first, last = night.frames[0].time, night.frames[-1].time
    sources = ", ".join(report["time_sources"])
    lines = [
        f"{night.name}: {_count(len(night.frames), 'frame')} in {night.folder}",
        f"times    {first:%Y-%m-%d %H:%M:%S} to {last:%Y-%m-%d %H:%M:%S} UTC (from {sources})",
        "sizes    " + ", ".join(f"{r} x {c} ({n})" for (r, c), n in night.shapes.items()),
    ]
    bands = sorted({ref.n_bands for ref in night.frames})
    if bands != [1]:
        lines.append(f"bands    {', '.join(map(str, bands))}")
    if night.n_passed_over:
        beside = _count(night.n_passed_over, "picture")
        lines.append(f"beside   {beside} not taken: a folder with FITS frames is a night of those")
    if report["cadence_s"] is not None:
        lines.append(f"cadence  {night.cadence_s:g} s (median)")
    lines.append(f"gaps     {len(night.gaps) or 'none'}")
    for gap in night.gaps:
        before = night.frames[gap.after_index]
        lines.append(f"  {before.time:%Y-%m-%d %H:%M:%S}  {_duration(gap.seconds)} after {before.stem}")
    if "pixels" in report:
        pixels = report["pixels"]
        if pixels["median"] is None:
            lines.append(f"pixels   {pixels['type']}, all {pixels['n_blank']} are blank")
        else:
            lines.append(
                "pixels   {type}, {low:g} to {high:g}, median {median:g}, {n_blank} blank".format(**pixels)
            )
        lines += [f"note     {note}" for note in pixels["notes"]]
    return lines


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _duration(seconds: float) -> str:
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"
