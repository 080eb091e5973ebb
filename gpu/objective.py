"""The GPU engine: the objective of `backpaint.reference`, one CUDA graph an evaluation."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.objective import Evaluation, Objective
from ..errors import UsageError
from ..problem.pixels import network_input_map
from ..problem.problem import Problem
from .convolution.tuner import Tuning, chooser, convolver
from .descent.descent import GPUDescent, has_descent
from .device.device import Array, require_device, to_host, xp
from .device.timing import recorded
from .network.backward import AddGradient
from .network.banded_network import painted_network
from .network.calibration import choose_scales
from .network.network import Look
from .network.network_filters import NetworkFilters, Precision
from .sums.norms import launch_square_sum
from .terms.all_terms import GRADIENT, AllTerms
from .terms.refused import refuse_impossible
from .terms.targets import Targets
from .terms.variation import launch_variation

SHRUNK = 2.0**-6
"""A gradient that is so much shorter than where scales were chosen gets new ones.

`network.scales` puts the root of a gradient's mean square at 4, and float16 rounds by no more than
2^-25 below 2^-14: by 2^-27 of what it was where the scale was chosen, and so by 2^-21 of a gradient
that has not shrunk more, about what float32's own rounding does in so many layers.
"""


@dataclass
class Recording:
    """The state of an evaluation's recording, shared by objectives alike.

    Attributes
    ----------
    has_scales : bool
        Whether scales have been chosen that suit the picture.
    length : float
        Of the gradient where they were chosen; never 0.
    is_warm : bool
        Whether every kernel has been launched with them.
    graph : CUDA graph or None
        All launches, once they were recorded.
    """

    has_scales: bool = False
    length: float = 1.0
    is_warm: bool = False
    graph: Any = None

    def forget(self) -> None:
        """Launch every kernel anew: a graph keeps the scales that it was recorded with."""
        self.is_warm, self.graph = False, None

    def forget_scales(self) -> None:
        """Begin anew, with scales that suit the picture as it is now."""
        self.forget()
        self.has_scales = False

    def suits(self, length: float) -> bool:
        """Whether a gradient of this length is in the range of the scales."""
        return math.isfinite(length) and length >= SHRUNK * self.length


class GPUObjective(Objective):
    """Loss and gradient of one problem on a GPU.

    Parameters
    ----------
    problem : Problem
        What to compute.
    precision : {"exact", "tf32", "fast"}
        How convolutions are computed, all on tensor cores: as accurately as in float32, with each
        number in two pieces; with products of 11 significant bits; with features and gradients
        stored as float16.  The picture, its gradient, Gram matrices and the optimizer are float32
        in all of them, sums for losses float64.
    device : int
        The GPU's number.
    dtype : type
        float64 for checks, with ``exact`` alone.
    graph : bool
        Whether an evaluation is captured in a CUDA graph, or launched kernel by kernel.
    tune : {"off", "own", "cudnn"}
        What chooses kernels where several do one thing: a rule; or the clock, once for each device
        and size, among our own, or among them and cuDNN's convolutions.

    Attributes
    ----------
    point, gradient : (N,) device array
        Where an evaluation reads the picture and writes its gradient.

    Raises
    ------
    UsageError
        If there is no such GPU, or it has too little memory, or no kernel for what is asked.
    """

    def __init__(
        self,
        problem: Problem,
        precision: Precision = "exact",
        device: int = 0,
        *,
        dtype: type[np.floating] = np.float32,
        graph: bool = True,
        tune: Tuning = "off",
    ) -> None:
        super().__init__(problem)
        refuse_impossible(problem, precision, tune)
        require_device(device)
        self._device = xp().cuda.Device(device)
        with self._device:
            self._stream = xp().cuda.Stream(non_blocking=True)
        with self.at_work():
            self._build(precision, np.dtype(dtype), tune)
        self._captures = graph
        self._recording = Recording()

    def _evaluate(self, x: NDArray[np.float64]) -> Evaluation:
        """Compute loss, gradient and terms at a picture; see `Objective.evaluate`."""
        with self.at_work():
            self._picture.set(x.astype(self.filters.dtype))
            terms, _ = self.evaluate_in_place()
            gradient = to_host(self._gradient).astype(np.float64)
        return Evaluation(sum(terms.values()), gradient, terms)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Make this objective's device and stream the current ones within a ``with`` block."""
        with self._device, self._stream:
            yield

    def evaluate_in_place(self) -> tuple[dict[str, float], float]:
        """Evaluate at `point` and leave the gradient in `gradient`; only the terms come back.

        Returns
        -------
        terms : dict of str to float
        length : float
            Of the gradient; not finite if anything was not.
        """
        with self.at_work():
            sums = self._sums_in_range() if self._is_scaled else self._sums()
        return self._terms.losses(sums), math.sqrt(sums[GRADIENT])

    def scales(self) -> NDArray[np.float64]:
        """Return the scales of `network.scales` that evaluations use; zeros before the first one.

        They decide how numbers are rounded.  Last comes what decides how long they are used: the
        gradient's length where they were chosen.
        """
        layout, length = self.network.layout, self._recording.length
        numbers = np.concatenate([layout.scales.numbers(), layout.operands.numbers(), [length]])
        return numbers if self._recording.has_scales else np.zeros_like(numbers)

    def use_scales(self, numbers: NDArray[np.float64]) -> None:
        """Evaluate with what `scales` has returned.

        Raises
        ------
        UsageError
            If features were stored in other scales, which content and styles decide.
        """
        layout, recording = self.network.layout, self._recording
        if not numbers.all():
            recording.forget_scales()
            return
        ends = np.cumsum([layout.scales.numbers().size, layout.operands.numbers().size])
        stored, operands, (length,) = np.split(numbers, ends)
        own = np.array([*layout.scales.features.values()])
        if not np.array_equal(stored[: own.size], own):
            raise UsageError(
                "the state was made with another content or other styles: float16 has other "
                "scales for their features; give the pictures that it was made with"
            )
        recording.forget()
        recording.has_scales, recording.length = True, float(length)
        layout.scales.set_numbers(stored)
        layout.operands.set_numbers(operands)

    def _descent(self) -> GPUDescent | None:
        """Return the recipe's optimizer on the device; see `Objective.descent`."""
        recipe = self.problem.recipe
        return GPUDescent(self, recipe) if has_descent(recipe.optimizer) else None

    def _first_non_finite_layer(self, x: NDArray[np.float64]) -> str | None:
        """See `Objective`."""
        with self.at_work():
            self._picture.set(x.astype(self.filters.dtype))
            self._recording.forget_scales()
            choose_scales(self.network, *self._passes())
            for layout, stage in self.network.forward_stages(self._picture):
                kept = (layer for layer in stage.layers if layer in layout.arena)
                if not all(self._is_finite(layout.arena[layer]) for layer in kept):
                    return stage.conv  # a ReLU or a pool has it from there
        return None

    def _build(self, precision: Precision, dtype: np.dtype[np.floating], tune: Tuning) -> None:
        """Prepare filters and targets, and lay out everything that a run needs."""
        problem, recipe = self.problem, self.problem.recipe
        input_map = network_input_map(recipe, problem.weights.normalization)
        self.filters = NetworkFilters(
            problem.layers,
            problem.weights,
            recipe.network,
            precision,
            dtype,
            convolver(tune),
            chooser(tune),
        )
        self._is_scaled = self.filters.products in ("split", "fast")
        self._targets = targets = Targets(problem, self.filters, input_map)
        xp().get_default_memory_pool().free_all_blocks()
        self.network = painted_network(problem, self.filters, input_map, targets.scales)
        self._picture = xp().zeros(self.shape, dtype)
        self._gradient = xp().zeros(self.shape, dtype)
        self.point, self.gradient = self._picture.ravel(), self._gradient.ravel()
        self._terms = AllTerms(problem, self.network, targets.content, targets.styles)
        self.numbers = self._terms.numbers

    def _renew_content(self) -> None:
        """See `Objective`; a recorded graph has the old targets' addresses, and the old scales."""
        with self.at_work():
            self._targets = targets = self._targets.with_content(self.problem)
            xp().get_default_memory_pool().free_all_blocks()
            self.network = self.network.with_scales(targets.scales)
            self._terms = self._terms.with_targets(self.network, targets.content, targets.styles)
        self._recording = Recording()

    def enqueue(self) -> None:
        """Ask the current stream for one evaluation at `point`, and do not wait for it.

        The first launches every kernel, the second records a graph, all later ones replay it.
        """
        recording = self._recording
        if not recording.has_scales:
            choose_scales(self.network, *self._passes())
            recording.has_scales = True
        if not self._captures or not recording.is_warm:
            self._launch()
            recording.is_warm = True
            return
        if recording.graph is None:
            recording.graph = recorded(self._launch, self._stream)
        recording.graph.launch(self._stream)

    def _sums(self) -> dict[str, float]:
        """Evaluate at `point`, and fetch all sums."""
        self.enqueue()
        return self.numbers.fetch()

    def _sums_in_range(self) -> dict[str, float]:
        """Do likewise, twice where scales of before do not suit the gradient; see `SHRUNK`.

        Notes
        -----
        Scales that something has outgrown are those of a line search's short steps, as a rule, and
        the next step is shorter again: so what is chosen where it went too far serves there alone.
        """
        recording, were_chosen = self._recording, self._recording.has_scales
        sums = self._sums()
        has_outgrown = were_chosen and not math.isfinite(sums[GRADIENT])
        if were_chosen and not recording.suits(math.sqrt(sums[GRADIENT])):
            recording.forget_scales()
            sums, were_chosen = self._sums(), False
        if has_outgrown or not math.isfinite(sums[GRADIENT]):
            recording.forget_scales()
        elif not were_chosen:
            recording.length = max(math.sqrt(sums[GRADIENT]), np.finfo(np.float64).tiny)
        return sums

    def _launch(self) -> None:
        """Launch every kernel of one evaluation; nothing allocates or waits."""
        self.network.forward(self._picture, self._terms.look)
        self.network.backward(self._picture, self._terms.add_gradient, self._gradient)
        variation = self.problem.recipe.total_variation
        if variation is not None:
            launch_variation(
                self._picture, variation, gradient=self._gradient, numbers=self.numbers
            )
        place = self.numbers[GRADIENT]
        launch_square_sum(self._gradient, factor=1.0, parts=self.numbers.parts, out=place)

    def _passes(self) -> tuple[Array, Look, AddGradient, Array]:
        """Collect what a forward pass and the way back take."""
        return self._picture, self._terms.look, self._terms.add_gradient, self._gradient

    def _is_finite(self, features: Array) -> bool:
        place = self.numbers[GRADIENT]
        launch_square_sum(features, factor=1.0, parts=self.numbers.parts, out=place)
        return bool(np.isfinite(self.numbers.fetch()[GRADIENT]))
