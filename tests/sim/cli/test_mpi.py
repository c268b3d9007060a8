"""sim run --mode mpi over loopback: the weights of virtual time, and messages for what is wrong."""

import os
import shutil
import sys
import unittest

from group_support import GroupTest
from support import BAD_INPUT, DONE, ENVIRONMENT, SIM, TINY


class Mpi(GroupTest):
    def mpirun(self, processes, *arguments, expect=DONE):
        """Standard output of sim in so many processes; its errors are in self.stderr."""
        options = ["--oversubscribe", "--bind-to", "none", "-np", str(processes)]
        return self.command("mpirun", *options, SIM, *arguments, expect=expect)

    def test_the_weights_are_those_of_virtual_time(self):
        sweep = ["--set", "sweep.network.nodes=[1, 2, 4]"]
        virtual = self.lines("real.yaml", *sweep)
        real = self.lines("real.yaml", *sweep, "--mode", "mpi")
        self.assertEqual(len(real), 3)
        for got, expected in zip(real, virtual):
            self.expect_same(got, expected)
            self.assertEqual(got["mode"], "mpi")

    def test_a_server_and_measured_steps(self):
        server = ["--set", "strategy.kind=parameter-server"]
        virtual = self.lines("real.yaml", *server)[0]
        real = self.lines("real.yaml", *server, "--mode", "mpi", "--out", "all")[0]
        self.expect_same(real, virtual)
        some = ["--set", "measure={warmup: 1, steps: 3}"]
        measured = self.lines("real.yaml", *server, *some, "--mode", "mpi", "--out", "some")[0]
        self.assertTrue(measured["extrapolated"])
        self.assertEqual(measured["steps_run"], 4)

    def test_under_mpirun_results_are_resumed(self):
        first = self.mpirun(2, "run", "real.yaml", "--mode", "mpi", "--json")
        self.assertEqual(len(first.splitlines()), 1)
        again = self.mpirun(2, "run", "real.yaml", "--mode", "mpi", "--json")
        self.assertEqual(again, "")

    def test_more_nodes_than_processes(self):
        nodes = ["--set", "network.nodes=3"]
        self.mpirun(2, "run", "real.yaml", "--mode", "mpi", *nodes, expect=BAD_INPUT)
        expected = "network.nodes: 3 nodes, and there are 2 processes to be them"
        self.assertEqual(self.stderr.count(expected), 1)

    def test_a_scenario_that_is_wrong_is_refused_once_and_before_mpirun(self):
        wrong = ["--set", "network.loss=1%", "--set", "nodes.step_time=1ms"]
        self.sim("run", "real.yaml", "--mode", "mpi", *wrong, expect=BAD_INPUT)
        self.assertIn("nodes.step_time: mpi mode computes, and takes the time", self.stderr)
        self.assertNotIn("mpirun", self.stderr)

    def test_a_hostfile_is_for_mpi(self):
        self.write("machines", "localhost slots=2\n")
        self.sim("run", "real.yaml", "--hostfile", "machines", expect=BAD_INPUT)
        self.assertIn("--hostfile: is handed on to mpirun", self.stderr)
        self.sim("run", "real.yaml", "--mode", "mpi", "--hostfile", "machines")

    def test_a_sweep_is_spread_over_processes(self):
        virtual = self.write("virtual.yaml", TINY)
        sweep = ["--set", "sweep={network.nodes: [1, 2, 3], network.bandwidth: [10Mbit, 1Gbit]}"]
        common = [virtual, *sweep, "--set", "repeats=2", "--json"]
        alone = self.sim("run", *common, "--out", "alone")
        spread = self.mpirun(3, "run", *common, "--out", "spread", "--distribute")
        self.assertEqual(len(alone.splitlines()), 12)
        self.assertEqual(sorted(spread.splitlines()), sorted(alone.splitlines()))
        self.assertEqual(
            self.sim("export", "spread", "--format", "json"),
            self.sim("export", "alone", "--format", "json"),
        )

    def test_distributing_needs_processes(self):
        self.sim("run", "real.yaml", "--distribute", expect=BAD_INPUT)
        self.assertIn("--distribute: spreads the points of virtual mode", self.stderr)

    def test_without_mpirun(self):
        self.environment["PATH"] = str(self.folder)
        self.sim("run", "real.yaml", "--mode", "mpi", expect=ENVIRONMENT)
        self.assertIn("'mpirun' is missing; install the package openmpi-bin", self.stderr)


if __name__ == "__main__":
    if os.environ["GRADWIRE_HAS_MPI"] != "ON" or not shutil.which("mpirun"):
        print("skipped: built without MPI, or no mpirun")
        sys.exit(77)
    unittest.main()
