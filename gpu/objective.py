"""The GPU engine: the objective of `backpaint.reference`, one CUDA graph an evaluation."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine import Evaluation, Objective
from ..errors import UsageError
from ..pixels import network_input_map
from ..problem import Problem
from .calibration import calibrate_gradients, measure_features, measure_gradients
from .content_term import ContentTerm
from .descent import GPUDescent, has_descent
from .device import Array, arrays, require_device, to_host
from .filters import NetworkFilters, Precision
from .network import Network
from .norms import launch_square_sum
from .numbers import Numbers
from .penalty import places
from .plan import normalized_layers, scratch_name
from .scales import Scales
from .style_term import StyleTerm
from .targets import Targets
from .terms import Term, absolutes, squares
from .variation import NAME as VARIATION
from .variation import launch_variation

GRADIENT = "squares of the gradient"


class GPUObjective(Objective):
    """Loss and gradient of one problem on a GPU.

    Parameters
    ----------
    problem : Problem
        What to compute.
    precision : {"exact", "tf32", "fast"}
        How convolutions are computed: in float32; in float32 with products of 11 significant bits,
        on tensor cores; with float16 features and gradients, on tensor cores.  Losses, the picture,
        its gradient and the optimizer are float32 in all of them, sums for losses float64.
    device : int
        The GPU's number.
    dtype : type
        float64 for checks, with ``exact`` alone.
    graph : bool
        Whether an evaluation is captured in a CUDA graph, or launched kernel by kernel.

    Attributes
    ----------
    point, gradient : (N,) device array
        Where an evaluation reads the picture and writes its gradient.

    Raises
    ------
    UsageError
        If there is no such GPU, or it has too little memory.
    """

    def __init__(
        self,
        problem: Problem,
        precision: Precision = "exact",
        device: int = 0,
        *,
        dtype: type[np.floating] = np.float32,
        graph: bool = True,
    ) -> None:
        super().__init__(problem)
        if precision == "fast" and normalized_layers(problem):
            raise UsageError(
                f"the recipe {problem.recipe.name} divides gradients by their size, for which "
                "float16 has no room; choose precision tf32 or exact"
            )
        require_device(device)
        self.device = arrays().cuda.Device(device)
        self.device.use()
        self.stream = arrays().cuda.Stream(non_blocking=True)
        with self.stream:
            self._build(precision, np.dtype(dtype))
        self._graph: Any = None
        self._captures = graph
        self._is_warm = False

    def evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with self.stream:
            self._picture.set(x.astype(self.filters.dtype))
            terms, _ = self.evaluate_in_place()
            gradient = to_host(self._gradient).astype(np.float64)
        return Evaluation(sum(terms.values()), gradient, terms)

    def evaluate_in_place(self) -> tuple[dict[str, float], float]:
        """Evaluate at `point` and leave the gradient in `gradient`; only the terms come back.

        Returns
        -------
        terms : dict of str to float
        length : float
            Of the gradient; not finite if anything was not.
        """
        with self.stream:
            self.enqueue()
            sums = self.numbers.fetch()
            uses_halves = self.filters.products in ("split", "fast")
            if uses_halves and not math.isfinite(sums[GRADIENT]):
                self._is_warm, self._graph = False, None  # something has outgrown its scale
                self.enqueue()
                sums = self.numbers.fetch()
        terms = {term.name: term.loss(sums) for term in self.terms_at_layers}
        if self.problem.recipe.total_variation is not None:
            terms[VARIATION] = sums[VARIATION]
        return terms, math.sqrt(sums[GRADIENT])

    def descent(self) -> GPUDescent | None:
        """Give the recipe's optimizer on the device; see `Objective.descent`."""
        return GPUDescent(self) if has_descent(self.problem.recipe.optimizer) else None

    def first_non_finite(self, x: NDArray[np.float64]) -> str:
        """Name the first place that is NaN or infinite; see `Objective.first_non_finite`."""
        if not np.isfinite(x).all():
            return "the picture itself"
        with self.stream:
            self._picture.set(x.astype(self.filters.dtype))
            for stage in self.network.forward_stages(self._picture):
                for layer in (layer for layer in stage.layers if layer in self.network.arena):
                    if not self._is_finite(self.network.arena[layer]):
                        return f"layer {layer}"
            terms, _ = self.evaluate_in_place()
        for name, loss in terms.items():
            if not np.isfinite(loss):
                return f"the term {name}"
        return "the gradient on its way back to the picture"

    def _build(self, precision: Precision, dtype: np.dtype[np.floating]) -> None:
        """Prepare filters and targets, and lay out everything that a run needs."""
        problem, recipe = self.problem, self.problem.recipe
        input_map = network_input_map(recipe, problem.weights.normalization)
        self.filters = NetworkFilters(
            problem.layers, problem.weights, recipe.network, precision, dtype
        )
        scales = Scales(problem.layers)
        targets = Targets(problem, self.filters, input_map, scales)
        content, styles = targets.content(), targets.styles()
        arrays().get_default_memory_pool().free_all_blocks()
        self.network = Network(
            problem.layers,
            self.filters,
            recipe.network,
            input_map,
            problem.shape,
            problem.taps,
            scales,
            scratch=normalized_layers(problem),
        )
        self._picture = arrays().zeros(self.shape, dtype)
        self._gradient = arrays().zeros(self.shape, dtype)
        self.point, self.gradient = self._picture.ravel(), self._gradient.ravel()
        features = max(math.prod(self.network.arena[layer].shape) for layer in problem.taps)
        largest = max(places(self.shape), features, 512**2)
        self.numbers = Numbers(number_names(problem), largest)
        self.terms_at_layers: list[Term] = []
        if recipe.content is not None:
            self.terms_at_layers += [
                ContentTerm(layer, content[layer], recipe.content, self.numbers, scales)
                for layer in recipe.content.layers
            ]
        if recipe.style is not None:
            self.terms_at_layers += [
                StyleTerm(
                    layer,
                    math.prod(self.network.arena[layer].shape[:2]),
                    math.prod(problem.shape),
                    [of_style[layer] for of_style in styles],
                    problem.style_shares,
                    recipe.style,
                    self.numbers,
                    scales,
                    self.filters.gram_precision,
                )
                for layer in recipe.style.layers
            ]

    def enqueue(self) -> None:
        """Ask the current stream for one evaluation at `point`, and do not wait for it.

        The first launches every kernel, the second records a graph, all later ones replay it.
        """
        if not self._is_warm:
            self._choose_scales()
        if not self._captures or not self._is_warm:
            self._launch()
            self._is_warm = True
            return
        if self._graph is None:
            self.stream.begin_capture()
            self._launch()
            self._graph = self.stream.end_capture()
        self._graph.launch(self.stream)

    def _choose_scales(self) -> None:
        """Choose what keeps float16 within its bounds, as the picture now wants it."""
        if self.filters.products == "split":
            measure_features(self.network, self._picture)
            self.network.forward(self._picture, self._look)
            measure_gradients(self.network, self._add_gradient)
        elif self.filters.products == "fast":
            self.network.forward(self._picture, self._look)
            calibrate_gradients(self.network, self._add_gradient)

    def _launch(self) -> None:
        """Launch every kernel of one evaluation; nothing allocates or waits."""
        self.network.forward(self._picture, self._look)
        self.network.backward(self._add_gradient, self._gradient)
        variation = self.problem.recipe.total_variation
        if variation is not None:
            launch_variation(
                self._picture, variation, gradient=self._gradient, numbers=self.numbers
            )
        place = self.numbers[GRADIENT]
        launch_square_sum(self._gradient, factor=1.0, parts=self.numbers.parts, out=place)

    def _look(self, layer: str, features: Array) -> None:
        for term in self._terms_of(layer):
            term.look(features, self._scratch(layer, term, backward=False))

    def _add_gradient(self, layer: str, features: Array, out: Array, add: bool) -> None:
        for term in self._terms_of(layer):
            scratch = self._scratch(layer, term, backward=True)
            term.add_gradient(features, out, scratch, add=add)
            add = True

    def _terms_of(self, layer: str) -> Iterator[Term]:
        return (term for term in self.terms_at_layers if term.layer == layer)

    def _scratch(self, layer: str, term: Term, *, backward: bool) -> Array | None:
        """Give the second array of a layer's size, to a term that normalizes its gradient."""
        recipe = self.problem.recipe
        table = recipe.content if isinstance(term, ContentTerm) else recipe.style
        if table is None or table.l1_epsilon is None:
            return None
        return self.network.arena[scratch_name(layer, backward=backward)]

    def _is_finite(self, features: Array) -> bool:
        place = self.numbers[GRADIENT]
        launch_square_sum(features, factor=1.0, parts=self.numbers.parts, out=place)
        return bool(np.isfinite(self.numbers.fetch()[GRADIENT]))


def number_names(problem: Problem) -> list[str]:
    """Name every sum of an evaluation."""
    recipe, names = problem.recipe, [GRADIENT]
    for layer in problem.content_layers:
        names += [squares(f"content {layer}"), absolutes(f"content {layer}")]
    for layer in problem.style_layers:
        for number in range(len(problem.styles)):
            names += [squares(f"style {layer}", number), absolutes(f"style {layer}", number)]
    return names if recipe.total_variation is None else [*names, VARIATION]
