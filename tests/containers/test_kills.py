"""Killed at any moment: up.sh, the runner, a worker. Nothing of the run is left, and another
network stays as it is. GRADWIRE_TEST_KILLS says how often, GRADWIRE_TEST_SEED when."""

import os
import random
import shutil
import signal
import time

import support
from support import CONTAINERS, ENDLESS, SIM, ContainerTest

SEED = int(os.environ.get("GRADWIRE_TEST_SEED", "1"))
KILLS = int(os.environ.get("GRADWIRE_TEST_KILLS", "12"))

# (backend, switch) that this machine has.
KINDS = [("netns", "bridge")]
for tool, kind in [("ovs-vswitchd", ("netns", "ovs")), ("lxc-execute", ("lxc", "bridge")),
                   ("podman", ("podman", "bridge"))]:  # fmt: skip
    if shutil.which(tool):
        KINDS.append(kind)

# How long it takes, about, until hosts are there.
BUILD_SECONDS = 1.0


class Kills(ContainerTest):
    def test_at_any_moment(self):
        print(f"seed {SEED}, {KILLS} kills")
        draw = random.Random(SEED)
        bystander = f"stays-{os.getpid()}"
        self.script("up.sh", "s.yaml", "--run", bystander)
        self.addCleanup(self.script, "down.sh", bystander)
        victims = [self.kill_builder, self.kill_runner, self.kill_worker]
        for i in range(KILLS):
            # 4 and 3 have no factor in common: all pairs come.
            (backend, switch), victim = KINDS[i % len(KINDS)], victims[i % len(victims)]
            with self.subTest(i=i, backend=backend, switch=switch, victim=victim.__name__):
                victim(draw, backend, switch)
                self.expect_nothing_left(patience=30)
        self.script("exec.sh", "--run", bystander, "host0", "ping", "-qc1", "-W2", "10.1.0.3")

    def kill_builder(self, draw, backend, switch):
        options = ["--backend", backend, "--switch", switch]
        builder = self.start(CONTAINERS / "up.sh", "s.yaml", *options)
        time.sleep(draw.uniform(0.0, BUILD_SECONDS))
        builder.send_signal(draw.choice([signal.SIGKILL, signal.SIGTERM]))
        if builder.wait() == 0:  # it was faster
            self.script("down.sh", self.name)

    def start_run(self, backend, switch):
        return self.start(SIM, "run", "s.yaml", "--mode", backend, "--switch", switch, *ENDLESS)

    def kill_runner(self, draw, backend, switch):
        run = self.start_run(backend, switch)
        time.sleep(draw.uniform(0.0, 2.0 * BUILD_SECONDS))
        run.kill()
        run.wait()

    def kill_worker(self, draw, backend, switch):
        run = self.start_run(backend, switch)
        while not self.processes_of(run):
            self.assertIsNone(run.poll(), self.errors())
            time.sleep(0.01)
        time.sleep(draw.uniform(0.0, 0.5))
        os.kill(draw.choice(list(self.processes_of(run).values())), signal.SIGKILL)
        self.assertEqual(run.wait(timeout=60), support.ENVIRONMENT)
        self.assertRegex(self.errors().splitlines()[-1], r"ended by signal 9 \(Killed\)")


if __name__ == "__main__":
    support.main()
