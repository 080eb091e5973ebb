"""The losses where features come in bands of rows: sums first, then what follows from them."""

from dataclasses import dataclass, field
from typing import NoReturn

from ...problem.stages import Stage
from ...problem.term_constants import StyleConstants
from ..network.features import difference_sums
from ..threads.workspace import Float32, Workspace
from .look import Look
from .terms import Asked, Matrix, Terms, center_of


@dataclass(frozen=True)
class Gathered:
    """The sum of what bands have seen of a layer; see `Sums`."""

    total: Matrix

    def gram(self, constants: StyleConstants) -> Matrix:
        """Return the Gram matrix."""
        return self.total

    def moments(self, center: Float32) -> Matrix:
        """Return the moments."""
        return self.total

    def absolute_sum(self, matrix: Float32, row: Float32 | None = None) -> NoReturn:
        """Raise an error: the matrix is known when the features are gone."""
        raise NotImplementedError("require_bands refuses such terms")


@dataclass
class BandedTerms(Terms):
    """All terms that look at features; see `Terms`.

    Gram matrices, moments and squared differences are sums over positions: those of the bands are
    added up, in their order.
    """

    _style_sums: dict[str, Matrix] = field(default_factory=dict)
    _squares: dict[str, float] = field(default_factory=dict)

    def start(self) -> None:
        """Forget the evaluation before."""
        super().start()
        self._style_sums, self._squares = {}, {}

    def observe(
        self, stage: Stage, layer: str, framed: Float32, rows: slice, work: Workspace
    ) -> None:
        """Add up what some rows of a layer's features are worth; see `Terms.observe`."""
        if layer in self._content_constants:
            target = self.content_targets[layer][rows]
            squares, _ = difference_sums(self.team, framed, target, absolute=False)
            self._squares[layer] = self._squares.get(layer, 0.0) + squares
        for _, styles in self._groups.get(layer, []):
            size = (rows.stop - rows.start, stage.size_of(layer)[1])
            own = sums_of(styles[0], Look(self.team, work, framed, size, None))
            self._style_sums[layer] = self._style_sums.get(layer, 0.0) + own

    def conclude(self) -> None:
        """Compute losses and gradients of the sums."""
        for layer, squares in self._squares.items():
            self._content_of(self._content_constants[layer], squares, 0.0)
        for layer, total in self._style_sums.items():
            ((_, styles),) = self._groups[layer]  # masks are refused
            self._add(self.gradients[layer], None, *self._style(styles, Gathered(total)))


def sums_of(asked: Asked, look: Look) -> Matrix:
    """Compute the sums over positions that a style term asks for."""
    constants, target = asked
    if constants.statistic == "gram":
        return look.gram(constants)
    return look.moments(center_of(target))
