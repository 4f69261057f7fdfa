"""Real frames beside simulated ones, for docs/simulated-sky.md.

Usage: python scripts/make_simulation_picture.py [DATA]      DATA defaults to ../shared/data
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import build
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.rebin import block_mean
from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch
from cirrus_core.masks.store import read_mask
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night

ROOT = Path(__file__).resolve().parents[1]
REAL = (
    "tau2_raw/clear_sky_sample.fits",
    "tau2_raw/cloud_sky_sample.fits",
    "lwiriseg/DS12_Train_0037.fits.gz",
    "lwiriseg/DS12_Train_0019.fits.gz",
    "lwiriseg/DS12_Train_0001.fits.gz",
    "lwiriseg/DS12_Train_0053.fits.gz",
)
SIMULATED: tuple[tuple[str, int], ...] = (
    ("none", 11),
    ("cumulus", 33),
    ("cumulus", 39),
    ("cirrus", 13),
    ("overcast", 12),
    ("overcast", 4),
)
"""Kind of cloud and seed of each simulated frame: kinds as in the real frame above it."""

Panel = tuple[NDArray[Any], str]


def simulated_panels(kind: str, seed: int, folder: Path) -> tuple[Panel, Panel]:
    """A simulated frame, and its exact mask."""
    night = simulate_night(
        build(SimulateSkyConfig, {"frames": 1, "seed": seed, "clouds": kind}), folder / f"{kind}{seed}"
    )
    frame = block_mean(read_frame(night / "sky_00001.fits").data, 4)
    mask = read_mask(night / "sky_00001.mask.fits.gz").labels
    return (frame, f"simulated, {kind}"), (mask * 255, f"its exact mask, {mask.mean():.0%} cloud")


def real_panel(path: Path) -> Panel:
    data = read_frame(path).data
    # The published files hold ADU / 2**14, binned 4 x 4 already.
    binned = block_mean(data, 4) if data.shape[0] > 128 else np.asarray(data * 2**14, np.float32)
    return binned, f"real, {path.name.split('.')[0].replace('DS12_Train_', 'LWIRISEG ').replace('_', ' ')}"


def draw(rows: list[list[Panel]], out: Path) -> None:
    figure, axes = plt.subplots(3, len(REAL), figsize=(15, 7.4), layout="constrained")
    params = StretchParams()
    for axis, (data, title) in zip(axes[:2].flat, [*rows[0], *rows[1]], strict=True):
        cuts = find_cuts(data, params)
        axis.imshow(stretch(data, params, cuts), cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{title}\n{cuts[0]:.0f} to {cuts[1]:.0f} ADU", fontsize=8)
    for axis, (mask, title) in zip(axes[2], rows[2], strict=True):
        axis.imshow(mask, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        axis.set_title(title, fontsize=8)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[])
    figure.suptitle(
        "Real frames above, simulated below: binned 4 x 4, each stretched by itself (asinh, 0.5 to 99.5 %)",
        fontsize=10,
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=90)


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    if not data.is_dir():
        sys.exit(f"The real frames are not at {data}; name their folder.")
    real = [real_panel(data / name) for name in REAL]
    with tempfile.TemporaryDirectory() as folder:
        pairs = [simulated_panels(kind, seed, Path(folder)) for kind, seed in SIMULATED]
    rows = [real, [frame for frame, _ in pairs], [mask for _, mask in pairs]]
    draw(rows, ROOT / "docs" / "pictures" / "simulated-sky.png")


if __name__ == "__main__":
    main()
