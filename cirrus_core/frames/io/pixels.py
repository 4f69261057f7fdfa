"""From stored numbers to physical ones: BSCALE, BZERO and BLANK."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.frames.io.header import Cards, CardValue


def physical(stored: NDArray[Any], cards: Cards) -> NDArray[Any]:
    """Apply ``value = BZERO + BSCALE * stored`` (FITS 4.0, 4.4.2.5).

    Whole numbers stay whole: unit scale with a whole zero gives an integer type (uint16 for the usual
    BZERO = 32768). Other scales give float32, or float64 where float32 would round the stored numbers.
    Pixels equal to BLANK become NaN in float32 (float64 for 32 and 64 bits).

    Parameters
    ----------
    stored : ndarray
        In native byte order, as in the file.
    """
    scale, zero = _number(cards.get("BSCALE"), 1.0), _number(cards.get("BZERO"), 0.0)
    if stored.dtype.kind == "f":
        return stored if (scale, zero) == (1.0, 0.0) else _float_scaled(stored, scale, zero, stored.dtype)
    exact_float = np.dtype(np.float64 if stored.dtype.itemsize > 2 else np.float32)
    if scale == 1.0 and zero.is_integer():
        values = _shifted(stored, int(zero))
    else:
        values = _float_scaled(stored, scale, zero, exact_float)
    blank = cards.get("BLANK")
    if isinstance(blank, int) and not isinstance(blank, bool) and (is_blank := stored == blank).any():
        values = values.astype(exact_float)
        values[is_blank] = np.nan
    return values


def _float_scaled(stored: NDArray[Any], scale: float, zero: float, kind: np.dtype[Any]) -> NDArray[Any]:
    values: NDArray[Any] = stored.astype(np.float64) * scale + zero
    return values.astype(kind, copy=False)


def _shifted(stored: NDArray[Any], zero: int) -> NDArray[Any]:
    """Add a whole number and stay in the smallest integer type that suits the file's own."""
    if zero == 0:
        return stored
    half, signed = 1 << (8 * stored.dtype.itemsize - 1), stored.dtype.kind == "i"
    if zero == (half if signed else -half):
        # The standard's way to store the other signedness: flipping the top bit is the whole sum.
        other = np.dtype(f"{'u' if signed else 'i'}{stored.dtype.itemsize}")
        flipped: NDArray[Any] = stored.view(other) ^ other.type(half if signed else -half)
        return flipped
    low, high = int(stored.min()) + zero, int(stored.max()) + zero
    for name in ("uint8", "int16", "uint16", "int32", "uint32", "int64"):
        kind = np.dtype(name)
        limits = np.iinfo(name)
        if kind.itemsize >= stored.dtype.itemsize and limits.min <= low and high <= limits.max:
            return (stored.astype(np.int64) + zero).astype(kind)
    return stored.astype(np.float64) + zero


def _number(value: CardValue | None, default: float) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default
