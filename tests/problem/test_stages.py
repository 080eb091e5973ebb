import pytest

from backpaint.problem.recipe import NetworkOptions
from backpaint.problem.stages import stages_of
from backpaint.vgg import layer_table


@pytest.mark.parametrize(("depth", "billions"), [(16, 15.3), (19, 19.6)])
def test_operations_are_those_published_for_a_picture_of_224_pixels(depth, billions):
    """He and others (2015), "Deep Residual Learning", section 4.1: billions of multiply-adds."""
    stages = stages_of(layer_table(depth), NetworkOptions(), (224, 224), set())
    assert sum(stage.flops for stage in stages) == pytest.approx(2e9 * billions, rel=0.01)
