"""The cases of ns3.sh: runs both sides, prints JSON lines and a table."""

import argparse
import itertools
import json
import statistics
import subprocess
import sys

RATES = (10**6, 10**7, 10**8, 10**9)  # bit/s
ROUND_TRIPS = (10**6, 10**7, 10**8)  # ns
SIZES = (10_000, 100_000, 1_000_000, 10_000_000, 64_000_000)
FLOWS = (1, 4)
LOSSES = (0.001, 0.01)
LOSSY_SEEDS = 100
# CUBIC of ns-3 3.37 has no regard for Reno (RFC 9438, section 4.3), without which a window of a few
# segments hardly grows on these paths. Reno is the same on both sides.
CONTROLS = {True: (["--reno"], ["TcpLinuxReno"]), False: ([], [])}  # with losses; ours, theirs
# A lost tail makes a short transfer some hundred times longer: its mean needs more seeds.
STANDARD_ERROR = 0.02  # of a mean, relative to it
MOST_SEEDS = 5_000


def queue(rate, round_trip):
    """Two bandwidth-delay products, at least 100 full packets."""
    return max(2 * rate * round_trip // (8 * 10**9), 150_000)


def lossless():
    for rate, trip, size, flows in itertools.product(RATES, ROUND_TRIPS, SIZES, FLOWS):
        if size * flows * 8 <= 120 * rate:
            yield rate, trip, 0, flows, size, 1


def lossy():
    for rate, trip, loss, size, flows in itertools.product(
        RATES[:3], ROUND_TRIPS, LOSSES, SIZES[:3], FLOWS
    ):
        if size * flows * 8 <= 10 * rate:
            yield rate, trip, loss, flows, size, LOSSY_SEEDS


def run(program, options, line, seeds):
    """Mean over so many seeds, and its relative standard error."""
    done = subprocess.run(
        [program, *options], input=f"{line} {seeds}\n", capture_output=True, text=True, check=True
    )
    mean, variance = map(float, done.stdout.split())
    return mean, (max(variance, 0.0) / seeds) ** 0.5 / mean


def means(options, controls, line, seeds):
    """Means of both sides with their relative standard errors, over as many seeds as make these
    small. A rare loss may not be among the first seeds of a side: the larger error counts for both.
    """

    def both(count):
        return (run(options.ours, ["--as-ns3", *controls[0]], line, count),
                run(options.peer, controls[1], line, count))  # fmt: skip

    while True:
        found = both(seeds)
        error = max(side[1] for side in found)
        if seeds == 1 or seeds >= options.most_seeds or 0 < error <= STANDARD_ERROR:
            return found
        wanted = seeds * (1.2 * error / STANDARD_ERROR) ** 2 if error > 0 else 10 * seeds
        seeds = min(options.most_seeds, int(wanted) + 1)


def compare(name, cases, options, table):
    errors = []
    for rate, trip, loss, flows, size, seeds in cases:
        case = f"{rate // 10**6} Mbit/s, {trip // 10**6} ms, loss {loss}, {flows} x {size} B"
        if options.case and not any(part in case for part in options.case):
            continue
        line = f"dumbbell {rate} {trip} {loss} {queue(rate, trip)} {flows} {size}"
        (mine, own_error), (theirs, peer_error) = means(options, CONTROLS[loss > 0], line, seeds)
        if theirs <= 0:
            sys.exit(f"ns3_compare.py: ns-3 did not finish {case}")
        ratio = mine / theirs
        errors.append(abs(ratio - 1))
        row = {"case": case, "metric": "time", "ours": mine, "peer": theirs, "ratio": ratio,
               "ours_error": own_error, "peer_error": peer_error}
        print(json.dumps(row), flush=True)
        print(f"{case:48} {mine:10.4f} s {theirs:10.4f} s {ratio:7.3f}"
              f"  +-{own_error:.1%} +-{peer_error:.1%}", file=sys.stderr)
    if errors:
        table.append((name, len(errors), statistics.median(errors), max(errors)))


def main():
    parser = argparse.ArgumentParser(prog="ns3.sh", description=__doc__)
    parser.add_argument("--only", choices=["lossless", "lossy"], help="half of the cases")
    parser.add_argument("--most-seeds", type=int, default=MOST_SEEDS,
                        help="of a case whose mean is uncertain [default: %(default)s]")
    parser.add_argument("--case", action="append", default=[],
                        help="only cases whose name has this in it; may be repeated")
    parser.add_argument("ours", help=argparse.SUPPRESS)
    parser.add_argument("peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    table = []
    if options.only != "lossy":
        compare("lossless", lossless(), options, table)
    if options.only != "lossless":
        compare("lossy", lossy(), options, table)
    for name, count, median, worst in table:
        summary = f"{name}: {count} cases, median error {median:.1%}, worst {worst:.1%}"
        print(summary, file=sys.stderr)


if __name__ == "__main__":
    main()
