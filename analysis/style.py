"""How all figures look, and how they are written: for print, in colours everyone can tell apart.

The colours are those of M. Okabe and K. Ito, Color Universal Design, 2008, without the yellow,
which is too light on paper. Every line also differs in marker and in dashes, so that it can be
followed in black and white.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as pyplot
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator, NullLocator

from gradwire_results import ResultsError

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]
DASHES = [
    "-",
    (0, (5, 2)),
    (0, (1, 1.2)),
    (0, (5, 1.5, 1, 1.5)),
    (0, (8, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (2, 2)),
]
HATCHES = ["", "////", "....", "\\\\\\\\"]

PANEL_INCHES = (3.1, 2.6)
SINGLE_INCHES = (4.4, 3.0)
LEGEND_INCHES = 1.5
PNG_DPI = 300

# From this ratio of the largest to the smallest value on, an axis is logarithmic: 1.5 decades.
LOGARITHMIC_FROM = 10**1.5

# Ticks at every value while there are so few.
MOST_TICKS = 8

UNITS = {
    "bit/s": [("Gbit/s", 1e9), ("Mbit/s", 1e6), ("kbit/s", 1e3)],
    "s": [("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)],
    "B": [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)],
    "flop/s": [("Tflop/s", 1e12), ("Gflop/s", 1e9), ("Mflop/s", 1e6)],
    "fraction": [("%", 0.01)],
}

AXIS_NAMES = {
    "network.nodes": "Number of nodes",
    "network.bandwidth": "Bandwidth",
    "network.latency": "Latency",
    "network.loss": "Packet loss",
    "data.pictures": "Pictures",
    "nodes.speed": "Node speed",
    "strategy.algorithm": "Algorithm",
    "strategy.kind": "Strategy",
    "training.batch.per_node": "Batch per node",
    "training.batch.global": "Global batch",
}


def apply():
    """Sets matplotlib up; the same input gives the same bytes."""
    matplotlib.rcdefaults()
    matplotlib.rcParams.update(
        {
            "font.family": "DejaVu Sans",
            "font.size": 8.5,
            "axes.titlesize": 8.5,
            "axes.labelsize": 8.5,
            "legend.fontsize": 8,
            "legend.title_fontsize": 8,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": "#dddddd",
            "grid.linewidth": 0.6,
            "lines.linewidth": 1.4,
            "lines.markersize": 5,
            "errorbar.capsize": 3.5,
            "hatch.linewidth": 0.5,
            "svg.fonttype": "path",  # glyphs as outlines: no reader needs the font
            "svg.hashsalt": "gradwire",
        }
    )


def axis_name(key):
    return AXIS_NAMES.get(key, key)


def panels(count, share_y=False):
    """A figure of so many panels, at most three a row, with room for a legend at the right: the
    figure, its panels, and the one beside which the legend goes.
    """
    columns = 2 if count == 4 else min(count, 3)
    rows = -(-count // columns)
    width, height = SINGLE_INCHES if count == 1 else PANEL_INCHES
    figure, axes = pyplot.subplots(
        rows,
        columns,
        sharey=share_y,
        figsize=(width * columns + LEGEND_INCHES, height * rows),
        squeeze=False,
        layout="constrained",
    )
    flat = [axis for row in axes for axis in row]
    for unused in flat[count:]:
        unused.set_axis_off()
    return figure, flat[:count], axes[0][columns - 1]


def add_legend(axis, handles, title=None):
    """Beside the axis, where it covers no data."""
    axis.legend(
        handles=handles,
        title=title,
        loc="upper left",
        bbox_to_anchor=(1.02, 1.0),
        borderaxespad=0,
        alignment="left",
        handlelength=3,
    )


def spans_decades(values):
    return min(values) > 0 and max(values) / min(values) > LOGARITHMIC_FROM


def time_unit(all_seconds):
    """Name and seconds of the unit in which an axis with these times reads best."""
    typical = max(all_seconds)
    if spans_decades(all_seconds):
        typical = (min(all_seconds) * max(all_seconds)) ** 0.5
    for name, seconds in (("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if typical >= 2 * seconds:
            return name, seconds
    return "ms", 1e-3


def line_look(number, line=True, marker=True, second=False):
    """Colour, dashes and marker of the line with this number; `second`: thinner and hollow."""
    colour = COLOURS[number]
    return {
        "color": colour,
        "linestyle": DASHES[number] if line else "none",
        "linewidth": 0.8 if second else 1.4,
        "marker": MARKERS[number] if marker else "none",
        "markerfacecolor": "white" if second else colour,
        "markeredgecolor": colour if second else "white",
        "markeredgewidth": 0.8 if second else 0.4,
    }


def plain_number(value, _position=None):
    return f"{value:g}"


def scale_y(axis, values):
    """Logarithmic where the values span decades, from zero otherwise."""
    if spans_decades(values):
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter(FuncFormatter(plain_number))
        axis.yaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    else:
        axis.set_ylim(bottom=0, top=max(values) * 1.08 if max(values) > 0 else 1)


class XScale:
    """Where the values of the x key stand, and how the axis is labelled.

    Numbers stand at their place, in one unit for all; text one after another.
    """

    def __init__(self, key, values):
        self._values = values
        self._numeric = all(value.number is not None for value in values)
        self._unit, size = self._choose_unit() if self._numeric else ("", 1)
        self._places = {
            value.text: value.number / size if self._numeric else float(index)
            for index, value in enumerate(values)
        }
        self._label = axis_name(key) + (f" ({self._unit})" if self._unit else "")

    def place(self, value):
        return self._places[value.text]

    def apply(self, axis):
        places = sorted(self._places.values())
        axis.set_xlabel(self._label)
        if self._numeric and spans_decades(places):
            axis.set_xscale("log", base=10 if self._unit else 2)
        if len(places) <= MOST_TICKS or axis.get_xscale() == "log" or not self._numeric:
            labels = {
                place: plain_number(place) if self._numeric else value.label()
                for value in self._values
                for place in (self.place(value),)
            }
            axis.xaxis.set_major_locator(FixedLocator(places))
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_major_formatter(FuncFormatter(lambda place, _: labels.get(place, "")))
        else:
            axis.xaxis.set_major_locator(MaxNLocator(integer=not self._unit))
        if axis.get_xscale() == "linear":
            margin = 0.06 * (places[-1] - places[0]) or 0.5
            axis.set_xlim(places[0] - margin, places[-1] + margin)

    def _choose_unit(self):
        """The largest unit in which no value is below one."""
        base = self._values[0].unit or ""
        smallest = min((value.number for value in self._values if value.number > 0), default=1.0)
        for name, size in UNITS.get(base, []):
            if smallest >= size:
                return name, size
        return base, 1


def scale_time_x(axis, values):
    """Logarithmic where the values span decades, from zero otherwise."""
    if spans_decades(values):
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(FuncFormatter(plain_number))
        axis.xaxis.set_minor_formatter(FuncFormatter(lambda *_: ""))
    else:
        axis.set_xlim(left=0)


def integer_ticks(axis):
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def save(figure, stem):
    """Writes stem.png and stem.svg; returns their paths."""
    stem = Path(stem)
    paths = [stem.with_name(stem.name + suffix) for suffix in (".png", ".svg")]
    try:
        stem.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(paths[0], dpi=PNG_DPI)
        figure.savefig(paths[1], metadata={"Date": None})
    except OSError as error:
        raise ResultsError(f"{error.filename or stem}: cannot write: {error.strerror}") from error
    finally:
        pyplot.close(figure)
    return paths
