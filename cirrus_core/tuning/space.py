"""What a search varies, read from the config models. Free of torch and optuna.

A `Dimension` is made from the declaration of a parameter: its kind, bounds, scale and choices. A preset may
narrow it, never widen it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cirrus_core.config import Config, ParamInfo, params_of
from cirrus_core.models.specs import S1_WIDTHS, UNetConfig
from cirrus_core.training.config import TrainConfig
from cirrus_core.tuning.config import PresetName

if TYPE_CHECKING:
    import optuna

Owner = Literal["train", "network"]
OWNERS: Mapping[Owner, type[Config]] = {"train": TrainConfig, "network": UNetConfig}

PUBLISHED_WIDTHS = (S1_WIDTHS, (128, 64, 32, 16))
"""The two lists that are known of the long-wave infrared search: its default and the published network."""

S1_WIDTH_LISTS: tuple[tuple[int, ...], ...] = (
    *PUBLISHED_WIDTHS,
    (8, 16, 32),
    (16, 32, 64),
    (32, 64, 128),
    (64, 128, 256),
    (8, 16, 32, 64),
    (16, 32, 64, 128),
    (32, 64, 128, 256),
    (8, 16, 32, 64, 128),
    (16, 32, 64, 128, 256),
    (32, 16, 8),
    (64, 32, 16),
    (128, 64, 32),
    (64, 32, 16, 8),
    (256, 128, 64, 32),
    (32, 32, 32, 32),
    (64, 64, 64, 64),
)
"""18 lists, as many as that search had. Only `PUBLISHED_WIDTHS` are known; the other 16 are ours, made in
their manner: doubling or halving from one resolution to the next, 3 to 5 resolutions, and two constant."""

_QUICK_WIDTHS = ((4, 8, 16), (8, 16, 32), (8, 16, 32, 64), (16, 32, 64), (16, 32, 64, 128))


@dataclass(frozen=True, slots=True)
class Dimension:
    """One parameter that is varied: between `low` and `high` (both included), or over `choices`.

    Lists of numbers are written as text with commas among the `choices`, e.g. ``"8,16,32"``, since a study
    stores nothing but texts and numbers.
    """

    owner: Owner
    name: str
    kind: Literal["float", "int", "choice"]
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    choices: tuple[str | bool | int, ...] = ()
    is_list: bool = False

    def suggest(self, trial: optuna.Trial) -> Any:
        """Ask the sampler for a value, as the config model takes it."""
        if self.kind == "float":
            return trial.suggest_float(self.name, self.low, self.high, log=self.log)
        if self.kind == "int":
            return trial.suggest_int(self.name, int(self.low), int(self.high), log=self.log)
        return self.decode(trial.suggest_categorical(self.name, self.choices))

    def decode(self, stored: Any) -> Any:
        """The value that the study stores, as the config model takes it."""
        return tuple(int(part) for part in stored.split(",")) if self.is_list else stored

    def encode(self, value: Any) -> Any:
        """The value of a config model, as the study stores it."""
        return ",".join(map(str, value)) if self.is_list else value

    def holds(self, stored: Any) -> bool:
        """True if the search may come to this value."""
        if self.kind == "choice":
            return stored in self.choices
        return self.low <= float(stored) <= self.high


@dataclass(frozen=True, slots=True)
class SearchSpace:
    """The dimensions of a search, what it holds fast unless the user says otherwise, and where it begins.

    `first` lists points, parameter to stored value, that are tried before the sampler chooses.
    """

    dimensions: tuple[Dimension, ...]
    fixed: Mapping[Owner, Mapping[str, Any]] = field(default_factory=dict)
    first: tuple[Mapping[str, Any], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dimension.name for dimension in self.dimensions)

    @property
    def limit(self) -> int | None:
        """Number of trials after which nothing is left to try, where `first` lists every point."""
        everything = len(self.dimensions) == 1 and len(self.dimensions[0].choices) == len(self.first)
        return len(self.first) if everything else None

    def without(self, names: Collection[str]) -> SearchSpace:
        """This space without some of its dimensions."""
        points: list[dict[str, Any]] = []
        for point in self.first:
            left = {name: value for name, value in point.items() if name not in names}
            if left and left not in points:
                points.append(left)
        kept = tuple(dimension for dimension in self.dimensions if dimension.name not in names)
        return SearchSpace(kept, self.fixed, tuple(points))

    def suggest(self, trial: optuna.Trial) -> dict[Owner, dict[str, Any]]:
        """Values of all dimensions for one trial, by config model."""
        values: dict[Owner, dict[str, Any]] = {"train": {}, "network": {}}
        for dimension in self.dimensions:
            values[dimension.owner][dimension.name] = dimension.suggest(trial)
        return values


def dimension(
    owner: Owner,
    name: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Sequence[Any] = (),
) -> Dimension:
    """Make the dimension of parameter `name`, narrowed to `low`, `high` or `choices` where they are given.

    Raises
    ------
    ValueError
        If there is no such parameter, it has neither bounds nor choices, or would be widened.
    """
    info = next((info for info in params_of(OWNERS[owner]) if info.name == name), None)
    if info is None:
        raise ValueError(f"{OWNERS[owner].__name__} has no parameter '{name}'")
    offered = tuple(choices) or info.choices or ((False, True) if info.kind == "bool" else ())
    if offered:
        for value in offered:
            OWNERS[owner].model_validate({name: value})
        is_list = info.kind == "ints"
        stored = tuple(",".join(map(str, value)) if is_list else value for value in offered)
        return Dimension(owner, name, "choice", choices=stored, is_list=is_list)
    bounds = _bounds(info, low, high)
    return Dimension(owner, name, "int" if info.kind == "int" else "float", *bounds, log=info.log)


def _bounds(info: ParamInfo, low: float | None, high: float | None) -> tuple[float, float]:
    if info.kind not in ("int", "float") or info.low is None or info.high is None:
        raise ValueError(f"'{info.name}' has neither bounds nor choices")
    low, high = info.low if low is None else low, info.high if high is None else high
    if not info.low <= low <= high <= info.high:
        raise ValueError(f"{low}..{high} is not within {info.low}..{info.high} of '{info.name}'")
    return low, high


def tunable_dimensions() -> tuple[Dimension, ...]:
    """Every parameter that its config model marks as tunable, within its bounds; batches up to 64 frames."""
    narrowed: Mapping[str, dict[str, Any]] = {
        "first_kernel": {"choices": (1, 3, 5, 7, 9, 11, 13, 15)},  # even sides are refused
        "batch_size": {"high": 64},
        "aug_batch_size": {"high": 64},
    }
    return tuple(
        dimension(owner, info.name, **narrowed.get(info.name, {}))
        for owner, config_cls in OWNERS.items()
        for info in params_of(config_cls)
        if info.tunable
    )


def search_space(preset: PresetName) -> SearchSpace:
    """The search space of a preset.

    default
        Learning rate, loss, batch size, normalisation and widths, beginning with the default settings.
    s1-widths
        The long-wave infrared search: `S1_WIDTH_LISTS`, each once, everything else as it was there.
    tunable
        All parameters marked as tunable (`tunable_dimensions`), beginning with the default settings.
    """
    if preset == "s1-widths":
        widths = dimension("network", "widths", choices=S1_WIDTH_LISTS)
        return SearchSpace(
            (widths,),
            fixed={
                "train": {"loss": "bce", "optimizer": "adam", "schedule": "cosine", "lr": 1e-3}
                | {"batch_size": 16, "weight_decay": 0.0},
                "network": {"norm": "none", "context": 0, "stem_stride": 1},
            },
            first=tuple({"widths": choice} for choice in widths.choices),
        )
    dimensions = tunable_dimensions() if preset == "tunable" else _default_dimensions()
    return SearchSpace(dimensions, first=({d.name: d.encode(_default(d)) for d in dimensions},))


def _default_dimensions() -> tuple[Dimension, ...]:
    return (
        dimension("train", "lr", low=1e-4, high=3e-2),
        dimension("train", "loss"),
        dimension("train", "batch_size", choices=(4, 8, 16, 32)),
        dimension("train", "normalisation"),
        dimension("network", "widths", choices=_QUICK_WIDTHS),
    )


def _default(varied: Dimension) -> Any:
    return OWNERS[varied.owner].model_fields[varied.name].get_default()
