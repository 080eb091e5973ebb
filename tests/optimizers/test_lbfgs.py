import numpy as np
import pytest

from backpaint.optimizers import minimize
from backpaint.optimizers.quasi_newton.two_loop import History
from backpaint.problem.recipe import LBFGS

START = np.array([-1.2, 1.0, 0.5, -0.3, 2.0, -3.0, 0.1, 0.0, 4.0, -0.7, 1.5, 0.9])


def torch_evaluations(function, x0, evaluations, *, low=None, high=None, **options):
    """Every point and loss that `torch.optim.LBFGS` asks for, in a loop like the tutorial's.

    Returns the points, the losses, and where the variable stands in the end.
    """
    torch = pytest.importorskip("torch", reason="the cross-check needs PyTorch")
    x = torch.tensor(x0, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], **options)
    points, losses = [], []

    def closure():
        if low is not None:
            x.data.clamp_(low, high)
        loss, gradient = function(x.detach().numpy())
        points.append(x.detach().numpy().copy())
        losses.append(loss)
        x.grad = torch.from_numpy(gradient)
        return torch.tensor(loss, dtype=torch.float64)

    while len(points) < evaluations:
        optimizer.step(closure)
    if low is not None:
        x.data.clamp_(low, high)
    return np.array(points), np.array(losses), x.detach().numpy()


def agree(actual, expected):
    scale = np.abs(expected).max()
    assert np.shape(actual) == np.shape(expected)
    assert np.abs(np.asarray(actual) - expected).max() <= 1e-12 * scale


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {}),
        ({"rate": 0.5}, {"lr": 0.5}),
        ({"corrections": 3}, {"history_size": 3}),
        (
            {"iterations_per_step": 7, "evaluations_per_step": 8},
            {"max_iter": 7, "max_eval": 8},
        ),
        (
            {"iterations_per_step": 9, "evaluations_per_step": 4},
            {"max_iter": 9, "max_eval": 4},
        ),
        ({"iterations_per_step": 1}, {"max_iter": 1}),
        ({"change_tolerance": 1e-2}, {"tolerance_change": 1e-2}),
        (
            {"gradient_tolerance": 0.1, "change_tolerance": 0},
            {"tolerance_grad": 0.1, "tolerance_change": 0},
        ),
        ({"rate": 1e-3, "change_tolerance": 1e-2}, {"lr": 1e-3, "tolerance_change": 1e-2}),
        (
            {
                "iterations_per_step": 1000,
                "evaluations_per_step": 1250,
                "gradient_tolerance": -1,
                "change_tolerance": -1,
            },
            {"max_iter": 60, "max_eval": 1250, "tolerance_grad": -1, "tolerance_change": -1},
        ),
    ],
    ids=[
        "defaults",
        "rate",
        "short history",
        "steps of 7",
        "few evaluations",
        "one move a step",
        "steps cut short by a small change",
        "steps cut short by a small gradient",
        "steps cut short by small moves",
        "one step without tests, as Torch7",
    ],
)
def test_every_evaluation_is_that_of_pytorch(ours, theirs, functions, pixels):
    recorder = functions.Recorder(functions.valley)
    outcome = minimize(recorder, START, LBFGS(iterations=60, **ours), **pixels)
    count = len(recorder.points)
    points, losses, x = torch_evaluations(functions.valley, START, max(count, 60), **theirs)
    assert count >= 15
    agree(recorder.points[:60], points[: min(count, 60)])
    agree(recorder.losses[:60], losses[: min(count, 60)])
    agree(outcome.x, x)  # where PyTorch goes on longer, it stays where it is


@pytest.mark.parametrize(
    ("low", "high", "rate", "compared"),
    [
        # The variable meets its bounds for a while, leaves them and converges:
        pytest.param(-0.95, 0.95, 0.5, 60, id="converges"),
        # The moves in the history are not those that were made, and the run goes astray; soon
        # rounding decides about its points.
        pytest.param(-0.6, 0.7, 1.0, 12, id="goes astray"),
    ],
)
def test_clamping_in_the_closure_is_that_of_the_pytorch_tutorial(
    low, high, rate, compared, functions
):
    recorder = functions.Recorder(functions.valley)
    options = LBFGS(iterations=compared, iterations_per_step=6, rate=rate, clip="pixels")
    outcome = minimize(recorder, START, options, black=np.array(low), white=np.array(high))
    points, losses, x = torch_evaluations(
        functions.valley, START, compared, low=low, high=high, max_iter=6, max_eval=25, lr=rate
    )
    count = len(recorder.points)
    assert ((points[1:count] == low) | (points[1:count] == high)).any()
    agree(recorder.points, points[:count])
    agree(recorder.losses, losses[:count])
    agree(outcome.x, x)


def test_finds_the_minimum_of_the_valley(functions, pixels):
    options = LBFGS(iterations=200, change_tolerance=0)
    outcome = minimize(functions.valley, START, options, **pixels)
    assert outcome.reason == "the gradient is nowhere greater than 1e-07"
    assert np.abs(functions.valley(outcome.x)[1]).max() <= 1e-7
    assert outcome.evaluations < 60


def test_finds_the_minimum_of_an_ill_conditioned_quadratic(functions, pixels):
    options = LBFGS(iterations=400, change_tolerance=0)
    outcome = minimize(functions.ill_conditioned, START, options, **pixels)
    assert outcome.x == pytest.approx(np.arange(1, 13), abs=1e-7)


def test_finds_the_minimum_of_rosenbrock_at_a_low_rate(functions, pixels):
    options = LBFGS(iterations=2000, rate=0.1, change_tolerance=0)
    outcome = minimize(functions.rosenbrock, np.array([-1.2, 1.0]), options, **pixels)
    assert outcome.x == pytest.approx([1, 1], abs=1e-6)


@pytest.mark.parametrize(("iterations", "evaluations"), [(300, 300), (301, 320), (320, 320)])
def test_evaluations_are_rounded_up_to_whole_steps(iterations, evaluations, pixels):
    def hill(x):
        """Falls for ever, so that no test of convergence is met."""
        return -float(np.log1p(np.exp(x)).sum()), -1 / (1 + np.exp(-x))

    outcome = minimize(hill, np.zeros(3), LBFGS(iterations=iterations, rate=1e-3), **pixels)
    assert outcome.evaluations == evaluations
    assert outcome.iterations == evaluations
    assert outcome.reason == f"all {evaluations} evaluations are done"


def test_the_first_move_is_at_most_the_rate(pixels):
    for gradient, expected in (([3.0, -1.0], [-0.375, 0.125]), ([0.2, 0.1], [-0.1, -0.05])):
        options = LBFGS(iterations=1, iterations_per_step=1, rate=0.5)
        outcome = minimize(lambda x, g=gradient: (0.0, np.array(g)), np.zeros(2), options, **pixels)
        assert outcome.x == pytest.approx(expected, rel=1e-15)


def test_stops_when_the_bounds_hold_every_value():
    """Downhill lies outside; nothing says so but that the clamped point does not move."""
    options = LBFGS(iterations=500, clip="pixels")
    outcome = minimize(
        lambda x: (float(x.sum()), np.ones(3)),
        np.full(3, 0.5),
        options,
        black=np.array(0.25),
        white=np.array(1.0),
    )
    assert outcome.reason == "the point no longer moves"
    assert np.array_equal(outcome.x, np.full(3, 0.25))
    assert outcome.loss == 0.75
    assert outcome.evaluations < 10


def test_stops_when_the_next_move_promises_nothing(pixels):
    options = LBFGS(iterations=500, change_tolerance=1e-3)
    gradient = np.array([0.01, 0.02])  # the slope of the first direction is -5e-4
    outcome = minimize(lambda x: (0.0, gradient), np.zeros(2), options, **pixels)
    assert outcome.reason == "the next move promises less than 0.001"
    assert (outcome.iterations, outcome.evaluations) == (0, 1)


def test_a_loss_that_stays_the_same_by_chance_does_not_end_the_run(pixels):
    """The first move is from 0.5 to -0.5, straight across the minimum of x^2."""
    points = []

    def parabola(x):
        points.append(x[0])
        return float(x @ x), 2 * x

    outcome = minimize(parabola, np.array([0.5]), LBFGS(iterations=99), **pixels)
    # A step evaluates once more where the last one ended:
    assert points == [0.5, -0.5, -0.5, 0.0, 0.0]
    assert outcome.x == 0.0
    assert outcome.reason == "the gradient is nowhere greater than 1e-07"


def test_history_is_the_product_of_bfgs_matrices(functions):
    """The recursion against the update of H written out with matrices."""
    rng = np.random.default_rng(5)
    size, history = 6, History(corrections=4)
    pairs = []
    for _ in range(7):
        s = rng.standard_normal(size)
        y = s * np.linspace(1, 3, size) + 0.1 * rng.standard_normal(size)
        assert y @ s > 0.1
        history = history.remember(s, y)
        pairs.append((s, y))
    s, y = pairs[-1]
    inverse = np.eye(size) * (s @ y) / (y @ y)
    for s, y in pairs[-4:]:
        rho = 1 / (y @ s)
        left = np.eye(size) - rho * np.outer(s, y)
        inverse = left @ inverse @ left.T + rho * np.outer(s, s)
    gradient = rng.standard_normal(size)
    agree(history.inverse_hessian_times(gradient), inverse @ gradient)
    agree(history.inverse_hessian_times(pairs[-1][1]), pairs[-1][0])  # the secant equation


def test_a_pair_without_curvature_is_not_remembered():
    history = History(corrections=4)
    history = history.remember(np.array([1.0, 0.0]), np.array([-1.0, 0.5]))
    history = history.remember(np.array([1e-5, 0.0]), np.array([0.9e-5, 0.0]))
    gradient = np.array([3.0, 4.0])
    assert np.array_equal(history.inverse_hessian_times(gradient), gradient)
    history = history.remember(np.array([2e-5, 0.0]), np.array([1e-5, 0.0]))
    agree(history.inverse_hessian_times(gradient), 2 * gradient)


def test_fewer_iterations_than_one_step_make_a_shorter_step(functions, pixels):
    options = LBFGS(iterations=7, iterations_per_step=1000, evaluations_per_step=1250)
    assert minimize(functions.valley, START, options, **pixels).evaluations == 7
