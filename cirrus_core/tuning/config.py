"""What a search is asked to do; free of torch and optuna, so that forms and options can read it."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import field_validator

from cirrus_core.config import Config, param

PresetName = Literal["default", "s1-widths", "tunable"]

_BUDGET = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|m|h|d)")
_UNIT_S = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}


class TuneConfig(Config):
    """Settings of one search. Without `trials` the `budget` ends it; one of the two is needed."""

    preset: PresetName = param("default", help="which settings are varied")
    trials: int = param(
        0, help="trainings in the study, those of earlier runs included; 0: no limit", low=0, high=100_000
    )
    budget: str = param("", help="time for this run, such as 90s, 30m or 2h; empty: no limit")
    storage: str = param(
        "",
        help="database that several computers share, such as postgresql://...; empty: a file in the folder",
    )
    workers: int = param(1, help="trainings at the same time on this computer", low=1, high=64)
    random_trials: int = param(
        10, help="trials drawn at random before the sampler learns from them", low=1, high=1000
    )
    unpruned_trials: int = param(
        5, help="trials that are finished before a later one may be broken off", low=1, high=1000
    )
    unpruned_epochs: int = param(5, help="epochs of each trial before it may be broken off", low=0, high=1000)

    @field_validator("budget")
    @classmethod
    def _is_a_duration(cls, text: str) -> str:
        if text and not _BUDGET.fullmatch(text):
            raise ValueError(f"'{text}' is no length of time; write one like 90s, 30m or 2h")
        return text

    @property
    def budget_s(self) -> float | None:
        """The budget in seconds; None without one."""
        found = _BUDGET.fullmatch(self.budget)
        return float(found[1]) * _UNIT_S[found[2]] if found else None
