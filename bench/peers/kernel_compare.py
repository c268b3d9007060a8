"""The cases of kernel.sh: flows between network namespaces against the network model."""

import argparse
import ctypes
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import threading
import time

# Rates in bit/s, and the bucket of tbf that shapes each most accurately.
BURSTS = {10**6: 1600, 10**7: 3100, 10**8: 3100, 10**9: 131072}
SIZES = (1_000, 16_000, 128_000, 1_000_000, 8_000_000, 64_000_000)
FLOWS = (1, 2, 4)
ROUND_TRIP = 100_000  # ns, of veth pairs over a bridge
LONGEST = 10  # seconds
REPEATS = 5
CLONE_NEWNET = 0x40000000


def ip(*words):
    subprocess.run(["ip", *words], check=True)


class Network:
    """Hosts on one bridge, in namespaces whose names are of this process alone."""

    def __init__(self, hosts):
        self.prefix = f"gwk{os.getpid()}"
        self.names = [f"{self.prefix}-{i}" for i in range(hosts)]
        self.switch = f"{self.prefix}-s"

    def __enter__(self):
        for name in (*self.names, self.switch):
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        ip("-n", self.switch, "link", "add", "br0", "type", "bridge")
        ip("-n", self.switch, "link", "set", "br0", "up")
        for i, name in enumerate(self.names):
            ip("-n", self.switch, "link", "add", f"p{i}", "type", "veth", "peer", "name", "eth0",
               "netns", name)
            ip("-n", self.switch, "link", "set", f"p{i}", "master", "br0", "up")
            ip("-n", name, "addr", "add", f"10.99.0.{i + 1}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
        return self

    def __exit__(self, *_):
        for name in (*self.names, self.switch):
            subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)

    def shape(self, rate):
        """Both ends of every cable."""
        bucket = ["tbf", "rate", f"{rate}bit", "burst", str(BURSTS[rate]), "latency", "50ms"]
        for i, name in enumerate(self.names):
            for where, device in ((name, "eth0"), (self.switch, f"p{i}")):
                subprocess.run(
                    ["tc", "-n", where, "qdisc", "replace", "dev", device, "root", *bucket],
                    check=True,
                )

    def socket_in(self, host):
        """A TCP socket that lives in the namespace of this host."""
        libc = ctypes.CDLL(None, use_errno=True)
        own = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        other = os.open(f"/run/netns/{self.names[host]}", os.O_RDONLY)
        try:
            if libc.setns(other, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            made = socket.socket()
        finally:
            libc.setns(own, CLONE_NEWNET)
            os.close(own)
            os.close(other)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def connect(self, flows):
        """Pairs of sockets from hosts 1, 2, ... to host 0."""
        listener = self.socket_in(0)
        listener.bind(("10.99.0.1", 5000))
        listener.listen()
        pairs = []
        for flow in range(flows):
            sender = self.socket_in(flow + 1)
            sender.connect(("10.99.0.1", 5000))
            pairs.append((sender, listener.accept()[0]))
        listener.close()
        return pairs


def transfer(pairs, size):
    """Seconds until all have received so many bytes."""
    payload = memoryview(bytes(size))
    ends = []
    start = threading.Barrier(len(pairs) + 1)

    def send(sender):
        start.wait()
        sender.sendall(payload)

    def receive(receiver):
        buffer = bytearray(1 << 20)
        left = size
        while left > 0:
            left -= receiver.recv_into(buffer, min(left, len(buffer)))
        ends.append(time.monotonic())

    receivers = [threading.Thread(target=receive, args=(r,)) for _, r in pairs]
    senders = [threading.Thread(target=send, args=(s,)) for s, _ in pairs]
    for thread in (*receivers, *senders):
        thread.start()
    time.sleep(0.05)  # buckets are full, receivers wait
    begin = time.monotonic()
    start.wait()
    for thread in (*receivers, *senders):
        thread.join()
    return max(ends) - begin


def measure(network, rate, size, flows):
    network.shape(rate)
    pairs = network.connect(flows)
    once = transfer(pairs, size)
    repeats = 1 if once > 2 else REPEATS
    times = [once] + [transfer(pairs, size) for _ in range(repeats - 1)]
    for pair in pairs:
        for end in pair:
            end.close()
    spread = (max(times) - min(times)) / statistics.median(times)
    return statistics.median(times), spread


def model(program, case, cost):
    rate, size, flows = case
    line = f"star {rate} {ROUND_TRIP} {BURSTS[rate]} 0 {flows} {size} 1\n"
    done = subprocess.run([program, "--cost", str(cost)], input=line, capture_output=True,
                          text=True, check=True)
    return float(done.stdout.split()[0])


def cases():
    return [(rate, size, flows) for rate in BURSTS for size in SIZES for flows in FLOWS
            if size * flows * 8 < LONGEST * rate]


def main():
    parser = argparse.ArgumentParser(prog="kernel.sh", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="of the two halves")
    parser.add_argument("ours", help=argparse.SUPPRESS)
    options = parser.parse_args()
    grid = cases()
    random.Random(options.seed).shuffle(grid)
    halves = {"tuned": grid[: len(grid) // 2], "judged": grid[len(grid) // 2 :]}
    with Network(max(FLOWS) + 1) as network:
        kernel = {case: measure(network, *case) for case in grid}
    # The one parameter: software, at each end of a message.
    late = [kernel[c][0] - model(options.ours, c, 0) for c in halves["tuned"] if c[1] <= 16_000]
    cost = max(0, round(statistics.median(late) / 2 * 1e9))
    print(f"software: {cost} ns a message at each end", file=sys.stderr)
    for half, members in halves.items():
        errors = []
        for case in sorted(members):
            time_taken, spread = kernel[case]
            mine = model(options.ours, case, cost)
            name = f"{case[0] // 10**6} Mbit/s, {case[2]} x {case[1]} B"
            errors.append(abs(mine / time_taken - 1))
            print(json.dumps({"case": name, "metric": "time", "ours": mine, "peer": time_taken,
                              "ratio": mine / time_taken, "half": half, "spread": spread}))
            print(f"{half:7} {name:32} {mine:10.5f} s {time_taken:10.5f} s {mine / time_taken:7.3f}"
                  f"  spread {spread:.1%}", file=sys.stderr)
        print(f"{half}: {len(errors)} cases, median error {statistics.median(errors):.1%}, "
              f"worst {max(errors):.1%}", file=sys.stderr)


if __name__ == "__main__":
    main()
