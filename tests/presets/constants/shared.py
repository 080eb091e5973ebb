"""What several systems have alike."""

OXFORD_MEAN = (123.68, 116.779, 103.939)  # R, G, B
UNIT_SCALE = {"variable.scale": 1 / 255}
SCIPY = {
    "optimizer.corrections": 10,
    "optimizer.factr": 1e7,
    "optimizer.pgtol": 1e-5,
    "optimizer.line_search_steps": 20,
}
TORCH_LBFGS = {
    "optimizer.iterations_per_step": 20,
    "optimizer.evaluations_per_step": 25,
    "optimizer.rate": 1.0,
    "optimizer.corrections": 100,
    "optimizer.change_tolerance": 1e-9,
}
TENSORFLOW_ADAM = {
    "optimizer.beta1": 0.9,
    "optimizer.beta2": 0.999,
    "optimizer.epsilon": 1e-8,
    "optimizer.epsilon_form": "hat",
    "optimizer.clip": "none",
}
NEVER_STOPS = {
    "optimizer.iterations": 1000,
    "optimizer.iterations_per_step": 1000,
    "optimizer.rate": 1.0,
    "optimizer.corrections": 100,
    "optimizer.gradient_tolerance": -1.0,
    "optimizer.change_tolerance": -1.0,
    "optimizer.clip": "none",
}
"""torch and Torch7 alike: all iterations in one call."""
FROM_CONTENT = {"initial.start": "content"}
FAINT_NOISE = {
    "initial.start": "noise",
    "initial.noise": "normal",
    "initial.std": 0.001,
    "initial.content_share": 0.0,
}
POWER_VARIATION = {"total_variation.kind": "power", "total_variation.exponent": 1.25}
