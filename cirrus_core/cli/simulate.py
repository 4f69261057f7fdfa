"""``cirrus simulate``: frames with exact truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.options import config_options, given
from cirrus_core.config import build
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night


@click.group("simulate")
def simulate_group() -> None:
    """Frames with exact truth masks."""


@simulate_group.command("sky")
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the night."
)
@config_options(SimulateSkyConfig)
@click.pass_obj
def sky_command(output: Output, /, out: Path, **values: Any) -> None:
    """A night of long-wave infrared frames, with cloud emissivity and mask of every pixel."""
    config = build(SimulateSkyConfig, given(values, SimulateSkyConfig), what="options")
    with console_context(output) as context:
        simulate_night(config, out, context)
    output.say(f"{config.frames} frames, emissivities and masks in {out}")
