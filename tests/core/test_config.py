"""One declaration per parameter: what forms, options and searches read from it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from cirrus_core.cli.options import config_options, given
from cirrus_core.config import Config, build, param, params_of, read_json
from cirrus_core.errors import UsageError


class Telescope(Config):
    aperture_m: float = param(
        1.2, help="diameter of the mirror", unit="m", low=0.1, high=40.0, log=True, tunable=True
    )
    filters: tuple[int, ...] = param((1, 2), help="filter numbers")
    mount: Literal["fork", "german"] = param("fork", help="kind of mount")
    dome: bool = param(True, help="has a dome")
    nights: int = param(3, help="nights", low=1)


def test_params_tell_kind_bounds_unit_and_choices() -> None:
    infos = {info.name: info for info in params_of(Telescope)}
    assert [i.kind for i in infos.values()] == ["float", "ints", "choice", "bool", "int"]
    assert (infos["aperture_m"].low, infos["aperture_m"].high) == (0.1, 40.0)
    assert infos["aperture_m"].log and infos["aperture_m"].tunable and infos["aperture_m"].unit == "m"
    assert infos["mount"].choices == ("fork", "german")
    assert infos["aperture_m"].flag == "--aperture-m"


@pytest.mark.parametrize("values", [{"nights": 0}, {"mount": "alt-az"}, {"aperture": 2.0}])
def test_wrong_values_are_named(values: dict[str, object]) -> None:
    with pytest.raises(UsageError) as caught:
        build(Telescope, values)
    assert next(iter(values)) in caught.value.message


def test_configs_are_frozen() -> None:
    with pytest.raises(ValidationError):
        Telescope().nights = 5  # type: ignore[misc]


def test_a_damaged_file_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "telescope.json"
    path.write_text('{"nights": 2')
    with pytest.raises(UsageError, match=r"telescope\.json"):
        read_json(Telescope, path)
    path.write_text("[1, 2]")
    with pytest.raises(UsageError, match="no table"):
        read_json(Telescope, path)
    path.write_text('{"nights": 2}')
    assert read_json(Telescope, path) == Telescope(nights=2)


def test_options_are_made_from_the_declaration() -> None:
    seen: dict[str, object] = {}

    @click.command()
    @config_options(Telescope)
    def command(**values: object) -> None:
        seen.update(given(values, Telescope))

    run = CliRunner().invoke(command, ["--filters", "4,5", "--mount", "german"])
    assert run.exit_code == 0, run.output
    assert seen == {"filters": (4, 5), "mount": "german"}
    assert CliRunner().invoke(command, ["--nights", "0"]).exit_code == 2
    assert CliRunner().invoke(command, ["--filters", "a"]).exit_code == 2
    help_text = CliRunner().invoke(command, ["--help"]).output
    assert "[m]" in help_text and "Default: 1.2" in help_text and "--dome / --no-dome" in help_text
