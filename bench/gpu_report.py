"""From the figures of `gpu.py` to a page with tables, and to a picture beside the CPU's."""

import json
from pathlib import Path
from typing import Any

CEILING = {
    "ours exact": "fp32",
    "ours tf32": "tf32",
    "ours fast": "fp16",
    "PyTorch fp32": "fp32",
    "PyTorch tf32": "tf32",
    "PyTorch fp16": "fp16",
    "PyTorch bf16": "fp16",
}
"""Whose share of which measured product."""


def report(results: dict[str, Any]) -> str:
    """Write the page."""
    machine = results["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}"
        for name in ("driver", "runtime", "cupy", "torch", "numpy", "python")
        if machine.get(name)
    )
    emulated = " Emulated on the processor: a rehearsal, whose times mean nothing." * bool(
        machine["emulated"]
    )
    lines = ["# The GPU engine beside PyTorch", "", f"{machine['device']}; {versions}.{emulated}"]
    for title, table in (
        ("Checks", checks_lines(results.get("checks", {}))),
        ("Ceilings", ceiling_lines(results.get("ceilings", {}))),
        ("One loss and gradient of `gatys`", speed_lines(results)),
        ("L-BFGS from beginning to end", lbfgs_lines(results.get("lbfgs", {}))),
    ):
        if table:
            lines += ["", f"## {title}", "", *table]
    return "\n".join(lines) + "\n"


def checks_lines(checks: dict[str, Any]) -> list[str]:
    if not checks:
        return []
    wrong = [name for name, row in checks.items() if not row["passed"]]
    cosines = [row["cosine"] for row in checks.values() if "cosine" in row]
    lines = [f"{len(checks)} checks, {len(wrong)} wrong{': ' * bool(wrong)}{', '.join(wrong)}."]
    if cosines:
        lines.append(f"The least cosine with the float64 gradient is {min(cosines):.6f}.")
    return lines


def ceiling_lines(ceilings: dict[str, float]) -> list[str]:
    if not ceilings:
        return []
    lines = ["| what | measured |", "|---|---|"]
    for name, value in ceilings.items():
        unit = "GB/s" if "gb" in name else "TFLOP/s"
        lines.append(f"| {name.split('_')[0]} | {value:.0f} {unit} |")
    return lines


def speed_lines(results: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    for size, found in results.get("speed", {}).items():
        lines += [
            f"{size} x {size}, {found['gflop']:.0f} GFLOP:",
            "",
            "| | ms (events) | ms (clock) | of the ceiling | error | cosine | GB |",
            "|---|---:|---:|---:|---:|---:|---:|",
        ]
        for name, row in found["rows"].items():
            if "failed" in row:
                lines.append(f"| {name} | failed: {row['failed']} | | | | | |")
                continue
            share = share_of_ceiling(name, found["gflop"], row, results.get("ceilings", {}))
            right = "not finite | "
            if row["error"] is not None:
                right = f"{row['error']:.1e} | {row['cosine']:.6f}"
            lines.append(
                f"| {name} | {row['event_ms']:.3f} | {row['wall_ms']:.3f} | {share} "
                f"| {right} | {row['memory_gb']:.2f} |"
            )
        lines.append("")
    return lines


def share_of_ceiling(
    name: str, gflop: float, row: dict[str, Any], ceilings: dict[str, float]
) -> str:
    """Compare with the measured product of the same precision."""
    key = next((CEILING[start] for start in CEILING if name.startswith(start)), "")
    ceiling = ceilings.get(f"{key}_tflop_per_s")
    return "" if ceiling is None else f"{gflop / row['event_ms'] / ceiling:.0%}"


def lbfgs_lines(rows: dict[str, Any]) -> list[str]:
    if not rows:
        return []
    lines = ["| | seconds | iterations | evaluations | loss |", "|---|---:|---:|---:|---:|"]
    for name, row in rows.items():
        if "failed" in row:
            lines.append(f"| {name} | failed: {row['failed']} | | | |")
            continue
        lines.append(
            f"| {name} | {row['seconds']:.2f} | {row['iterations']} | {row['evaluations']} "
            f"| {row['loss']:.6g} |"
        )
    return lines


def plot(results: dict[str, Any], cpu: Path, path: Path) -> None:
    """Draw the time of one evaluation over the number of pixels, the CPU's and the GPU's."""
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    from matplotlib import pyplot

    curves: dict[str, dict[float, float]] = {}
    for size, found in results.get("speed", {}).items():
        for name, row in found["rows"].items():
            if "event_ms" in row:
                curves.setdefault(name, {})[int(size) ** 2 / 1e6] = row["event_ms"] / 1e3
    if cpu.exists():
        for size, rows in json.loads(cpu.read_text())["comparisons"].items():
            width, height = (int(word) for word in size.split(" x "))
            curves.setdefault("CPU, ours", {})[width * height / 1e6] = rows["cpu"]["seconds"]
    if not curves:
        return
    figure, axis = pyplot.subplots(figsize=(7, 4.5), layout="constrained")
    for name, points in curves.items():
        pixels = sorted(points)
        style = "o-" if name.startswith(("ours", "CPU")) else "x--"
        axis.loglog(pixels, [points[p] for p in pixels], style, label=name)
    axis.set(xlabel="million pixels", ylabel="seconds an evaluation")
    axis.grid(alpha=0.3, which="both")
    axis.legend(fontsize=7)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
