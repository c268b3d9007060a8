"""What the nodes used on average: processor, memory, network and, where there is one, GPU."""

import math
from typing import NamedTuple

from matplotlib.patches import Patch

import selection
import style
from gradwire_results import ResultsError

GROUP_WIDTH = 0.76
WHISKERS = "Range over nodes\nand repeats"


class Quantity(NamedTuple):
    """A panel: its axis, and what it shows of rows of samples, each with its `interval`."""

    label: str
    value_of: object  # of the rows of one node: its mean over time in the unit of the axis, or NaN


def _mean_share(column, scale):
    def mean(rows):
        known = rows[rows[column].notna()]
        if known.empty:
            return math.nan
        return float((known[column] * known.interval).sum() / known.interval.sum() * scale)

    return mean


def _mean_rate(column):
    def mean(rows):
        return float(rows[column].sum() * 8 / rows.interval.sum() / 1e6)

    return mean


ALWAYS = [
    Quantity("CPU (% of a core)", _mean_share("cpu_share", 100)),
    Quantity("Memory (MB)", _mean_share("memory_bytes", 1e-6)),
    Quantity("Sent (Mbit/s)", _mean_rate("bytes_sent")),
    Quantity("Received (Mbit/s)", _mean_rate("bytes_received")),
]
OF_GPUS = [
    Quantity("GPU (%)", _mean_share("gpu_share", 100)),
    Quantity("GPU memory (MB)", _mean_share("gpu_memory_bytes", 1e-6)),
]


def node_means(results, point, quantity):
    """The mean over time of a quantity for each node in each repeat of a point, where known."""
    rows = results.resource_samples[results.resource_samples.point == point]
    means = [quantity.value_of(node) for _, node in rows.groupby(["repeat", "rank"])]
    return [mean for mean in means if not math.isnan(mean)]


def draw(results, x_key, bar_key, conditions, title=None):
    """The figure; raises ResultsError when the keys do not fit the results."""
    points = selection.matching_points(results, conditions)
    others = selection.free_axes(results, points, {x_key, bar_key})
    selection.refuse_others(results, others, "the bars with --lines key")
    samples = results.resource_samples
    if samples[samples.point.isin(points)].empty:
        raise ResultsError(
            f"{results.path}: no resource samples at the chosen points; the modes netns, lxc and "
            "podman take them"
        )
    groups = selection.values_among([results], [points], x_key)
    bars = selection.values_among([results], [points], bar_key)
    if bar_key not in results.axes or bar_key == x_key:
        bars = [None]
    selection.check_lines(results, bar_key, bars, len(style.COLOURS))

    style.apply()
    quantities = ALWAYS + (OF_GPUS if samples.gpu_share.notna().any() else [])
    figure, axes, legend_axis = style.panels(len(quantities))
    whiskers = None
    for axis, quantity in zip(axes, quantities):
        x = (x_key, groups)
        drawn = _draw_panel(axis, results, points, x, (bar_key, bars), quantity)
        whiskers = whiskers or drawn
    figure.align_ylabels(axes)
    handles = []
    if bars != [None]:
        handles += [Patch(label=bar.label(), **_look(i)) for i, bar in enumerate(bars)]
    if whiskers:
        whiskers.set_label(WHISKERS)
        handles.append(whiskers)
    if handles:
        style.add_legend(legend_axis, handles, style.axis_name(bar_key) if bars != [None] else None)
    if title:
        figure.suptitle(title)
    return figure


def _draw_panel(axis, results, points, x, lines, quantity):
    """Whiskers of a bar, for the legend; None if no bar has any."""
    x_key, groups = x
    bar_key, bars = lines
    width = GROUP_WIDTH / len(bars)
    highest = 0.0
    whiskers = None
    for group_place, group in enumerate(groups):
        in_group = selection.points_with(results, points, x_key, group)
        for number, bar in enumerate(bars):
            chosen = selection.points_with(results, in_group, bar_key, bar)
            means = [mean for point in chosen for mean in node_means(results, point, quantity)]
            if not means:
                continue
            place = group_place + (number - (len(bars) - 1) / 2) * width
            mean = sum(means) / len(means)
            axis.bar(place, mean, 0.92 * width, **_look(number))
            if len(means) > 1:
                span = [[mean - min(means)], [max(means) - mean]]
                whiskers = axis.errorbar(
                    place, mean, span, color="black", linestyle="none", elinewidth=0.9, capsize=2
                )
            highest = max(highest, *means)
    axis.set_xticks(range(len(groups)), [group.label() for group in groups])
    axis.set_xlim(-0.6, len(groups) - 0.4)
    axis.set_ylim(bottom=0, top=1.08 * highest if highest > 0 else 1)
    axis.grid(axis="x", visible=False)
    axis.set_xlabel(style.axis_name(x_key))
    axis.set_ylabel(quantity.label)
    return whiskers


def _look(number):
    return {
        "facecolor": style.COLOURS[number],
        "hatch": style.HATCHES[number % len(style.HATCHES)],
        "edgecolor": "white",
        "linewidth": 0.0,
    }
