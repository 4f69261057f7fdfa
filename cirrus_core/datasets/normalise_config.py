"""How pixel values become network input: the declaration, free of torch and of arithmetic."""

from __future__ import annotations

from typing import Literal

from cirrus_core.config import Config, param

NormalisationKind = Literal["frame", "zscale", "dataset"]


class Normalisation(Config):
    """How pixel values become network input; stored with the model so that prediction cannot differ.

    kind "frame"
        (x - median) / (1.4826 MAD) of each frame.
    kind "zscale"
        u = (x - z1) / (z2 - z1) with the ZScale interval (contrast 0.9) of each frame, then
        sign(u) log(1 + 1000 |u|) / log(1001): 0 at the dark end of the frame's own range, 1 at the bright
        end, steep around the dark end where clear sky and the thinnest cloud part.
    kind "dataset"
        (x - `mean`) / `std` with the training set's figures.

    All are clipped to +-`clip`.
    """

    kind: NormalisationKind = param("frame", help="normalise each frame by itself, or by the data set")
    mean: float = param(0.0, help="mean over the training set", unit="ADU")
    std: float = param(1.0, help="standard deviation over the training set", unit="ADU")
    clip: float = param(6.0, help="values beyond are cut, in units of the spread", low=1.0, high=100.0)
