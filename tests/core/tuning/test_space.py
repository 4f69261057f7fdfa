"""What a search varies: always what the config models allow."""

from __future__ import annotations

import optuna
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirrus_core.config import params_of
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.errors import UsageError
from cirrus_core.models.specs import UNetConfig
from cirrus_core.training.config import TrainConfig
from cirrus_core.tuning.config import PresetName, TuneConfig
from cirrus_core.tuning.plan import Plan, make_plan, trial_settings
from cirrus_core.tuning.space import OWNERS, PUBLISHED_WIDTHS, S1_WIDTH_LISTS, dimension, search_space

PRESETS = PresetName.__args__  # type: ignore[attr-defined]


def plan_of(preset: PresetName, **train: object) -> Plan:
    config = TuneConfig(preset=preset, trials=3)
    return make_plan(config, train=train, network={}, augment=AugmentConfig(), bands=())


@given(preset=st.sampled_from(PRESETS), seed=st.integers(0, 2**32 - 1))
def test_every_point_is_a_valid_setting_within_the_declared_bounds(preset: PresetName, seed: int) -> None:
    plan = plan_of(preset)
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    values = plan.space.suggest(study.ask())
    train, network = trial_settings(plan, values)  # raises on any value that a config model refuses
    for owner, config in (("train", train.model_dump()), ("network", network)):
        infos = {info.name: info for info in params_of(OWNERS[owner])}  # type: ignore[index]
        for name, value in values[owner].items():  # type: ignore[index]
            assert (list(config[name]) if isinstance(value, tuple) else config[name]) == (
                list(value) if isinstance(value, tuple) else value
            )
            info = infos[name]
            if info.low is not None and info.high is not None:
                assert info.low <= value <= info.high
            if info.choices:
                assert value in info.choices


def test_what_is_marked_tunable_is_varied() -> None:
    marked = {i.name for cls in (TrainConfig, UNetConfig) for i in params_of(cls) if i.tunable}
    assert set(search_space("tunable").names) == marked
    assert {"lr", "loss", "batch_size", "convs_per_block"} <= marked


def test_the_scale_is_that_of_the_declaration() -> None:
    dimensions = {d.name: d for d in search_space("default").dimensions}
    assert set(dimensions) == {"lr", "loss", "batch_size", "normalisation", "widths"}
    assert dimensions["lr"].log and dimensions["lr"].kind == "float"
    assert dimensions["loss"].choices == ("bce", "dice", "bce+dice")


@pytest.mark.parametrize("preset", ["default", "tunable"])
def test_the_search_begins_with_the_default_settings(preset: PresetName) -> None:
    plan = plan_of(preset)
    (point,) = plan.space.first
    study = optuna.create_study()
    study.enqueue_trial(dict(point))
    train, network = trial_settings(plan, plan.space.suggest(study.ask()))
    assert train == TrainConfig()
    assert UNetConfig.model_validate(network) == UNetConfig()


def test_the_long_wave_search_has_18_lists_with_the_two_published_ones_first() -> None:
    space = plan_of("s1-widths").space
    assert len(S1_WIDTH_LISTS) == len(set(S1_WIDTH_LISTS)) == space.limit == 18
    assert S1_WIDTH_LISTS[:2] == PUBLISHED_WIDTHS == ((64, 128, 256, 512), (128, 64, 32, 16))
    assert [point["widths"] for point in space.first][1] == "128,64,32,16"
    plan = plan_of("s1-widths", lr=0.01)
    assert plan.train["optimizer"] == "adam" and plan.network["norm"] == "none"
    assert plan.train["lr"] == 0.01, "what the user says goes before the preset"


def test_a_preset_may_narrow_but_not_widen() -> None:
    assert dimension("train", "lr", low=1e-3, high=1e-2).high == 1e-2
    with pytest.raises(ValueError, match="not within"):
        dimension("train", "lr", low=1e-9)
    with pytest.raises(ValueError, match="odd"):
        dimension("network", "first_kernel", choices=(2,))
    with pytest.raises(ValueError, match="neither bounds nor choices"):
        dimension("network", "widths")
    with pytest.raises(ValueError, match="no parameter"):
        dimension("train", "flavour")


def test_a_setting_that_is_given_is_not_varied() -> None:
    plan = plan_of("default", batch_size=2, loss="dice")
    assert set(plan.space.names) == {"lr", "normalisation", "widths"}
    assert plan.train["batch_size"] == 2 and plan.train["loss"] == "dice"
    assert set(plan.space.first[0]) == {"lr", "normalisation", "widths"}
    with pytest.raises(UsageError, match="Nothing is left"):
        make_plan(
            TuneConfig(preset="s1-widths"),
            train={},
            network={"widths": [8, 16]},
            augment=AugmentConfig(),
            bands=(),
        )


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("1.5 h", 5400), ("2min", 120)])
def test_a_budget_is_a_length_of_time(text: str, seconds: float) -> None:
    assert TuneConfig(budget=text).budget_s == seconds
    assert TuneConfig().budget_s is None


def test_a_search_needs_an_end() -> None:
    with pytest.raises(UsageError, match="Nothing says when"):
        make_plan(TuneConfig(), train={}, network={}, augment=AugmentConfig(), bands=())
    with pytest.raises(ValueError, match="no length of time"):
        TuneConfig(budget="soon")
