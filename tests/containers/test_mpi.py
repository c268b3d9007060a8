"""mpi.sh: Open MPI between the hosts of a network, and sim run --mode mpi on them."""

import json
import shutil
import sys

import support
from support import BAD_INPUT, SIM, ContainerTest


class Mpi(ContainerTest):
    def test_four_hosts_train_to_the_weights_of_virtual_time(self):
        common = ["s.yaml", "--set", "network.nodes=4", "--set", "measure=all", "--json"]
        self.script("up.sh", "s.yaml", "--set", "network.nodes=4")
        virtual = json.loads(self.sim("run", *common, "--out", "v"))
        before = self.bytes_of("host3")
        output = self.script("mpi.sh", "--run", self.name, SIM, "run", *common,
                             "--mode", "mpi", "--out", "m")  # fmt: skip
        real = json.loads(output)
        for key in ("weights_sha256", "bytes_sent", "accuracy"):
            self.assertEqual(real[key], virtual[key], key)
        # In a ring of four each sends 2 x 3 quarters of 50 920 bytes of gradients, in 6 steps: the
        # messages have crossed the link and no shared memory.
        sent = self.bytes_of("host3") - before
        self.assertGreater(sent, 6 * 6 * 50_920 / 4)
        # And at 100 Mbit/s they take so long.
        self.assertGreater(real["train_seconds"], 6 * 6 * 50_920 / 4 * 8 / 100e6 * 0.9)
        self.script("down.sh", self.name)
        self.expect_nothing_left()

    def bytes_of(self, host):
        """What this host's interface has sent."""
        file = "/sys/class/net/eth0/statistics/tx_bytes"
        return int(self.script("exec.sh", "--run", self.name, host, "cat", file))

    def test_bad_usage(self):
        self.script("mpi.sh", expect=BAD_INPUT)
        self.script("mpi.sh", "--run", "another", "true", expect=BAD_INPUT)
        self.assertIn("no network of the name 'another' is up", self.stderr)


if __name__ == "__main__":
    if not shutil.which("mpirun"):
        print("skipped: no mpirun")
        sys.exit(77)
    support.main()
