"""The counting behind the last line of test.sh, and its time limits."""

import tempfile
import time
import unittest
from pathlib import Path

import counts
import labels
import main
import process

JUNIT = """<?xml version="1.0" encoding="UTF-8"?>
<testsuite name="x" tests="6" failures="1" disabled="0" skipped="3">
  <testcase name="good" time="0.1" status="run"><system-out>fine</system-out></testcase>
  <testcase name="also.good" time="0.1" status="run"><system-out/></testcase>
  <testcase name="bad" time="0.1" status="fail">
    <failure message=""/><system-out>1 != 2</system-out></testcase>
  <testcase name="asked.to.skip" time="0" status="notrun">
    <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/><system-out>no data</system-out></testcase>
  <testcase name="exit.77" time="0" status="notrun">
    <skipped message="SKIP_RETURN_CODE=77"/><system-out/></testcase>
  <testcase name="never.built" time="0" status="notrun">
    <skipped message="Unable to find executable"/></testcase>
</testsuite>
"""


class CountsTest(unittest.TestCase):
    def read(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "junit.xml"
            file.write_text(JUNIT, encoding="utf-8")
            return counts.read_junit(file)

    def test_a_test_whose_program_is_missing_has_failed(self):
        found = self.read()
        self.assertEqual(found.passed, 2)
        self.assertEqual(
            found.failed, [("bad", "1 != 2"), ("never.built", "Unable to find executable")]
        )
        self.assertEqual([name for name, _ in found.skipped], ["asked.to.skip", "exit.77"])

    def test_require_all_turns_skipped_into_failed(self):
        found = self.read()
        found.require_all()
        self.assertEqual((found.passed, len(found.failed), len(found.skipped)), (2, 4, 0))

    def test_the_last_line(self):
        self.assertEqual(main.last_line(self.read()), "2 passed, 2 failed, 2 skipped")
        self.assertEqual(main.last_line(counts.Counts(passed=7)), "7 passed, 0 failed")


class LabelTest(unittest.TestCase):
    """One label, its output swallowed."""

    def row(self, run, minutes=1.0, require_all=False):
        label = labels.Label("x", minutes, "", run)
        with tempfile.TemporaryDirectory() as folder:
            return main.run_label(label, require_all, Path(folder), show=lambda _: None)

    def test_a_label_without_tests_has_failed(self):
        self.assertEqual(len(self.row(lambda _: counts.Counts()).counts.failed), 1)

    def test_the_table_ends_with_the_sum_of_budgets_and_times(self):
        two = [labels.Label("x", minutes, "", None) for minutes in (2, 3)]
        rows = [main.Row(label, 45, counts.Counts()) for label in two]
        self.assertRegex(main.table(rows), r"together +5 min +1:30$")

    def test_a_label_over_its_budget_is_marked(self):
        def run(runner):
            return counts.one("slow", runner.run("sleep", 1.2 * runner.seconds))

        row = self.row(run, minutes=0.5 / 60)
        self.assertEqual((row.counts.passed, row.counts.failed), (1, []))
        self.assertIn("over its budget", main.table([row]))
        self.assertNotIn("over", main.table([self.row(lambda _: counts.one("quick", True))]))

    def test_a_label_far_over_its_budget_has_failed_and_its_processes_are_gone(self):
        seen = {}

        def run(runner):
            seen["pid file"] = pid_file = runner.log.with_suffix(".pid")
            script = f"sleep 60 & echo $! > {pid_file}; wait"
            try:
                runner.run("bash", "-c", script)
            finally:
                seen["pid"] = int(pid_file.read_text(encoding="utf-8"))

        row = self.row(run, minutes=1 / 60)
        self.assertEqual(len(row.counts.failed), 1)
        self.assertIn("not done within", row.counts.failed[0][1])
        self.assertFalse(still_runs(seen["pid"]))

    def test_a_command_that_fails_says_so(self):
        with tempfile.TemporaryDirectory() as folder:
            runner = process.Runner(Path(folder), Path(folder) / "log", 60)
            self.assertTrue(runner.run("true"))
            self.assertFalse(runner.run("bash", "-c", "echo broken; exit 3"))
            self.assertTrue(runner.tail().endswith("broken"))

    def test_a_label_needs_the_build_first(self):
        chosen = main.choose(main.parse(["docs", "fast"]))
        self.assertEqual([label.name for label in chosen], ["build", "fast", "docs"])
        chosen = main.choose(main.parse(["tidy"]))
        self.assertEqual([label.name for label in chosen], ["tidy"])
        chosen = main.choose(main.parse(["--soak"]))
        self.assertEqual([label.name for label in chosen], ["build", "soak"])

    def test_all_budgets_together_are_45_minutes_at_most(self):
        self.assertLessEqual(sum(label.minutes for label in labels.LABELS), 45)


def still_runs(pid, patience=5.0):
    """Whether a process is there, and not only a zombie, after `patience` seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except FileNotFoundError:
            return False
        if state[0] == "Z":
            return False
        time.sleep(0.02)
    return True


if __name__ == "__main__":
    unittest.main()
