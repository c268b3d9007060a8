#!/usr/bin/python3
"""Draws the figures of Gradwire results as PNG and SVG."""

import argparse
import sys
from pathlib import Path

import gradwire_results
import selection
from gradwire_results import ResultsError

NODES = "network.nodes"
BANDWIDTH = "network.bandwidth"

EPILOG = """\
examples:
  analysis/plot.py time-vs-nodes results/vnx-mlp
  analysis/plot.py time-vs-nodes results/vnx-virtual results/vnx-local --out figures/vnx
  analysis/plot.py breakdown results/vnx-mlp --where network.bandwidth=10Mbit
  analysis/plot.py agreement results/vnx-virtual results/vnx-netns
  analysis/plot.py accuracy results/mnist-accuracy
  analysis/plot.py quality results/captioner-scenes
  analysis/plot.py resources results/vnx-netns

RESULTS is a folder that `sim run --out` wrote, or its results.sqlite. The paths of the files that
were written go to standard output. Exit codes: 0 drawn, 2 bad input (one line on standard error).
"""


class Parser(argparse.ArgumentParser):
    """Reports a usage error as one line."""

    def error(self, message):
        sys.stderr.write(f"{self.prog}: {message}; see {self.prog} --help\n")
        sys.exit(2)


def make_parser():
    parser = Parser(
        prog="plot.py",
        description=__doc__,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="figure", metavar="FIGURE", required=True)

    def add_figure(name, help_text, several):
        figure = commands.add_parser(
            name, help=help_text, description=help_text + ".", allow_abbrev=False
        )
        figure.add_argument(
            "results", metavar="RESULTS", nargs="+" if several else 1, help="results folder or file"
        )
        figure.add_argument(
            "--out",
            metavar="FILE_STEM",
            help=f"writes FILE_STEM.png and FILE_STEM.svg (default: {name} in the results folder)",
        )
        figure.add_argument(
            "--where",
            metavar="KEY=VALUE",
            action="append",
            default=[],
            help="only points with this value of a scenario key; may be repeated, and several "
            "values of one key are alternatives",
        )
        figure.add_argument("--title", help="a title above the figure (default: none)")
        return figure

    times = add_figure(
        "time-vs-nodes",
        "training time against node count, one line a bandwidth; several RESULTS overlay, "
        "predictions as lines and measurements as markers",
        several=True,
    )
    times.add_argument("--x", metavar="KEY", default=NODES, help="swept key (default: %(default)s)")
    times.add_argument(
        "--lines", metavar="KEY", help=f"swept key, one line a value (default: {BANDWIDTH})"
    )

    parts = add_figure(
        "breakdown",
        "compute, send, wait and reduce time stacked for each node count, one panel a bandwidth",
        several=False,
    )
    parts.add_argument("--x", metavar="KEY", default=NODES, help="swept key (default: %(default)s)")
    parts.add_argument(
        "--panels", metavar="KEY", help=f"swept key, one panel a value (default: {BANDWIDTH})"
    )

    agreement = add_figure(
        "agreement",
        "predicted against measured training time, one mark a point; RESULTS are the prediction "
        "and the measurement",
        several=True,
    )
    agreement.add_argument(
        "--lines", metavar="KEY", help=f"swept key, one marker a value (default: {BANDWIDTH})"
    )

    accuracy = add_figure(
        "accuracy", "test accuracy against time and against epoch", several=False
    )
    accuracy.add_argument(
        "--lines",
        metavar="KEY",
        help="swept key, one line a value (default: the one that is swept)",
    )

    resources = add_figure(
        "resources",
        "CPU, memory, network and GPU use of the nodes on average, where they are hosts",
        several=False,
    )
    resources.add_argument(
        "--x", metavar="KEY", default=NODES, help="swept key (default: %(default)s)"
    )
    resources.add_argument(
        "--lines", metavar="KEY", help=f"swept key, one bar a value (default: {BANDWIDTH})"
    )

    quality = add_figure(
        "quality", "scores on the test split, such as BLEU, against epoch", several=False
    )
    quality.add_argument(
        "--score",
        metavar="NAME",
        action="append",
        help="a score of the results, one line each; may be repeated (default: bleu1 to bleu4)",
    )
    return parser


def draw(options, sources):
    conditions = selection.parse_conditions(options.where)
    # Imported here: --help and bad arguments need no matplotlib, which takes a second to load.
    if options.figure == "time-vs-nodes":
        from figures import time_vs_nodes

        selection.check_swept(sources, options.x, "--x")
        if options.lines:
            selection.check_swept(sources, options.lines, "--lines")
        lines = options.lines or BANDWIDTH
        return time_vs_nodes.draw(sources, options.x, lines, conditions, options.title)
    if options.figure == "breakdown":
        from figures import breakdown

        selection.check_swept(sources, options.x, "--x")
        if options.panels:
            selection.check_swept(sources, options.panels, "--panels")
        panels = options.panels or BANDWIDTH
        return breakdown.draw(sources[0], options.x, panels, conditions, options.title)
    if options.figure == "agreement":
        from figures import agreement

        if len(sources) != 2:
            raise ResultsError("agreement: give two RESULTS, the prediction and the measurement")
        if options.lines:
            selection.check_swept(sources, options.lines, "--lines")
        return agreement.draw(*sources, options.lines or BANDWIDTH, conditions, options.title)
    if options.figure == "resources":
        from figures import resources

        if options.lines:
            selection.check_swept(sources, options.lines, "--lines")
        lines = options.lines or BANDWIDTH
        return resources.draw(sources[0], options.x, lines, conditions, options.title)
    if options.figure == "quality":
        from figures import quality

        return quality.draw(sources[0], options.score, conditions, options.title)
    from figures import accuracy

    if options.lines:
        selection.check_swept(sources, options.lines, "--lines")
    return accuracy.draw(sources[0], options.lines, conditions, options.title)


def output_stem(options, sources):
    if options.out is None:
        return sources[0].path.parent / options.figure
    stem = Path(options.out)
    return stem.with_suffix("") if stem.suffix in (".png", ".svg") else stem


def main(arguments):
    options = make_parser().parse_args(arguments)
    try:
        sources = [gradwire_results.read(path) for path in options.results]
        figure = draw(options, sources)
        import style

        for path in style.save(figure, output_stem(options, sources)):
            print(path)
    except ResultsError as error:
        sys.stderr.write(f"plot.py: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
