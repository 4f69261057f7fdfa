"""Command-line options made from config models, and the few that many commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from cirrus_core.config import Config, ParamInfo, params_of

CommandT = TypeVar("CommandT", bound=Callable[..., Any])

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print a machine-readable report on stdout."
)


def config_options(config_cls: type[Config]) -> Callable[[CommandT], CommandT]:
    """Add one option per parameter of `config_cls` to a command.

    The command receives each value under the parameter's name, or None where the user said nothing;
    `given` drops those.
    """

    def decorate(command: CommandT) -> CommandT:
        for info in reversed(params_of(config_cls)):
            command = _option(info)(command)
        return command

    return decorate


def given(values: Mapping[str, Any], config_cls: type[Config]) -> dict[str, Any]:
    """Those of `values` that belong to `config_cls` and that the user really gave."""
    return {k: v for k, v in values.items() if k in config_cls.model_fields and v is not None}


def _option(info: ParamInfo) -> Callable[[CommandT], CommandT]:
    unit = f" [{info.unit}]" if info.unit else ""
    default = ",".join(map(str, info.default)) if isinstance(info.default, tuple) else info.default
    help_text = f"{info.help}{unit}. Default: {default}."
    flag = f"{info.flag}/--no-{info.flag[2:]}" if info.kind == "bool" else info.flag
    return click.option(flag, info.name, type=_click_type(info), default=None, help=help_text)


def _click_type(info: ParamInfo) -> Any:
    if info.kind == "choice":
        return click.Choice(info.choices)
    if info.kind == "int":
        low, high = (None if b is None else int(b) for b in (info.low, info.high))
        return click.IntRange(low, high)
    if info.kind == "float":
        return click.FloatRange(info.low, info.high)
    if info.kind == "ints":
        return _int_list
    return None if info.kind == "bool" else click.STRING


def _int_list(text: str) -> tuple[int, ...]:
    """Whole numbers with commas between them, e.g. ``8,16,32``."""
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise click.BadParameter(f"'{text}' is not a list of whole numbers such as 8,16,32.") from None
