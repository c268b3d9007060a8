"""Predicted against measured training time, one mark a point of the sweep: on the diagonal they
agree."""

import numpy
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator, NullLocator

import selection
import style
from figures.time_vs_nodes import point_summary
from gradwire_results import ResultsError

BAND = 0.10  # drawn on both sides of the diagonal
_BAND_LOOK = {"facecolor": "#e8e8e8", "edgecolor": "none"}
_DIAGONAL = {"color": "black", "linewidth": 0.8}
_DISTORTED = {"marker": "x", "color": "black", "markersize": 8, "linestyle": "none", "zorder": 4}


def draw(predicted, measured, line_key, conditions, title=None):
    """The figure; raises ResultsError when there is nothing to compare."""
    if not predicted.is_virtual or measured.is_virtual:
        raise ResultsError("agreement: give the prediction (virtual) first, then the measurement")
    pairs = _pairs(predicted, measured, conditions)
    if not pairs:
        raise ResultsError(f"{measured.path}: no point of it has been predicted and measured")
    lines = selection.values_among([measured], [[point for point, _, _ in pairs]], line_key)
    if line_key not in measured.axes:
        lines = []
    selection.check_lines(measured, line_key, lines, len(style.COLOURS))
    times = [found.median for _, *both in pairs for found in both]
    unit, unit_seconds = style.time_unit(times)

    style.apply()
    figure, (axis,), legend_axis = style.panels(1)
    low, high = min(times) / unit_seconds / 1.4, max(times) / unit_seconds * 1.4
    ends = numpy.array([low, high])
    axis.fill_between(ends, ends * (1 - BAND), ends * (1 + BAND), **_BAND_LOOK)
    axis.plot(ends, ends, **_DIAGONAL)
    for number, line in enumerate(lines or [None]):
        chosen = [
            (mine.median / unit_seconds, real.median / unit_seconds, point)
            for point, mine, real in pairs
            if line is None or measured.value(point, line_key).text == line.text
        ]
        look = style.line_look(number, line=False)
        axis.plot([x for _, x, _ in chosen], [y for y, _, _ in chosen], zorder=3, **look)
        for y, x, point in chosen:
            if _is_distorted(measured, point):
                axis.plot([x], [y], **_DISTORTED)
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlim(low, high)
    axis.set_ylim(low, high)
    for ticks in (axis.xaxis, axis.yaxis):
        ticks.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ticks.set_major_formatter(style.plain_number)
        ticks.set_minor_locator(NullLocator())
    axis.set_xlabel(f"Measured training time ({measured.mode}, {unit})")
    axis.set_ylabel(f"Predicted training time ({unit})")
    title_of_lines = style.axis_name(line_key) if lines else None
    style.add_legend(legend_axis, _handles(lines, pairs, measured), title_of_lines)
    if title:
        figure.suptitle(title)
    return figure


def _pairs(predicted, measured, conditions):
    """(point of the measurement, both summaries) where there are both."""
    swept = set(predicted.axes) | set(measured.axes)

    def place(results, point):
        values = {key: results.value(point, key) for key in sorted(swept)}
        return tuple((key, value.text if value else None) for key, value in values.items())

    known = {place(predicted, point): point for point in range(len(predicted.points))}
    pairs = []
    for point in selection.matching_points(measured, conditions):
        real = point_summary(measured, point)
        same = known.get(place(measured, point))
        mine = None if same is None else point_summary(predicted, same)
        if real and mine:
            pairs.append((point, mine, real))
    return pairs


def _is_distorted(results, point):
    return bool(results.repeats[results.repeats.point == point].host_distorted.any())


def _handles(lines, pairs, measured):
    handles = [
        Line2D([], [], label=value.label(), **style.line_look(number, line=False))
        for number, value in enumerate(lines)
    ]
    if handles:
        handles.append(Line2D([], [], linestyle="none", label=" "))
    handles += [
        Line2D([], [], label="equal", **_DIAGONAL),
        Patch(label=f"within {BAND:.0%}".replace("%", " %"), **_BAND_LOOK),
    ]
    if any(_is_distorted(measured, point) for point, _, _ in pairs):
        handles.append(Line2D([], [], label="distorted by the host", **_DISTORTED))
    return handles
