"""``cirrus simulate``: frames with exact truth."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.options import config_options, given, json_option
from cirrus_core.config import build
from cirrus_core.simulate.lwir_sky import RECORD_NAME, SimulateSkyConfig, simulate_night


@click.group("simulate")
def simulate_group() -> None:
    """Frames with exact truth masks."""


@simulate_group.command("sky")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the night."
)
@config_options(SimulateSkyConfig)
@json_option
@click.pass_obj
def sky_command(output: Output, /, out: Path, *, as_json: bool, **values: Any) -> None:
    """A night of long-wave infrared frames, with cloud emissivity and mask of every pixel.

    An earlier simulated night in the same folder is replaced.
    """
    config = build(SimulateSkyConfig, given(values, SimulateSkyConfig), what="options")
    with console_context(output) as context:
        simulate_night(config, out, context)
    frames = json.loads((out / RECORD_NAME).read_text(encoding="utf-8"))["frames"]
    kinds = Counter(row["kind"] for row in frames)
    if as_json:
        output.report({"out": str(out), "frames": len(frames), "kinds": kinds, "seed": config.seed})
    else:
        told = ", ".join(f"{n} {kind}" for kind, n in kinds.items())
        output.say(f"{len(frames)} frames with emissivities and masks in {out}: {told}.")
