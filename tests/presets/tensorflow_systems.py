"""Transcriptions of the systems that were written in TensorFlow or Keras.

Each takes the weights, the content and the styles as (H, W, 3) pixels 0..255, and the painted image
in R, G, B order in units of the system's variable; each returns the loss that the original reports
and the gradient that it follows, laid out like the image.
"""

from torch import Tensor

from .torch_vgg import (
    Array,
    Pool,
    TorchVGG,
    average_ceil,
    constant,
    feed,
    gradient,
    gram,
    leaf,
    max_ceil,
    max_floor,
    mse,
    sse,
)

MEAN = (123.68, 116.779, 103.939)  # R, G, B
FIRST_OF_EACH_BLOCK = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")


def tf_vgg16_lbfgs(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """TensorFlow, VGG-16 from MatConvNet, SciPy's L-BFGS (after H. Narayanan's notebook).

    The means of R and B are exchanged, and the image is then turned to B, G, R for weights that
    were trained on R, G, B: the first layer sees the wrong order whatever weights it has.
    """
    wrong_order = "bgr" if vgg.order == "rgb" else "rgb"
    return with_exchanged_means(vgg, content, styles, x, wrong_order, max_ceil)


def hnarayanan(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """hnarayanan/artistic-style-transfer, notebook 6: Keras's filters get the order they expect."""
    return with_exchanged_means(vgg, content, styles, x, vgg.order, max_floor)


def with_exchanged_means(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    order: str,
    pool: Pool,
) -> tuple[float, Array]:
    exchanged_means = constant((103.939, 116.779, 123.68))
    style_layers = ("relu1_2", "relu2_2", "relu3_3", "relu4_3", "relu5_3")

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, order), style_layers, pool)

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) - exchanged_means)
    style = network(constant(styles[0]) - exchanged_means)

    channels, size = 3, x.shape[0] * x.shape[1]
    loss = 0.025 * sse(painted["relu2_2"], target["relu2_2"])
    for layer in style_layers:
        difference = sse(gram(painted[layer]), gram(style[layer]))
        loss = loss + (5.0 / 5) * difference / (4.0 * channels**2 * size**2)
    loss = loss + 1.0 * power_variation(image)
    return loss.item(), gradient(loss, image)


def power_variation(image: Tensor) -> Tensor:
    """Sum (dx^2 + dy^2)^1.25 where both differences exist."""
    down = (image[:-1, :-1] - image[1:, :-1]) ** 2
    right = (image[:-1, :-1] - image[:-1, 1:]) ** 2
    return ((down + right) ** 1.25).sum()


def tf_tutorial(
    vgg: TorchVGG,
    content: Array,
    styles: tuple[Array, ...],
    x: Array,
    *,
    total_variation: float = 0.0,
) -> tuple[float, Array]:
    """tensorflow/docs, site/en/tutorials/generative/style_transfer.ipynb.

    The tutorial optimizes a second time with `total_variation` = 30.
    """

    def network(variable: Tensor) -> dict[str, Tensor]:
        preprocessed = variable * 255 - constant(MEAN)
        layers = (*FIRST_OF_EACH_BLOCK, "relu5_2")
        return vgg.run(feed(preprocessed, "bgr"), layers, max_floor)

    def gram_of(f: Tensor) -> Tensor:
        return gram(f) / f.shape[1]

    image = leaf(x)
    painted = network(image)
    target = network(constant(content) / 255)
    style = network(constant(styles[0]) / 255)

    style_loss = sum(mse(gram_of(painted[k]), gram_of(style[k])) for k in FIRST_OF_EACH_BLOCK)
    loss = 1e-2 / 5 * style_loss + 1e4 / 1 * mse(painted["relu5_2"], target["relu5_2"])
    right = (image[:, 1:] - image[:, :-1]).abs().sum()
    down = (image[1:] - image[:-1]).abs().sum()
    loss = loss + total_variation * (right + down)
    return loss.item(), gradient(loss, image)


def keras_example(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """keras-team/keras-io, examples/generative/neural_style_transfer.py."""

    def network(variable: Tensor) -> dict[str, Tensor]:
        layers = (*FIRST_OF_EACH_BLOCK, "relu5_2")
        return vgg.run(feed(variable, "bgr"), layers, max_floor)

    image = leaf(x)
    combination = network(image)
    base = network(constant(content) - constant(MEAN))
    style = network(constant(styles[0]) - constant(MEAN))

    channels, size = 3, x.shape[0] * x.shape[1]
    loss = 2.5e-8 * sse(combination["relu5_2"], base["relu5_2"])
    for layer in FIRST_OF_EACH_BLOCK:
        difference = sse(gram(style[layer]), gram(combination[layer]))
        loss = loss + 1e-6 / 5 * difference / (4.0 * channels**2 * size**2)
    loss = loss + 1e-6 * power_variation(image)
    return loss.item(), gradient(loss, image)


def titu1994(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """titu1994/Neural-Style-Transfer, Network.py, content_loss_type 0."""

    def network(variable: Tensor) -> dict[str, Tensor]:
        layers = (*FIRST_OF_EACH_BLOCK, "relu5_2")
        return vgg.run(feed(variable, "bgr"), layers, max_floor)

    image = leaf(x)
    combination = network(image)
    base = network(constant(content) - constant(MEAN))
    style_reference = network(constant(styles[0]) - constant(MEAN))

    channels, size = 3, x.shape[0] * x.shape[1]
    multiplier, style_weight = 1.0, 1.0
    loss = 0.025 * multiplier * sse(combination["relu5_2"], base["relu5_2"])
    for layer in FIRST_OF_EACH_BLOCK:
        difference = sse(gram(style_reference[layer]), gram(combination[layer]))
        loss = loss + style_weight / 5 * (difference / (4.0 * channels**2 * size**2))
    loss = loss + 8.5e-5 * power_variation(image)
    return loss.item(), gradient(loss, image)


def log0(vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array) -> tuple[float, Array]:
    """log0/neural-style-painting, art.py.

    Its layers called conv are after their ReLU.  M and N of the style term are the style image's.
    """
    layer_weights = {
        "relu1_1": 0.5,
        "relu2_1": 1.0,
        "relu3_1": 1.5,
        "relu4_1": 3.0,
        "relu5_1": 4.0,
    }

    def network(variable: Tensor) -> dict[str, Tensor]:
        image_as_trained = feed(variable, vgg.order)
        return vgg.run(image_as_trained, (*layer_weights, "relu4_2"), average_ceil)

    image = leaf(x)
    model = network(image)
    content_model = network(constant(content) - constant(MEAN))
    style_model = network(constant(styles[0]) - constant(MEAN))

    n, m = content_model["relu4_2"].shape
    content_loss = sse(model["relu4_2"], content_model["relu4_2"]) / (4 * n * m)
    style_loss = constant((0.0,)).sum()
    for layer, weight in layer_weights.items():
        n, m = style_model[layer].shape
        difference = sse(gram(model[layer]), gram(style_model[layer]))
        style_loss = style_loss + weight * difference / (4 * n**2 * m**2)
    loss = 5 * content_loss + 100 * style_loss
    return loss.item(), gradient(loss, image)


def anishathalye(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """anishathalye/neural-style, stylize.py and vgg.py.

    vgg.py takes MatConvNet's first axis for the width and exchanges the filters' first two axes.
    """

    def network(variable: Tensor) -> dict[str, Tensor]:
        image_as_trained = feed(variable, vgg.order)
        layers = (*FIRST_OF_EACH_BLOCK, "relu4_2")
        return vgg.run(image_as_trained, layers, max_ceil, "transposed")

    def l2_loss(t: Tensor) -> Tensor:
        return (t**2).sum() / 2

    image = leaf(x)
    net = network(image)
    content_features = network(constant(content) - constant(MEAN))
    style_features = network(constant(styles[0]) - constant(MEAN))

    difference = net["relu4_2"] - content_features["relu4_2"]
    content_loss = 5e0 * (2 * l2_loss(difference) / difference.numel())
    style_loss = constant((0.0,)).sum()
    for layer in FIRST_OF_EACH_BLOCK:
        own = gram(net[layer]) / net[layer].numel()
        other = gram(style_features[layer]) / style_features[layer].numel()
        style_loss = style_loss + 0.2 * 2 * l2_loss(own - other) / other.numel()
    down, right = image[1:] - image[:-1], image[:, 1:] - image[:, :-1]
    variation = 2 * (l2_loss(down) / down.numel() + l2_loss(right) / right.numel())
    loss = content_loss + 5e2 * style_loss + 1e2 * variation
    return loss.item(), gradient(loss, image)


def titu1994_improved(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """titu1994/Neural-Style-Transfer, INetwork.py: shifted, chained, geometrically weighted."""
    feature_layers = (
        *("relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_3"),
        *("relu4_1", "relu4_2", "relu4_3", "relu5_1", "relu5_2", "relu5_3"),
    )

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, "bgr"), feature_layers, max_floor)

    image = leaf(x)
    combination = network(image)
    base = network(constant(content) - constant(MEAN))
    style_reference = network(constant(styles[0]) - constant(MEAN))
    channels, size = 3, x.shape[0] * x.shape[1]

    def style_loss(layer: str) -> Tensor:
        s, c = (gram(f[layer] - 1) for f in (style_reference, combination))
        return sse(s, c) / (4.0 * channels**2 * size**2)

    nb_layers = len(feature_layers) - 1
    loss = 0.025 * sse(combination["relu5_2"], base["relu5_2"])
    for i in range(nb_layers):
        sl = style_loss(feature_layers[i]) - style_loss(feature_layers[i + 1])
        loss = loss + (1.0 / (2 ** (nb_layers - (i + 1)))) * sl
    loss = loss + 8.5e-5 * power_variation(image)
    return loss.item(), gradient(loss, image)


def cysmith(
    vgg: TorchVGG, content: Array, styles: tuple[Array, ...], x: Array
) -> tuple[float, Array]:
    """cysmith/neural-style-tf, neural_style.py: content_loss_function 1, no masks."""
    layers = FIRST_OF_EACH_BLOCK

    def network(variable: Tensor) -> dict[str, Tensor]:
        return vgg.run(feed(variable, vgg.order), (*layers, "conv4_2"), average_ceil)

    image = leaf(x)
    net = network(image)
    p = network(constant(content) - constant(MEAN))["conv4_2"]
    n, m = p.shape
    content_loss = 1.0 / (2.0 * n**0.5 * m**0.5) * (net["conv4_2"] - p).pow(2).sum()
    total_style_loss = constant((0.0,)).sum()
    for pixels in styles:
        style, style_loss = network(constant(pixels) - constant(MEAN)), constant((0.0,)).sum()
        for layer in layers:
            n, m = net[layer].shape  # one graph for both: the style is forced to this size
            difference = (gram(net[layer]) - gram(style[layer])).pow(2).sum()
            style_loss = style_loss + (1.0 / (4 * n**2 * m**2)) * difference * 0.2
        total_style_loss = total_style_loss + style_loss / len(layers)
    total_style_loss = total_style_loss / len(styles)
    down, right = image[1:] - image[:-1], image[:, 1:] - image[:, :-1]
    tv = down.abs().sum() + right.abs().sum()
    loss = 5e0 * content_loss + 1e4 * total_style_loss + 1e-3 * tv
    return loss.item(), gradient(loss, image)
