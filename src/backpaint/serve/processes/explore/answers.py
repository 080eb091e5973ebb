"""The process that answers who wants to understand a picture."""

from ..desk import serve
from .convolution import convolution
from .gradients import gradients, pixel
from .landscape import landscape
from .layers import features, filters


def main() -> None:
    """Answer until the server closes the pipe."""
    serve(
        {
            "features": features,
            "filters": filters,
            "gradients": gradients,
            "pixel": pixel,
            "convolution": convolution,
        },
        {"landscape": landscape},
    )
