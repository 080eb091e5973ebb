"""A recipe: everything that turns two pictures into one objective and a way to minimize it.

Each preset is one TOML file of this shape (`backpaint.presets`); each key can be changed from the
command line (``--set style.weight=1e4``) or from Python.  `msgspec` validates: an unknown key or a
bad value is refused with the path of the key and what is allowed.

Letters in divisors: C channels and M = height * width of the layer's features, M_style the same
for the style image, P = height * width of the painted image.
"""

from typing import Annotated, Literal

from msgspec import Meta

from .descent_options import LBFGS as LBFGS
from .descent_options import LBFGSB as LBFGSB
from .descent_options import Adam as Adam
from .descent_options import GradientDescent as GradientDescent
from .descent_options import Optimizer as Optimizer
from .section import LARGEST, Count, Finite, NonNegative, Positive, Triple
from .section import Section as _Section

LayerName = Annotated[str, Meta(pattern=r"^(conv|relu)[1-5]_[1-4]$|^pool[1-5]$")]
LayerWeights = dict[LayerName, NonNegative]
SignedLayerWeights = dict[LayerName, Finite]


class NetworkOptions(_Section, frozen=True, kw_only=True):
    """Options of how the network is run; which network it is, the weights say."""

    pool: Literal["max", "average", "overlapping-average"] = "max"
    """2x2 stride 2, or (andersbll) the average of 3x3 with stride 2 and padding 1."""
    edge: Literal["floor", "ceil"] = "floor"
    """What 2x2 pooling does with a last odd row or column: drop it, or pool what is there."""
    count_padding: bool = False
    """Overlapping average: divide by 9 everywhere, instead of by the pixels inside the image."""
    filters: Literal["upright", "transposed", "turned"] = "upright"
    """As trained; with height and width exchanged; or turned by 180 degrees (true convolution)."""
    first_padding: Literal["zeros", "edge"] = "zeros"
    """What the first convolution sees beyond the picture: zeros, as all others do, or the outermost
    pixels once more."""


class Images(_Section, frozen=True, kw_only=True):
    """The way from photographs to the arrays that the system works on."""

    size: Count | None = None
    """Pixels of the side named by `side`; absent: native size."""
    side: Literal["long", "short", "height", "square", "area"] = "long"
    """Which side gets `size`; ``square`` forces size x size and loses the aspect ratio; ``area``
    keeps it, with size x size pixels in all."""
    short_at_least: Count | None = None
    """Enlarge further until the shorter side has this many pixels (fzliu)."""
    upscale: bool = True
    """False: `size` is at most the longer side (pytorch-adam, which measures that one), and with
    ``area`` no picture is enlarged."""
    rounding: Literal["round", "truncate", "up", "in-turn"] = "round"
    """How the other side becomes a whole number; ``in-turn``, with ``area`` alone: the height is
    rounded, and the width follows from that."""
    filter: Literal[
        "nearest", "bilinear", "bicubic", "cubic-cv", "lanczos", "area", "area-opencv", "pyramid"
    ] = "bicubic"
    """The interpolation; ``area`` is Torch7's: the average of what a new pixel covers, and between
    the corner pixels where it enlarges; ``area-opencv`` copies pixels there, and mixes those that
    an edge falls into; ``cubic-cv`` is OpenCV's, which samples 16 pixels; ``pyramid`` is
    scikit-image's: a Gaussian blur, then between the nearest four."""
    antialias: bool = True
    """Whether shrinking averages over all pixels, or (bilinear alone) samples the nearest ones."""
    eight_bit: bool = False
    """Whether levels stay whole numbers, as in systems that resize 8-bit pictures with Pillow."""
    style: Literal["own", "content", "content-width", "content-area", "native"] = "own"
    """Style size: by the same rule as the content; the content's height and width exactly; the
    content's width, or its number of pixels, with its own aspect ratio; or untouched."""
    style_scale: Positive = 1.0
    """Factor on the style's size (not with ``content`` or ``native``)."""
    style_upscale: bool = True
    """False: no style becomes larger than its file (not with ``content``, whose size is given)."""

    def __post_init__(self) -> None:
        if not self.antialias and self.filter != "bilinear":
            raise ValueError("antialias = false goes with filter = bilinear alone")
        if self.rounding == "in-turn" and self.side != "area":
            raise ValueError("rounding = in-turn goes with side = area alone")
        if not self.style_upscale and self.style == "content":
            raise ValueError("style_upscale = false does not go with style = content")


class Color(_Section, frozen=True, kw_only=True):
    """The choice of colors: the style's, or the content's, in one of three ways.

    The style's pixels can be brought to the content's colors before painting (`style`), light and
    dark alone can be painted (`luma`), and the content's colors can be put back afterwards
    (`keep`).  Levels are those of the files, 0..255.
    """

    style: Literal["as-is", "cholesky", "root", "transport", "histogram"] = "as-is"
    """How each style is given the content's colors: not at all; its mean and covariance by one of
    three linear maps, of which ``transport`` changes the pixels least; or each channel's
    histogram."""
    floor: Positive = 1.0
    """Squared levels, added to every variance before it is matched: a gray picture has none."""
    gain: Positive = 5.0
    """How much the linear maps stretch any direction of color, at most."""
    clip: bool = True
    """Whether the style is cut off at 0 and 255 when its colors are changed."""
    luma: bool = False
    """Paint light and dark alone, on gray pictures, and take all color from the content."""
    luma_match: Literal["deviation", "mean", "none"] = "deviation"
    """What of the content's light and dark the styles are given first, under `luma`: mean and
    standard deviation, the mean, or nothing."""
    keep: bool = False
    """Of the finished painting take light and dark alone, and the color from the content."""

    def __post_init__(self) -> None:
        if self.luma and (self.keep or self.style != "as-is"):
            raise ValueError(
                "color.luma = true paints no color that color.keep or color.style could change; "
                "leave them at false and as-is"
            )


class Affine(_Section, frozen=True, kw_only=True):
    """The map ``(rgb * scale - mean) / std`` per channel, in R, G, B order."""

    scale: Positive = 1.0
    """Multiplies R, G and B from 0 to 255 first."""
    mean: Triple = (0.0, 0.0, 0.0)
    """Subtracted then."""
    std: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)
    """Divided by at last."""


class NetworkInput(_Section, frozen=True, kw_only=True):
    """The network's input, where that differs from what it was trained on."""

    scale: Positive | None = None
    """Multiplies R, G and B from 0 to 255 first."""
    mean: Triple | None = None
    """In R, G, B order: a system that exchanges two means has them exchanged here."""
    std: tuple[Positive, Positive, Positive] | None = None
    """Divided by at last."""
    swap_channels: bool = False
    """Feed B, G, R to a first layer trained on R, G, B, or the other way round."""


class Inputs(_Section, frozen=True, kw_only=True):
    """`NetworkInput` by the family of the weights; absent: as trained."""

    oxford: NetworkInput = NetworkInput()
    torchvision: NetworkInput = NetworkInput()


class Content(_Section, frozen=True, kw_only=True):
    """``weight * sum_l layers[l] * SSE(F - P) / divisor``."""

    weight: NonNegative
    """Of the whole term: more keeps more of the photograph."""
    layers: LayerWeights
    """Where features are compared, and how much each layer counts."""
    divisor: Literal["1", "2", "C M", "4 C M", "2 sqrt(C M)", "|P|^2"]
    """What each layer's squared difference is divided by; ``|P|^2`` is the sum of squares of the
    content's own features, so that the term is the part of them that is missed; 1 where all
    are 0."""
    l1_epsilon: NonNegative | None = None
    """Divide each layer's loss by ``epsilon + sum |its gradient|``, taken as a constant."""
    reported: Literal["objective", "half-norm"] = "objective"
    """What the original logs: the objective, or ``0.5 * ||F - P||`` (caffe-content)."""


Statistic = Literal["gram", "covariance", "mean-deviation", "wasserstein", "sliced", "histogram"]
SORTED = ("sliced", "histogram")
"""Statistics that sort features."""


class Style(_Section, frozen=True, kw_only=True):
    """``weight * sum_l layers[l] * SSE(G - A) / divisor`` with ``G = F^T F / gram_divisor``.

    Or another `statistic` of features in the place of G: ``covariance`` subtracts each channel's
    mean first; ``mean-deviation`` and ``wasserstein`` compare normal distributions, take the mean
    over channels, and use neither divisor; ``sliced`` and ``histogram`` sort features along fixed
    directions or channel by channel, compare rank by rank, and use neither divisor, too.
    """

    weight: NonNegative
    """Of the whole term: more takes more of the style."""
    layers: SignedLayerWeights
    """Where Gram matrices are compared, and how much each layer counts; a layer below 0 is pushed
    away from the style, without end."""
    gram_divisor: Literal["1", "M", "C M"]
    """What a Gram matrix is divided by."""
    divisor: Literal[
        "1", "4", "C^2", "4 C^2", "C^4", "4 C^2 M^2", "4 C^2 M_style^2", "36 P^2", "|A|^2"
    ]
    """What each layer's squared difference is divided by; ``|A|^2`` is the sum of squares of the
    style's own matrix, so that the term is the part of it that is missed; 1 where all is 0."""
    statistic: Statistic = "gram"
    """What is compared of the features."""
    shift: float = 0.0
    """Added to all features before their Gram matrix; the other statistics would not notice."""
    epsilon: Positive = 1e-4
    """Of ``mean-deviation`` and ``wasserstein``: what is added to every variance, as a part of 1
    plus the style's mean variance."""
    directions: Count = 32
    """Of ``sliced``: how many; they are random, and the same ones in every run."""
    epsilon_form: Literal["share", "absolute"] = "share"
    """``absolute``: `epsilon` itself is added."""
    root_steps: Annotated[int, Meta(ge=1, le=100)] | None = None
    """Of ``wasserstein``: how many Newton-Schulz steps compute a root of a covariance; absent:
    exactly."""
    root_backward: Literal["steps", "equation"] = "steps"
    """Of `root_steps`: the gradient of those steps; or, as some systems, what an equation for the
    gradient of an exact root gives in as many steps, which is not the loss's."""
    blend: Literal["losses", "targets"] = "losses"
    """What several styles are weighed in: their losses, or what they ask for, which is one style
    between them (with Gram matrices only the loss differs, by a constant)."""
    match_area: bool = False
    """Scale the style's Gram matrix by M / M_style (andersbll)."""
    l1_epsilon: NonNegative | None = None
    """As in `Content`."""

    def __post_init__(self) -> None:
        if not abs(self.shift) <= LARGEST:
            raise ValueError("style.shift is not finite; expected a number such as -1")
        if self.root_steps is not None and self.statistic != "wasserstein":
            raise ValueError(
                f"style.root_steps goes with style.statistic = wasserstein, not {self.statistic}"
            )
        if self.root_backward == "equation" and self.root_steps is None:
            raise ValueError(
                "style.root_backward = equation goes with style.root_steps, which is not set; set "
                "it, such as to 12"
            )
        if self.blend == "targets" and (
            self.statistic == "covariance" or self.divisor == "4 C^2 M_style^2"
        ):
            raise ValueError(
                "style.blend = targets has no size of one style: it goes neither with "
                "style.statistic = covariance nor with divisor 4 C^2 M_style^2"
            )
        if self.shift and self.statistic != "gram":
            raise ValueError(
                f"style.shift = {self.shift:g} changes nothing with style.statistic = "
                f"{self.statistic}; leave it at 0 or choose gram"
            )


class MaskOptions(_Section, frozen=True, kw_only=True):
    """The meaning of masks, where there are any: how much each place counts for each style.

    At a layer, position i counts w_i: its Gram matrix is ``sum w_i f_i f_i^T``.
    """

    propagate: Literal["average", "inside", "touching"] = "average"
    """How pixels become positions of a layer: the share of a position's cell; or the least or the
    most of the mask in all that it sees of the picture."""
    power: Annotated[int, Meta(ge=1, le=2)] = 1
    """1 or 2: w is the mask to this power; 2 multiplies features by it, as other systems do: where
    masks meet softly, styles then count less."""
    strength: Literal["area", "equal"] = "area"
    """``area``: a style pulls as hard at each pixel of a small region as of a large one.
    ``equal``: its loss counts by its share alone, so that it pulls harder in a small region."""
    normalized: bool = True
    """Whether a region's Gram matrix is that of a picture filled with it, in the painting and in
    the style; false: sums over regions are divided as if they were whole pictures."""


VARIATION_OPTIONS = {
    "absolute": ("mean",),
    "squared": ("mean",),
    "power": ("exponent", "epsilon", "mean", "wrap"),
    "laplacian": (),
    "nine-point": (),
}
"""The keys of `TotalVariation` that each kind reads, as its functions in every engine take them."""


class TotalVariation(_Section, frozen=True, kw_only=True):
    """A penalty on differences between neighboring pixels of the variable.

    With dx, dy the forward differences: ``absolute`` sum |dx| + sum |dy|; ``squared`` sum dx^2 +
    sum dy^2; ``power`` sum (dx^2 + dy^2 + epsilon)^exponent where both differences exist;
    ``laplacian`` 1/16 of the sum of squared differences over all pairs of neighbors, zero outside
    (andersbll); ``nine-point`` as in crowsonkb/style-transfer-pytorch.
    """

    weight: NonNegative
    """Of the whole term: more makes a smoother picture."""
    kind: Literal["absolute", "squared", "power", "laplacian", "nine-point"]
    """Which penalty; see above."""
    exponent: Positive = 1.0
    """Of ``power``."""
    epsilon: NonNegative = 0.0
    """Of ``power``."""
    mean: bool = False
    """Divide each sum by the number of its differences."""
    wrap: bool = False
    """``power``: the last column's neighbor is the first (crowsonkb's Caffe program)."""
    reported: bool = True
    """False: in the gradient only, as some originals do."""

    @property
    def options(self) -> dict[str, float | bool]:
        """Those of the keys above that its kind reads; see `VARIATION_OPTIONS`."""
        return {name: getattr(self, name) for name in VARIATION_OPTIONS[self.kind]}


class Laplacian(_Section, frozen=True, kw_only=True):
    """``weight * sum over pools of mean((D A_p (x - content))^2)``: edges stay where they are.

    A_p averages squares of p x p pixels of the variable, D is 4 times an averaged pixel less its
    four neighbors, of the sum of the channels; the mean runs over those that have four neighbors.
    """

    weight: NonNegative
    """Of the whole term: more keeps more of the photograph's edges."""
    pools: tuple[Count, ...] = (4,)
    """Sides of the squares: small ones keep fine edges, large ones the outlines."""

    def __post_init__(self) -> None:
        if not self.pools:
            raise ValueError("laplacian.pools is empty; expected sides of squares such as [4, 16]")


class Range(_Section, frozen=True, kw_only=True):
    """``weight * sum |y|^power``, where y is -1 for black and 1 for white.

    Values beyond black and white become expensive, so that an optimizer without bounds stays
    near them.
    """

    weight: NonNegative
    """Of the whole term: more keeps the picture closer to gray."""
    power: Annotated[float, Meta(ge=2, le=100)] = 6.0
    """The higher, the less it feels between black and white, and the steeper it is beyond."""


class Initial(_Section, frozen=True, kw_only=True):
    """The start of the descent: the content, or noise mixed with shares of the pictures.

    ``noise``: x0 = content_share * content + style_share * style + noise_share * noise, all in
    units of the variable.
    """

    start: Literal["content", "noise"] = "content"
    """At the content, or at the mixture below."""
    noise: Literal["uniform", "normal", "pink"] = "uniform"
    """Which noise; ``pink`` has the spectrum of photographs."""
    low: float | None = None
    high: float | None = None
    """Range of ``uniform``; absent: from black to white."""
    std: NonNegative = 1.0
    """Standard deviation of ``normal`` and ``pink``."""
    noise_share: float = 1.0
    """How much noise is in the mixture."""
    content_share: float = 0.0
    """How much of the content."""
    style_share: float = 0.0
    """How much of the first style."""


class Scales(_Section, frozen=True, kw_only=True):
    """Smaller sizes that are painted first, each the start of the next: coarse to fine.

    The painting itself, of `Images.size`, comes last and has the optimizer's own iterations.
    """

    sizes: tuple[Count, ...]
    """Pixels of the side that `Images` names, ascending; those that are not below its `size` are
    left out."""
    iterations: Count | tuple[Count, ...] | None = None
    """At each of `sizes`, or one number for all of them; absent: as many as at the last."""
    filter: Literal["nearest", "bilinear", "bicubic", "cubic-cv", "lanczos", "area"] = "bicubic"
    """The interpolation that enlarges a picture to the next size; ``cubic-cv`` is PyTorch's
    bicubic, too."""
    balance: Literal["recipe", "last"] = "recipe"
    """The weights of the terms: the recipe's at every size, or so that a term that grows with the
    number of pixels counts as much against the others as it will at the last size."""
    moments: Literal["carry", "fresh"] = "carry"
    """Adam's running means at the next size: enlarged with the picture, or begun anew as those of
    the other methods."""

    def __post_init__(self) -> None:
        if not self.sizes or list(self.sizes) != sorted(set(self.sizes)):
            raise ValueError(
                f"scales.sizes is {[*self.sizes]}; expected sizes that ascend, such as [128, 256]"
            )
        if isinstance(self.iterations, tuple) and len(self.iterations) != len(self.sizes):
            raise ValueError(
                f"scales.iterations has {len(self.iterations)} of the {len(self.sizes)} numbers "
                f"that {len(self.sizes)} sizes need; give one for each of scales.sizes, or one "
                "number for all"
            )


class Recipe(_Section, frozen=True, kw_only=True):
    """One system, complete: the content of one preset file."""

    name: str
    title: str
    source: str
    """The paper, article or repository whose mathematics this is."""
    description: str
    quirks: tuple[str, ...] = ()
    """What differs from the paper, and bugs that are reproduced."""
    disagreements: tuple[str, ...] = ()
    """Where the original's reported loss is not the function whose gradient it follows."""
    substitutions: tuple[str, ...] = ()
    """Where the embedded weights stand in for the original's."""
    weights: str = "vgg19"
    """The network: ``vgg16``, ``vgg19``, or a file."""
    network: NetworkOptions = NetworkOptions()
    images: Images = Images()
    color: Color = Color()
    variable: Affine = Affine()
    input: Inputs = Inputs()
    content: Content | None = None
    style: Style | None = None
    masks: MaskOptions = MaskOptions()
    total_variation: TotalVariation | None = None
    laplacian: Laplacian | None = None
    range: Range | None = None
    initial: Initial = Initial()
    scales: Scales | None = None
    optimizer: Optimizer

    def __post_init__(self) -> None:
        statistic = "gram" if self.style is None else self.style.statistic
        if not self.masks.normalized and statistic != "gram":
            raise ValueError(
                f"masks.normalized = false goes with Gram matrices alone, and style.statistic = "
                f"{statistic} is of means; leave it at true"
            )
        if self.scales is not None and self.images.size is None:
            raise ValueError(
                "scales.sizes come before images.size, which is not set; set it, or scales to off"
            )

    @property
    def has_line_search(self) -> bool:
        """Whether the optimizer compares losses, which gradients of another function confuse."""
        search = getattr(self.optimizer, "line_search", "none")
        return isinstance(self.optimizer, LBFGSB) or search != "none"

    @property
    def is_consistent(self) -> bool:
        """Whether the reported loss is the function whose gradient is returned."""
        content, style, variation = self.content, self.style, self.total_variation
        return not (
            (content and (content.l1_epsilon is not None or content.reported != "objective"))
            or (style and (style.l1_epsilon is not None or style.root_backward != "steps"))
            or (variation and not variation.reported)
        )
