"""Check functions of your own: they get nasty inputs, you get told what is wrong in words.

>>> from backpaint.testing import check_relu
>>> import numpy as np
>>> report = check_relu(backward=lambda grad_y, y: grad_y * (y >= 0), raises=False)
>>> print(report)  # doctest: +ELLIPSIS
relu
  backward: WRONG (24 cases, worst error ...)
    no mask at all: the gradient passes everywhere (y >= 0 is always true)
"""

from .average_pool import check_average_pool
from .conv import check_conv
from .edge_pad import check_edge_pad
from .features import check_features
from .judging.report import Finding, NotJudged, Report, WrongGradient
from .max_pool import check_max_pool
from .objective import check_objective
from .preprocess import check_preprocess
from .relu import check_relu
from .stylization.depthwise_conv import check_depthwise_conv
from .stylization.instance_norm import check_instance_norm
from .stylization.pointwise import check_relu6, check_sigmoid
from .stylization.reflection_pad import check_reflection_pad
from .stylization.strided_conv import check_strided_conv
from .stylization.upsample import check_upsample
from .terms.content import check_content_loss
from .terms.gram import check_gram
from .terms.penalties import check_content_laplacian, check_value_range
from .terms.region import check_region_loss
from .terms.sliced import check_sliced_loss
from .terms.statistic import check_statistic_loss
from .terms.style import check_style_loss
from .terms.temporal import check_temporal_loss
from .terms.variation import check_total_variation

__all__ = [
    "Finding",
    "NotJudged",
    "Report",
    "WrongGradient",
    "check_average_pool",
    "check_content_laplacian",
    "check_content_loss",
    "check_conv",
    "check_depthwise_conv",
    "check_edge_pad",
    "check_features",
    "check_gram",
    "check_instance_norm",
    "check_max_pool",
    "check_objective",
    "check_preprocess",
    "check_reflection_pad",
    "check_region_loss",
    "check_relu",
    "check_relu6",
    "check_sigmoid",
    "check_sliced_loss",
    "check_statistic_loss",
    "check_strided_conv",
    "check_style_loss",
    "check_temporal_loss",
    "check_total_variation",
    "check_upsample",
    "check_value_range",
]
