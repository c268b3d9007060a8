"""sim run: lines, resumption, interruption, and results that are the same every time."""

import json
import os
import pty
import re
import resource
import signal
import subprocess
import unittest

from support import ENVIRONMENT, POINTS, REAL, SIM, SWEEP, TINY, CliTest

KEYS = [
    "scenario",
    "mode",
    "point",
    "repeat",
    "train_seconds",
    "epochs",
    "loss",
    "accuracy",
    "weights_sha256",
    "bytes_sent",
    "host_distorted",
]


class Run(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)
        self.write("sweep.yaml", TINY + SWEEP)
        self.write("real.yaml", REAL)

    def test_a_table_and_where_the_results_are(self):
        output = self.sim("run", "s.yaml")
        self.assertRegex(output, r"^tiny \(virtual\)\n\nrepeats +train time +accuracy")
        self.assertEqual(
            re.sub(r"\d+(\.\d+)? ms", "TIME", self.stderr).splitlines()[-2:],
            ["tiny (virtual): [1/1] the only point: TIME", "results in results/tiny-virtual"],
        )

    def test_a_line_of_json_for_each_repeat(self):
        sweep = "sweep={network.bandwidth: [10Mbit, 1Gbit], model.hidden: [[8], [16]]}"
        output = self.sim("run", "s.yaml", "--json", "--set", "repeats=2", "--set", sweep)
        lines = [json.loads(line) for line in output.splitlines()]
        self.assertEqual(len(lines), 8)
        for line in lines:
            self.assertEqual(list(line)[: len(KEYS)], KEYS)
            self.assertEqual(line["mode"], "virtual")
            self.assertEqual(list(line["point"]), ["network.bandwidth", "model.hidden"])
            self.assertRegex(line["weights_sha256"], "^[0-9a-f]{64}$")
            self.assertFalse(line["host_distorted"])
        self.assertEqual({line["repeat"] for line in lines}, {0, 1})
        self.assertEqual(lines[0]["point"]["network.bandwidth"], "10Mbit")

    def test_swept_numbers_are_numbers(self):
        output = self.sim("run", "s.yaml", "--json", "--set", "sweep.network.nodes=[1,2,4]")
        points = [json.loads(line)["point"] for line in output.splitlines()]
        self.assertCountEqual(points, [{"network.nodes": n} for n in (1, 2, 4)])

    def test_every_form_of_set(self):
        for overrides, points in [
            (["sweep.network.nodes=[1, 2, 4]"], 3),
            (["sweep.network.nodes=[1,2,4]", "sweep.network.bandwidth=[10Mbit,1Gbit]"], 6),
            (["sweep={network.nodes: [3, 4]}"], 2),
            (["network.nodes=4"], 1),
            (["training.batch={global: 12}"], 1),
            (["strategy.kind=parameter-server", "strategy.server=dedicated"], 1),
            (["model.hidden=[]"], 1),
            (["network.hosts=[{}, {bandwidth: 1Mbit}]"], 1),
        ]:
            with self.subTest(overrides=overrides):
                flags = [flag for override in overrides for flag in ("--set", override)]
                counted = "1 point, 1 repeat" if points == 1 else f"{points} points, 1 repeat each"
                self.assertEqual(self.sim("check", *flags, "s.yaml"), f"s.yaml: ok: {counted}\n")

    def test_a_setting_before_the_scenario(self):
        first = self.sim("run", "--set", "network.nodes=3", "s.yaml", "--out", "a", "--json")
        self.assertEqual(
            self.sim("run", "s.yaml", "--out", "b", "--json", "--set=network.nodes=3"), first
        )

    def test_two_runs_are_the_same(self):
        self.sim("run", "sweep.yaml", "--out", "a")
        self.sim("run", "sweep.yaml", "--out", "b", "--jobs", "2")
        self.assertEqual(self.sim("export", "a"), self.sim("export", "b"))
        again = [self.sim("run", "sweep.yaml", "--out", folder) for folder in ("a", "b")]
        self.assertEqual(again[0], again[1])

    def test_progress_is_a_line_for_each_repeat(self):
        self.sim("run", "sweep.yaml", "--json")
        lines = [line for line in self.stderr.splitlines() if line.startswith("tiny (virtual): [")]
        self.assertEqual(len(lines), POINTS)
        for number, line in enumerate(lines, 1):
            self.assertRegex(
                line,
                rf"^tiny \(virtual\): \[{number}/{POINTS}\] network.nodes=\d, "
                r"network.bandwidth=\w+: [\d.]+ m?s$",
            )

    def test_a_long_table_is_cut(self):
        rates = ",".join(f"{rate}Mbit" for rate in range(1, 211))
        sweep = f"sweep.network.bandwidth=[{rates}]"
        output = self.sim("run", "s.yaml", "--set", "arithmetic=off", "--set", sweep, "--out", "r")
        self.assertEqual(
            output.splitlines()[-1],
            "the first 200 of 210 points; all of them: sim export r --format csv",
        )
        self.assertEqual(len([line for line in output.splitlines() if " 1/1 " in line]), 200)

    def test_real_sockets(self):
        output = self.sim("run", "real.yaml", "--mode", "local", "--json")
        line = json.loads(output)
        self.assertEqual(line["mode"], "local")
        self.assertTrue(line["extrapolated"])
        self.assertEqual(line["steps_total"], 12)
        self.assertIn("results in results/tiny-local", self.stderr)


class OpenFiles(CliTest):
    """Twelve nodes need 12 x 12 sockets in local mode."""

    COMMAND = ("run", "s.yaml", "--mode", "local", "--set", "network.nodes=12")

    def setUp(self):
        super().setUp()
        self.write("s.yaml", REAL.replace("100Mbit", "1Gbit"))
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, before)
        self.allowed = before[1]

    def test_the_program_helps_itself(self):
        resource.setrlimit(resource.RLIMIT_NOFILE, (100, self.allowed))
        self.sim(*self.COMMAND)

    def run_with_100_files(self, *arguments):
        done = subprocess.run(
            ["/usr/bin/prlimit", "--nofile=100:100", SIM, *self.COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        self.assertEqual(done.returncode, ENVIRONMENT)
        return done.stderr.splitlines()

    def test_the_limit_is_named(self):
        message = (
            "local mode needs 208 open files for 12 nodes, and 100 are allowed (ulimit -n): "
            "Too many open files"
        )
        self.assertEqual(self.run_with_100_files(), [message])
        # The first error ends a sweep, and what is finished stays.
        lines = self.run_with_100_files("--set", "sweep.network.nodes=[2, 12, 3]", "--out", "r")
        self.assertEqual(lines[-1], message)
        self.assertEqual(
            lines[-2],
            "tiny (local): interrupted; 1 of 3 repeats finished and kept in r: the same command "
            "goes on",
        )
        self.assertEqual(len(json.loads(self.sim("export", "r"))["repeats"]), 1)


class Resumption(CliTest):
    def setUp(self):
        super().setUp()
        self.write("sweep.yaml", TINY + SWEEP)
        self.sim("run", "sweep.yaml", "--out", "undisturbed")

    def finish(self):
        """Runs the rest; returns how many repeats that were."""
        lines = self.sim("run", "sweep.yaml", "--out", "r", "--json").splitlines()
        before = re.search(rf"^tiny \(virtual\): (\d+) of {POINTS} repeats", self.stderr, re.M)
        self.assertEqual(int(before[1]) + len(lines), POINTS)
        self.assertEqual(self.sim("export", "r"), self.sim("export", "undisturbed"))
        return len(lines)

    def test_after_a_kill(self):
        first = self.start("run", "sweep.yaml", "--out", "r")
        self.wait_for(first, f"[7/{POINTS}]")
        first.kill()
        first.wait()
        missing = self.finish()
        self.assertLessEqual(missing, POINTS - 7)
        self.assertGreater(missing, 0)
        self.assertEqual(self.sim("run", "sweep.yaml", "--out", "r", "--json"), "")

    def test_after_a_kill_in_the_middle_of_a_repeat(self):
        # 3600 steps: long enough to be killed after the first of 180 checkpoints.
        self.write("long.yaml", TINY)
        change = ["--set", "training.epochs=600", "--set", "training.checkpoint=20"]
        self.sim("run", "long.yaml", *change, "--out", "whole")
        run = self.start("run", "long.yaml", *change, "--out", "r")
        kept = self.folder / "r" / "checkpoints" / "point-0-repeat-0.checkpoint"
        self.kill_after(run, kept)
        damaged = bytearray(kept.read_bytes())
        whole = bytes(damaged)
        damaged[100] ^= 1
        kept.write_bytes(damaged)
        self.assertIn("checkpoint: offset", self.refused("run", "long.yaml", *change, "--out", "r"))
        kept.write_bytes(whole)
        self.sim("run", "long.yaml", *change, "--out", "r")
        self.assertEqual(self.sim("export", "r"), self.sim("export", "whole"))
        self.assertFalse(kept.exists())

    def test_after_a_kill_in_the_middle_of_a_real_repeat(self):
        self.write("long.yaml", TINY.replace("nodes: {step_time: 1ms}\n", "measure: all\n"))
        change = ["--set", "training.epochs=100", "--set", "training.checkpoint=20"]
        expected = json.loads(self.sim("run", "long.yaml", *change, "--json"))
        run = self.start("run", "long.yaml", *change, "--mode", "local", "--out", "r")
        kept = self.folder / "r" / "checkpoints" / "point-0-repeat-0.checkpoint"
        self.kill_after(run, kept)
        before = kept.read_bytes()
        output = self.sim("run", "long.yaml", *change, "--mode", "local", "--out", "r", "--json")
        self.assertFalse(kept.exists())
        self.assertGreater(len(before), 0)
        resumed = json.loads(output)
        for key in ("weights_sha256", "bytes_sent", "accuracy", "steps_run", "epochs"):
            self.assertEqual(resumed[key], expected[key], key)
        self.assertAlmostEqual(resumed["loss"], expected["loss"], places=12)
        repeat = json.loads(self.sim("export", "r"))["repeats"][0]
        self.assertEqual(len(repeat["epoch_results"]), 100)
        # Everything that was sent went through a link, before the kill or after it.
        carried = sum(link["bytes"] for link in repeat["links"])
        self.assertGreater(carried, 2 * resumed["bytes_sent"])
        self.assertLess(carried, 2.5 * resumed["bytes_sent"])

    def test_after_an_interruption(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                run = self.start("run", "sweep.yaml", "--out", "r")
                self.wait_for(run, "] network.nodes")
                run.send_signal(number)
                _, stderr = run.communicate()
                self.assertEqual(run.returncode, -number)  # a shell sees 128 + number
                self.assertRegex(
                    stderr.splitlines()[-1],
                    rf"^tiny \(virtual\): interrupted; \d+ of {POINTS} repeats finished and kept "
                    "in r: the same command goes on$",
                )
        self.assertGreater(self.finish(), 0)

    def test_an_ignored_signal_stays_ignored(self):
        run = self.start("run", "sweep.yaml", "--out", "r", ignored=[signal.SIGINT])
        self.wait_for(run, f"[1/{POINTS}]")
        run.send_signal(signal.SIGINT)
        run.communicate()
        self.assertEqual(run.returncode, 0)


class Terminal(CliTest):
    """Standard error is a terminal: a bar, which leaves nothing behind."""

    def run_on_terminal(self, *arguments, until=None):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [SIM, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
        )
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if until and until in shown:
                process.terminate()
                until = None
        os.close(ours)
        return process.wait(), shown.decode().replace("\r\n", "\n")

    def test_a_bar(self):
        self.write("sweep.yaml", TINY + SWEEP)
        code, shown = self.run_on_terminal("run", "sweep.yaml")
        self.assertEqual(code, 0)
        self.assertIn(f"tiny (virtual) [{'.' * 30}] 0/{POINTS}", shown)
        self.assertIn(f"tiny (virtual) [{'#' * 30}] {POINTS}/{POINTS}", shown)
        self.assertRegex(shown, r"20/40, about [\d.]+ m?s left")
        self.assertTrue(shown.endswith("\r\033[Kresults in results/tiny-virtual\n"), shown[-200:])

    def test_an_interruption_clears_the_bar(self):
        self.write("sweep.yaml", TINY + SWEEP)
        code, shown = self.run_on_terminal("run", "sweep.yaml", until=b" 2/40")
        self.assertEqual(code, -signal.SIGTERM)
        last = shown.rsplit("\r\033[K", 1)[1]
        self.assertRegex(last, r"^tiny \(virtual\): interrupted; \d+ of 40 repeats finished.*\n$")


if __name__ == "__main__":
    unittest.main()
