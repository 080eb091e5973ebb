"""The terms of a recipe as LaTeX."""

from fractions import Fraction

from backpaint.problem.recipe import Content, Laplacian, Range, Style, TotalVariation

DIVISORS = {
    "1": "", "2": "2", "4": "4", "M": "M", "C M": "C M", "4 C M": "4 C M", "C^2": "C^2",
    "2 sqrt(C M)": r"2 \sqrt{C M}", "4 C^2": "4 C^2", "C^4": "C^4", "4 C^2 M^2": "4 C^2 M^2",
    "4 C^2 M_style^2": r"4 C^2 M_{\text{style}}^2", "36 P^2": r"4 \cdot 3^2 \cdot P^2",
    "|P|^2": r"\left\lVert P^\ell \right\rVert^2", "|A|^2": r"\left\lVert A^\ell \right\rVert^2",
}  # fmt: skip
"""What a recipe's divisor is called in a formula."""
NORMALIZED = r"\quad \text{(each layer over } \sum |\text{its gradient}| \text{)}"


def content_formula(content: Content) -> str:
    """Write the content term."""
    (layer, share), *others = content.layers.items()
    if others:
        raise ValueError("one content layer was expected")
    term = over(content.divisor, r"\left\lVert F^\ell - P^\ell \right\rVert^2")
    return f"{number(content.weight * share)}{term}".replace(r"\ell", rf"{{\text{{{layer}}}}}")


def style_formula(style: Style) -> str:
    """Write the style term; equal weights of all layers become one factor."""
    if style.statistic == "wasserstein":
        return wasserstein_formula(style)
    weights = set(style.layers.values())
    weight = number(weights.pop()) if len(weights) == 1 else r"w_\ell"
    distance = r"\left\lVert G^\ell - A^\ell \right\rVert^2"
    inner = weight and weight + r"\,"
    area = r"\frac{M}{M_{\text{style}}} \, " if style.match_area else ""
    moved = rf"(F {style.shift:+g})" if style.shift else "F"
    gram = over(style.gram_divisor, rf"{moved}^\top {moved}")
    target = f", \\quad A = {area}G_{{\\text{{style}}}}" if area else ""
    layers = r",\, ".join(rf"\text{{{layer}}}" for layer in style.layers)
    return (
        rf"{number(style.weight)} \sum_{{\ell}} {inner}{over(style.divisor, distance)} "
        rf"\qquad G = {gram}{target} \\ & \quad \ell \in \{{ {layers} \}}"
    )


def wasserstein_formula(style: Style) -> str:
    """Write the style term that compares normal distributions by the way between them."""
    layers = r",\, ".join(rf"\text{{{layer}}}" for layer in style.layers)
    weights = r",\, ".join(f"{weight:g}" for weight in style.layers.values())
    root = r"\left( W^{1/2} V W^{1/2} \right)^{1/2}"
    total = Fraction(style.weight).limit_denominator(1000)
    factor = rf"\tfrac{{{total.numerator}}}{{{total.denominator}}}"
    return (
        rf"{factor} \sum_{{\ell}} \frac{{w_\ell}}{{C}} \left( \left\lVert \mu - \nu \right\rVert^2 "
        rf"+ \operatorname{{tr}} \left( V + W - 2 {root} \right) \right) "
        rf"\\ & \quad \ell \in \{{ {layers} \}}, \quad w_\ell = {weights}"
    )


def variation_formula(variation: TotalVariation) -> str:
    """Write the smoothness term, with u and v for the differences to the right and downwards."""
    over_all = r"\operatorname{mean}" if variation.mean else r"\sum"
    power = "" if variation.exponent == 1 else f"^{{{variation.exponent:g}}}"
    forms = {
        "absolute": rf"\left( {over_all} |u| + {over_all} |v| \right)",
        "squared": rf"\left( {over_all}\, u^2 + {over_all}\, v^2 \right)",
        "power": rf"{over_all} \left( u^2 + v^2 \right){power}",
        "nine-point": (
            r"\operatorname{mean} \left( \tfrac23 u^2 + \tfrac23 v^2 "
            r"+ \tfrac16 d_1^2 + \tfrac16 d_2^2 \right)"
        ),
        "laplacian": r"\frac{1}{16} \sum_{\text{pairs}} (x_p - x_q)^2",
    }
    only = "" if variation.reported else r" \qquad \text{(in the gradient only)}"
    return f"{number(variation.weight)} {forms[variation.kind]}{only}"


def laplacian_formula(laplacian: Laplacian) -> str:
    """Write the loss on edges."""
    pools = ", ".join(map(str, laplacian.pools))
    return (
        rf"{number(laplacian.weight)} \sum_{{p \in \{{{pools}\}}}} \operatorname{{mean}}\, "
        r"\left( D A_p (x - \text{content}) \right)^2"
    )


def range_formula(limits: Range) -> str:
    """Write the penalty on values far from gray."""
    return rf"{number(limits.weight)} \sum |y|^{{{limits.power:g}}}"


def over(divisor: str, what: str) -> str:
    """Divide, where there is something to divide by."""
    below = DIVISORS[divisor]
    return rf"\frac{{{what}}}{{{below}}}" if below else what


def number(value: float) -> str:
    """Write a factor: nothing for 1, a power of ten where it is long."""
    if value == 1:
        return ""
    fraction = Fraction(value).limit_denominator(10)
    if fraction.numerator == 1 and abs(float(fraction) - value) < 1e-12:
        return rf"\tfrac{{1}}{{{fraction.denominator}}}"
    mantissa, _, exponent = f"{value:.10e}".partition("e")
    digits = mantissa.rstrip("0").rstrip(".")
    if -2 <= int(exponent) <= 2:
        return f"{value:g}"
    power = f"10^{{{int(exponent)}}}"
    return power if digits == "1" else rf"{digits} \cdot {power}"
