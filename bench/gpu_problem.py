"""The problem that the GPU's benchmarks measure: the preset `gatys` on the built-in pictures."""

from msgspec.structs import replace

from backpaint.compare.subject import scene
from backpaint.presets import load_preset
from backpaint.problem.problem import Problem


def make_problem(size: int, *, shallow: bool = False) -> Problem:
    """Paint the built-in cat, `size` x `size`, in the style of the built-in swirls.

    With `shallow`, for a rehearsal, the losses look at the first two blocks alone.
    """
    recipe = load_preset("gatys")
    if shallow:
        of_style = replace(recipe.style, layers={"relu1_1": 0.5, "relu2_1": 0.5})
        of_content = replace(recipe.content, layers={"relu2_1": 1.0})
        recipe = replace(recipe, style=of_style, content=of_content)
    return scene.make_problem(recipe, (size, size))
