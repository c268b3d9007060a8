"""sim run --mode netns: the same weights as in virtual time, and an end that leaves nothing."""

import json
import os
import pathlib
import re
import signal
import time

import support
from support import ENDLESS, ENVIRONMENT, SIM, ContainerTest

class Runs(ContainerTest):
    def run_lines(self, *arguments):
        unverified = ["--unverified"] if "netns" in arguments else []
        output = self.sim("run", "s.yaml", "--json", *arguments, *unverified)
        return [json.loads(line) for line in output.splitlines()]

    def test_the_weights_are_those_of_virtual_time(self):
        for strategy in ["all-reduce", "parameter-server"]:
            with self.subTest(strategy=strategy):
                common = ["--set", "measure=all", "--set", f"strategy.kind={strategy}"]
                virtual = self.run_lines(*common, "--out", f"v-{strategy}")[0]
                real = self.run_lines(*common, "--out", f"n-{strategy}", "--mode", "netns")[0]
                for key in ("weights_sha256", "bytes_sent", "accuracy", "steps_run"):
                    self.assertEqual(real[key], virtual[key], key)
                self.assertAlmostEqual(real["loss"], virtual["loss"], places=12)
                self.assertFalse(real["extrapolated"])
                # Two hosts send 50 920 bytes of gradients through one link in each of 12 steps.
                self.assertGreater(real["train_seconds"], 12 * 50_920 * 8 / 100e6 * 0.9)
        self.expect_nothing_left()

    def test_a_sweep_has_a_network_for_each_point(self):
        slow = ["--set", "network.bandwidth=10Mbit"]
        lines = self.run_lines("--mode", "netns", *slow, "--set", "sweep.network.nodes=[1, 3]")
        self.assertEqual([line["steps_run"] for line in lines], [6, 6])
        exported = json.loads(self.sim("export", f"results/{self.name}-netns"))
        links = exported["repeats"][1]["links"]
        self.assertEqual(len(links), 6)
        # A ring of three: each sends 2 x 2 parts of a third of 50 920 bytes in each step, and more.
        for link in links:
            self.assertGreater(link["bytes"], 6 * 4 * 50_920 / 3)
            self.assertLess(link["bytes"], 1.3 * 6 * 4 * 50_920 / 3)
        # The same as the samples of what hosts have sent say.
        samples = exported["repeats"][1]["resource_samples"]
        for rank in range(3):
            sent = sum(sample["bytes_sent"] for sample in samples if sample["rank"] == rank)
            self.assertGreater(sent, 6 * 4 * 50_920 / 3)
            self.assertLess(sent, 1.3 * 6 * 4 * 50_920 / 3)
        self.expect_nothing_left()

    def test_a_network_with_routers(self):
        shape = ["--set", "network.topology=ring", "--set", "network.nodes=4"]
        common = [*shape, "--set", "measure=all", "--set", "strategy.algorithm=all-to-all"]
        virtual = self.run_lines(*common, "--out", "v")[0]
        real = self.run_lines(*common, "--out", "n", "--mode", "netns")[0]
        self.assertEqual(real["weights_sha256"], virtual["weights_sha256"])

    def test_a_killed_run_goes_on(self):
        change = ["--set", "measure=all", "--set", "training.epochs=200",
                  "--set", "training.checkpoint=10"]  # fmt: skip
        virtual = self.run_lines(*change, "--out", "v")[0]
        command = ["run", "s.yaml", *change, "--mode", "netns", "--unverified", "--out", "r"]
        run = self.start(SIM, *command)
        kept = self.folder / "r" / "checkpoints" / "point-0-repeat-0.checkpoint"
        while not kept.exists():
            self.assertIsNone(run.poll(), self.errors())
            time.sleep(0.001)
        run.kill()
        run.wait()
        self.expect_nothing_left()
        real = json.loads(self.sim(*command, "--json"))
        for key in ("weights_sha256", "bytes_sent", "accuracy", "steps_run"):
            self.assertEqual(real[key], virtual[key], key)
        repeat = json.loads(self.sim("export", "r"))["repeats"][0]
        for link in repeat["links"]:
            self.assertGreater(link["bytes"], 1200 * 50_920)
        seconds = [sample["seconds"] for sample in repeat["resource_samples"]]
        self.assertEqual(seconds, sorted(seconds))
        self.assertFalse(kept.exists())
        self.expect_nothing_left()

    def test_without_root(self):
        os.chmod(self.folder, 0o777)
        command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", SIM, "run"]
        self.command(*command, "s.yaml", "--mode", "netns", expect=ENVIRONMENT)
        self.assertIn("namespaces need root; allowed: as root, or --mode local", self.stderr)

    def test_what_the_kernel_cannot_do_ends_the_run(self):
        missing = ["--shaper", "tc", "--set", "network.latency=5ms"]
        self.sim("run", "s.yaml", "--mode", "netns", *missing, expect=ENVIRONMENT)
        self.assertIn("this kernel has no netem, which latency needs", self.stderr)
        self.expect_nothing_left()


class Ends(ContainerTest):
    """A run that ends early: it says why, and takes everything with it."""

    def start_run(self, *arguments):
        run = self.start(SIM, "run", "s.yaml", "--mode", "netns", *ENDLESS, *arguments)
        self.wait_until(run, lambda: self.workers(run))
        return run

    def workers(self, run):
        """The same when the two are connected to each other; else none."""
        found = self.processes_of(run)
        for number in found.values():
            try:
                connections = pathlib.Path(f"/proc/{number}/net/tcp").read_text(encoding="utf-8")
            except OSError:
                return {}
            # Port 50501 is C545 at one of the two ends; 01: established.
            if not re.search(r":C545 \S+ 01 |:C545 01 ", connections):
                return {}
        return found if len(found) == 2 else {}

    def wait_until(self, run, condition):
        while not condition():
            self.assertIsNone(run.poll(), self.errors())
            time.sleep(0.01)

    def expect_failure(self, run, message):
        self.assertEqual(run.wait(timeout=60), ENVIRONMENT)
        self.assertRegex(self.errors().splitlines()[-1], message)
        self.expect_nothing_left()

    def test_a_worker_is_killed(self):
        run = self.start_run()
        os.kill(self.workers(run)[1], signal.SIGKILL)
        self.expect_failure(run, r"^host1 \(rank 1\): ended by signal 9 \(Killed\); its log: /")

    def test_a_worker_hangs(self):
        run = self.start_run("--patience", "2s")
        os.kill(self.workers(run)[0], signal.SIGSTOP)
        self.expect_failure(run, r"^host0 \(rank 0\): silent for 2s; it hangs; its log: /")

    def test_interrupted(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                run = self.start_run()
                run.send_signal(number)
                self.assertEqual(run.wait(timeout=30), -number)
                self.assertIn("interrupted", self.errors().splitlines()[-1])
                # The guard needs not be waited for.
                self.assertEqual(self.left(), [])
                self.expect_nothing_left()

    def test_a_stranger_at_a_workers_port(self):
        """Garbage from another host: refused, logged once, and the training goes on."""
        run = self.start(SIM, "run", "s.yaml", "--mode", "netns", *ENDLESS)
        self.wait_until(run, lambda: 1 in self.processes_of(run))
        late = self.processes_of(run)[1]
        os.kill(late, signal.SIGSTOP)  # host0 waits for it, and listens meanwhile
        knock = (
            "import socket, time\n"
            "end = time.monotonic() + 20\n"
            "while time.monotonic() < end:\n"
            "  try: stranger = socket.create_connection(('10.1.0.2', 50501), 1)\n"
            "  except OSError: continue\n"
            "  stranger.sendall(b'\\xff' * 4096)\n"
            "  break\n"
            "else: raise SystemExit('nobody listens')\n"
        )
        name = f"{self.name}-{run.pid}"
        self.script("exec.sh", "--run", name, "host1", "python3", "-c", knock)
        os.kill(late, signal.SIGCONT)
        self.wait_until(run, lambda: self.workers(run))
        log = self.folder / f"results/{self.name}-netns/logs/point0-repeat0-host0.log"
        self.wait_until(run, lambda: log.read_text(encoding="utf-8"))
        lines = log.read_text(encoding="utf-8").splitlines()
        self.assertEqual(len(lines), 1, lines)
        self.assertRegex(lines[0], r"^refused 10\.1\.0\.3:\d+: ")
        self.assertTrue(self.workers(run))
        run.send_signal(signal.SIGTERM)
        run.wait()
        self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
