"""Colors of a frame as those of ordinary screens: HDR, and gamuts wider than theirs.

Light is relative to that of an ordinary screen's white, which HDR shows at 203 cd/m2 (ITU-R
BT.2408).  Numbers of transfer functions and primaries are those of ITU-T H.273.
"""

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]

PQ, HLG = 16, 18
"""Transfer functions of HDR: SMPTE ST 2084, and hybrid log-gamma (both in ITU-R BT.2100)."""
NAMES = {PQ: "PQ", HLG: "HLG"}
BT2020, P3 = 9, 12
"""Primaries that are wider than those of BT.709, which sRGB has."""
WHITE, PEAK = 203.0, 1000.0
"""cd/m2 of an ordinary screen's white, and of the brightest that is told from brighter."""

TO_BT709 = {
    BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    P3: ((1.2249, -0.2247, 0.0), (-0.0421, 1.0421, 0.0), (-0.0196, -0.0786, 1.0979)),
}
"""Linear R, G, B to those of BT.709 (ITU-R BT.2087; both have the white D65)."""

_LUMINANCE = np.array((0.2627, 0.6780, 0.0593), np.float32)
"""Shares of R, G, B of BT.2020."""
_M1, _M2 = 2610 / 16384, 2523 / 4096 * 128
_C1, _C2, _C3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073
_OOTF = 1.2
"""HLG's exponent from a scene to a screen of 1000 cd/m2."""


def is_ordinary(transfer: int, primaries: int) -> bool:
    """Whether a frame's R, G, B can be taken as they are."""
    return transfer not in NAMES and primaries not in TO_BT709


def to_srgb(levels: NDArray[np.uint16], transfer: int, primaries: int) -> NDArray[np.uint8]:
    """Convert a frame's colors to sRGB.

    Parameters
    ----------
    levels : (H, W, 3) ndarray of uint16
        R, G, B of the frame's own transfer function and primaries, 0..65535.
    transfer, primaries : int

    Returns
    -------
    (H, W, 3) ndarray of uint8

    Notes
    -----
    What is as bright as paper stays so; brighter light is compressed as ITU-R BT.2390 does it, and
    what no ordinary screen's colors reach is clipped.
    """
    light = _to_light(transfer)[levels]  # (H, W, 3)
    if transfer == HLG:
        light *= (light @ _LUMINANCE)[..., np.newaxis] ** np.float32(_OOTF - 1)
        light *= np.float32(PEAK / WHITE)
    if transfer in NAMES:
        brightest = light.max(axis=-1, keepdims=True)
        light *= np.interp(brightest, *_gain()).astype(np.float32)
    if primaries in TO_BT709:
        light = light @ np.array(TO_BT709[primaries], np.float32).T
    places = np.rint(light.clip(0, 1) * np.float32(_STEPS)).astype(np.uint16)
    shown: NDArray[np.uint8] = _to_levels()[places]
    return shown


_STEPS = 65535


@cache
def _to_light(transfer: int) -> Float32:
    """Tabulate the light of all levels; HLG's is that of the scene, 0..1."""
    signal = np.linspace(0, 1, 65536)
    curves: dict[int, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
        PQ: lambda e: pq_light(e) / WHITE,
        HLG: hlg_scene,
    }
    return curves.get(transfer, _srgb_light)(signal).astype(np.float32)


def pq_light(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the light of PQ's signal 0..1, in cd/m2.

    Examples
    --------
    >>> np.rint(pq_light(np.array([0.0, 0.5081, 0.7518, 1.0])))
    array([    0.,   100.,  1000., 10000.])
    """
    root = signal ** (1 / _M2)
    return 10000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)


def pq_signal(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute PQ's signal 0..1 of a light in cd/m2: the inverse of `pq_light`."""
    power = (light / 10000) ** _M1
    return ((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2


def hlg_scene(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the light of a scene, 0..1, that HLG's signal 0..1 stands for.

    Examples
    --------
    >>> np.round(hlg_scene(np.array([0.0, 0.5, 0.75, 1.0])), 3)
    array([0.   , 0.083, 0.265, 1.   ])
    """
    return np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - _C) / _A) + _B) / 12)


@cache
def _gain() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tabulate by what light is multiplied, so that PEAK becomes an ordinary screen's white.

    The curve is the spline of ITU-R BT.2390, section 5.4.1: nothing changes below its knee.
    """
    peak, white = pq_signal(np.array(PEAK)), pq_signal(np.array(WHITE))
    signal = np.linspace(0, 1, 1025)[1:]  # of light up to the peak
    most = float(white / peak)
    knee = 1.5 * most - 0.5
    t = ((signal - knee) / (1 - knee)).clip(0, 1)
    spline = (
        (2 * t**3 - 3 * t**2 + 1) * knee
        + (t**3 - 2 * t**2 + t) * (1 - knee)
        + (3 * t**2 - 2 * t**3) * most
    )
    shown = np.where(signal < knee, signal, spline)
    light = pq_light(signal * peak)
    return light / WHITE, pq_light(shown * peak) / light


def _srgb_light(signal: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(signal <= 0.04045, signal / 12.92, ((signal + 0.055) / 1.055) ** 2.4)


@cache
def _to_levels() -> NDArray[np.uint8]:
    """Tabulate the 8-bit levels of sRGB of light in equal steps from 0 to 1."""
    light = np.linspace(0, 1, _STEPS + 1)
    signal = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    levels: NDArray[np.uint8] = np.rint(255 * signal).astype(np.uint8)
    return levels
