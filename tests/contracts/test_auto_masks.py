"""What every automatic mask method keeps to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cirrus_core.config import params_of
from cirrus_core.errors import MaskError, UsageError
from cirrus_core.masks.auto.config import OtsuLogConfig
from cirrus_core.masks.auto.table import AUTO_MASKS, AutoMaskSpec, auto_mask_spec, automask
from cirrus_core.masks.cleanup import CleanupConfig, clean

every_method = pytest.mark.parametrize("spec", AUTO_MASKS, ids=lambda spec: spec.name)


@pytest.fixture
def sky() -> NDArray[np.float64]:
    """A bright cloud on a dark sky, in ADU."""
    rng = np.random.default_rng(7)
    adu = 600 + rng.normal(0, 5, (60, 80))
    adu[20:40, 30:60] += 500
    return np.asarray(adu.round())


@every_method
def test_bright_cloud_on_dark_sky_is_found(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    labels = automask(sky, spec.name)
    assert labels.dtype == np.uint8 and labels.shape == sky.shape
    assert (labels[20:40, 30:60] == 1).all() and set(np.unique(labels)) <= {0, 1}


@every_method
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int32, np.float32, ">f4", ">i2"])
def test_number_type_does_not_matter(spec: AutoMaskSpec, sky: NDArray[np.float64], dtype: Any) -> None:
    np.testing.assert_array_equal(automask(sky.astype(dtype), spec.name), automask(sky, spec.name))


@every_method
def test_unit_scaled_frames_give_the_same_mask(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    np.testing.assert_array_equal(automask(sky / 2**14, spec.name), automask(sky, spec.name))


@every_method
def test_frame_is_not_changed(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    sky.flags.writeable = False
    automask(sky, spec.name)
    automask(sky.astype(np.int16), spec.name)


@every_method
def test_blank_pixels_are_unsure(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    sky[:5] = np.nan
    sky[6, 6] = np.inf
    labels = automask(sky, spec.name)
    assert (labels[:5] == 255).all() and labels[6, 6] == 255
    assert (labels == 255).sum() == 5 * 80 + 1


@every_method
def test_frame_without_a_valid_pixel_is_refused(spec: AutoMaskSpec) -> None:
    with pytest.raises(MaskError, match="no valid pixel") as caught:
        automask(np.full((5, 5), np.nan, np.float32), spec.name)
    assert caught.value.hint


@every_method
def test_bands_are_averaged(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    bands = np.stack([sky - 30, sky, sky + 30])
    np.testing.assert_array_equal(automask(bands, spec.name), automask(sky, spec.name))


@every_method
def test_cleaning_is_a_step_of_its_own(spec: AutoMaskSpec, sky: NDArray[np.float64]) -> None:
    sky[3, 3] += 500
    config = CleanupConfig(min_cloud_px=4)
    raw = automask(sky, spec.name)
    assert raw[3, 3] == 1
    cleaned = automask(sky, spec.name, cleanup=config)
    assert cleaned[3, 3] == 0
    np.testing.assert_array_equal(cleaned, clean(raw, config))


@every_method
def test_method_explains_itself(spec: AutoMaskSpec) -> None:
    assert spec.title and spec.help and params_of(spec.config_cls)
    assert all(info.help for info in params_of(spec.config_cls))
    assert auto_mask_spec(spec.name) is spec


def test_names_are_unique() -> None:
    names = [spec.name for spec in AUTO_MASKS]
    assert len(set(names)) == len(names)


def test_unknown_method_lists_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        automask(np.zeros((3, 3)), "magic")
    assert all(spec.name in caught.value.hint for spec in AUTO_MASKS)


def test_config_of_another_method_is_wrong_usage(sky: NDArray[np.float64]) -> None:
    with pytest.raises(UsageError, match="no configuration"):
        automask(sky, "threshold", OtsuLogConfig())
