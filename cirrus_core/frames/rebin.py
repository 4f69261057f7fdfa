"""Frames on other grids: block means with headers that stay true, and the way to a network's grid and back.

Pixel centres lie at whole numbers; row 0 reaches from -0.5 to 0.5.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from scipy import sparse

from cirrus_core.errors import UsageError

Factors = tuple[float, float]
"""How many old rows and columns make one new one."""

_SIZE_CARDS = (
    "PXSIZE", "PIXSIZE", "PIXSCALE", "SECPIX", "SCALE", "XBINNING", "YBINNING", "XPIXSZ", "YPIXSZ",
    "PIXSIZE1", "PIXSIZE2", "PIXWIDTH", "PIXHEIGH", "IMBINX", "IMBINY", "CCDXBIN", "CCDYBIN",
)  # fmt: skip
_ROW_CARDS = frozenset({"YBINNING", "YPIXSZ", "PIXSIZE2", "PIXHEIGH", "IMBINY", "CCDYBIN"})
_UNTRUE_CARDS = (
    "BSCALE", "BZERO", "BLANK", "DATAMIN", "DATAMAX", "CHECKSUM", "DATASUM", "DATASEC", "TRIMSEC", "BIASSEC",
    "CCDSEC", "DETSEC", "AMPSEC",
)  # fmt: skip
"""Cards that say something about the old pixels and would be wrong on the new ones."""


def block_mean(data: NDArray[Any], factor: int | tuple[int, int]) -> NDArray[np.float32]:
    """Mean of blocks of pixels.

    Parameters
    ----------
    data : ndarray, (..., H, W), any number type
    factor : int or (int, int)
        Rows and columns per block. Rows and columns at the end that fill no block are left out.

    Returns
    -------
    float32 ndarray, (..., H // factor, W // factor)
        Blank pixels do not count; NaN where a whole block is blank.

    Raises
    ------
    UsageError
        If the frame is smaller than a block or the factor is below 1.
    """
    rows, columns = (factor, factor) if isinstance(factor, int) else factor
    height, width = data.shape[-2:]
    if min(rows, columns) < 1 or height < rows or width < columns:
        raise UsageError(
            f"Blocks of {rows} x {columns} do not fit a frame of {height} x {width}.",
            "Choose a smaller factor.",
        )
    whole = data[..., : height // rows * rows, : width // columns * columns]
    if _all_finite(whole):
        return (_block_sum(whole, rows, columns) / (rows * columns)).astype(np.float32)
    valid = np.isfinite(whole)
    total = _block_sum(np.where(valid, whole, 0), rows, columns)
    count = _block_sum(valid, rows, columns)
    return np.divide(total, count, out=np.full_like(total, np.nan), where=count > 0).astype(np.float32)


def _all_finite(data: NDArray[Any]) -> bool:
    return data.dtype.kind != "f" or bool(np.isfinite(data.min()) and np.isfinite(data.max()))


def _block_sum(data: NDArray[Any], rows: int, columns: int) -> NDArray[np.float64]:
    height, width = data.shape[-2:]
    # Rows first, whole rows at a time; then the columns of what is left: both run along memory.
    by_rows = data.reshape(*data.shape[:-2], height // rows, rows, width).sum(axis=-2, dtype=np.float64)
    total: NDArray[np.float64] = by_rows[..., 0::columns].copy()
    for column in range(1, columns):
        total += by_rows[..., column::columns]
    return total


def bin_header(header: fits.Header, factor: float | Factors) -> fits.Header:
    """Header for a frame of block means (or any coarser or finer grid): WCS and pixel sizes adapted.

    CRPIX moves as pixel centres do, ``(CRPIX - 0.5) / factor + 0.5``; CD, CDELT and SIP terms scale. Cards
    about the old pixels (sections, BZERO, checksums) are left out, and a HISTORY card tells the factor.
    """
    by_row, by_column = (factor, factor) if isinstance(factor, int | float) else factor
    new = header.copy()
    for keyword in _UNTRUE_CARDS:
        new.remove(keyword, ignore_missing=True, remove_all=True)
    for keyword in _SIZE_CARDS:
        if _is_number(new.get(keyword)):
            new[keyword] = new[keyword] * (by_row if keyword in _ROW_CARDS else by_column)
    for alternate in ("", *"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if alternate == "" or f"CRPIX1{alternate}" in new:
            _scale_wcs(new, (by_column, by_row), alternate)
    _scale_sip(new, (by_column, by_row))
    new.add_history(f"CIRRUS: {by_row:g} x {by_column:g} pixels (rows x columns) averaged into one")
    return new


def _scale_wcs(header: fits.Header, factors: Factors, alternate: str) -> None:
    """`factors` are those of FITS axes 1 and 2."""
    has_cd = any(f"CD{i}_{j}{alternate}" in header for i in (1, 2) for j in (1, 2))
    for axis, factor in enumerate(factors, start=1):
        for keyword in (f"CRPIX{axis}{alternate}", f"LTV{axis}" if not alternate else ""):
            if keyword and _is_number(header.get(keyword)):
                header[keyword] = (header[keyword] - 0.5) / factor + 0.5
        if not alternate and _is_number(header.get(f"LTM{axis}_{axis}")):
            header[f"LTM{axis}_{axis}"] = header[f"LTM{axis}_{axis}"] / factor
        # CDELT times PC gives degrees per pixel of the *intermediate* axis; PC mixes pixel axes, so unequal
        # factors go into the matrix and equal ones into CDELT.
        for row in (1, 2):
            keyword = f"CD{row}_{axis}{alternate}"
            if has_cd and _is_number(header.get(keyword)):
                header[keyword] = header[keyword] * factor
    if not has_cd:
        _scale_cdelt(header, factors, alternate)


def _scale_cdelt(header: fits.Header, factors: Factors, alternate: str) -> None:
    if factors[0] == factors[1] or not any(f"PC{i}_{j}{alternate}" in header for i in (1, 2) for j in (1, 2)):
        for axis, factor in enumerate(factors, start=1):
            if _is_number(header.get(f"CDELT{axis}{alternate}")):
                header[f"CDELT{axis}{alternate}"] = header[f"CDELT{axis}{alternate}"] * factor
        return
    for axis, factor in enumerate(factors, start=1):
        for row in (1, 2):
            keyword = f"PC{row}_{axis}{alternate}"
            header[keyword] = header.get(keyword, float(row == axis)) * factor


def _scale_sip(header: fits.Header, factors: Factors) -> None:
    """SIP terms are polynomials of pixels that give pixels (Shupe et al. 2005)."""
    for letter, own in (("A", 0), ("B", 1), ("AP", 0), ("BP", 1)):
        order = header.get(f"{letter}_ORDER")
        if not isinstance(order, int):
            continue
        for p in range(order + 1):
            for q in range(order + 1 - p):
                keyword = f"{letter}_{p}_{q}"
                if _is_number(header.get(keyword)):
                    header[keyword] = header[keyword] * factors[0] ** p * factors[1] ** q / factors[own]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def to_grid(data: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Bring frames onto a grid of `shape`, the picture's edges onto the grid's edges.

    Coarser axes take the mean over the area of each new pixel (the block mean where the factor is whole),
    finer axes are interpolated linearly.

    Parameters
    ----------
    data : ndarray, (..., H, W), any number type
    shape : (int, int)
        New rows and columns.

    Returns
    -------
    float32 ndarray, (..., *shape)
        Blank pixels do not count; NaN where nothing else lies below.
    """
    height, width = data.shape[-2:]
    rows, columns = shape
    if (height, width) == (rows, columns):
        return data.astype(np.float32)
    if height % rows == 0 and width % columns == 0:
        return block_mean(data, (height // rows, width // columns))
    values = data.astype(np.float32)
    if _all_finite(values):
        return _resize(values, shape)
    valid = np.isfinite(values)
    total = _resize(np.where(valid, values, np.float32(0)), shape)
    weight = _resize(valid.astype(np.float32), shape)
    return np.divide(total, weight, out=np.full_like(total, np.nan), where=weight > 1e-6)


def from_grid(prob: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Bring probabilities from a network's grid back to the size of the frame.

    Bilinear between pixel centres, constant outside the outermost centres; the inverse of `to_grid` in
    position: a feature stays where it was. A finer grid than the frame is averaged down.

    Parameters
    ----------
    prob : ndarray, (..., h, w)
    shape : (int, int)
        Rows and columns of the frame.

    Returns
    -------
    float32 ndarray, (..., *shape)
    """
    values = prob.astype(np.float32)
    return values if values.shape[-2:] == shape else _resize(values, shape)


def _resize(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Each axis by a sparse matrix of weights, in the order that keeps the picture in between small."""
    height, width = values.shape[-2:]
    stack = values.reshape(-1, height, width)
    out = np.empty((len(stack), *shape), np.float32)
    by_rows, by_columns = _weights(height, shape[0]), _weights(width, shape[1])
    for picture, result in zip(stack, out, strict=True):
        if shape[1] > width:
            wide = (by_columns @ np.ascontiguousarray(picture.T)).T
            result[...] = by_rows @ np.ascontiguousarray(wide)
        else:
            flat = by_rows @ picture
            result[...] = (by_columns @ np.ascontiguousarray(flat.T)).T
    return out.reshape(*values.shape[:-2], *shape)


@lru_cache(maxsize=64)
def _weights(n_old: int, n_new: int) -> sparse.csr_array:
    """Matrix (n_new, n_old) that resamples one axis: area means when coarser, linear when finer."""
    return _area_weights(n_old, n_new) if n_new < n_old else _linear_weights(n_old, n_new)


def _area_weights(n_old: int, n_new: int) -> sparse.csr_array:
    edges = np.arange(n_new + 1) * (n_old / n_new)
    old = np.arange(n_old)
    overlap = np.minimum(edges[1:, None], old + 1) - np.maximum(edges[:-1, None], old)
    weights = np.clip(overlap, 0.0, None)
    return sparse.csr_array((weights / weights.sum(axis=1, keepdims=True)).astype(np.float32))


def _linear_weights(n_old: int, n_new: int) -> sparse.csr_array:
    centre = np.clip((np.arange(n_new) + 0.5) * (n_old / n_new) - 0.5, 0.0, n_old - 1.0)
    left = np.minimum(centre.astype(np.int64), max(n_old - 2, 0))
    right = np.minimum(left + 1, n_old - 1)
    part = (centre - left).astype(np.float32)
    new = np.arange(n_new)
    both = (np.concatenate([1 - part, part]), (np.tile(new, 2), np.concatenate([left, right])))
    return sparse.csr_array(both, shape=(n_new, n_old), dtype=np.float32)
