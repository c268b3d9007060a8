"""A scenario's own command on every host: its environment, its metrics, and its end."""

import json
import os
import shutil
import signal
import subprocess
import time
import unittest

import support
from support import CONTAINERS, ENVIRONMENT, SIM, TINY, ContainerTest

SCENARIOS = CONTAINERS.parent / "scenarios"
HAS_TORCH = subprocess.run(["/usr/bin/python3", "-c", "import torch"],
                           capture_output=True, check=False).returncode == 0  # fmt: skip

# Rank 0 takes 0.25 s for each step but for the first one.
STEPS = """\
import os
print("rank", os.environ["RANK"], "of", os.environ["WORLD_SIZE"])
for step in range(int(os.environ["GRADWIRE_STEPS"])):
    seconds = 9.0 if step == 0 else 0.25
    print(f"gradwire: step={step} seconds={seconds} loss={2.0 - step / 10}")
"""


BUSY = """\
import time
kept = b"x" * (64 << 20)
end = time.monotonic() + 2.5
while time.monotonic() < end:
    pass
"""


class Command(ContainerTest):
    def setUp(self):
        super().setUp()
        self.write("steps.py", STEPS)
        self.write("s.yaml", TINY.replace("name: tiny", f"name: {self.name}"))

    def words(self, *command, mode="netns", out="r"):
        setting = ["--set", "command=" + json.dumps(command)]
        return ["run", "s.yaml", *setting, "--mode", mode, "--unverified", "--out", out]

    def run_command(self, *command, more=(), expect=0):
        return self.sim(*self.words(*command), *more, "--json", expect=expect)

    def log(self, host):
        return (self.folder / f"r/logs/point0-repeat0-{host}.log").read_text(encoding="utf-8")

    def test_its_steps_are_measured_and_exported(self):
        result = json.loads(self.run_command("/usr/bin/python3", "steps.py"))
        # 96 samples by 16 a step and 2 epochs are 12 steps; 1 of 6 that are run is the warm-up.
        self.assertAlmostEqual(result["train_seconds"], 12 * 0.25)
        self.assertEqual((result["steps_run"], result["extrapolated"]), (6, True))
        self.assertIsNone(result["weights_sha256"])
        self.assertEqual(self.log("host1").splitlines()[0], "rank 1 of 2")
        metrics = json.loads(self.sim("export", "r"))["repeats"][0]["metrics"]
        self.assertEqual(len(metrics), 2 * 6 * 3)
        self.assertEqual([metrics[-1][key] for key in ("rank", "line", "key", "value")],
                         [1, 7, "loss", "1.5"])  # fmt: skip
        self.assertRegex(self.sim(*self.words("/usr/bin/python3", "steps.py")),
                         r"loss +per step[^\n]*\n.* 1\.5 +250 ms")  # fmt: skip
        self.expect_nothing_left()

    def test_what_the_nodes_use_is_sampled(self):
        """Rank 0 computes for 2.5 s and holds 64 MB, rank 1 sleeps."""
        self.write("busy.py", BUSY)
        script = "if [ $RANK = 0 ]; then exec /usr/bin/python3 busy.py; else sleep 2.5; fi"
        self.fake_gpus()
        self.run_command("sh", "-c", script)
        samples = json.loads(self.sim("export", "r"))["repeats"][0]["resource_samples"]
        self.assertEqual([sample["rank"] for sample in samples[:4]], [0, 1, 0, 1])
        self.assertGreater(samples[3]["seconds"], 1.9)
        used = [max(s["cpu_share"] for s in samples if s["rank"] == rank) for rank in (0, 1)]
        self.assertGreater(used[0], 0.1)  # of a machine that may be busy
        self.assertLess(used[1], used[0])
        held = [max(s["memory_bytes"] for s in samples if s["rank"] == rank) for rank in (0, 1)]
        self.assertGreater(held[0], 64 << 20)
        self.assertLess(held[1], 64 << 20)
        self.assertEqual((samples[0]["gpu_share"], samples[0]["gpu_memory_bytes"]), (0.5, 3 << 20))

    def fake_gpus(self):
        """Two, of which one is busy."""
        tool = self.folder / "bin" / "nvidia-smi"
        tool.parent.mkdir()
        tool.write_text("#!/bin/sh\nprintf '100, 1\\n0, 2\\n'\n", encoding="utf-8")
        tool.chmod(0o755)
        self.environment["PATH"] = f"{tool.parent}:{self.environment['PATH']}"

    def test_in_a_container(self):
        for mode, program in [("lxc", "lxc-execute"), ("podman", "podman")]:
            with self.subTest(mode=mode):
                if not shutil.which(program):
                    self.skipTest(f"{program} is not installed")
                self.sim(*self.words("/usr/bin/python3", "steps.py", mode=mode, out=mode))
        self.expect_nothing_left()

    def test_one_that_fails_ends_the_others(self):
        script = "[ $RANK != 1 ] && exec sleep 1000; echo no gradients; exit 7"
        self.run_command("sh", "-c", script, expect=ENVIRONMENT)
        self.assertRegex(
            self.stderr.splitlines()[-1],
            r"^host1 \(rank 1\): the command ended with exit code 7: 'no gradients'; its output: "
            r"/.*/r/logs/point0-repeat0-host1.log$",
        )
        self.expect_nothing_left()

    def test_one_that_does_not_exist(self):
        self.run_command("./missing.py", expect=ENVIRONMENT)
        self.assertRegex(self.stderr.splitlines()[-1],
                         r"exit code 127: .*missing.py.*No such file or directory")  # fmt: skip

    def test_one_that_is_killed(self):
        run = self.start(SIM, *self.words("sh", "-c", f"echo $$ > {self.folder}/$RANK; sleep 1000"))
        places = [self.folder / "0", self.folder / "1"]
        while not all(place.exists() and place.read_text(encoding="utf-8") for place in places):
            self.assertIsNone(run.poll(), self.errors())
            time.sleep(0.01)
        os.kill(int(places[1].read_text(encoding="utf-8")), signal.SIGKILL)
        self.assertEqual(run.wait(timeout=60), ENVIRONMENT)
        self.assertRegex(self.errors().splitlines()[-1],
                         r"^host1 \(rank 1\): the command ended with signal 9 \(Kil")  # fmt: skip
        self.expect_nothing_left()

    def test_a_time_limit(self):
        limit = ["--set", "time_limit=300ms"]
        script = "[ $RANK = 1 ] && exec sleep 1000"
        self.run_command("sh", "-c", f"{script}; exit 0", more=limit, expect=ENVIRONMENT)
        self.assertRegex(
            self.stderr.splitlines()[-1],
            r"^host1: the command has not ended within 300ms \(time_limit\); logs: /.*/r/logs$",
        )
        self.expect_nothing_left()

    def test_one_that_writes_without_end(self):
        self.run_command("yes", more=["--set", "time_limit=1s"], expect=ENVIRONMENT)
        self.assertRegex(self.stderr.splitlines()[-1],
                         r"^host0, host1: the command has not ended within 1s")  # fmt: skip
        self.expect_nothing_left()

    def test_seconds_that_cannot_be(self):
        words = "gradwire: step=0 seconds=1e18"
        self.run_command("sh", "-c", f"echo; echo {words}; sleep 1000", expect=ENVIRONMENT)
        self.assertRegex(
            self.stderr.splitlines()[-1],
            r"^host0 \(rank 0\): line 2: seconds=1e18; allowed: a number from 0 to 86400; its out",
        )
        self.expect_nothing_left()

    def test_bytes_are_counted_under_the_built_in_switch(self):
        send = "[ $RANK = 1 ] || ping -q -c 20 -i 0.01 -s 1000 10.1.0.3"
        self.sim(*self.words("sh", "-c", send), "--shaper", "builtin")
        repeat = json.loads(self.sim("export", "r"))["repeats"][0]
        self.assertEqual(repeat["links"], [])
        for node in repeat["nodes"]:
            self.assertGreaterEqual(node["bytes_sent"], 20 * 1000)
            self.assertLess(node["bytes_sent"], 40 * 1000)
        # It has lived for less than a second, and was seen before it went.
        self.assertGreater(repeat["resource_samples"][0]["memory_bytes"], 0)
        self.expect_nothing_left()

    @unittest.skipUnless(HAS_TORCH, "python3-torch is not installed")
    def test_pytorch_on_four_hosts(self):
        """Unchanged, over the shaped links: no step can be faster than they are."""
        scenario = SCENARIOS / "pytorch-ddp.yaml"
        command = ["/usr/bin/python3", "scripts/pytorch_ddp.py", "--hidden", "64"]
        some = ["--set", "measure={warmup: 1, steps: 3}", "--set", f"name={self.name}",
                "--set", "command=" + json.dumps(command)]  # fmt: skip
        output = self.sim("run", scenario, *some, "--mode", "netns", "--unverified", "--json",
                          "--out", "ddp")  # fmt: skip
        result = json.loads(output)
        self.assertEqual((result["steps_run"], result["steps_total"]), (4, 100))
        # Every host sends 2 (N - 1) / N of the gradients at 100 Mbit/s, some of it in a burst.
        parameters = 784 * 64 + 64 + 64 * 10 + 10
        self.assertGreater(result["seconds_per_step"], 0.9 * 2 * 3 / 4 * 4 * parameters * 8 / 100e6)
        self.assertGreater(result["bytes_sent"], 100 * 4 * 2 * 3 / 4 * 4 * parameters)
        self.expect_nothing_left()


if __name__ == "__main__":
    support.main()
