"""The tables and the plot of what `cpu.py` has measured.

python bench/cpu_report.py [--check]     # README's table anew from results/cpu.json
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from backpaint.compare.plan import parse_sizes
from backpaint.compare.subject.competitors import competitor

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- measured, written by bench/cpu_report.py -->", "<!-- end of measured -->"
OURS = "cpu"
LIBRARY_NAMES = {"pytorch": "PyTorch", "tensorflow": "TensorFlow", "jax": "JAX"}

Rows = dict[str, dict[str, Any]]


def write_results(result: dict[str, Any]) -> None:
    """Write all files anew; parts that are not there yet are left out."""
    lines = [
        "# The CPU engine beside other libraries",
        "",
        result["machine"] + "; medians, float32.",
        "",
    ]
    if result["comparisons"]:
        lines += ["One loss and gradient of `gatys`; memory is the whole process's peak:", ""]
        lines += [*comparison_table(result["comparisons"]), ""]
        lines += [
            "Everybody, seconds (and seconds of processor time), MB; without the latter: a trial, "
            "not timed in turn:",
            "",
        ]
        lines += [*variants_table(result["comparisons"]), ""]
    if result.get("avx2"):
        lines += ["The same with every process held to AVX2:", ""]
        lines += [*comparison_table(result["avx2"]), "", *variants_table(result["avx2"]), ""]
        lines += left_out(result["avx2"])
    for size in by_area(result.get("descents", {})):
        lines += [*lbfgs_table(size, result["descents"][size]), ""]
    if result.get("profile"):
        lines += ["Where the time goes at 512 x 512:", ""]
        lines += [*profile_lines(result["profile"], result["matrix_peak_gflops"]), ""]
    if len(result["comparisons"]) > 2:
        lines += ["![growth with size](cpu.png)", ""]
        plot(result["comparisons"], RESULTS / "cpu.png")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "cpu.json").write_text(json.dumps(result, indent=1) + "\n")
    (RESULTS / "cpu.md").write_text("\n".join(lines))
    README.write_text(readme_with(result), encoding="utf-8")


def readme_with(result: dict[str, Any]) -> str:
    """Put the short table, and what whole runs gain, into README's text."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    lines = short_table(result["comparisons"])
    if result.get("avx2"):
        lines += ["", "The same with every process held to AVX2:", "", *short_table(result["avx2"])]
        lines += ["", *left_out(result["avx2"])][:-1]
    descents = result.get("descents", {})
    for size in by_area(descents):
        count, faster = descents[size][OURS]["iterations"], speedup(descents[size])
        text = f"{count} iterations of SciPy's L-BFGS-B at {size}: {faster:.2f} times faster."
        lines += ["", text]
    return f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}"


def short_table(comparisons: dict[str, Rows]) -> list[str]:
    """Compare time and memory with the fastest library's, in few words."""
    theirs = library_names(comparisons)
    lines = [f"| picture | `cpu` | {theirs} | times faster | memory |", "|---|---|---|---|---|"]
    for size in by_area(comparisons):
        ours, theirs = comparisons[size][OURS], comparisons[size][best_variant(comparisons[size])]
        lines.append(
            f"| {size} | {ours['seconds']:.2f} s, {ours['peak_mb']:.0f} MB "
            f"| {theirs['seconds']:.2f} s, {theirs['peak_mb']:.0f} MB "
            f"| {speedup(comparisons[size]):.2f} "
            f"| {ours['peak_mb'] / theirs['peak_mb']:.0%} |"
        )
    return lines


def by_area(comparisons: dict[str, Rows]) -> list[str]:
    """Put sizes in order."""
    return sorted(comparisons, key=lambda name: np.prod(parse_sizes(name)[0]))


def best_variant(rows: Rows) -> str:
    """Name the fastest of the libraries, in its fastest form."""
    theirs = [name for name in rows if competitor(name).is_library]
    return min(theirs, key=lambda name: rows[name]["seconds"])


def library_names(comparisons: dict[str, Rows]) -> str:
    """Name the libraries that are the fastest anywhere."""
    best = [competitor(best_variant(rows)).family for rows in comparisons.values()]
    return " or ".join(LIBRARY_NAMES[family] for family in dict.fromkeys(best))


def left_out(comparisons: dict[str, Rows]) -> list[str]:
    """List the libraries that were not compared at one size, but at others."""
    lines = []
    families = {
        size: {competitor(name).family for name in rows} for size, rows in comparisons.items()
    }
    for size in by_area(comparisons):
        missing = set().union(*families.values()) - families[size]
        names = " and ".join(LIBRARY_NAMES[family] for family in sorted(missing))
        if names:
            lines += [f"At {size} without {names}: `docs/cpu.md` has the reason.", ""]
    return lines


def comparison_table(comparisons: dict[str, Rows]) -> list[str]:
    """Compare with the fastest library at each size."""
    lines = [
        "| picture | ours, s | fastest library, s | which | times faster "
        "| ours, MB | its MB | of its memory | runs |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for size in by_area(comparisons):
        ours, name = comparisons[size][OURS], best_variant(comparisons[size])
        theirs = comparisons[size][name]
        lines.append(
            f"| {size} | {ours['seconds']:.3f} | {theirs['seconds']:.3f} | {name} "
            f"| **{speedup(comparisons[size]):.2f}** | {ours['peak_mb']:.0f} "
            f"| {theirs['peak_mb']:.0f} | **{ours['peak_mb'] / theirs['peak_mb']:.0%}** "
            f"| {ours.get('runs', '')} |"
        )
    return lines


def variants_table(comparisons: dict[str, Rows]) -> list[str]:
    """List what each engine took at each size."""
    engines = list(dict.fromkeys(name for rows in comparisons.values() for name in rows))
    lines = [f"| picture | {' | '.join(engines)} |", "|---|" + "---|" * len(engines)]
    for size in by_area(comparisons):
        cells = [_cell(comparisons[size].get(engine)) for engine in engines]
        lines.append(f"| {size} | {' | '.join(cells)} |")
    return lines


def _cell(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    processors = f" ({row['cpu_seconds']:.3f})" if "cpu_seconds" in row else ""
    return f"{row['seconds']:.3f}{processors}, {row['peak_mb']:.0f}"


def speedup(rows: Rows) -> float:
    """Tell how many times faster ours is than the fastest library."""
    return rows[best_variant(rows)]["seconds"] / rows[OURS]["seconds"]


def lbfgs_table(size: str, rows: Rows) -> list[str]:
    """Compare whole runs."""
    lines = [
        f"{rows[OURS]['iterations']} iterations of `fmin_l_bfgs_b` at {size}: "
        f"**{speedup(rows):.2f} times** faster.",
        "",
        "| engine | seconds | evaluations | outside the function | final loss |",
        "|---|---|---|---|---|",
    ]
    for engine, row in rows.items():
        outside = 1 - row["seconds_inside"] / row["seconds"]
        lines.append(
            f"| {engine} | {row['seconds']:.1f} | {row['evaluations']} | {outside:.1%} "
            f"| {row['loss']:.6g} |"
        )
    return lines


def profile_lines(laps: list[dict[str, Any]], peak: float) -> list[str]:
    """List the steps of an evaluation."""
    total = sum(lap["milliseconds"] for lap in laps)
    flops = sum(lap["flops"] for lap in laps)
    lines = ["| layer | direction | ms | effective GFLOP/s | share |", "|---|---|---|---|---|"]
    for lap in laps:
        speed = f"{lap['flops'] / lap['milliseconds'] / 1e6:.0f}" if lap["flops"] else ""
        share = lap["milliseconds"] / total
        lines.append(
            f"| {lap['layer']} | {lap['direction']} | {lap['milliseconds']:.1f} | {speed} "
            f"| {share:.1%} |"
        )
    lines += [
        "",
        f"In all {total:.0f} ms for convolutions that are {flops / 1e9:.0f} GFLOP when computed "
        f"directly: {flops / total / 1e6:.0f} GFLOP/s effective. A large matrix product reaches "
        f"{peak:.0f} GFLOP/s here; direct convolutions at that speed would take "
        f"{flops / peak / 1e6:.0f} ms.",
    ]
    return lines


def plot(comparisons: dict[str, Rows], path: Path) -> None:
    """Draw time and memory over the number of pixels, if matplotlib is there."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    rows = [comparisons[name] for name in by_area(comparisons)]
    pixels = [np.prod(parse_sizes(name)[0]) / 1e6 for name in by_area(comparisons)]
    columns = (("seconds", "seconds an evaluation"), ("peak_mb", "peak memory, MB"))
    for axis, (key, label) in zip(axes, columns, strict=True):
        axis.loglog(pixels, [row[OURS][key] for row in rows], "o-", label="backpaint")
        theirs = [row[best_variant(row)][key] for row in rows]
        axis.loglog(pixels, theirs, "s--", label="fastest library")
        axis.set(xlabel="million pixels", ylabel=label)
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def main() -> None:
    """Write README's table from the stored results, or say that the one there is out of date."""
    new = readme_with(json.loads((RESULTS / "cpu.json").read_text()))
    if "--check" in sys.argv:
        is_current = new == README.read_text(encoding="utf-8")
        sys.exit(0 if is_current else "README.md is out of date: python bench/cpu_report.py")
    README.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
