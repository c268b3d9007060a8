"""Limits by control groups of version 2, in a folder that looks like one: no root, no kernel."""

import os
import pathlib
import subprocess
import tempfile
import unittest

CONTAINERS = pathlib.Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "containers"
SIM = os.environ["GRADWIRE_SIM"]
CONTROLLERS = "cpuset cpu io memory pids\n"

SCENARIO = """\
gradwire: 1
name: limits
network: {nodes: 2, bandwidth: 100Mbit}
nodes: {cores: 0.5, cpus: [0, 1], shares: [1024, 262144], memory: 1GiB}
"""


class VersionTwo(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.root = self.folder / "cgroup"
        (self.folder / "mounts").write_text(
            f"tmpfs /run tmpfs rw 0 0\ncgroup2 {self.root} cgroup2 rw 0 0\n", encoding="utf-8"
        )
        (self.folder / "s.yaml").write_text(SCENARIO, encoding="utf-8")

    def make_groups(self, *names):
        """As the kernel does: every group says what it can limit."""
        for name in names:
            group = self.root / name
            group.mkdir(parents=True)
            (group / "cgroup.controllers").write_text(CONTROLLERS, encoding="utf-8")

    def limit_hosts(self):
        script = """
            source "$1/common.sh"; source "$1/limits.sh"
            limit_hosts run "$("$2" links "$3/s.yaml" --format json)" "$3/state"
            """
        return subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script, "bash", CONTAINERS, SIM, self.folder],
            env={**os.environ, "GRADWIRE_MOUNTS": str(self.folder / "mounts")},
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def value(self, *path):
        return self.root.joinpath(*path).read_text(encoding="utf-8").strip()

    def test_every_limit_has_its_file(self):
        self.make_groups("", "gradwire-run", "gradwire-run/host0", "gradwire-run/host1")
        done = self.limit_hosts()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        host0 = ("gradwire-run", "host0")
        self.assertEqual(self.value(*host0, "cpu.max"), "5000 10000")
        # 1 + (1024 - 2) x 9999 / 262142 = 39.98, and the largest of both.
        self.assertEqual(self.value(*host0, "cpu.weight"), "39")
        self.assertEqual(self.value("gradwire-run", "host1", "cpu.weight"), "10000")
        self.assertEqual(self.value(*host0, "cpuset.cpus"), "0,1")
        self.assertEqual(self.value(*host0, "memory.max"), str(1 << 30))
        # The groups above pass the controllers on.
        self.assertRegex(self.value("cgroup.subtree_control"), r"^\+(cpu|cpuset|memory)$")
        self.assertRegex(self.value("gradwire-run", "cgroup.subtree_control"), r"^\+")

    def test_processes_join_a_leaf_once(self):
        self.make_groups("", "gradwire-run", "gradwire-run/host0", "gradwire-run/host1")
        self.limit_hosts()
        joined = (self.folder / "state/groups/host1").read_text(encoding="utf-8")
        self.assertEqual(joined, f"{self.root}/gradwire-run/host1/run/cgroup.procs\n")

    def test_a_machine_without_the_controller(self):
        self.make_groups("")
        (self.root / "cgroup.controllers").write_text("io pids\n", encoding="utf-8")
        done = self.limit_hosts()
        self.assertEqual(done.returncode, 3)
        self.assertIn("no control group limits 'cpu' on this machine; allowed:", done.stderr)


if __name__ == "__main__":
    unittest.main()
