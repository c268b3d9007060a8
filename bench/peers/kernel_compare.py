"""The cases of kernel.sh: flows between network namespaces against the network model."""

import argparse
import json
import os
import pathlib
import random
import signal
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass

# Rates in bit/s, and the bucket of tbf that shapes each most accurately.
BURSTS = {10**6: 1600, 10**7: 3100, 10**8: 3100, 10**9: 131072}
SIZES = (1_000, 16_000, 128_000, 1_000_000, 8_000_000, 64_000_000)
FLOWS = (1, 2, 4)
BRIDGE_TRIP = 100_000  # ns, of veth pairs over a bridge
SWITCH_TRIPS = (10**6, 10**7, 10**8)  # ns, through `sim switch`
QUEUE_SECONDS = 0.2  # of a port of the switch: two round trips of the longest way
LONGEST = 10  # seconds of one measurement
REPEATS = 5
LONG_REPEATS = 3  # of what takes more than two seconds
SHORT = 0.05  # seconds; what takes less is repeated more often
SHORT_REPEATS = 15
PAUSE = 0.05  # before each measurement, by kernel_case
QUICK_SECONDS = 270  # of measuring, with --quick
# The buffers of the model's defaults.
SYSCTLS = {
    "net.ipv4.tcp_rmem": "4096 131072 6291456",
    "net.ipv4.tcp_wmem": "4096 16384 4194304",
}


@dataclass(frozen=True, order=True)
class Case:
    way: str  # bridge: both ends of every cable shaped by tbf; switch: through `sim switch`
    rate: int  # bit/s; 0: as fast as it goes
    trip: int  # ns
    size: int  # bytes of each flow
    flows: int = 1
    buffer: int = 0  # bytes of each socket, both ways; 0: as the kernel tunes it
    every: float = 0.0  # seconds from message to message; 0: one after the other

    def name(self):
        rate = f"{self.rate // 10**6} Mbit/s" if self.rate else "no rate limit"
        text = f"{self.way}, {rate}, {self.trip / 10**6:g} ms, {self.flows} x {self.size} B"
        if self.buffer:
            text += f", buffers of {self.buffer} B"
        if self.every:
            text += f", every {self.every:g} s"
        return text

    def least(self):
        """Seconds that it takes at least."""
        return 8.5 * self.size * self.flows / (self.rate or 10**9) + self.trip / 10**9

    def repeats(self):
        if self.least() > 2:
            return LONG_REPEATS
        return SHORT_REPEATS if self.least() < SHORT and not self.every else REPEATS

    def seconds(self):
        """Seconds of measuring it, about."""
        if self.every:
            return self.repeats() * self.every + 1
        return self.repeats() * (self.least() + 8 * self.trip / 10**9 + PAUSE) + 0.5


def grid():
    """What is halved."""
    ways = [("bridge", BRIDGE_TRIP)] + [("switch", trip) for trip in SWITCH_TRIPS]
    cases = [
        Case(way, rate, trip, size, flows)
        for way, trip in ways
        for rate in BURSTS
        for size in SIZES
        for flows in FLOWS
    ]
    return [case for case in cases if case.least() < LONGEST]


# 256 KiB of buffers; 10 ms one way. And a message a second, which after the pause finds its window
# closed again.
SPECIAL = [
    Case("switch", 0, 20_000_000, 8_000_000, buffer=262_144),
    Case("bridge", 10**7, BRIDGE_TRIP, 16_000, every=1.0),
    Case("switch", 10**7, 20_000_000, 16_000, every=1.0),
]


def run(*words):
    subprocess.run(words, check=True)


def shape(namespace, device, rate):
    # As containers/up.sh does it: 50 ms, and 50 packets at least.
    run("tc", "-n", namespace, "qdisc", "replace", "dev", device, "root", "tbf", "rate",
        f"{rate}bit", "burst", str(BURSTS[rate]), "limit", str(max(rate // 160, 75_700)))


class Hosts:
    """Namespaces whose names are of this process alone; what joins them is up to others."""

    def __init__(self, kind, hosts):
        prefix = f"gwk{os.getpid()}{kind}"
        self.names = [f"{prefix}-{i}" for i in range(hosts)]
        self.own = list(self.names)

    def __enter__(self):
        try:
            for name in self.own:
                run("ip", "netns", "add", name)
                run("ip", "-n", name, "link", "set", "lo", "up")
                for key, value in SYSCTLS.items():
                    run("ip", "netns", "exec", name, "sysctl", "-qw", f"{key}={value}")
            self.join()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for name in self.own:
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)

    def join(self):
        raise NotImplementedError

    def address(self, host):
        run("ip", "-n", self.names[host], "addr", "add", f"10.99.0.{host + 1}/24", "dev", "eth0")
        run("ip", "-n", self.names[host], "link", "set", "eth0", "up")

    def measure(self, program, cases):
        """Median of repeats of each case, and their spread."""
        done = subprocess.run(
            [program, "10.99.0.1", *self.names], text=True, capture_output=True, check=False,
            input="".join(
                # The kernel doubles the size of buffers that it is told.
                f"{case.flows} {case.size} {case.repeats()} {case.buffer // 2}"
                f" {round(case.every * 10**9)}\n" for case in cases))  # fmt: skip
        if done.returncode != 0:
            sys.exit(f"kernel_compare.py: {done.stderr}")
        measured = {}
        for case, line in zip(cases, done.stdout.splitlines(), strict=True):
            times = [float(word) for word in line.split()]
            median = statistics.median(times)
            measured[case] = (median, (max(times) - min(times)) / median)
        return measured


class Bridged(Hosts):
    """Hosts on one bridge, both ends of every cable shaped."""

    def __init__(self, hosts):
        super().__init__("b", hosts)
        self.switch = self.names[0][:-2] + "-s"
        self.own.append(self.switch)

    def join(self):
        run("ip", "-n", self.switch, "link", "add", "br0", "type", "bridge")
        run("ip", "-n", self.switch, "link", "set", "br0", "up")
        for i, name in enumerate(self.names):
            run("ip", "-n", self.switch, "link", "add", f"p{i}", "type", "veth", "peer",
                "name", "eth0", "netns", name)  # fmt: skip
            run("ip", "-n", self.switch, "link", "set", f"p{i}", "master", "br0", "up")
            self.address(i)

    def shape(self, rate):
        for i, name in enumerate(self.names):
            shape(name, "eth0", rate)
            shape(self.switch, f"p{i}", rate)


class Switched(Hosts):
    """Hosts on a star of `sim switch`, whose own links are shaped too: they hold senders back."""

    def __init__(self, hosts, sim, rate, trip):
        super().__init__("u", hosts)
        self.sim, self.rate, self.trip = sim, rate, trip
        self.process = None
        self.folder = tempfile.TemporaryDirectory()

    def join(self):
        scenario = pathlib.Path(self.folder.name) / "switch.yaml"
        rate = self.rate or 100 * 10**9
        scenario.write_text(
            "gradwire: 1\nname: switch\n"
            f"network: {{topology: star, nodes: {len(self.names)}, bandwidth: {rate}bit,"
            f" latency: {self.trip // 2}ns}}\n",
            encoding="utf-8",
        )
        self.process = subprocess.Popen(
            [self.sim, "switch", scenario, "--queue", f"{QUEUE_SECONDS:g}s",
             "--netns", *self.names],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # fmt: skip
        if self.process.stdout.readline() != "ready\n":
            sys.exit("kernel_compare.py: sim switch does not start: run it by hand to see why")
        for i, name in enumerate(self.names):
            self.address(i)
            if self.rate:
                shape(name, "eth0", self.rate)

    def __exit__(self, *_):
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait()
            self.process.stdout.close()
            self.process = None
        super().__exit__()
        self.folder.cleanup()


def measure_all(cases, program, sim):
    """What the kernel takes: seconds and spread, by case."""
    kernel = {}
    hosts = max(FLOWS) + 1
    bridged = [case for case in cases if case.way == "bridge"]
    if bridged:
        with Bridged(hosts) as network:
            for rate in sorted({case.rate for case in bridged}):
                network.shape(rate)
                kernel |= network.measure(program, [c for c in bridged if c.rate == rate])
                progress(len(kernel), len(cases))
    for rate, trip in sorted({(c.rate, c.trip) for c in cases if c.way == "switch"}):
        with Switched(hosts, sim, rate, trip) as network:
            kernel |= network.measure(
                program,
                [c for c in cases if c.way == "switch" and (c.rate, c.trip) == (rate, trip)],
            )
            progress(len(kernel), len(cases))
    return kernel


def measured_before(cases, path):
    """Likewise, from the lines that a former run printed."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    known = {row["case"]: (row["peer"], row["spread"]) for row in rows}
    missing = [case.name() for case in cases if case.name() not in known]
    if missing:
        sys.exit(f"kernel_compare.py: {path} has not: {missing[0]}")
    return {case: known[case.name()] for case in cases}


def progress(done, of):
    if sys.stderr.isatty():
        print(f"\r{done}/{of} ", end="" if done < of else "\r", file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Fitted:
    """What is fixed on one half of the cases, in ns."""

    software: int = 0  # of a message, at each end
    megabyte: int = 0  # of its payload
    switch: int = 0  # what `sim switch` adds to a packet's way


def model(program, case, fitted):
    trip = case.trip
    if case.way == "bridge":
        line = f"star {case.rate} {trip} {BURSTS[case.rate]} {case.buffer}"
    else:
        rate = case.rate or 100 * 10**9
        trip += 2 * fitted.switch
        line = f"switched {rate} {trip} {int(QUEUE_SECONDS * rate / 8)} {case.buffer}"
    done = subprocess.run(
        [program, "--cost", str(fitted.software), "--cost-per-megabyte", str(fitted.megabyte)],
        input=f"{line} {case.flows} {case.size} 1\n", capture_output=True, text=True,
        check=True)  # fmt: skip
    return float(done.stdout.split()[0])


def fit(cases, kernel, program):
    """From short messages, one parameter after the other: medians."""

    def median_of(fitted, chosen_cases, late):
        values = [late(case, kernel[case][0] - model(program, case, fitted)) * 10**9
                  for case in cases if chosen_cases(case)]
        return max(0, round(statistics.median(values))) if values else 0

    software = median_of(
        Fitted(), lambda c: c.way == "bridge" and c.size == 1_000 and c.flows == 1,
        lambda _, late: late / 2)
    # What passes a bucket at once shows what the software takes for it.
    megabyte = median_of(
        Fitted(software),
        lambda c: c.way == "bridge" and 1_000 < c.size and c.size * c.flows < BURSTS[c.rate],
        lambda c, late: late / (c.size * c.flows) * 10**6)
    # 16 kB are more than a first window: there, back, and there.
    switch = median_of(
        Fitted(software, megabyte),
        lambda c: c.way == "switch" and c.size <= 16_000 and c.flows == 1,
        lambda c, late: late / (3 if c.size == 16_000 else 1))
    return Fitted(software, megabyte, switch)


def chosen(seed, quick):
    """The two halves of the grid; of a part of it that takes little time, if quick."""
    cases = grid()
    random.Random(seed).shuffle(cases)
    if quick:
        left = QUICK_SECONDS - sum(case.seconds() for case in SPECIAL)
        part = []
        for case in cases:
            if case.seconds() <= min(left, 6):
                part.append(case)
                left -= case.seconds()
        cases = part
    return {"tuned": cases[: len(cases) // 2], "judged": cases[len(cases) // 2 :]}


def report(half, members, kernel, program, fitted):
    errors = []
    for case in sorted(members):
        taken, spread = kernel[case]
        mine = model(program, case, fitted)
        errors.append(abs(mine / taken - 1))
        print(json.dumps({"case": case.name(), "metric": "time", "ours": mine, "peer": taken,
                          "ratio": mine / taken, "half": half, "spread": spread}), flush=True)
        print(f"{half:7} {case.name():58} {mine:10.5f} s {taken:10.5f} s {mine / taken:7.3f}"
              f"  spread {spread:.1%}", file=sys.stderr)
    if errors:
        print(f"{half}: {len(errors)} cases, median error {statistics.median(errors):.1%}, "
              f"worst {max(errors):.1%}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="kernel.sh", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the two halves")
    parser.add_argument("--quick", action="store_true",
                        help="a part of the grid that takes five minutes")
    parser.add_argument("--list", action="store_true",
                        help="say how many cases there are and how long they take, no more")
    parser.add_argument("--measured", type=pathlib.Path, metavar="FILE",
                        help="the kernel's times from the output of a former run")
    parser.add_argument("ours", help=argparse.SUPPRESS)
    parser.add_argument("peer", help=argparse.SUPPRESS)
    parser.add_argument("sim", help=argparse.SUPPRESS)
    options = parser.parse_args()
    halves = chosen(options.seed, options.quick)
    cases = [*halves["tuned"], *halves["judged"], *SPECIAL]
    minutes = sum(case.seconds() for case in cases) / 60
    print(f"{len(cases)} cases, about {minutes:.0f} minutes", file=sys.stderr)
    if options.list:
        return
    if options.measured:
        kernel = measured_before(cases, options.measured)
    else:
        kernel = measure_all(cases, options.peer, options.sim)
    fitted = fit(halves["tuned"], kernel, options.ours)
    print(f"fixed: software {fitted.software} ns a message at each end and {fitted.megabyte} ns a"
          f" megabyte, sim switch {fitted.switch} ns a packet", file=sys.stderr)
    for half, members in (*halves.items(), ("special", SPECIAL)):
        report(half, members, kernel, options.ours, fitted)


if __name__ == "__main__":
    main()
