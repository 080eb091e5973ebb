"""The optimizers of recipes: a table `optimizer` is one of these, by its `method`."""

from typing import Annotated, Literal

from msgspec import Meta

from .section import Count, Decay, NonNegative, Positive, Section


class LBFGSB(Section, frozen=True, kw_only=True, tag_field="method", tag="l-bfgs-b"):
    """`scipy.optimize.fmin_l_bfgs_b`: L-BFGS with a line search and optional bounds."""

    iterations: Count
    """Iterations in all; with `evaluations_per_round`, the number of cold restarts."""
    evaluations_per_round: Count | None = None
    """scipy's `maxfun`; each round starts with an empty history."""
    corrections: Count = 10
    """How many steps the approximation of the curvature remembers."""
    factr: NonNegative = 1e7
    """Stop when the loss falls by less than this times 2.2e-16 of itself."""
    pgtol: NonNegative = 1e-5
    """Stop when no element of the (projected) gradient is larger."""
    line_search_steps: Count = 20
    """Evaluations in one line search, at most."""
    bounds: Literal["none", "pixels"] = "none"
    """``pixels``: keep every value within what 0..255 maps to."""
    history: Literal["float64", "float32"] = "float64"
    """In which precision those steps are remembered on the host; ``float32``, without bounds alone,
    takes half the memory."""

    def __post_init__(self) -> None:
        if self.history == "float32" and self.bounds != "none":
            raise ValueError("optimizer.history = float32 goes with optimizer.bounds = none alone")


class LBFGS(Section, frozen=True, kw_only=True, tag_field="method", tag="l-bfgs"):
    """L-BFGS as `torch.optim.LBFGS` does it, and Torch7's `optim.lbfgs` without a line search."""

    iterations: Count
    """Evaluations of loss and gradient in all, rounded up to whole steps; no step has more."""
    iterations_per_step: Count = 20
    """Iterations between two looks at the stopping rules of a step."""
    evaluations_per_step: Count = 25
    """Evaluations in one step, at most."""
    rate: Positive = 1.0
    """Length of a step."""
    corrections: Count = 100
    """How many steps the approximation of the curvature remembers."""
    gradient_tolerance: float = 1e-7
    """Stop when no element of the gradient is larger."""
    change_tolerance: float = 1e-9
    """Stop when picture or loss changes by less."""
    clip: Literal["none", "pixels"] = "none"
    """``pixels``: clamp the variable before each evaluation and at the end."""
    history: Literal["float64", "float32"] = "float64"
    """In which precision those steps are remembered; ``float32`` takes half the memory."""
    line_search: Literal["none", "strong-wolfe"] = "none"
    """How far to move: by `rate`, whatever comes of it; or until loss and slope have fallen enough,
    with `rate` as the first try (PyTorch's ``strong_wolfe``)."""

    def __post_init__(self) -> None:
        if self.line_search != "none" and self.clip != "none":
            raise ValueError(
                f"optimizer.clip = {self.clip} would move points that a line search has measured; "
                "leave it at none, or optimizer.line_search"
            )


class Adam(Section, frozen=True, kw_only=True, tag_field="method", tag="adam"):
    """Adam, with epsilon where TensorFlow puts it (``hat``) or where the paper does."""

    iterations: Count
    """Steps, of one evaluation each."""
    rate: Positive
    """Length of a step, in units of the variable."""
    beta1: Annotated[float, Meta(ge=0, lt=1)] = 0.9
    """How slowly the mean of gradients forgets."""
    beta2: Annotated[float, Meta(ge=0, lt=1)] = 0.999
    """How slowly the mean of their squares forgets."""
    epsilon: NonNegative = 1e-8
    """Keeps the division finite."""
    epsilon_form: Literal["paper", "hat"] = "paper"
    """``paper``: m_hat / (sqrt(v_hat) + epsilon); ``hat``: rate_t m / (sqrt(v) + epsilon)."""
    clip: Literal["none", "pixels"] = "none"
    """``pixels``: clamp the variable after each step."""
    average: Decay | None = None
    """The painting is the average of the start and all steps, each counting so many times as much
    as the one after it; absent: the last step."""


class GradientDescent(
    Section, frozen=True, kw_only=True, tag_field="method", tag="gradient-descent"
):
    """``x -= rate_t * g``, with ``rate_t = rate * decay^(step / decay_steps)``."""

    iterations: Count
    """Steps, of one evaluation each."""
    rate: Positive
    """Multiplies the gradient."""
    decay: Positive = 1.0
    """Factor on the rate after `decay_steps`."""
    decay_steps: Count = 1
    """See `decay`."""
    normalize: Literal["none", "mean-absolute"] = "none"
    """``mean-absolute``: the gradient is divided by its mean absolute value."""
    clip: Literal["none", "pixels"] = "none"
    """``pixels``: clamp the variable after each step."""
    average: Decay | None = None
    """The painting is the average of the start and all steps, each counting so many times as much
    as the one after it; absent: the last step."""


Optimizer = LBFGSB | LBFGS | Adam | GradientDescent
