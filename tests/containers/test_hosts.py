"""Hosts that are containers, and switches that are Open vSwitch: the same networks, the same
weights, and nothing left."""

import json
import pathlib
import shutil
import signal
import unittest

import support
from support import BAD_INPUT, CONTAINERS, ENVIRONMENT, ContainerTest

needs = {
    "lxc": unittest.skipUnless(shutil.which("lxc-execute"), "lxc is not installed"),
    "podman": unittest.skipUnless(shutil.which("podman"), "podman is not installed"),
    "ovs": unittest.skipUnless(shutil.which("ovs-vswitchd"), "Open vSwitch is not installed"),
}


def settings(overrides):
    """As arguments: --set before each."""
    return [word for override in overrides for word in ("--set", override)]


class HostsTest(ContainerTest):
    def up(self, *arguments, expect=0):
        return self.script("up.sh", "s.yaml", *arguments, expect=expect)

    def on(self, node, *command, expect=0):
        return self.script("exec.sh", "--run", self.name, node, *command, expect=expect)

    def expect_the_weights_of_virtual_time(self, *arguments):
        """Three hosts, verified; each sends as much as the strategy says."""
        common = ["--json", *settings(["network.nodes=3", "network.bandwidth=20Mbit",
                                       "measure=all", "training.weights=kept"])]  # fmt: skip
        virtual = json.loads(self.sim("run", "s.yaml", *common, "--out", "v"))
        real = json.loads(self.sim("run", "s.yaml", *common, "--out", "r", *arguments))
        for key in ("weights_sha256", "bytes_sent", "steps_run"):
            self.assertEqual(real[key], virtual[key], key)
        virtual, real = (self.folder / out / "weights" / "point-0-repeat-0.checkpoint"
                         for out in "vr")  # fmt: skip
        self.assertEqual(real.read_bytes(), virtual.read_bytes())
        repeat = json.loads(self.sim("export", "r"))["repeats"][0]
        found = repeat["network_settings"]
        self.assertIn(found["backend"], arguments)
        self.assertEqual(found["switch"], "ovs" if "ovs" in arguments else "bridge")
        self.assertEqual(found["tcp.congestion"], "cubic")
        self.assertEqual(found["tcp.rmem"].split()[-1], str(6 << 20))
        self.assertEqual([check["within"] for check in repeat["link_checks"]], [True] * 6)
        self.assertGreater(min(link["bytes"] for link in repeat["links"]), 8 * 4 * 50_920 / 3)
        self.expect_nothing_left()


class Boxes(HostsTest):
    """What holds for containers of both kinds."""

    def expect_hosts_of_their_own(self, backend):
        self.up("--backend", backend)
        self.assertIn(f"2 hosts ({backend}), 1 switches, 4 links, shaped by tc", self.stderr)
        self.assertEqual(self.on("host1", "hostname"), "host1\n")
        self.on("host0", "ping", "-q", "-c1", "-W2", "10.1.0.3")
        # Files are a host's own, and go with it; the project is there, and stays as it is.
        file = pathlib.Path("/var/tmp") / self.name
        self.on("host0", "sh", "-c", f"echo changed > {file}")
        self.on("host1", "test", "-e", file, expect=1)
        self.assertFalse(file.exists())
        self.on("host0", "test", "-x", CONTAINERS / "up.sh")
        self.on("host0", "touch", CONTAINERS / "new", expect=1)
        self.assertIn("Read-only file system", self.stderr)
        # Processes of others cannot be seen; the folder is the one of the caller.
        self.assertLess(len(self.on("host0", "sh", "-c", "echo /proc/[0-9]*").split()), 8)
        self.assertEqual(self.on("host0", "cat", "s.yaml"),
                         (self.folder / "s.yaml").read_text(encoding="utf-8"))  # fmt: skip
        self.on("host0", "sh", "-c", "exit 5", expect=5)
        self.on("host0", "sh", "-c", "kill -9 $$", expect=-9)
        self.script("launch.sh", "--run", self.name, "--logs", "logs", "true")
        self.up("--run", f"{self.name}.b", "--backend", backend, "--set", "network.nodes=1")
        self.script("down.sh", self.name)
        self.script("exec.sh", "--run", f"{self.name}.b", "host0", "true")
        self.script("down.sh", f"{self.name}.b")
        self.expect_nothing_left()

    @needs["lxc"]
    def test_lxc(self):
        self.expect_hosts_of_their_own("lxc")

    @needs["podman"]
    def test_podman(self):
        self.expect_hosts_of_their_own("podman")

    @needs["lxc"]
    def test_weights_in_lxc(self):
        self.expect_the_weights_of_virtual_time("--mode", "lxc")

    @needs["podman"]
    def test_weights_in_podman(self):
        self.expect_the_weights_of_virtual_time("--mode", "podman")

    def test_a_tool_is_missing(self):
        """The message names the package."""
        tools = self.folder / "tools"
        tools.mkdir()
        hidden = {"lxc-execute", "podman", "ovs-vswitchd"}
        for folder in ("/usr/bin", "/usr/sbin"):
            for path in pathlib.Path(folder).iterdir():
                if path.name not in hidden and not (tools / path.name).is_symlink():
                    (tools / path.name).symlink_to(path)
        self.environment["PATH"] = str(tools)
        for arguments, message in [
            (["--backend", "lxc"], "'lxc-execute' is missing; install the package lxc"),
            (["--backend", "podman"], "'podman' is missing; install the package podman"),
            (["--switch", "ovs"], "'ovs-vswitchd' is missing; install the package openvswitch-"),
        ]:
            with self.subTest(arguments=arguments):
                self.up(*arguments, expect=ENVIRONMENT)
                self.assertIn(message, self.stderr)
        self.sim("run", "s.yaml", "--mode", "lxc", expect=ENVIRONMENT)
        self.assertIn("'lxc-execute' is missing; install the package lxc", self.stderr)


# Half a core: the share that a loop without end gets. The quota holds within a period of 10 ms.
BUSY = """\
import resource, time
start = time.monotonic()
while time.monotonic() < start + 0.5: pass
used = resource.getrusage(resource.RUSAGE_SELF)
print((used.ru_utime + used.ru_stime) / (time.monotonic() - start))
"""
AFFINITY = "import os; print(sorted(os.sched_getaffinity(0)))"
GREEDY = "bytearray(500 << 20)"


class Limits(HostsTest):
    def expect_limits(self, backend):
        limits = ["nodes.cores=0.5", "nodes.cpus=[0]", "nodes.shares=[512, 2048]",
                  "nodes.memory=100MiB"]  # fmt: skip
        self.up("--backend", backend, *settings(limits))
        python = ("/usr/bin/python3", "-c")
        self.assertLess(float(self.on("host0", *python, BUSY)), 0.6)
        self.assertEqual(self.on("host1", *python, AFFINITY), "[0]\n")
        self.on("host1", *python, GREEDY, expect=-signal.SIGKILL)
        self.script("down.sh", self.name)
        self.expect_nothing_left()

    def test_of_namespaces(self):
        self.expect_limits("netns")

    @needs["lxc"]
    def test_of_lxc(self):
        self.expect_limits("lxc")

    @needs["podman"]
    def test_of_podman(self):
        self.expect_limits("podman")

    def test_a_run_with_limits(self):
        limits = ["--set", "nodes.cores=0.5", "--set", "nodes.memory=1GiB"]
        self.sim("run", "s.yaml", "--mode", "netns", "--unverified", "--out", "r", *limits)
        found = json.loads(self.sim("export", "r"))["repeats"][0]["network_settings"]
        self.assertEqual(json.loads(found["host1.cores"]),
                         {"period_us": 10_000, "quota_us": 5_000})  # fmt: skip
        self.assertEqual(found["host0.memory_bytes"], str(1 << 30))
        self.expect_nothing_left()

    def test_refusals(self):
        run = ["run", "s.yaml", "--mode"]
        self.sim(*run, "netns", "--set", "nodes.cpus=[8191]", expect=BAD_INPUT)
        self.assertIn("nodes.cpus: this machine has no processor 8191; allowed: 0 to", self.stderr)
        self.sim(*run, "virtual", "--set", "nodes.memory=1GiB", expect=BAD_INPUT)
        self.assertIn("virtual mode has no hosts that it could limit; allowed: --mode netns, lxc",
                      self.stderr)  # fmt: skip


class Tcp(HostsTest):
    def test_what_the_scenario_says(self):
        said = ["congestion=reno", "initial_window=4", "timeout_min=50ms", "send_buffer=1MiB",
                "receive_buffer=64KiB", "idle_restart=off", "tail_loss_probe=off",
                "rack=off"]  # fmt: skip
        for shape in ("star", "ring"):
            with self.subTest(shape=shape):
                self.up(*settings(["network.nodes=3", f"network.topology={shape}"]),
                        *settings(f"network.tcp.{what}" for what in said))  # fmt: skip
                routes = self.on("host0", "ip", "route")
                self.assertIn("congctl reno", routes)
                self.assertRegex(routes, r"initcwnd 4 ")
                self.assertRegex(routes, r"rto_min (lock )?50ms")
                parameters = {"tcp_wmem": "4096 16384 1048576", "tcp_rmem": "4096 65536 65536",
                              "tcp_slow_start_after_idle": "0", "tcp_early_retrans": "0",
                              "tcp_recovery": "0"}  # fmt: skip
                for name, value in parameters.items():
                    found = self.on("host1", "sysctl", "-n", f"net.ipv4.{name}")
                    self.assertEqual(found.split(), value.split(), name)
                self.script("down.sh", self.name)


class OpenVSwitch(HostsTest):
    def qdisc(self, node, device):
        return self.on(node, "tc", "qdisc", "show", "dev", device)

    @needs["ovs"]
    def test_both_directions_are_shaped(self):
        self.up("--switch", "ovs")
        self.assertIn("2 hosts, 1 switches (Open vSwitch), 4 links, shaped by tc", self.stderr)
        self.on("host0", "ping", "-q", "-c1", "-W2", "10.1.0.3")
        self.assertRegex(self.qdisc("host0", "eth0"), r"tbf .*rate 100Mbit")
        self.assertIn("htb 1: root", self.qdisc("switch", "p1"))
        self.assertRegex(self.on("switch", "tc", "class", "show", "dev", "p1"), "ceil 100Mbit")
        self.script("down.sh", self.name)
        self.expect_nothing_left()

    @needs["ovs"]
    def test_open_uplinks(self):
        """As in the VNX experiment: only what the switch sends is shaped, and that is verified."""
        links = ["--verify", "--switch", "ovs", "--open-uplinks",
                 *settings(["network.bandwidth=20Mbit"])]  # fmt: skip
        table = self.sim("links", "s.yaml", *links)
        self.assertNotIn("BEYOND", table)
        self.assertEqual(table.count("goodput"), 2)
        self.up("--switch", "ovs", "--open-uplinks")
        self.assertIn("noqueue", self.qdisc("host0", "eth0"))

    @needs["ovs"]
    def test_several_switches(self):
        shape = settings(["network.topology=dumbbell", "network.dumbbell.bandwidth=50Mbit",
                          "network.nodes=4"])  # fmt: skip
        self.up("--switch", "ovs", *shape)
        for node in ("host0", "host2"):
            for address in ("10.1.0.3", "10.1.0.5"):
                self.on(node, "ping", "-q", "-c1", "-W2", address)
        self.script("down.sh", self.name)
        self.expect_nothing_left()

    @needs["ovs"]
    def test_weights(self):
        self.expect_the_weights_of_virtual_time("--mode", "netns", "--switch", "ovs")

    @needs["ovs"]
    def test_refusals(self):
        for arguments, message in [
            (["--switch", "cisco"], "--switch 'cisco'; allowed: bridge, ovs"),
            (["--switch", "ovs", "--shaper", "builtin"], "takes the place of Open vSwitch"),
            (["--open-uplinks"], "--open-uplinks; allowed: with --switch ovs"),
            (["--switch", "ovs", "--set", "network.topology=ring"], "allowed: --switch bridge, or"),
        ]:
            with self.subTest(arguments=arguments):
                self.up(*arguments, expect=BAD_INPUT)
                self.assertIn(message, self.stderr)
        run = ["run", "s.yaml", "--mode", "netns"]
        self.sim(*run, "--switch", "cisco", expect=BAD_INPUT)
        self.assertIn("--switch: 'cisco'; allowed: bridge, ovs", self.stderr)
        self.sim(*run, "--open-uplinks", expect=BAD_INPUT)
        self.assertIn("--open-uplinks; allowed: with --switch ovs", self.stderr)
        self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
