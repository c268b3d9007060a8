"""The check of every link before a training: sim links --verify, verify.sh, and sim run."""

import json
import re

import support
from support import BAD_INPUT, ENVIRONMENT, ContainerTest


class Verification(ContainerTest):
    def rows(self, table):
        """(way, quantity): (requested, expected, delivered, whether it is within)."""
        found = {}
        for line in table.splitlines()[1:]:
            match = re.match(
                r"(host\d to host\d) +(\S+) +([\d.e+]+) \S+ +([\d.e+]+) \S+ +([\d.e+]+) \S+(.*)",
                line,
            )
            numbers = tuple(map(float, match.group(3, 4, 5)))
            found[match[1], match[2]] = (*numbers, match[6] == "")
        return found

    def test_a_network_that_delivers(self):
        rows = self.rows(self.sim("links", "s.yaml", "--verify"))
        self.assertIn("links shaped by tc", self.stderr)
        ways = ["host0 to host1", "host1 to host0"]
        quantities = ["round-trip", "goodput"]
        self.assertEqual(list(rows), [(way, quantity) for way in ways for quantity in quantities])
        for way in ways:
            requested, expected, delivered, within = rows[way, "goodput"]
            self.assertEqual(requested, 100.0)
            self.assertEqual(expected, 95.64)  # 100 x 1448 / 1514
            self.assertTrue(within)
            self.assertLess(abs(delivered / expected - 1), 0.02)
            self.assertEqual(rows[way, "round-trip"][0], 0.1)  # twice 50 us
        self.expect_nothing_left()

    def test_a_network_that_does_not(self):
        """Somebody has changed a link: the way that crosses it is beyond, and only that one."""
        self.script("up.sh", "s.yaml")
        change = "tc qdisc replace dev eth0 root tbf rate 50mbit burst 3100 limit 60000"
        self.script("exec.sh", "--run", self.name, "host0", *change.split())
        # Half of the rate is beyond 10 %; other programs may cost the other way some percent.
        loose = ["--rate-tolerance", "10%"]
        rows = self.rows(self.script("verify.sh", self.name, *loose, expect=ENVIRONMENT))
        self.assertEqual(self.stderr.splitlines()[-1],
                         "the network does not deliver what the scenario asks for")  # fmt: skip
        self.assertFalse(rows["host0 to host1", "goodput"][3])
        self.assertTrue(rows["host1 to host0", "goodput"][3])
        self.assertEqual(self.left(), [self.name])  # it is not ours to remove
        # Half of the rate is within a tolerance of 60 %.
        self.script("verify.sh", self.name, "--rate-tolerance", "60%")
        self.script("verify.sh", "another", expect=BAD_INPUT)

    def test_a_run_stops_before_it_trains(self):
        strict = ["--rate-tolerance", "0.0001%"]
        output = self.sim("run", "s.yaml", "--mode", "netns", *strict, expect=ENVIRONMENT)
        self.assertEqual(output, "")
        self.assertIn("the network does not deliver what the scenario asks for:", self.stderr)
        self.assertIn("BEYOND", self.stderr)
        self.expect_nothing_left()

    def test_what_was_found_is_in_the_results(self):
        """With the latency of the built-in switch, or of netem where the kernel has it."""
        self.sim("run", "s.yaml", "--mode", "netns", "--out", "r", "--set", "network.latency=5ms")
        repeat = json.loads(self.sim("export", "r"))["repeats"][0]
        checks = {(check["way"], check["quantity"]): check for check in repeat["link_checks"]}
        self.assertEqual(len(checks), 4)
        round_trip = checks["host0 to host1", "round-trip"]
        self.assertEqual(round_trip["requested"], 0.01)
        self.assertGreaterEqual(round_trip["delivered"], 0.01)
        self.assertTrue(all(check["within"] for check in checks.values()))
        # 12 steps, each with two messages one after the other in each direction.
        self.assertGreater(repeat["train_seconds"], 12 * 2 * 0.005)
        self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
