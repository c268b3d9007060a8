"""up.sh, exec.sh, status.sh and down.sh: networks of a scenario, and nothing left of them."""

import json
import os
import random
import signal
import subprocess
import time

import support
from support import BAD_INPUT, CONTAINERS, ENVIRONMENT, STATE, ContainerTest

SEED = int(os.environ.get("GRADWIRE_TEST_SEED", "1"))


class Networks(ContainerTest):
    def reach(self, node, address):
        self.script("exec.sh", "--run", self.name, node, "ping", "-q", "-c1", "-W2", address)

    def test_a_star(self):
        self.assertEqual(self.script("up.sh", "s.yaml"), f"{self.name}\n")
        self.assertIn("2 hosts, 1 switches, 4 links, shaped by tc", self.stderr)
        self.reach("host0", "10.1.0.3")
        self.reach("host1", "10.1.0.2")
        self.assertIn(f"{self.name}: up, 2 hosts, shaped by tc", self.script("status.sh"))
        shaped = self.script("exec.sh", "--run", self.name, "host1", "tc", "qdisc", "show")
        self.assertIn("qdisc tbf ", shaped)
        self.assertIn("rate 100Mbit burst 3100b", shaped)
        routes = self.script("exec.sh", "--run", self.name, "host1", "ip", "route")
        self.assertIn("congctl cubic", routes)
        self.script("exec.sh", "--run", self.name, "host0", "sh", "-c", "exit 5", expect=5)
        self.script("down.sh", self.name)
        self.expect_nothing_left()
        self.script("down.sh", self.name)  # nothing to do

    def test_ways_are_those_of_the_model(self):
        """Over routers too: a message crosses the links that the model says, and no others."""
        shape = ["--set", "network.topology=ring", "--set", "network.nodes=4"]
        self.script("up.sh", "s.yaml", *shape)
        plan = json.loads((STATE / self.name / "plan.json").read_text(encoding="utf-8"))
        for host in plan["hosts"]:
            for other in plan["hosts"]:
                if other != host:
                    self.reach(host["name"], other["address"])
        way = next(way for way in plan["ways"] if len(way["links"]) == 2)
        by_name = {link["name"]: link for link in plan["links"]}
        address = {host["name"]: host["address"] for host in plan["hosts"]}

        def sent(link):
            text = self.script(
                "exec.sh", "--run", self.name, link["from"], "cat",
                f"/sys/class/net/{link['interface']}/statistics/tx_packets")  # fmt: skip
            return int(text)

        before = {name: sent(link) for name, link in by_name.items()}
        ping = ["ping", "-q", "-c20", "-i0.002", address[way["to"]]]
        self.script("exec.sh", "--run", self.name, way["from"], *ping)
        after = {name: sent(link) for name, link in by_name.items()}
        for name in by_name:
            if name in way["links"]:
                self.assertGreaterEqual(after[name] - before[name], 20, name)
        # There and back again over two links each: nothing else is touched.
        self.assertEqual(sum(after[name] - before[name] >= 20 for name in by_name), 4)

    def test_a_leftover_is_refused_and_nothing_is_changed(self):
        self.script("up.sh", "s.yaml")
        before = self.script("status.sh")
        self.script("up.sh", "s.yaml", expect=ENVIRONMENT)
        self.assertEqual(
            self.stderr,
            f"up.sh: something of run '{self.name}' is there already; remove it: "
            f"containers/down.sh {self.name}\n",
        )
        self.assertEqual(self.script("status.sh"), before)

    def test_two_at_a_time(self):
        self.script("up.sh", "s.yaml")
        self.script("up.sh", "s.yaml", "--run", f"{self.name}.b")
        self.script("down.sh", self.name)
        self.assertEqual(self.left(), [f"{self.name}.b"])
        self.script("exec.sh", "--run", f"{self.name}.b", "host0", "ping", "-qc1", "10.1.0.3")
        self.script("down.sh", f"{self.name}.b")
        self.expect_nothing_left()

    def test_down_ends_what_runs_inside(self):
        self.script("up.sh", "s.yaml")
        sleeper = self.start(CONTAINERS / "exec.sh", "--run", self.name, "host0", "sleep", "1000")
        while "processes: 1" not in self.script("status.sh"):
            time.sleep(0.02)
        self.script("down.sh", self.name)
        self.assertEqual(sleeper.wait(timeout=10), -signal.SIGKILL)
        self.expect_nothing_left()

    def test_refusals(self):
        for arguments, code, message in [
            (["s.yaml", "--backend", "vmware"], BAD_INPUT, "--backend 'vmware'; allowed: netns"),
            (["s.yaml", "--shaper", "wet"], BAD_INPUT, "allowed: auto, tc, builtin"),
            (["s.yaml", "--colour"], BAD_INPUT, "is not an option"),
            (["s.yaml", "--share", "gone"], BAD_INPUT, "--share 'gone'; allowed: a folder that is"),
            (["s.yaml", "--run", "a/b"], BAD_INPUT, "is no name of a run"),
            (["missing.yaml"], BAD_INPUT, "missing.yaml"),
            (["s.yaml", "--set", "network.nodes=0"], BAD_INPUT, "network.nodes"),
            (["s.yaml", "--set", "sweep.network.nodes=[1,2]"], BAD_INPUT, "--point"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.script("up.sh", *arguments, expect=code), "")
                self.assertIn(message, self.stderr)
        self.script("exec.sh", "--run", self.name, "host0", "true", expect=BAD_INPUT)
        self.expect_nothing_left()

    def test_what_the_kernel_cannot_do_is_refused(self):
        """A latency without netem; where there is netem, it is used."""
        add = "tc qdisc add dev lo root netem delay 1ms"
        command = ["unshare", "--net", *add.split()]
        probe = subprocess.run(command, capture_output=True, check=False)
        has_netem = probe.returncode == 0
        arguments = ["s.yaml", "--shaper", "tc", "--set", "network.latency=5ms"]
        self.script("up.sh", *arguments, expect=0 if has_netem else ENVIRONMENT)
        if has_netem:
            self.assertIn("shaped by netem", self.stderr)
        else:
            self.assertIn("no netem, which latency needs; allowed:", self.stderr)
            self.expect_nothing_left()

    def test_the_built_in_switch(self):
        """Latency without netem, also where hosts have several cables; it goes with the run."""
        for shape in (["--set", "network.latency=5ms"], ["--set", "network.topology=ring"]):
            with self.subTest(shape=shape):
                nodes = ["--set", "network.nodes=3"]
                self.script("up.sh", "s.yaml", "--shaper", "builtin", *nodes, *shape)
                self.assertIn("shaped by builtin", self.stderr)
                self.reach("host0", "10.1.0.4")
                self.reach("host2", "10.1.0.3")
                self.script("down.sh", self.name)
                self.expect_nothing_left()


class Kills(ContainerTest):
    def test_the_owner_is_gone(self):
        owner = self.start("sleep", "1000")
        self.script("up.sh", "s.yaml", "--owner", owner.pid)
        self.assertEqual(self.left(), [self.name])
        owner.kill()
        owner.wait()
        self.expect_nothing_left()

    def test_down_killed_and_run_again(self):
        draw = random.Random(SEED)
        for _ in range(3):
            self.script("up.sh", "s.yaml")
            remover = self.start(CONTAINERS / "down.sh", self.name)
            time.sleep(draw.uniform(0.0, 0.15))
            remover.kill()
            remover.wait()
            self.script("down.sh", self.name)
            self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
