"""Bars of each workload, as SVG, by matplotlib; where that is not installed, nothing is drawn and that is said."""

from pathlib import Path

import summary
from catalogue import Workload

_COLOURS = {"ours": "#2b6cb0", "limit": "#718096", "peer": "#dd6b20"}


def pyplot():
    """matplotlib, or None."""
    try:
        import matplotlib
    except ImportError:
        return None
    matplotlib.use("svg")
    from matplotlib import pyplot as plot
    return plot


def draw(workload: Workload, runs: list[summary.Run], folder: Path, plot) -> Path | None:
    """A file in the folder, or None when nothing was measured."""
    bars = {}
    for run in runs:
        key = (run.kind, run.engine, run.variant if run.variant in workload.variants else "")
        bars.setdefault(key, summary.figure(summary.of_rounds(
            runs, run.kind, run.engine, "*" if run.kind == "limit" else run.variant)))
    if not bars:
        return None
    ordered = sorted(bars.items(), key=lambda item: item[1].median)
    chart, axes = plot.subplots(figsize=(8, 1 + 0.3 * len(ordered)))
    medians = [found.median for _, found in ordered]
    axes.barh(range(len(ordered)), medians, color=[_COLOURS[kind] for (kind, _, _), _ in ordered],
              xerr=[[found.median - found.least for _, found in ordered],
                    [found.most - found.median for _, found in ordered]])
    axes.set_yticks(range(len(ordered)), [" ".join(filter(None, key)) for key, _ in ordered])
    axes.set_xscale("log")
    axes.set_xlabel("ns of one item: median, least and most")
    axes.set_title(workload.title)
    chart.tight_layout()
    file = folder / f"{workload.name}.svg"
    chart.savefig(file)
    plot.close(chart)
    return file


def draw_curve(title: str, x_label: str, y_label: str, curves: dict[str, list[tuple[float, float]]], file: Path,
               plot) -> None:
    """curves: engine -> points."""
    chart, axes = plot.subplots(figsize=(8, 5))
    for engine, points in curves.items():
        axes.plot([x for x, _ in points], [y for _, y in points], marker="o", label=engine)
    axes.set_xscale("symlog")
    axes.set_yscale("log")
    axes.set_xlabel(x_label)
    axes.set_ylabel(y_label)
    axes.set_title(title)
    axes.legend()
    chart.tight_layout()
    chart.savefig(file)
    plot.close(chart)
