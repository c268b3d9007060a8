"""Accuracy on the test split against time and against epoch."""

from matplotlib.lines import Line2D

import selection
import style
import summary
from gradwire_results import ResultsError

BAND_NAMES = {
    summary.RANGE: "range of the\nrepeats",
    summary.INTERVAL_95: "95 % interval\nof the median",
}


def curve(results, point):
    """(epoch, median end time in seconds, Summary of the accuracy) of a point, epoch by epoch."""
    rows = results.epochs[(results.epochs.point == point) & results.epochs.accuracy.notna()]
    return [
        (
            int(epoch),
            summary.summarise(group.end_seconds.tolist()).median,
            summary.summarise(group.accuracy.tolist()),
        )
        for epoch, group in rows.groupby("epoch", sort=True)
    ]


def choose_line_key(results, points, wanted):
    """The swept key whose values become lines; None if there is a single line."""
    free = selection.free_axes(results, points, set())
    if wanted is None and len(free) == 1:
        return free[0]
    if wanted is None and free:
        wanted = "network.nodes" if "network.nodes" in free else free[0]
    others = [key for key in free if key != wanted]
    selection.refuse_others(results, others, "the lines with --lines key")
    return wanted


def draw(results, line_key, conditions, title=None):
    """The figure; raises ResultsError when the keys do not fit the results."""
    points = selection.matching_points(results, conditions)
    line_key = choose_line_key(results, points, line_key)
    values = selection.values_among([results], [points], line_key) if line_key else [None]
    selection.check_lines(results, line_key, values, len(style.COLOURS))
    curves = [
        curve(results, selection.points_with(results, points, line_key, value)[0])
        for value in values
    ]
    if not any(curves):
        raise ResultsError(f"{results.path}: no accuracy in these results (arithmetic off?)")
    times = [end for line in curves for _, end, _ in line]
    unit, unit_seconds = style.time_unit(times)

    style.apply()
    figure, (by_time, by_epoch), legend_axis = style.panels(2, share_y=True)
    spreads = set()
    for number, line in enumerate(curves):
        _draw_line(by_time, [end / unit_seconds for _, end, _ in line], line, number)
        _draw_line(by_epoch, [epoch for epoch, _, _ in line], line, number)
        spreads |= {found.spread for _, _, found in line if found.high > found.low}
    style.scale_time_x(by_time, [time / unit_seconds for time in times])
    by_time.set_xlabel(f"Time ({unit})")
    style.integer_ticks(by_epoch)
    by_epoch.set_xlabel("Epoch")
    by_time.set_ylabel("Test accuracy (%)")
    handles = _handles(values, spreads)
    if handles:
        style.add_legend(legend_axis, handles, style.axis_name(line_key) if line_key else None)
    if title:
        figure.suptitle(title)
    return figure


def _draw_line(axis, xs, line, number):
    axis.plot(
        xs,
        [100 * found.median for _, _, found in line],
        markevery=max(1, len(xs) // 12),
        **style.line_look(number),
    )
    axis.fill_between(
        xs,
        [100 * found.low for _, _, found in line],
        [100 * found.high for _, _, found in line],
        color=style.COLOURS[number],
        alpha=0.2,
        linewidth=0,
    )


def _handles(values, spreads):
    handles = [
        Line2D([], [], label=value.label(), **style.line_look(number))
        for number, value in enumerate(values)
        if value is not None
    ]
    words = " or\n".join(BAND_NAMES[kind] for kind in BAND_NAMES if kind in spreads)
    if words:
        handles.append(Line2D([], [], color="#bbbbbb", linewidth=6, label=words))
    return handles
