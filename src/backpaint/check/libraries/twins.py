"""The operations once more, for any library that differentiates by itself.

What libraries have of their own (convolution, pooling, ReLU) comes from a `Library`; the rest is
written here in the few words that PyTorch, JAX and TensorFlow share.  The names are those of
`backpaint.reference`, so that the table of operations finds them.
"""

import math
from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..operations.operation import Array, Functions, Values
from .stylization_twins import StylizationTwins

Tensor = Any
"""An array of the library: PyTorch's, JAX's or TensorFlow's."""


class Library(StylizationTwins):
    """The operations that a library must offer; features are (height, width, channels).

    Attributes
    ----------
    name : str
        For the table.
    every : int
        Which sizes it is asked for: each, or every third where each takes long.
    """

    name: str
    every: int = 1

    @abstractmethod
    def gradients(
        self, function: Callable[[Values], Tensor], inputs: Values, names: Sequence[str], grad: Any
    ) -> tuple[Array, Values]:
        """Compute a function in float64, and by autograd its gradient for some inputs.

        Parameters
        ----------
        function : callable
            Takes `inputs` as tensors, by name.
        inputs : mapping of str to ndarray
        names : sequence of str
            The inputs to differentiate.
        grad : ndarray or float
            The incoming gradient.

        Returns
        -------
        y : ndarray
        gradients : dict of str to ndarray
        """

    @abstractmethod
    def conv_forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """As `backpaint.reference.conv.conv_forward`."""

    @abstractmethod
    def relu_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.relu.relu_forward`."""

    @abstractmethod
    def max_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.max_pool.max_pool_forward`."""

    @abstractmethod
    def average_pool_forward(self, x: Tensor, edge: str) -> Tensor:
        """As `backpaint.reference.average_pool.average_pool_forward`."""

    @abstractmethod
    def overlapping_average_pool_forward(self, x: Tensor, count_padding: bool) -> Tensor:
        """As `overlapping_average_pool_forward` of the reference."""

    @abstractmethod
    def cross_entropy_forward(self, z: Tensor, label: int) -> Tensor:
        """As `backpaint.reference.softmax.cross_entropy_forward`."""

    @abstractmethod
    def einsum(self, formula: str, *tensors: Tensor) -> Tensor:
        """Sum products as the formula says."""

    @abstractmethod
    def total(self, x: Tensor) -> Tensor:
        """Sum all elements."""

    @abstractmethod
    def join(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Join arrays along an axis."""

    @abstractmethod
    def identity(self, size: int) -> Tensor:
        """Make an identity matrix in float64."""

    @abstractmethod
    def cholesky(self, matrix: Tensor) -> Tensor:
        """Split a positive definite matrix into L L^T, and give L."""

    @abstractmethod
    def eigenvalues(self, matrix: Tensor) -> Tensor:
        """Compute the eigenvalues of a symmetric matrix."""

    @abstractmethod
    def ascending(self, x: Tensor) -> Tensor:
        """Sort each column of a matrix."""

    @abstractmethod
    def constant(self, values: Array) -> Tensor:
        """Make a tensor in float64 that is not differentiated."""

    @abstractmethod
    def rows(self, x: Tensor) -> Tensor:
        """Write features (H, W, C) as a matrix (H*W, C)."""

    def functions(self) -> Functions:
        """Return the operations by the names that the reference has for them."""
        return {name: getattr(self, name) for name in dir(self) if name.endswith("_forward")}

    def magnitude(self, x: Tensor) -> Tensor:
        """Take absolute values, whose slope at 0 is 0."""
        return abs(x)

    def enter_network(self, x: Tensor) -> Tensor:
        """Hand a picture over to the network, which may have another precision or layout."""
        return x

    def leave_network(self, y: Tensor) -> Tensor:
        """Take features back from the network."""
        return y

    def edge_pad_forward(self, x: Tensor) -> Tensor:
        """As `backpaint.reference.edge_pad.edge_pad_forward`."""
        x = self.join([x[:1], x, x[-1:]], 0)
        return self.join([x[:, :1], x, x[:, -1:]], 1)

    def linear_forward(self, x: Tensor, w: Tensor, b: Tensor) -> Tensor:
        """As `backpaint.reference.linear.linear_forward`."""
        return self.einsum("n,nk->k", x, w) + b

    def gram_forward(self, x: Tensor, divisor: float, weights: Tensor | None = None) -> Tensor:
        """As `backpaint.reference.gram.gram_forward`."""
        if weights is not None:
            return self.einsum("hw,hwc,hwd->cd", weights, x, x) / divisor
        return self.einsum("hwc,hwd->cd", x, x) / divisor

    def squared_error_forward(
        self, x: Tensor, target: Tensor, divisor: float, weights: Tensor | None = None
    ) -> Tensor:
        """As `backpaint.reference.squared_error.squared_error_forward`."""
        if weights is not None:
            return self.einsum("hw,hwc->", weights, (x - target) ** 2) / divisor
        return self.total((x - target) ** 2) / divisor

    def masked_squared_error_forward(self, x: Tensor, target: Tensor, mask: Tensor) -> Tensor:
        """As `backpaint.reference.masked_squared_error.masked_squared_error_forward`."""
        return self.total(self.einsum("hw,hwc->hwc", mask, (x - target) ** 2)) / math.prod(x.shape)

    def style_loss_forward(
        self, x: Tensor, gram: Tensor, gram_divisor: float, divisor: float, shift: float = 0.0
    ) -> Tensor:
        """As `backpaint.check.operations.style_loss.style_loss_forward`."""
        own = self.gram_forward(x + shift, gram_divisor)
        return self.squared_error_forward(own, gram, divisor)

    def moments_forward(self, x: Tensor, weights: Tensor) -> Tensor:
        """As `backpaint.reference.moments.moments_forward`."""
        ones = x[..., :1] * 0 + 1
        p = self.join([ones, x], 2)
        return self.einsum("hw,hwc,hwd->cd", weights, p, p)

    def covariance_loss_forward(
        self, x: Tensor, style: Tensor, area: float, divisor: float
    ) -> Tensor:
        """As in `backpaint.check.operations.statistic_loss`."""
        wanted = self._normal(style)[1] * area
        return self.squared_error_forward(self._normal(x)[1], wanted, divisor)

    def mean_deviation_loss_forward(
        self, x: Tensor, style: Tensor, epsilon: float, *weights: Tensor | None
    ) -> Tensor:
        """As in `backpaint.check.operations.statistic_loss`; `weights` of `x` and `style`."""
        (mean, v), (wanted, w), added = self._two_normals(x, style, epsilon, *weights)
        sigma, tau = ((self.einsum("cc->c", one) + added) ** 0.5 for one in (v, w))
        return self.total((mean - wanted) ** 2 + (sigma - tau) ** 2) / int(x.shape[2])

    def wasserstein_loss_forward(
        self, x: Tensor, style: Tensor, epsilon: float, *weights: Tensor | None
    ) -> Tensor:
        """As in `backpaint.check.operations.statistic_loss`, by another root of the style's."""
        channels = int(x.shape[2])
        (mean, v), (wanted, w), added = self._two_normals(x, style, epsilon, *weights)
        v, w = (one + added * self.identity(channels) for one in (v, w))
        root = self.cholesky(w)
        values = self.eigenvalues(self.einsum("ba,bc,cd->ad", root, v, root))
        means, traces = self.total((mean - wanted) ** 2), self.einsum("cc->", v + w)
        return (means + traces - 2 * self.total(values**0.5)) / channels

    def sliced_forward(self, x: Tensor, wanted: Tensor, directions: Tensor) -> Tensor:
        """As `backpaint.reference.sliced.sliced_forward`: sorted numbers beside sorted numbers."""
        y = self.ascending(self.rows(self.einsum("hwc,cv->hwv", x, directions)))
        return self.total((y - wanted) ** 2) / (int(y.shape[0]) * int(y.shape[1]))

    def wasserstein_steps_loss_forward(
        self, x: Tensor, style: Tensor, epsilon: float, root_steps: int
    ) -> Tensor:
        """As in `backpaint.check.operations.statistic_loss`, by the iteration itself."""
        added = epsilon * (1 + self.mean_variance(style))
        return self.truncated_wasserstein(x, style, added, root_steps)

    def histogram_loss_forward(self, x: Tensor, style: Tensor) -> Tensor:
        """As in `backpaint.check.operations.statistic_loss`."""
        return self.sorted_error(x, style, self.identity(int(x.shape[2])))

    def sorted_error(self, x: Tensor, style: Tensor, directions: Tensor) -> Tensor:
        """Compare features of two sizes along directions, rank by rank."""
        along = self.rows(self.einsum("hwc,cv->hwv", style, directions))
        ranked, count = self.ascending(along), int(x.shape[0]) * int(x.shape[1])
        to_ranks = self.constant(rank_weights(int(ranked.shape[0]), count))
        return self.sliced_forward(x, self.einsum("ij,jv->iv", to_ranks, ranked), directions)

    def truncated_wasserstein(
        self, x: Tensor, style: Tensor, epsilon: float, steps: int, *weights: Tensor | None
    ) -> Tensor:
        """As `wasserstein_forward` with ``root_steps``, by the iteration itself."""
        channels = int(x.shape[2])
        (mean, v), (wanted, w), _ = self._two_normals(x, style, epsilon, *weights)
        v, w = (one + epsilon * self.identity(channels) for one in (v, w))
        root = self._newton_schulz(w, steps)
        middle = self._newton_schulz(self.einsum("ab,bc,cd->ad", root, v, root), steps)
        means, traces = self.total((mean - wanted) ** 2), self.einsum("cc->", v + w - 2 * middle)
        return (means + traces) / channels

    def mean_variance(self, x: Tensor, weights: Tensor | None = None) -> Tensor:
        """Compute the mean of all channels' variances."""
        return self.einsum("cc->", self._normal(x, weights)[1]) / int(x.shape[2])

    def _newton_schulz(self, matrix: Tensor, steps: int) -> Tensor:
        """Compute a root of a matrix by as many products as there are."""
        norm = self.total(matrix**2) ** 0.5
        identity = self.identity(int(matrix.shape[0]))
        y, z = matrix / norm, identity
        for _ in range(steps):
            t = (3 * identity - self.einsum("ab,bc->ac", z, y)) / 2
            y, z = self.einsum("ab,bc->ac", y, t), self.einsum("ab,bc->ac", t, z)
        return y * norm**0.5

    def _two_normals(
        self,
        x: Tensor,
        style: Tensor,
        epsilon: float,
        of_x: Tensor | None = None,
        of_style: Tensor | None = None,
    ) -> tuple[Any, Any, Tensor]:
        """Compute both distributions, and what is added to each variance."""
        painted, wanted = self._normal(x, of_x), self._normal(style, of_style)
        variance = self.einsum("cc->", wanted[1]) / int(x.shape[2])
        return painted, wanted, epsilon * (1 + variance)

    def _normal(self, x: Tensor, weights: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Compute mean and covariance of features."""
        weights = x[:, :, 0] * 0 + 1 if weights is None else weights
        counted = self.total(weights)
        mean = self.einsum("hw,hwc->c", weights, x) / counted
        centered = x - mean
        return mean, self.einsum("hw,hwc,hwd->cd", weights, centered, centered) / counted

    def preprocess_forward(
        self, x: Tensor, scale: Sequence[float], offset: Sequence[float], order: Sequence[int]
    ) -> Tensor:
        """As `backpaint.reference.preprocess.preprocess_forward`."""
        return self.join([x[:, :, c : c + 1] * scale[c] + offset[c] for c in order], 2)

    def absolute_variation_forward(self, x: Tensor, mean: bool) -> Tensor:
        """As `absolute_variation_forward` of the reference."""
        return sum(self._summed(self.magnitude(d), mean) for d in _differences(x))

    def squared_variation_forward(self, x: Tensor, mean: bool) -> Tensor:
        """As `squared_variation_forward` of the reference."""
        return sum(self._summed(d * d, mean) for d in _differences(x))

    def power_variation_forward(
        self, x: Tensor, exponent: float, epsilon: float, mean: bool, wrap: bool
    ) -> Tensor:
        """As `power_variation_forward` of the reference."""
        if wrap:
            x = self.join([x, x[:1]], 0)
            x = self.join([x, x[:, :1]], 1)
        dx, dy = _differences(x)
        lengths = dx[:-1] ** 2 + dy[:, :-1] ** 2 + epsilon
        return self._summed(lengths**exponent, mean)

    def laplacian_variation_forward(self, x: Tensor) -> Tensor:
        """As `laplacian_variation_forward` of the reference."""
        nothing = 0 * x
        x = self.join([nothing[:1], x, nothing[:1]], 0)
        nothing = 0 * x
        dx, dy = _differences(self.join([nothing[:, :1], x, nothing[:, :1]], 1))
        return (self.total(dx**2) + self.total(dy**2)) / 16

    def nine_point_variation_forward(self, x: Tensor) -> Tensor:
        """As `nine_point_variation_forward` of the reference."""
        x = self.edge_pad_forward(x)
        squares = (
            ((x[1:-1, 2:] - x[1:-1, 1:-1]) ** 2, 2 / 3),
            ((x[2:, 1:-1] - x[1:-1, 1:-1]) ** 2, 2 / 3),
            ((x[1:, 1:] - x[:-1, :-1]) ** 2, 1 / 6),
            ((x[1:, :-1] - x[:-1, 1:]) ** 2, 1 / 6),
        )
        return sum(weight * self._summed(square, True) for square, weight in squares)

    def content_laplacian_forward(self, x: Tensor, content: Tensor, pool: int) -> Tensor:
        """As `content_laplacian_forward` of the reference, the squares added up by shifts."""
        rows, columns = int(x.shape[0]) // pool, int(x.shape[1]) // pool
        if min(rows, columns) < 3:
            return 0.0 * self.total(x)
        gray = self.einsum("hwc->hw", x - content)
        shifts = [(i, j) for i in range(pool) for j in range(pool)]
        d = sum(gray[i : rows * pool : pool, j : columns * pool : pool] for i, j in shifts)
        d = d / pool**2
        neighbors = d[:-2, 1:-1] + d[2:, 1:-1] + d[1:-1, :-2] + d[1:-1, 2:]
        return self.total((4 * d[1:-1, 1:-1] - neighbors) ** 2) / ((rows - 2) * (columns - 2))

    def value_range_forward(
        self, x: Tensor, center: Sequence[float], half: Sequence[float], power: float
    ) -> Tensor:
        """As `value_range_forward` of the reference."""
        y = self.preprocess_forward(
            x, [1 / h for h in half], [-c / h for c, h in zip(center, half, strict=True)], (0, 1, 2)
        )
        return self.total((y * y) ** (power / 2))

    def _summed(self, values: Tensor, mean: bool) -> Tensor:
        height, width, channels = values.shape
        count = max(int(height) * int(width) * int(channels), 1)
        return self.total(values) / (count if mean else 1)


def _differences(x: Tensor) -> tuple[Tensor, Tensor]:
    return x[:, 1:] - x[:, :-1], x[1:] - x[:-1]


def rank_weights(own: int, count: int) -> Array:
    """Write reading values at other ranks as a matrix (count, own), two numbers in a row at most.

    Examples
    --------
    >>> rank_weights(2, 3)
    array([[1. , 0. ],
           [0.5, 0.5],
           [0. , 1. ]])
    """
    at = np.interp((np.arange(count) + 0.5) / count, (np.arange(own) + 0.5) / own, np.arange(own))
    return np.asarray(np.maximum(0, 1 - np.abs(at[:, np.newaxis] - np.arange(own))))
