"""The losses where features come in bands of rows: sums first, then what follows from them."""

from dataclasses import dataclass, field
from typing import NoReturn

from ...problem.stages import Stage
from ...problem.term_constants import StyleConstants
from ..network.features import difference_sums
from ..threads.workspace import Float32, Workspace
from .look import Look
from .terms import Matrix, Terms, center_of


@dataclass(frozen=True, eq=False)
class Answer:
    """The sums over some positions of a layer.

    Attributes
    ----------
    squares : float
        Of the features' difference from the content's.
    style : (K, K) or (1 + K, 1 + K) ndarray of float64, or None
        The Gram matrix, or the moments.
    """

    squares: float = 0.0
    style: Matrix | None = None

    def __add__(self, other: "Answer") -> "Answer":
        style = self.style
        if style is not None and other.style is not None:
            style = style + other.style
        return Answer(self.squares + other.squares, style)


@dataclass(frozen=True, eq=False)
class Question:
    """The sums over positions that terms ask of a layer: all that is needed to compute them.

    Attributes
    ----------
    is_content : bool
        Whether the content term looks at the layer.
    style : StyleConstants or None
        None: no style looks at the layer.
    center : (K,) ndarray of float32, or None
        Around what moments are computed; None: a Gram matrix is asked for.
    """

    is_content: bool
    style: StyleConstants | None = None
    center: Float32 | None = None

    def answer(self, look: Look, target: Float32 | None) -> Answer:
        """Compute the sums at some rows.

        Parameters
        ----------
        look : Look
        target : ndarray of float32, or None
            The content's features there, if the content term looks at the layer.
        """
        squares = 0.0
        if target is not None:
            squares, _ = difference_sums(look.team, look.framed, target, absolute=False)
        if self.center is not None:
            return Answer(squares, look.moments(self.center))
        return Answer(squares, None if self.style is None else look.gram(self.style))


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

    _answers: dict[str, Answer] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.questions = {layer: self._question(layer) for layer in self._taps}

    def start(self) -> None:
        """Forget the evaluation before."""
        super().start()
        self._answers = {}

    def observe(
        self, stage: Stage, layer: str, framed: Float32, rows: slice, work: Workspace
    ) -> None:
        """Add up what some rows of a layer's features are worth; see `Terms.observe`."""
        question = self.questions[layer]
        target = self.content_targets[layer][rows] if question.is_content else None
        size = (rows.stop - rows.start, stage.size_of(layer)[1])
        self.add(layer, question.answer(Look(self.team, work, framed, size, None), target))

    def add(self, layer: str, answer: Answer) -> None:
        """Add the sums over some positions to those that are there."""
        before = self._answers.get(layer)
        self._answers[layer] = answer if before is None else before + answer

    def conclude(self) -> None:
        """Compute losses and gradients of the sums."""
        for layer, answer in self._answers.items():
            if layer in self._content_constants:
                self._content_of(self._content_constants[layer], answer.squares, 0.0)
            if answer.style is not None:
                ((_, styles),) = self._groups[layer]  # masks are refused
                self._add(self.gradients[layer], None, *self._style(styles, Gathered(answer.style)))

    def _question(self, layer: str) -> Question:
        """Collect what is asked of a layer; styles ask for the same sums there."""
        is_content, groups = layer in self._content_constants, self._groups.get(layer)
        if not groups:
            return Question(is_content)
        constants, target = groups[0][1][0]
        return Question(
            is_content, constants, None if constants.statistic == "gram" else center_of(target)
        )
