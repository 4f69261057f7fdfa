"""``cirrus automask``: masks by an automatic method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.nights import rejected_report, scan, tell_rejected
from cirrus_core.cli.options import config_options, given, json_option
from cirrus_core.config import Config, build, params_of
from cirrus_core.errors import UsageError
from cirrus_core.masks.auto.night import AutoMaskTask, automask_frames
from cirrus_core.masks.auto.table import AUTO_MASKS, auto_mask_spec
from cirrus_core.masks.cleanup import CleanupConfig

_METHODS = [spec.name for spec in AUTO_MASKS]


CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def _method_options(command: CommandT) -> CommandT:
    """The options of all methods."""
    for spec in reversed(AUTO_MASKS):
        command = config_options(spec.config_cls)(command)
    return command


@click.command("automask")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the mask files.",
)
@click.option("--method", default=_METHODS[0], show_default=True, help=f"One of {', '.join(_METHODS)}.")
@click.option(
    "--factor", type=click.IntRange(1), default=1, show_default=True, help="Bin the frames first, n x n."
)
@_method_options
@config_options(CleanupConfig)
@click.option("--plain", is_flag=True, help="Write <name>.mask.fits instead of <name>.mask.fits.gz.")
@json_option
@click.pass_obj
def automask_command(
    output: Output,
    /,
    paths: tuple[str, ...],
    *,
    out: Path,
    method: str,
    factor: int,
    plain: bool,
    as_json: bool,
    **values: Any,
) -> int:
    """Make a mask of each frame at PATH: files, folders, globs, projects; file.fits[2] picks an HDU.

    Frames that cannot be masked are listed with the reason, and the exit code is then 1. A mask that was
    made by hand is never overwritten.
    """
    task = AutoMaskTask(
        out=out,
        method=method,
        config=_method_config(method, values),
        cleanup=build(CleanupConfig, given(values, CleanupConfig)),
        factor=factor,
        plain=plain,
    )
    with console_context(output) as context:
        night = scan(paths, context)
        report = automask_frames(night.frames, task, context=context)
    rejected = (*night.rejected, *report.failed)
    if as_json:
        output.report(
            {
                "out": str(out),
                "method": method,
                "n_written": len(report.written),
                "written": [str(path) for path in report.written],
                "rejected": [rejected_report(item) for item in rejected],
            }
        )
    else:
        output.say(f"{len(report.written)} masks written to {out}")
    tell_rejected(rejected, what="got no mask")
    return 1 if rejected else 0


def _method_config(method: str, values: Mapping[str, Any]) -> Config:
    """Config of the method from the options that were given; those of another method are wrong usage."""
    config_cls = auto_mask_spec(method).config_cls
    foreign = [
        info.flag
        for spec in AUTO_MASKS
        for info in params_of(spec.config_cls)
        if values.get(info.name) is not None and info.name not in config_cls.model_fields
    ]
    if foreign:
        own = ", ".join(info.flag for info in params_of(config_cls))
        raise UsageError(f"{', '.join(foreign)} has no meaning for '{method}'.", f"Its options are: {own}.")
    return build(config_cls, given(values, config_cls), what="options")
