"""Where the time of a node goes: compute, send, wait and reduce, stacked, for each node count."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch

import selection
import style
from gradwire_results import ResultsError

PARTS = ["compute", "send", "wait", "reduce"]
BAR_WIDTH = 0.62


def mean_parts(results, point):
    """Seconds of each part over the whole training, the mean over nodes and repeats, and the mean
    training time; None if no repeat is finished or none has node times.

    The parts of a repeat are those of the steps that ran; they are scaled to all its steps.
    """
    rows = results.node_times[results.node_times.point == point]
    if rows.empty:
        return None
    repeats = results.repeats[results.repeats.point == point].set_index("repeat")
    scale_of_repeat = repeats.steps_total / repeats.steps_run.clip(lower=1)
    scale = scale_of_repeat.reindex(rows["repeat"]).to_numpy()
    parts = {part: float((rows[f"{part}_seconds"].to_numpy() * scale).mean()) for part in PARTS}
    return parts, float(repeats.train_seconds.mean())


def draw(results, x_key, panel_key, conditions, title=None):
    """The figure; raises ResultsError when the keys do not fit the results."""
    points = selection.matching_points(results, conditions)
    others = selection.free_axes(results, points, {x_key, panel_key})
    selection.refuse_others(results, others, "the panels with --panels key")
    panel_values = selection.values_among([results], [points], panel_key)
    if panel_key not in results.axes:
        panel_values = [None]
    selection.check_panels(results, panel_key, panel_values)
    bars_of = {
        panel: _bars(results, selection.points_with(results, points, panel_key, panel), x_key)
        for panel in panel_values
    }
    if not any(bars_of.values()):
        raise ResultsError(f"{results.path}: no node times at the chosen points")

    style.apply()
    figure, axes, legend_axis = style.panels(len(panel_values))
    for axis, panel in zip(axes, panel_values):
        _draw_panel(axis, bars_of[panel])
        axis.set_xlabel(style.axis_name(x_key))
        if panel is not None:
            axis.set_title(f"{style.axis_name(panel_key)}: {panel.label()}")
    style.add_legend(legend_axis, _handles(), "Mean over the nodes")
    if title:
        figure.suptitle(title)
    return figure


def _bars(results, points, x_key):
    """(label, parts, training time), ascending in the x key."""
    found = [(results.value(point, x_key), mean_parts(results, point)) for point in points]
    bars = [(value, bar) for value, bar in found if bar is not None]
    return [(value.label(), *bar) for value, bar in sorted(bars, key=lambda row: row[0].sort_key())]


def _draw_panel(axis, bars):
    unit, unit_seconds = style.time_unit(
        [max((max(train, sum(parts.values())) for _, parts, train in bars), default=1.0)]
    )
    for place, (_, parts, train) in enumerate(bars):
        bottom = 0.0
        for number, part in enumerate(PARTS):
            height = parts[part] / unit_seconds
            axis.bar(place, height, BAR_WIDTH, bottom=bottom, **_look(number))
            bottom += height
        half = BAR_WIDTH / 2 + 0.07
        axis.plot([place - half, place + half], [train / unit_seconds] * 2, **_TRAIN_LINE)
    axis.set_xticks(range(len(bars)), [label for label, _, _ in bars])
    axis.set_xlim(-0.6, max(len(bars), 1) - 0.4)
    axis.grid(axis="x", visible=False)
    axis.set_ylabel(f"Time per node ({unit})")


_TRAIN_LINE = {"color": "black", "linewidth": 1.2, "solid_capstyle": "butt"}


def _look(number):
    return {
        "facecolor": style.COLOURS[number],
        "hatch": style.HATCHES[number],
        "edgecolor": "white",
        "linewidth": 0.0,
    }


def _handles():
    # Top first, as they are stacked.
    parts = [Patch(label=part, **_look(number)) for number, part in enumerate(PARTS)]
    return [Line2D([], [], label="training time", **_TRAIN_LINE)] + parts[::-1]
