"""Runs the real program in a folder of its own, for the tests of the command line."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest

SIM = os.environ["GRADWIRE_SIM"]
SCENARIOS = pathlib.Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "scenarios"

DONE, BAD_INPUT, ENVIRONMENT = 0, 2, 3

# Milliseconds of training, and a cost that need not be measured.
TINY = """\
gradwire: 1
name: tiny
model: {hidden: [16]}
data: {kind: digits, train: 96, test: 50}
training: {batch: {per_node: 8}, epochs: 2}
network: {nodes: 2, bandwidth: 100Mbit}
nodes: {step_time: 1ms}
"""

# The same for real sockets.
REAL = TINY.replace("nodes: {step_time: 1ms}\n", "measure: {warmup: 1, steps: 5}\n")

SWEEP = """\
sweep:
  network.nodes: [2, 3, 4, 5]
  network.bandwidth: [1Mbit, 2Mbit, 5Mbit, 10Mbit, 20Mbit, 50Mbit, 100Mbit, 1Gbit, 2Gbit, 5Gbit]
"""
POINTS = 40


class CliTest(unittest.TestCase):
    """Every test has a folder, which its commands run in and keep their calibration in."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {
            **os.environ,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "no_proxy": "127.0.0.1",
        }

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")
        return name

    def sim(self, *arguments, expect=DONE):
        """What the command printed to standard output; its errors are in self.stderr."""
        return self.command(SIM, *arguments, expect=expect)

    def command(self, *words, expect=DONE):
        """The same of any program."""
        done = subprocess.run(
            list(map(str, words)),
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        self.stderr = done.stderr
        self.assertEqual(done.returncode, expect, f"{words}: {done.stderr}")
        return done.stdout

    def start(self, *arguments, ignored=()):
        """The same without waiting, SIGINT having its default meaning unless ignored."""

        def set_signals():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

        process = subprocess.Popen(
            [SIM, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=set_signals,
        )
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def wait_for(self, process, text):
        """Reads standard error up to the first line with this text; returns that line."""
        for line in process.stderr:
            if text in line:
                return line
        self.fail(f"the program ended without '{text}'")

    def kill_after(self, process, file):
        """Ends a program with SIGKILL as soon as this file is there."""
        deadline = time.monotonic() + 60
        while not file.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        self.assertTrue(file.exists(), "it is not there, or too late for a kill")
        process.kill()
        process.wait()

    def refused(self, *arguments, expect=BAD_INPUT):
        """The one line that a command is refused with; nothing else happens."""
        before = self.files()
        self.assertEqual(self.sim(*arguments, expect=expect), "")
        lines = self.stderr.splitlines()
        self.assertEqual(len(lines), 1, self.stderr)
        self.assertEqual(self.files(), before, "a refused command has left something behind")
        return lines[0]

    def files(self):
        return sorted(self.folder.rglob("*"))
