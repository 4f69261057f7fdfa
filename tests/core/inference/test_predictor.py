"""The predictor on frames of any size, type and damage, with a network whose answer is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_helpers import SLOPE, make_model, sky
from numpy.typing import NDArray

from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.errors import FrameError, ModelError
from cirrus_core.inference.predictor import Predictor


@pytest.fixture(scope="module")
def predictor(tmp_path_factory: pytest.TempPathFactory) -> Predictor:
    folder = tmp_path_factory.mktemp("models") / "pointwise"
    make_model(folder)
    return Predictor(folder, device="cpu", threads=1)


def expected(frame: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the pointwise network must say: from the definitions of the normalisation and the sigmoid."""
    median = np.median(frame)
    spread = 1.4826 * np.median(np.abs(frame - median))
    return 1 / (1 + np.exp(-SLOPE * np.clip((frame - median) / spread, -6, 6)))


@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_a_frame_on_the_grid(predictor: Predictor, dtype: type) -> None:
    frame = sky((32, 40)).astype(dtype)
    (prob,) = predictor.predict([frame])
    assert prob.dtype == np.float32
    np.testing.assert_allclose(prob, expected(frame.astype(np.float64)), atol=1e-4)


def test_a_frame_four_times_the_grid_is_averaged_and_brought_back(predictor: Predictor) -> None:
    frame = sky((128, 160))
    (prob,) = predictor.predict([frame])
    binned = frame.astype(np.float64).reshape(32, 4, 40, 4).mean(axis=(1, 3))
    assert prob.shape == frame.shape
    # Halfway between the four inner pixels of a block lies the centre of the coarse pixel.
    centres = prob.reshape(32, 4, 40, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))
    inner = slice(1, -1)
    np.testing.assert_allclose(centres[inner, inner], expected(binned)[inner, inner], atol=0.12)
    assert np.corrcoef(centres.ravel(), expected(binned).ravel())[0, 1] > 0.99


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(2, 150), columns=st.integers(2, 150), seed=st.integers(0, 5))
def test_any_size_gives_probabilities_of_that_size(
    predictor: Predictor, rows: int, columns: int, seed: int
) -> None:
    frame = np.random.default_rng(seed).integers(0, 2**14, (rows, columns)).astype(np.int16)
    if frame.min() == frame.max():
        return
    (prob,) = predictor.predict([frame])
    assert prob.shape == (rows, columns)
    assert 0.0 <= prob.min() <= prob.max() <= 1.0


@pytest.mark.parametrize("shape", [(64, 80), (80, 64), (100, 100), (37, 211), (16, 20)])
def test_a_cloud_is_found_where_it_is(predictor: Predictor, shape: tuple[int, int]) -> None:
    (prob,) = predictor.predict([sky(shape)])
    rows, columns = np.nonzero(prob > 0.99)
    assert abs(rows.mean() / shape[0] - 0.3) < 0.05
    assert abs(columns.mean() / shape[1] - 0.6) < 0.05


def test_sizes_may_be_mixed_and_the_order_stays(predictor: Predictor) -> None:
    frames = [sky(shape, seed=i) for i, shape in enumerate([(64, 80), (50, 50), (64, 80), (128, 160)])]
    together = predictor.predict(frames)
    for frame, prob in zip(frames, together, strict=True):
        np.testing.assert_allclose(prob, predictor.predict([frame])[0], atol=1e-6)


def test_brightness_and_contrast_of_the_camera_do_not_matter(predictor: Predictor) -> None:
    frame = sky().astype(np.float64)
    first, second = predictor.predict([frame, frame / 2**14 - 3.0])
    np.testing.assert_allclose(first, second, atol=1e-3)


def test_blank_pixels_do_not_disturb_their_surroundings(predictor: Predictor) -> None:
    frame = sky().astype(np.float32)
    broken = frame.copy()
    broken[5:9, 5:9] = np.nan
    whole, holed = predictor.predict([frame, broken])
    assert np.isfinite(holed).all()
    np.testing.assert_allclose(holed[20:, 20:], whole[20:, 20:], atol=0.02)


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (np.full((64, 80), np.nan, np.float32), "no pixel with a value"),
        (np.full((64, 80), 77, np.int16), "have the value 77"),
    ],
)
def test_a_frame_that_shows_nothing_is_refused(
    predictor: Predictor, frame: NDArray[np.float32], why: str
) -> None:
    with pytest.raises(FrameError, match=why) as caught:
        predictor.predict([frame])
    assert caught.value.hint


def test_another_number_of_bands_is_refused(predictor: Predictor, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="needs 1 band, the frame has 3 bands"):
        predictor.predict([np.zeros((3, 64, 80), np.float32)])
    make_model(tmp_path / "rgb", bands=3)
    with pytest.raises(ModelError, match="needs 3 bands, the frame has 1 band"):
        Predictor(tmp_path / "rgb", device="cpu").predict([sky()])


def test_bands_are_seen_together(tmp_path: Path) -> None:
    make_model(tmp_path / "rgb", bands=3)
    # The pointwise network takes the mean of the bands.
    (prob,) = Predictor(tmp_path / "rgb", device="cpu").predict([np.stack([sky((32, 40))] * 3)])
    np.testing.assert_allclose(prob, expected(sky((32, 40)).astype(np.float64)), atol=1e-4)


def test_the_normalisation_of_the_data_set_is_used(tmp_path: Path) -> None:
    make_model(tmp_path / "m", normalisation=Normalisation(kind="dataset", mean=3000.0, std=500.0))
    (prob,) = Predictor(tmp_path / "m", device="cpu").predict([sky((32, 40))])
    scaled = (sky((32, 40)).astype(np.float64) - 3000.0) / 500.0
    np.testing.assert_allclose(prob, 1 / (1 + np.exp(-SLOPE * scaled)), atol=1e-4)


def test_repeated_prediction_gives_the_same_numbers(tmp_path: Path) -> None:
    make_model(tmp_path / "m", arch_config={"widths": [4, 8]})
    first, second = (Predictor(tmp_path / "m", device="cpu").predict([sky()])[0] for _ in range(2))
    assert np.array_equal(first, second)


def test_a_model_for_something_else_is_refused(tmp_path: Path) -> None:
    make_model(tmp_path / "m", task="classify")
    with pytest.raises(ModelError, match="does not tell cloud from clear"):
        Predictor(tmp_path / "m", device="cpu")


def test_exchanged_weights_are_noticed(tmp_path: Path) -> None:
    make_model(tmp_path / "m", arch_config={"widths": [4, 8]})
    card = make_model(tmp_path / "n", arch_config={"widths": [4, 8], "norm": "none"})
    assert card.id == "n"
    (tmp_path / "m" / "weights.safetensors").write_bytes(
        (tmp_path / "n" / "weights.safetensors").read_bytes()
    )
    with pytest.raises(ModelError, match="not those that the model card describes"):
        Predictor(tmp_path / "m", device="cpu")
