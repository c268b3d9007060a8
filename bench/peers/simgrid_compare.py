"""Runs the cases of simgrid.sh on both sides, in turns, and prints what compares."""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    collective: str
    shape: str
    nodes: int
    rates: str = "equal"
    repeats: int = 1

    def arguments(self) -> list[str]:
        return [self.collective, self.shape, str(self.nodes), self.rates, str(self.repeats)]

    def name(self) -> str:
        return f"{self.collective} {self.shape} {self.nodes} {self.rates}"


TIME_CASES = [
    Case(collective, shape, nodes)
    for collective in ("ring", "incast")
    for shape in ("star", "two-tier")
    for nodes in (4, 16, 64, 256, 1024)
]
# Repeated so that each side works for at least some milliseconds.
SPEED_CASES = [
    Case("ring", "star", nodes, rates, repeats)
    for nodes, repeats in ((64, 10), (256, 1), (1024, 1))
    for rates in ("equal", "spread")
] + [Case("incast", "star", 4096, rates, 5) for rates in ("equal", "spread")]
# Of a thousand steps SimGrid runs so many (each takes it as long as the others), and both our runs
# are compared over as many; then ours with fast-forward runs all.
STEPS = 1000
FAST_FORWARD_CASES = [(64, 200), (256, 20), (1024, 4)]


def run(program: str, arguments: list[str]) -> dict:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{program} {' '.join(arguments)} failed:\n{done.stderr}")
    return json.loads(done.stdout)


class Comparison:
    def __init__(self, ours: str, theirs: str) -> None:
        self.ours = ours
        self.theirs = theirs

    def take_turns(self, case: Case, rounds: int) -> list[tuple[dict, dict]]:
        pairs = []
        for _ in range(rounds):
            mine = run(self.ours, case.arguments())
            peer = run(self.theirs, [*case.arguments(), str(mine["wire_bytes"])])
            pairs.append((mine, peer))
        return pairs

    def simulated_time(self, case: Case) -> None:
        ((mine, peer),) = self.take_turns(case, 1)
        report(case.name(), "simulated_time", mine["simulated"], peer["simulated"],
               mine["simulated"] / peer["simulated"])

    def speed(self, case: Case, rounds: int) -> None:
        pairs = self.take_turns(case, rounds)
        mine = statistics.median(mine["wall"] for mine, _ in pairs)
        peer = statistics.median(peer["wall"] for _, peer in pairs)
        ratio = statistics.median(peer["wall"] / mine["wall"] for mine, peer in pairs)
        report(case.name(), "speed", mine, peer, ratio)

    def fast_forward(self, nodes: int, steps: int, rates: str) -> None:
        few = Case("ring", "star", nodes, rates, steps)
        whole = run(self.ours, few.arguments())
        peer = run(self.theirs, [*few.arguments(), str(whole["wire_bytes"])])
        abridged = run(self.ours, [*few.arguments(), "fast-forward"])
        if abridged["simulated"] != whole["simulated"]:
            sys.exit(f"{few.name()}: {abridged['simulated']} s with fast-forward, "
                     f"{whole['simulated']} s without")
        many = Case("ring", "star", nodes, rates, STEPS)
        mine = run(self.ours, [*many.arguments(), "fast-forward"])
        wall = peer["wall"] * STEPS / steps
        report(f"{few.name()} x {STEPS}", "speed_fast_forward", mine["wall"], wall,
               wall / mine["wall"])


def report(case: str, metric: str, ours: float, peer: float, ratio: float) -> None:
    print(json.dumps({"case": case, "metric": metric, "ours": ours, "peer": peer,
                      "ratio": round(ratio, 6)}), flush=True)
    print(f"{case:32} {metric:20} {ours:14.6f} {peer:14.6f} {ratio:12.5f}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="turns in which speed is measured")
    parser.add_argument("--most-nodes", type=int, default=4096, help="leave out larger cases")
    parser.add_argument("ours", help="the program peer_case")
    parser.add_argument("theirs", help="the program simgrid_case")
    options = parser.parse_args()
    comparison = Comparison(options.ours, options.theirs)
    print(f"{'case':32} {'metric':20} {'ours, s':>14} {'SimGrid, s':>14} {'ratio':>12}",
          file=sys.stderr)
    for case in TIME_CASES:
        if case.nodes <= options.most_nodes:
            comparison.simulated_time(case)
    for case in SPEED_CASES:
        if case.nodes <= options.most_nodes:
            comparison.speed(case, options.rounds)
    for nodes, steps in FAST_FORWARD_CASES:
        for rates in ("equal", "spread"):
            if nodes <= options.most_nodes:
                comparison.fast_forward(nodes, steps, rates)


if __name__ == "__main__":
    main()
