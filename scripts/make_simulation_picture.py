"""Real frames beside simulated ones, for docs/simulated-sky.md.

Usage: python scripts/make_simulation_picture.py [DATA]      DATA defaults to ../shared/data
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.rebin import block_mean
from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night

ROOT = Path(__file__).resolve().parents[1]
REAL = (
    ("tau2_raw/clear_sky_sample.fits", "real, clear"),
    ("tau2_raw/cloud_sky_sample.fits", "real, cloud"),
    ("lwiriseg/DS12_Train_0001.fits.gz", "real, binned"),
    ("lwiriseg/DS12_Train_0031.fits.gz", "real, binned"),
)
SIMULATED = ("none", "cumulus", "cirrus", "overcast")


def simulated_frame(kind: str, folder: Path) -> NDArray[np.float32]:
    config = SimulateSkyConfig(frames=1, seed=12, clouds=kind)
    simulate_night(config, folder / kind)
    return block_mean(read_frame(folder / kind / "sky_00001.fits").data, 4)


def real_frame(path: Path) -> NDArray[np.float32]:
    data = read_frame(path).data
    # The published files hold ADU / 2**14, binned 4 x 4 already.
    return block_mean(data, 4) if data.shape[0] > 128 else np.asarray(data * 2**14, np.float32)


def draw(panels: list[tuple[NDArray[np.float32], str]], out: Path) -> None:
    figure, axes = plt.subplots(2, 4, figsize=(12, 5.6), layout="constrained")
    params = StretchParams()
    for axis, (data, title) in zip(axes.flat, panels, strict=True):
        cuts = find_cuts(data, params)
        axis.imshow(stretch(data, params, cuts), cmap="gray", vmin=0, vmax=255)
        axis.set_title(f"{title}\n{cuts[0]:.0f} to {cuts[1]:.0f} ADU", fontsize=9)
        axis.set_axis_off()
    figure.suptitle("Frames binned 4 x 4, each with its own asinh stretch (0.5 to 99.5 %)", fontsize=10)
    out.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(out, dpi=110)


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    if not data.is_dir():
        sys.exit(f"The real frames are not at {data}; name their folder.")
    panels = [(real_frame(data / name), title) for name, title in REAL]
    with tempfile.TemporaryDirectory() as folder:
        panels += [(simulated_frame(kind, Path(folder)), f"simulated, {kind}") for kind in SIMULATED]
    draw(panels, ROOT / "docs" / "pictures" / "simulated-sky.png")


if __name__ == "__main__":
    main()
