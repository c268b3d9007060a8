"""Training time against node count, one line a bandwidth; prediction as lines, measurement as
markers when both are given."""

from dataclasses import dataclass

from matplotlib.lines import Line2D

import selection
import style
import summary
from gradwire_results import Results, ResultsError

# What the bars can be, with the words of the legend.
WITHIN_RUN = "within"
BAR_NAMES = {
    summary.RANGE: "range of the repeats",
    summary.INTERVAL_95: "95 % interval\nof the median",
    WITHIN_RUN: "95 % interval\nover the steps",
}


@dataclass
class Source:
    """Results with how they are drawn."""

    results: Results
    points: list
    line: bool
    markers: bool
    second: bool  # the second of its kind: thinner, hollow


@dataclass
class Marks:
    """What of it the legend must explain."""

    bars: set  # kinds of spread
    extrapolated: set  # indices of sources
    distorted: bool


def point_summary(results, point):
    """Median and spread of the training time of a point; None if no repeat is finished.

    A single repeat that was extrapolated from measured steps has their interval, scaled.
    """
    rows = results.repeats[results.repeats.point == point]
    if rows.empty:
        return None
    found = summary.summarise(rows.train_seconds.tolist())
    row = rows.iloc[0]
    if found.spread == summary.NONE and row.seconds_per_step_spread > 0:
        half = found.median * row.seconds_per_step_spread / row.seconds_per_step
        return found._replace(low=found.median - half, high=found.median + half, spread=WITHIN_RUN)
    return found


def as_sources(all_results, conditions):
    sources = []
    for results in all_results:
        same_kind = [other for other in sources if other.results.is_virtual == results.is_virtual]
        if len(same_kind) == 2:
            raise ResultsError(
                f"{results.path}: at most two predicted and two measured results fit one figure"
            )
        sources.append(
            Source(
                results=results,
                points=selection.matching_points(results, conditions),
                line=results.is_virtual or len(all_results) == 1,
                markers=not results.is_virtual or len(all_results) == 1,
                second=bool(same_kind),
            )
        )
    return sources


def draw(all_results, x_key, line_key, conditions, title=None):
    """The figure; raises ResultsError when the keys do not fit the results."""
    sources = as_sources(all_results, conditions)
    points_of = [source.points for source in sources]
    panel_key = selection.panel_key(all_results, points_of, {x_key, line_key})
    panels = selection.values_among(all_results, points_of, panel_key) if panel_key else [None]
    lines = selection.values_among(all_results, points_of, line_key) or [None]
    selection.check_lines(all_results[0], line_key, lines, len(style.COLOURS))
    x_scale = style.XScale(x_key, selection.values_among(all_results, points_of, x_key))
    series = {
        (panel, line, index): _series(source, {panel_key: panel, line_key: line}, x_key, x_scale)
        for panel in panels
        for line in lines
        for index, source in enumerate(sources)
    }
    found = [summary_of_point for row in series.values() for _, _, summary_of_point in row]
    if not found:
        raise ResultsError(f"{all_results[0].path}: no finished repeats at the chosen points")
    unit, unit_seconds = style.time_unit([one.median for one in found])
    marks = _marks(sources, series)

    style.apply()
    figure, axes, legend_axis = style.panels(len(panels), share_y=True)
    for axis, panel in zip(axes, panels):
        for number, line in enumerate(lines):
            for index, source in enumerate(sources):
                _draw_series(axis, series[panel, line, index], source, number, unit_seconds)
        x_scale.apply(axis)
        if panel is not None:
            axis.set_title(f"{style.axis_name(panel_key)}: {panel.label()}")
    style.scale_y(axes[0], [value / unit_seconds for one in found for value in one[1:4]])
    extrapolated = ", extrapolated" if marks.extrapolated and len(sources) == 1 else ""
    for axis in axes:
        if axis.get_subplotspec().is_first_col():
            axis.set_ylabel(f"Training time{extrapolated} ({unit})")
    handles = _handles(legend_axis, sources, lines, marks)
    if handles:
        named = lines != [None]
        style.add_legend(legend_axis, handles, style.axis_name(line_key) if named else None)
    if title:
        figure.suptitle(title)
    return figure


def _series(source, wanted, x_key, x_scale):
    """(x, point, Summary) of one line, from left to right."""
    results = source.results
    points = source.points
    for key, value in wanted.items():
        points = selection.points_with(results, points, key, value)
    found = [
        (x_scale.place(results.value(point, x_key)), point, point_summary(results, point))
        for point in points
    ]
    return sorted((row for row in found if row[2] is not None), key=lambda row: row[0])


def _is_distorted(results, point):
    return bool(results.repeats[results.repeats.point == point].host_distorted.any())


def _marks(sources, series):
    marks = Marks(bars=set(), extrapolated=set(), distorted=False)
    for (_, _, index), rows in series.items():
        results = sources[index].results
        drawn = results.repeats[results.repeats.point.isin([point for _, point, _ in rows])]
        marks.bars |= {found.spread for _, _, found in rows if found.high > found.low}
        marks.distorted |= bool(drawn.host_distorted.any())
        if drawn.extrapolated.any():
            marks.extrapolated.add(index)
    return marks


def _draw_series(axis, rows, source, number, unit_seconds):
    if not rows:
        return
    xs = [x for x, _, _ in rows]
    middles = [found.median / unit_seconds for _, _, found in rows]
    below = [(found.median - found.low) / unit_seconds for _, _, found in rows]
    above = [(found.high - found.median) / unit_seconds for _, _, found in rows]
    zorder = 3 if source.markers else 2
    look = style.line_look(number, source.line, source.markers, source.second)
    if any(below + above):
        axis.errorbar(
            xs, middles, [below, above], fmt="none", ecolor=look["color"], elinewidth=1.0, zorder=2
        )
    axis.plot(xs, middles, zorder=zorder, **look)
    for (x, point, _), middle in zip(rows, middles):
        if _is_distorted(source.results, point):
            axis.plot(x, middle, **_DISTORTED)


_GREY = "#444444"
_DISTORTED = {
    "marker": "x",
    "color": "black",
    "markersize": 8,
    "markeredgewidth": 1.0,
    "linestyle": "none",
    "zorder": 4,
}


def _handles(axis, sources, lines, marks):
    """The legend's entries: the lines, what is predicted and what measured, the marks."""
    handles = [
        Line2D(
            [],
            [],
            label=value.label(),
            **style.line_look(
                number,
                any(source.line for source in sources),
                any(source.markers for source in sources),
            ),
        )
        for number, value in enumerate(lines)
        if value is not None
    ]
    notes = []
    if len(sources) > 1:
        notes = [
            _source_handle(source, sources, index in marks.extrapolated)
            for index, source in enumerate(sources)
        ]
    if marks.bars:
        words = " or\n".join(BAR_NAMES[kind] for kind in BAR_NAMES if kind in marks.bars)
        notes.append(axis.errorbar([], [], yerr=[[], []], fmt="none", ecolor=_GREY, label=words))
    if marks.distorted:
        notes.append(Line2D([], [], label="distorted by the host", **_DISTORTED))
    if handles and notes:
        handles.append(Line2D([], [], linestyle="none", label=" "))
    return handles + notes


def _source_handle(source, sources, extrapolated):
    results = source.results
    words = f"{'predicted' if results.is_virtual else 'measured'} ({results.mode})"
    if sum(other.results.mode == results.mode for other in sources) > 1:
        words += f",\n{results.path.parent.name}"
    if extrapolated:
        words += ",\nextrapolated"
    look = style.line_look(0, source.line, source.markers, source.second)
    look["color"] = _GREY
    look["markerfacecolor"] = "white" if source.second else _GREY
    look["markeredgecolor"] = _GREY
    return Line2D([], [], label=words, **look)
