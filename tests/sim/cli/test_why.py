"""show --why: what the time of a step goes to."""

import csv
import unittest

from support import ENVIRONMENT, TINY, CliTest

# Two nodes with 100 Mbit/s: a message of half of 12 730 gradients, 25 460 bytes and 24 of frame,
# has 18 segments and 26 672 bytes on the wire; two of them leave each node in a step.

class Why(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)

    def rows(self, *arguments):
        """The cells of each row of the table: step, takes, for, time, share."""
        lines = self.sim("show", "s.yaml", "--why", *arguments).splitlines()
        self.assertEqual(lines[:2], ["tiny", ""])
        lines = lines[2:]
        self.assertEqual(lines[0].split()[-5:], ["step", "takes", "for", "time", "share"])
        return [line.split() for line in lines[2 : lines.index("")]]

    def test_adds_up_to_the_step(self):
        rows = self.rows()
        self.assertEqual(rows[0][0], "3")
        shares = [float(row[-2]) for row in rows]
        self.assertAlmostEqual(sum(shares), 100.0, delta=0.5)
        self.assertEqual(shares, sorted(shares, reverse=True))
        self.assertIn("computing", [row[-5] for row in rows])

    def test_names_the_link_that_is_slow(self):
        rows = self.rows("--set", "network.hosts=[{bandwidth: 100Mbit}, {bandwidth: 1Mbit}]")
        self.assertIn("host1", rows[0][-5])

    def test_names_the_window(self):
        long_way = ("--set", "network.latency=50ms", "--set", "network.bandwidth=10Gbit")
        self.assertEqual(self.rows(*long_way)[0][-5], "latency")
        small = self.rows(*long_way, "--set", "network.tcp.send_buffer=4kB", "--step", "7")
        self.assertEqual(small[0][0], "7")
        self.assertEqual(small[0][-5], "buffers")

    def test_writes_the_messages(self):
        self.sim("show", "s.yaml", "--why", "--flows", "flows.csv")
        with open(self.folder / "flows.csv", encoding="utf-8", newline="") as file:
            flows = list(csv.DictReader(file))
        self.assertEqual(len(flows), 4)  # two from each
        for flow in flows:
            self.assertEqual(flow["bytes"], "26672")
            times = [float(flow[name]) for name in ("handed", "turn", "left", "arrived")]
            self.assertEqual(times, sorted(times))
            self.assertLess(float(flow["first_byte"]), float(flow["arrived"]))
            # Both directions are full, and acknowledgements take 66 bytes for 3028 of each.
            rate = 100e6 / (1 + 66 / 3028)
            self.assertLess(abs(float(flow["mean_bits_per_second"]) - rate), 0.1e6)
            self.assertRegex(flow["limit"], "^link ")

    def test_every_point_of_a_sweep(self):
        rows = self.rows("--set", "sweep.network.nodes=[2, 3]")
        self.assertEqual([row[0] for row in rows if len(row) == max(map(len, rows))][:1], ["2"])

    def test_refusals(self):
        self.assertEqual(self.refused("show", "s.yaml", "--step", "3"), "--step: only with --why")
        self.assertEqual(
            self.refused("show", "s.yaml", "--flows", "f.csv"), "--flows: only with --why"
        )
        self.assertEqual(
            self.refused("show", "s.yaml", "--why", "--step", "25"),
            "--step 25: the training has 12 steps (the only point); allowed: 1 to 12",
        )
        self.sim("show", "s.yaml", "--why", "--flows", "no/f.csv", expect=ENVIRONMENT)
        self.assertIn("no/f.csv", self.stderr)


if __name__ == "__main__":
    unittest.main()
