"""sim worker --hosts: machines that are started by hand, here processes on loopback."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import time
import unittest

from group_support import GroupTest
from support import BAD_INPUT, ENVIRONMENT


def free_ports(count):
    """Numbers of ports that nobody uses, each with its follower."""
    ports = []
    while len(ports) < count:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            if port > 65_000 or any(abs(port - other) < 2 for other in ports):
                continue
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            ports.append(port)
    return ports


class Hosts(GroupTest):
    def setUp(self):
        super().setUp()
        self.ports = free_ports(3)
        lines = [f"127.0.0.1 {port}\n" for port in self.ports]
        self.write("hosts", "# by rank\n" + "".join(lines))
        self.write("secret", "0123456789abcdef0123456789abcdef\n")
        (self.folder / "secret").chmod(0o600)

    def worker(self, rank, *arguments, scenario="real.yaml"):
        common = ["--hosts", "hosts", "--secret", "secret"]
        return self.start("worker", scenario, "--rank", rank, *common, *arguments)

    def refused(self, *arguments):
        return super().refused("worker", *arguments)

    def test_the_weights_are_those_of_virtual_time(self):
        sweep = ["--set", "sweep.network.nodes=[1, 2, 3]"]
        virtual = self.lines("real.yaml", *sweep)
        others = [self.worker(rank, *sweep) for rank in (2, 1)]
        chief = self.worker(0, *sweep, "--json", "--out", "r")
        output, errors = chief.communicate(timeout=60)
        self.assertEqual(chief.returncode, 0, errors)
        for other in others:
            self.assertEqual(other.communicate(timeout=60)[0], "")
            self.assertEqual(other.returncode, 0)
        real = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(len(real), 3)
        for got, expected in zip(real, virtual):
            self.expect_same(got, expected)
        with contextlib.closing(sqlite3.connect(self.folder / "r/results.sqlite")) as results:
            samples = results.execute("SELECT rank, memory_bytes FROM resource_samples").fetchall()
        self.assertEqual({rank for rank, _ in samples}, {0, 1, 2})
        for _, memory in samples:
            self.assertGreater(memory, 1_000_000)
            self.assertEqual(got["mode"], "hosts")

    def test_a_machine_that_dies(self):
        endless = ["--set", "training.epochs=100000", "--set", "network.nodes=3"]
        others = [self.worker(rank, *endless) for rank in (1, 2)]
        chief = self.worker(0, *endless)
        while self.connections() < 2:
            self.assertIsNone(chief.poll())
            time.sleep(0.01)
        others[1].send_signal(signal.SIGKILL)
        errors = chief.communicate(timeout=60)[1]
        self.assertEqual(chief.returncode, ENVIRONMENT)
        self.assertRegex(errors.splitlines()[-1], r"lost rank 2: ")
        self.assertEqual(others[0].wait(timeout=60), ENVIRONMENT)

    def test_after_a_kill_in_the_middle(self):
        change = ["--set", "training.epochs=100", "--set", "training.checkpoint=20"]
        expected = self.lines("real.yaml", *change)[0]
        kept = self.folder / "r" / "checkpoints" / "point-0-repeat-0.checkpoint"
        others = [self.worker(rank, *change) for rank in (1, 2)]
        self.kill_after(self.worker(0, *change, "--out", "r"), kept)
        for other in others:
            self.assertEqual(other.wait(timeout=60), ENVIRONMENT)
        others = [self.worker(rank, *change) for rank in (1, 2)]
        chief = self.worker(0, *change, "--out", "r", "--json")
        output, errors = chief.communicate(timeout=60)
        self.assertEqual(chief.returncode, 0, errors)
        for other in others:
            self.assertEqual(other.wait(timeout=60), 0)
        self.expect_same(json.loads(output), expected)
        self.assertFalse(kept.exists())

    def connections(self):
        """How many others are connected to the training's port of rank 0."""
        with open("/proc/net/tcp", encoding="utf-8") as table:
            rows = [line.split()[1:4] for line in table]
        port = f":{self.ports[0]:04X}"
        return sum(own.endswith(port) and state == "01" for own, _, state in rows[1:])

    def test_another_scenario_on_another_machine(self):
        others = [
            self.worker(1, "--set", "network.nodes=3"),
            self.worker(2, "--set", "network.nodes=3", "--set", "training.seed=7"),
        ]
        chief = self.worker(0, "--set", "network.nodes=3")
        errors = chief.communicate(timeout=60)[1]
        self.assertEqual(chief.returncode, ENVIRONMENT)
        self.assertIn("rank 2: real.yaml:5: training: this member's scenario is not", errors)
        self.assertEqual(others[1].wait(timeout=60), BAD_INPUT)

    def test_one_that_does_not_know_the_secret(self):
        self.write("other", "another secret of the same size..\n")
        (self.folder / "other").chmod(0o600)
        chief = self.worker(0, "--wait", "2s")
        wrong = ["--hosts", "hosts", "--secret", "other", "--wait", "2s"]
        stranger = self.start("worker", "real.yaml", "--rank", 1, *wrong)
        errors = chief.communicate(timeout=60)[1]
        self.assertEqual(chief.returncode, ENVIRONMENT)
        self.assertIn("refused 127.0.0.1:", errors)
        self.assertIn("it has not joined within 2s", errors.splitlines()[-1])
        self.assertEqual(stranger.wait(timeout=60), ENVIRONMENT)

    def test_bad_input(self):
        common = ["real.yaml", "--hosts", "hosts", "--secret", "secret"]
        self.assertIn("--rank: 3; allowed: from 0 to 2", self.refused(*common, "--rank", "3"))
        self.assertIn(
            "--secret: is missing", self.refused("real.yaml", "--hosts", "hosts", "--rank", "0")
        )
        self.assertIn("SCENARIO with --hosts", self.refused("real.yaml", "--rank", "0"))
        (self.folder / "secret").chmod(0o644)
        self.assertIn("secret: others may use this file", self.refused(*common, "--rank", "0"))
        (self.folder / "secret").chmod(0o600)
        self.write("secret", "short\n")
        self.assertIn("secret: 6 bytes; allowed: 16", self.refused(*common, "--rank", "0"))
        self.write("hosts", "127.0.0.1 5000\n\n127.0.0.1 5001\n")
        self.assertIn("hosts:3: has the address and the ports of rank 0",
                      self.refused(*common, "--rank", "0"))  # fmt: skip
        self.write("hosts", "127.0.0.1 5000\n127.0.0.1 99999\n")
        self.assertIn("hosts:2: '127.0.0.1 99999'", self.refused(*common, "--rank", "0"))
        self.write("hosts", "127.0.0.1\n")
        self.assertIn("hosts: 1 of them", self.refused(*common, "--rank", "0"))

    def test_an_address_of_another_machine(self):
        self.write("hosts", "192.0.2.1\n192.0.2.2\n")  # of nobody: RFC 5737
        self.write("secret", os.urandom(16).hex())
        self.sim("worker", "real.yaml", "--hosts", "hosts", "--secret", "secret", "--rank", "0",
                 expect=ENVIRONMENT)  # fmt: skip
        self.assertIn("cannot listen on 192.0.2.1:50502", self.stderr)


if __name__ == "__main__":
    unittest.main()
