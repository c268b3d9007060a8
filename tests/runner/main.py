"""Builds Gradwire and runs its tests by label: ./test.sh --help."""

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import labels
from counts import Counts, one
from process import PATIENCE, OutOfTime, Runner

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test"
OUTPUT_LINES = 40  # of each test that did not pass


@dataclass
class Row:
    """One line of the table at the end."""

    label: labels.Label
    seconds: float
    counts: Counts


def parse(arguments):
    names = [label.name for label in labels.LABELS]
    listing = "\n".join(
        f"  {label.name:<10} {label.minutes:>3} min  {label.about}" for label in labels.LABELS
    )
    parser = argparse.ArgumentParser(
        prog="test.sh",
        description="Builds Gradwire and runs its tests; without LABEL all of them.",
        epilog=f"labels and their time budgets:\n{listing}\n\n"
        f"A label that takes longer is marked in the table; one that takes {PATIENCE} times as\n"
        "long has failed. Logs are in build/test/. The last line is the sum; the exit code is\n"
        "0 when nothing failed, 1 otherwise, 2 for bad usage.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("labels", metavar="LABEL", nargs="*", help="only these, in the order below")
    parser.add_argument(
        "--require-all", action="store_true", help="count a skipped test as a failed one"
    )
    parser.add_argument(
        "--soak",
        action="store_true",
        help="repeat the fast tests with ever new seeds; after the LABELs if any are given",
    )
    parser.add_argument(
        "--soak-minutes", type=float, metavar="N", default=15, help="for so long (default: 15)"
    )
    options = parser.parse_args(arguments)
    unknown = [name for name in options.labels if name not in names]
    if unknown:
        parser.error(f"unknown label '{unknown[0]}'; allowed: {', '.join(names)}")
    if not options.soak_minutes > 0:
        parser.error("--soak-minutes must be more than 0")
    return options


def choose(options):
    """The labels to run, in order; the build comes first where another one needs it."""
    wanted = set(options.labels)
    if not wanted and not options.soak:
        wanted = {label.name for label in labels.LABELS}
    chosen = [label for label in labels.LABELS if label.name in wanted]
    if options.soak:
        chosen.append(labels.soak_label(options.soak_minutes))
    if any(label.needs_build for label in chosen) and chosen[0] is not labels.LABELS[0]:
        chosen.insert(0, labels.LABELS[0])
    return chosen


def say(text):
    print(text, flush=True)


def run_label(label, require_all, logs=LOGS, show=say):
    """Runs one label and shows what did not pass."""
    show(f"== {label.name} ({label.minutes:g} min)")
    runner = Runner(ROOT, logs / f"{label.name}.log", 60 * label.minutes)
    try:
        counts = label.run(runner)
    except OutOfTime:
        message = f"not done within {PATIENCE * label.minutes:g} minutes\n{runner.tail()}"
        counts = Counts(failed=[(label.name, message)])
    if not counts.total():
        counts = one(label.name, False, "no tests were found")
    if require_all:
        counts.require_all()
    for kind, tests in (("FAILED", counts.failed), ("skipped", counts.skipped)):
        for name, output in tests:
            show("\n".join([f"-- {kind}: {name}", *output.rstrip().splitlines()[-OUTPUT_LINES:]]))
    return Row(label, time.monotonic() - runner.started, counts)


def table(rows):
    numbers = f"{'passed':>7} {'failed':>7} {'skipped':>8}"
    lines = ["", f"{'label':<10} {'budget':>8} {'used':>7} {numbers}"]
    for row in rows:
        minutes, seconds = divmod(round(row.seconds), 60)
        start = f"{row.label.name:<10} {row.label.minutes:>4g} min {minutes:>4}:{seconds:02}"
        counts = row.counts
        end = f"{counts.passed:>7} {len(counts.failed):>7} {len(counts.skipped):>8}"
        over = "  over its budget" if row.seconds > 60 * row.label.minutes else ""
        lines.append(f"{start} {end}{over}")
    budget = sum(row.label.minutes for row in rows)
    minutes, seconds = divmod(round(sum(row.seconds for row in rows)), 60)
    lines.append(f"{'together':<10} {budget:>4g} min {minutes:>4}:{seconds:02}")
    return "\n".join(lines)


def last_line(total):
    line = f"{total.passed} passed, {len(total.failed)} failed"
    return line + (f", {len(total.skipped)} skipped" if total.skipped else "")


def main(arguments):
    options = parse(arguments)
    rows = []
    built = True
    for label in choose(options):
        if label.needs_build and not built:
            rows.append(Row(label, 0, one(label.name, False)))
            say(f"-- FAILED: {label.name}, because the build failed")
            continue
        rows.append(run_label(label, options.require_all))
        if label is labels.LABELS[0]:
            built = not rows[-1].counts.failed
    total = Counts()
    for row in rows:
        total.add(row.counts)
    say(table(rows))
    say(last_line(total))
    return 1 if total.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit("test.sh: interrupted")
