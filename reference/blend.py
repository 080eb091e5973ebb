"""Several styles as one: what they ask for, weighed, instead of their losses."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..problem.term_constants import StyleConstants
from .statistic_term import Quantiles
from .statistics import Normal

ConstantsOfStyles = list[dict[str, StyleConstants]]


def blended(
    constants: Sequence[Mapping[str, StyleConstants]], targets: Sequence[Mapping[str, Any]]
) -> tuple[ConstantsOfStyles, list[dict[str, Any]]]:
    """Make one style of several, at each layer of those that count there.

    Parameters
    ----------
    constants : sequence of mapping of str to StyleConstants
        For each style, by layer.
    targets : sequence of mapping of str to (C, C) ndarray, Normal or Quantiles
        What they ask for, likewise.

    Returns
    -------
    constants : list of dict of str to StyleConstants
        Of the one style; its weights are the sums of theirs.
    targets : list of dict of str to (C, C) ndarray, Normal or Quantiles

    Notes
    -----
    Gram matrices are means of products, which can be weighed; covariances are not, but second
    moments are: the covariance between two styles also knows how far apart their means lie.
    Sorted features of one rank are weighed.
    """
    seen: dict[str, StyleConstants] = {}
    asked: dict[str, Any] = {}
    for layer in dict.fromkeys(layer for table in constants for layer in table):
        here = [
            (table[layer], given[layer])
            for table, given in zip(constants, targets, strict=True)
            if layer in table
        ]
        total = sum(one.weight for one, _ in here)
        seen[layer] = replace(here[0][0], weight=total)
        shares = [one.weight / total if total else 1 / len(here) for one, _ in here]
        asked[layer] = _mean([target for _, target in here], shares)
    return [seen], [asked]


def _mean(targets: Sequence[Any], shares: Sequence[float]) -> Any:
    """Weigh matrices or distributions; of one it is itself."""
    if len(targets) == 1:
        return targets[0]
    if isinstance(targets[0], Quantiles):
        ranked = [share * one.values for share, one in zip(shares, targets, strict=True)]
        return Quantiles(np.sum(ranked, axis=0).astype(ranked[0].dtype), targets[0].directions)
    if not isinstance(targets[0], Normal):
        dtype = targets[0].dtype
        weighed = [share * target for share, target in zip(shares, targets, strict=True)]
        return np.sum(weighed, axis=0).astype(dtype)
    mean = sum(share * one.mean for share, one in zip(shares, targets, strict=True))
    second = sum(
        share * (one.covariance + np.outer(one.mean, one.mean))
        for share, one in zip(shares, targets, strict=True)
    )
    return Normal(mean, second - np.outer(mean, mean))
