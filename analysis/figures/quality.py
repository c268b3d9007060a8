"""Scores on the test split against epoch: BLEU of captions, or others of the results."""

from matplotlib.lines import Line2D

import selection
import style
import summary
from figures.accuracy import BAND_NAMES
from gradwire_results import ResultsError

BLEU = ["bleu1", "bleu2", "bleu3", "bleu4"]
LABELS = {"top5": "Top 5", "loss": "Loss", "perplexity": "Perplexity"}
PICTURES = "95 % interval over\nthe test pictures"


def label(name):
    """ "BLEU-4, beam" for bleu4-beam."""
    if name.startswith("bleu"):
        order, _, decoding = name[len("bleu") :].partition("-")
        return f"BLEU-{order}" + (f", {decoding}" if decoding else "")
    return LABELS.get(name, name)


def curve(results, point, name):
    """(epoch, middle, low, high, name of the spread or None), epoch by epoch.

    A single repeat has the interval that is stored with it, several have that over the repeats.
    """
    scores = results.epoch_scores
    rows = scores[(scores.point == point) & (scores.name == name) & scores.value.notna()]
    found = []
    for epoch, group in rows.groupby("epoch", sort=True):
        if len(group) == 1 and group.low.notna().all():
            row = group.iloc[0]
            found.append((int(epoch), row.value, row.low, row.high, PICTURES))
            continue
        many = summary.summarise(group.value.tolist())
        spread = BAND_NAMES.get(many.spread) if many.high > many.low else None
        found.append((int(epoch), many.median, many.low, many.high, spread))
    return found


def draw(results, names, conditions, title=None):
    """The figure, one panel a value of the swept key; raises ResultsError."""
    known = list(dict.fromkeys(results.epoch_scores.name))
    names = names or BLEU
    missing = [name for name in names if name not in known]
    if missing:
        there = f"there are {', '.join(known)}" if known else "there are none (arithmetic off?)"
        raise ResultsError(f"{results.path}: no scores {', '.join(missing)}; {there}")
    points = selection.matching_points(results, conditions)
    key = selection.panel_key([results], [points], set())
    values = selection.values_among([results], [points], key) if key else [None]
    selection.check_lines(results, "--score", names, len(style.COLOURS))

    style.apply()
    figure, axes, legend_axis = style.panels(len(values), share_y=True)
    spreads = set()
    for axis, value in zip(axes, values):
        point = selection.points_with(results, points, key, value)[0]
        for number, name in enumerate(names):
            spreads |= _draw_line(axis, curve(results, point, name), number)
        style.integer_ticks(axis)
        axis.set_xlabel("Epoch")
        if value is not None:
            axis.set_title(f"{style.axis_name(key)}: {value.label()}")
    axes[0].set_ylim(bottom=0)
    axes[0].set_ylabel("BLEU, likeliest words" if names == BLEU else "Score on the test split")
    handles = [
        Line2D([], [], label=label(name), **style.line_look(number))
        for number, name in enumerate(names)
    ]
    for text in sorted(spreads):
        handles.append(Line2D([], [], color="#bbbbbb", linewidth=6, label=text))
    style.add_legend(legend_axis, handles)
    if title:
        figure.suptitle(title)
    return figure


def _draw_line(axis, line, number):
    epochs = [epoch for epoch, *_ in line]
    axis.plot(
        epochs,
        [middle for _, middle, *_ in line],
        markevery=max(1, len(epochs) // 12),
        clip_on=False,  # a marker at 0 or 1 is shown whole
        **style.line_look(number),
    )
    axis.fill_between(
        epochs,
        [low for _, _, low, _, _ in line],
        [high for _, _, _, high, _ in line],
        color=style.COLOURS[number],
        alpha=0.2,
        linewidth=0,
    )
    return {spread for *_, spread in line if spread}
