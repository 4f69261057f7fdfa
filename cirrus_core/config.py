"""One declaration per parameter: the field of a config model.

File, form, command-line option and search space are all read from here (`params_of`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cirrus_core.errors import UsageError

ParamKind = Literal["int", "float", "bool", "choice", "text", "ints"]


class Config(BaseModel):
    """Base of all config models: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def param(
    default: Any,
    *,
    help: str,
    unit: str = "",
    low: float | None = None,
    high: float | None = None,
    log: bool = False,
    tunable: bool = False,
) -> Any:
    """Declare one parameter of a config model.

    Parameters
    ----------
    default
        Value when nothing is said.
    help : str
        What it does, for option help and tooltip.
    unit : str
        Unit of the value, e.g. ``"px"``.
    low, high : float, optional
        Bounds, both included.
    log : bool
        The value lives on a logarithmic scale.
    tunable : bool
        A search may vary it between `low` and `high` or over its choices.
    """
    extra: dict[str, Any] = {"unit": unit, "log": log, "tunable": tunable, "low": low, "high": high}
    bounds: dict[str, Any] = {k: v for k, v in (("ge", low), ("le", high)) if v is not None}
    return Field(default, description=help, json_schema_extra=extra, **bounds)


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """One parameter as forms, options and searches see it."""

    name: str
    kind: ParamKind
    default: Any
    help: str
    unit: str = ""
    low: float | None = None
    high: float | None = None
    log: bool = False
    tunable: bool = False
    choices: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Label for a form: the name in words."""
        return self.name.replace("_", " ")

    @property
    def flag(self) -> str:
        """Long command-line option, e.g. ``--batch-size``."""
        return "--" + self.name.replace("_", "-")


def params_of(config_cls: type[Config]) -> tuple[ParamInfo, ...]:
    """List the parameters of a config model in the order of their declaration."""
    infos = []
    for name, spec in config_cls.model_fields.items():
        declared = spec.json_schema_extra
        extra: dict[str, Any] = dict(declared) if isinstance(declared, dict) else {}
        kind, choices = _kind_of(spec.annotation)
        infos.append(
            ParamInfo(name, kind, spec.get_default(), spec.description or "", choices=choices, **extra)
        )
    return tuple(infos)


def _kind_of(annotation: Any) -> tuple[ParamKind, tuple[str, ...]]:
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(a) for a in get_args(annotation))
    if get_origin(annotation) is tuple:
        return "ints", ()
    kinds: dict[Any, ParamKind] = {bool: "bool", int: "int", float: "float"}
    return kinds.get(annotation, "text"), ()


ConfigT = TypeVar("ConfigT", bound=Config)


def build(config_cls: type[ConfigT], values: Mapping[str, Any], *, what: str = "settings") -> ConfigT:
    """Make a config from untrusted values.

    Raises
    ------
    UsageError
        Naming the first wrong field and what is wrong with it.
    """
    try:
        return config_cls.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or what
        known = ", ".join(config_cls.model_fields)
        raise UsageError(f"'{where}' in the {what}: {first['msg']}.", f"Known are: {known}.") from error


def read_json(config_cls: type[ConfigT], path: Path, *, what: str = "settings") -> ConfigT:
    """Read a config from a JSON file; see `build` for the errors."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path.name} cannot be read as {what}: {error}.", "Is it damaged?") from error
    if not isinstance(values, dict):
        raise UsageError(f"{path.name} holds no table of {what}.", "Is it the right file?")
    return build(config_cls, values, what=what)
