"""Runs the cases of collectives.sh on all sides, in turns, and prints what compares."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
MB = 1_000_000
# Of an Ethernet frame's 1514 bytes TCP carries 1448 of payload.
GOODPUT_SHARE = 1448 / 1514
SHAPED_RATE = 100e6
NAMES = {"vs_gloo": "Gloo", "vs_openmpi": "Open MPI", "vs_bound": "the bound"}

SCENARIO = """\
gradwire: 1
name: collectives
model: {kind: mlp, hidden: [16]}
data: {kind: digits, train: 96, test: 50}
network: {topology: star, nodes: %d, bandwidth: 100Mbit, latency: 100us}
"""


class Namespace:
    """A network namespace with nothing but loopback, and cubic for all of its connections."""

    def __init__(self) -> None:
        self.name = f"gw-collectives-{os.getpid()}"

    def __enter__(self) -> "Namespace":
        check(["ip", "netns", "add", self.name])
        try:
            check(["ip", "-n", self.name, "link", "set", "lo", "up"])
            for prefix in ("127.0.0.1", "127.0.0.0/8"):
                route = ["local", prefix, "dev", "lo", "table", "local", "proto", "kernel"]
                route += ["scope", "host", "src", "127.0.0.1", "congctl", "cubic"]
                check(["ip", "-n", self.name, "route", "replace", *route])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False)

    def command(self, *words: str) -> list[str]:
        return ["ip", "netns", "exec", self.name, *words]


def check(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def together(commands: list[list[str]], environment: dict | None = None) -> float:
    """Starts them all; the median of the times that the first one prints."""
    processes = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         env={**os.environ, **(environment or {})})  # fmt: skip
        for command in commands
    ]
    try:
        outputs = [process.communicate(timeout=300) for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.kill()
                process.wait()
    for process, (_, errors) in zip(processes, outputs):
        if process.returncode != 0:
            sys.exit(f"{' '.join(process.args)} failed:\n{errors}")
    return statistics.median(json.loads(outputs[0][0])["seconds"])


def our_command(arguments: argparse.Namespace, rank: int, elements: int, times: int) -> list[str]:
    """All but the addresses."""
    numbers = (rank, elements, times, arguments.segment, arguments.in_flight)
    return [arguments.ours, *map(str, numbers)]


class Loopback:
    """The same all-reduce by each side."""

    def __init__(self, arguments: argparse.Namespace, namespace: Namespace) -> None:
        self.programs = arguments
        self.namespace = namespace

    def ours(self, ranks: int, elements: int, times: int) -> float:
        addresses = [f"127.0.0.1:{50501 + rank}" for rank in range(ranks)]
        return together([
            self.namespace.command(*our_command(self.programs, rank, elements, times), *addresses)
            for rank in range(ranks)
        ])  # fmt: skip

    def gloo(self, ranks: int, elements: int, times: int) -> float:
        with tempfile.TemporaryDirectory() as meeting:
            return together([
                self.namespace.command(self.programs.gloo, str(rank), str(ranks), str(elements),
                                       str(times), meeting, "lo")
                for rank in range(ranks)
            ])  # fmt: skip

    def openmpi(self, ranks: int, elements: int, times: int) -> float:
        options = ["--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo", "--mca", "pml",
                   "ob1", "--mca", "oob_tcp_if_include", "lo", "--bind-to", "none",
                   "--oversubscribe"]  # fmt: skip
        command = ["mpirun", *options, "-np", str(ranks), self.programs.openmpi]
        as_root = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
        return together([self.namespace.command(*command, str(elements), str(times))], as_root)


def report(case: str, metric: str, ours: float, peer: float, ratio: float) -> None:
    line = {"case": case, "metric": metric, "ours": ours, "peer": peer, "ratio": round(ratio, 4)}
    print(json.dumps(line), flush=True)
    print(f"{case:<26} {ours * 1e3:10.3f} ms   {NAMES[metric]:<10} {peer * 1e3:10.3f} ms   "
          f"{ratio:6.2f}", file=sys.stderr)  # fmt: skip


def compare_on_loopback(arguments: argparse.Namespace) -> None:
    with Namespace() as namespace:
        sides = Loopback(arguments, namespace)
        for ranks in arguments.ranks:
            for megabytes in arguments.megabytes:
                elements, times = megabytes * MB // 4, arguments.times
                rounds = [
                    [side(ranks, elements, times)
                     for side in (sides.ours, sides.gloo, sides.openmpi)]
                    for _ in range(arguments.rounds)
                ]  # fmt: skip
                for index, metric in ((1, "vs_gloo"), (2, "vs_openmpi")):
                    ours = statistics.median(times[0] for times in rounds)
                    peer = statistics.median(times[index] for times in rounds)
                    ratio = statistics.median(times[index] / times[0] for times in rounds)
                    report(f"{ranks} ranks, {megabytes} MB", metric, ours, peer, ratio)


def compare_with_the_bound(arguments: argparse.Namespace) -> None:
    """Each link of a star at 100 Mbit/s carries 2 (N - 1) / N of the data, headers besides."""
    containers = ROOT / "containers"
    elements = 4 * MB // 4
    for ranks in (2, 3, 4):
        run = f"collectives-{os.getpid()}"
        with tempfile.TemporaryDirectory() as folder:
            scenario = pathlib.Path(folder) / "collectives.yaml"
            scenario.write_text(SCENARIO % ranks, encoding="utf-8")
            check([str(containers / "up.sh"), str(scenario), "--run", run])
        try:
            addresses = [f"10.1.0.{2 + rank}:50501" for rank in range(ranks)]
            took = together([
                ["ip", "netns", "exec", f"gw:{run}:host{rank}",
                 *our_command(arguments, rank, elements, 5), *addresses]
                for rank in range(ranks)
            ])  # fmt: skip
        finally:
            check([str(containers / "down.sh"), run])
        bound = 2 * (ranks - 1) / ranks * elements * 4 * 8 / (SHAPED_RATE * GOODPUT_SHARE)
        report(f"{ranks} ranks, 4 MB, 100 Mbit/s", "vs_bound", took, bound, bound / took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ranks", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--megabytes", type=int, nargs="+", default=[4, 24])
    parser.add_argument("--rounds", type=int, default=7, help="how often the sides take turns")
    parser.add_argument("--times", type=int, default=20, help="all-reduces of a side in a turn")
    parser.add_argument("--segment", type=int, default=262144, help="bytes, 0: whole chunks")
    parser.add_argument("--in-flight", type=int, default=4, help="segments of ours at a time")
    parser.add_argument("--shaped", action="store_true", help="only the bound at 100 Mbit/s")
    parser.add_argument("ours")
    parser.add_argument("gloo")
    parser.add_argument("openmpi")
    arguments = parser.parse_args()
    for name in ("ours", "gloo", "openmpi"):
        setattr(arguments, name, str(pathlib.Path(getattr(arguments, name)).resolve()))
    if arguments.shaped:
        compare_with_the_bound(arguments)
    else:
        compare_on_loopback(arguments)


if __name__ == "__main__":
    main()
