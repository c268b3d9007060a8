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


def run(program, options, line):
    done = subprocess.run(
        [program, *options], input=line + "\n", capture_output=True, text=True, check=True
    )
    return float(done.stdout.split()[0])


def compare(name, cases, ours, peer, table):
    errors = []
    for rate, trip, loss, flows, size, seeds in cases:
        line = f"dumbbell {rate} {trip} {loss} {queue(rate, trip)} {flows} {size} {seeds}"
        # ns-3 has no tail loss probe.
        mine = run(ours, ["--no-probe"], line)
        theirs = run(peer, [], line)
        case = f"{rate // 10**6} Mbit/s, {trip // 10**6} ms, loss {loss}, {flows} x {size} B"
        if theirs <= 0:
            sys.exit(f"ns3_compare.py: ns-3 did not finish {case}")
        ratio = mine / theirs
        errors.append(abs(ratio - 1))
        row = {"case": case, "metric": "time", "ours": mine, "peer": theirs, "ratio": ratio}
        print(json.dumps(row), flush=True)
        print(f"{case:48} {mine:10.4f} s {theirs:10.4f} s {ratio:7.3f}", file=sys.stderr)
    table.append((name, len(errors), statistics.median(errors), max(errors)))


def main():
    parser = argparse.ArgumentParser(prog="ns3.sh", description=__doc__)
    parser.add_argument("--only", choices=["lossless", "lossy"], help="half of the cases")
    parser.add_argument("ours", help=argparse.SUPPRESS)
    parser.add_argument("peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    table = []
    if options.only != "lossy":
        compare("lossless", lossless(), options.ours, options.peer, table)
    if options.only != "lossless":
        compare("lossy", lossy(), options.ours, options.peer, table)
    for name, count, median, worst in table:
        summary = f"{name}: {count} cases, median error {median:.1%}, worst {worst:.1%}"
        print(summary, file=sys.stderr)


if __name__ == "__main__":
    main()
