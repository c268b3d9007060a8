"""Networks of namespaces for tests, and the check that nothing of them is left."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

SIM = os.environ["GRADWIRE_SIM"]
CONTAINERS = pathlib.Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "containers"
STATE = pathlib.Path("/run/gradwire")

DONE, BAD_INPUT, ENVIRONMENT = 0, 2, 3

# What containers/ can shape without netem: no latency but the machine's own.
TINY = """\
gradwire: 1
name: tiny
model: {hidden: [16]}
data: {kind: digits, train: 96, test: 50}
training: {batch: {per_node: 8}, epochs: 2}
network: {nodes: 2, bandwidth: 100Mbit, latency: 50us}
measure: {warmup: 1, steps: 5}
"""

# So many steps that nobody sees their end.
ENDLESS = ["--set", "training.epochs=100000", "--set", "measure=all", "--unverified"]


def why_not():
    """Why this machine cannot run these tests; None if it can."""
    if os.geteuid() != 0:
        return "not root"
    probe = f"gw-test-{os.getpid()}"
    added = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    subprocess.run(["ip", "netns", "delete", probe], capture_output=True, check=False)
    return None if added.returncode == 0 else "no network namespaces"


def main():
    """As unittest.main(), but exit code 77 (skipped, for ctest) where something was not tested."""
    reason = why_not()
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    result = unittest.main(module="__main__", exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    sys.exit(77 if result.skipped else 0)


class ContainerTest(unittest.TestCase):
    """A folder, and runs whose names no other test has; nothing of them may be left."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        words = self.id().rsplit(".", 1)[-1].replace("_", "-")
        self.name = f"{words[:40]}-{os.getpid()}"
        self.addCleanup(self.take_down)
        self.environment = {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache")}
        self.write("s.yaml", TINY.replace("name: tiny", f"name: {self.name}"))

    def take_down(self):
        for run in self.left():
            if "/" not in run:
                self.script("down.sh", run)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def command(self, *arguments, expect=DONE):
        """Standard output of a command that ends with this exit code; its errors in self.stderr."""
        done = subprocess.run(
            list(map(str, arguments)),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        self.stderr = done.stderr
        self.assertEqual(done.returncode, expect, f"{arguments}: {done.stderr}")
        return done.stdout

    def script(self, name, *arguments, expect=DONE):
        return self.command(CONTAINERS / name, *arguments, expect=expect)

    def sim(self, *arguments, expect=DONE):
        return self.command(SIM, *arguments, expect=expect)

    def start(self, *command):
        """The same without waiting; its errors are in self.errors()."""
        with open(self.folder / "stderr", "w", encoding="utf-8") as errors:
            process = subprocess.Popen(
                list(map(str, command)),
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def errors(self):
        """What the command that was started last has written to standard error so far."""
        return (self.folder / "stderr").read_text(encoding="utf-8")

    def left(self):
        """What runs of this test have left: names of namespaces and state folders; places where
        something is mounted, and control groups."""
        listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True)
        found = {line.split()[0].split(":")[1] for line in listed.stdout.splitlines()
                 if line.startswith("gw:")}  # fmt: skip
        if STATE.is_dir():
            found |= {path.name for path in STATE.iterdir()}
        mounted = pathlib.Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()
        found |= {line.split()[1] for line in mounted if line.split()[1].startswith(str(STATE))}
        for folder, names, _ in os.walk("/sys/fs/cgroup"):  # passes over what vanishes meanwhile
            found |= {f"{folder}/{name}" for name in names if name.startswith("gradwire-")}
        found |= set(map(str, STATE.glob(".files-*")))
        return sorted(run for run in found if self.name in run or "/.files-" in run)

    def processes(self):
        """Command lines of processes that name this test's run."""
        lines = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if self.name in line and int(path.parent.name) != os.getpid():
                lines.append(line)
        return lines

    def processes_of(self, run):
        """Ids of the workers of a run, by rank."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().decode().split("\0")
            except (OSError, UnicodeDecodeError):
                continue
            if words[1:2] == ["worker"] and f"{self.name}-{run.pid}" in words[3]:
                found[int(words[5])] = int(path.name)
        return found

    def expect_nothing_left(self, patience=10.0):
        deadline = time.monotonic() + patience
        while (self.left() or self.processes()) and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.left(), [])
        self.assertEqual(self.processes(), [])
