"""check, show, compare, calibrate, export, and help."""

import json
import pathlib
import shutil
import subprocess
import unittest

from support import BAD_INPUT, ENVIRONMENT, REAL, SCENARIOS, SIM, SWEEP, TINY, CliTest


class Help(CliTest):
    def test_fits_a_terminal(self):
        commands = "run check show compare calibrate export fetch links caption".split()
        for command in [[]] + [[name] for name in commands]:
            text = self.sim(*command, "--help")
            self.assertIn("Exit codes: 0 done, 2 bad input, 3 the environment", text)
            for line in text.splitlines():
                if not line.strip().startswith("[default: /"):  # a path of this machine
                    self.assertLessEqual(len(line), 100, line)
        for name in commands:
            self.assertIn(f"\n  {name} ", self.sim("--help"))

    def test_version(self):
        self.assertRegex(self.sim("--version"), r"^sim \d+\.\d+\.\d+ \(.+\)\n$")


class Check(CliTest):
    def test_counts(self):
        self.write("s.yaml", TINY)
        self.write("sweep.yaml", TINY + SWEEP + "repeats: 3\n")
        self.assertEqual(
            self.sim("check", "s.yaml", "sweep.yaml"),
            "s.yaml: ok: 1 point, 1 repeat\nsweep.yaml: ok: 40 points, 3 repeats each\n",
        )

    def test_schema_is_the_one_in_scenarios(self):
        expected = (SCENARIOS / "schema.json").read_text(encoding="utf-8")
        self.assertEqual(self.sim("check", "--schema"), expected)

    def test_keys(self):
        self.assertIn("\n| `network.bandwidth` | a rate", self.sim("check", "--keys"))


class Show(CliTest):
    def test_points_and_what_they_cost(self):
        self.write("s.yaml", REAL)
        output = self.sim("show", "s.yaml", "--set", "sweep.network.nodes=[1,2]")
        lines = output.splitlines()
        self.assertEqual(lines[0], "tiny")
        self.assertEqual(
            lines[2].split(), "network.nodes gradients steps per step training local mode".split()
        )
        self.assertEqual(lines[4].split()[:3], ["1", "50.9", "kB"])  # 12 730 x 4 bytes
        self.assertEqual(lines[4].split()[3], "24")  # 2 epochs of 96 / 8 steps
        self.assertEqual(
            lines[-2],
            "2 points, 1 repeat each; times are predicted with the calibration of this machine",
        )
        self.assertRegex(lines[-1], "^--mode local takes about [0-9.]+ m?s for all of it$")
        self.assertFalse((self.folder / "results").exists())

    def test_by_features_sums_of_the_first_layer(self):
        self.write("s.yaml", TINY)
        output = self.sim("show", "s.yaml", "--set", "data.partition.kind=features")
        lines = output.splitlines()
        self.assertIn(" summed ", lines[2])
        self.assertIn(" 512 B ", lines[4])  # 8 samples x 16 sums x 4 bytes

    def test_says_when_local_mode_refuses(self):
        self.write("s.yaml", TINY)
        output = self.sim("show", "s.yaml")
        self.assertNotIn("local mode\n", output)
        self.assertRegex(
            output.splitlines()[-1], "^--mode local does not run this: s.yaml:7: nodes.step_time"
        )

    def test_is_at_most_100_columns_wide(self):
        for name in ("vnx-mlp.yaml", "actors-mlp.yaml", "quickstart.yaml"):
            output = self.sim("show", SCENARIOS / name, "--set", "nodes.step_time=1ms")
            for line in output.splitlines():
                if not line.startswith("--mode local does not run this"):
                    self.assertLessEqual(len(line), 100, line)

    def test_a_command_is_predicted_and_not_run_locally(self):
        output = self.sim("show", SCENARIOS / "pytorch-ddp.yaml")
        self.assertIn("--mode local does not run this: ", output)
        self.assertIn("command: local mode has no hosts to run it on", output)
        self.assertNotIn("local mode\n", output)
        self.write("s.yaml", TINY)
        self.sim("show", "s.yaml", "--set", "command=[true]", expect=BAD_INPUT)
        self.assertIn("command: virtual mode has no hosts to run it on", self.stderr)

    def test_a_long_list_is_cut(self):
        self.write("s.yaml", TINY)
        rates = ", ".join(f"{rate}Mbit" for rate in range(1, 206))
        output = self.sim("show", "s.yaml", "--set", f"sweep.network.bandwidth=[{rates}]")
        self.assertIn("205 points, 1 repeat each", output)
        self.assertIn("the first 200 points are listed\n", output)
        self.assertIn("     200Mbit  ", output)
        self.assertNotIn("     201Mbit  ", output)

    def test_the_resolved_scenario_is_a_scenario(self):
        self.write("s.yaml", TINY + SWEEP)
        resolved = self.sim("show", "s.yaml", "--resolved")
        self.write("resolved.yaml", resolved)
        self.assertEqual(self.sim("show", "resolved.yaml", "--resolved"), resolved)


class Compare(CliTest):
    def test_prediction_and_measurement(self):
        self.write("s.yaml", REAL)
        sweep = ("--set", "sweep.network.nodes=[1,2]", "--out", "c")
        output = self.sim("compare", "s.yaml", *sweep)
        self.assertRegex(output, r"^network.nodes +virtual +local +difference +weights\n")
        self.assertEqual(output.count("same at step"), 2, output)
        self.assertRegex(output, "difference of virtual against local: median .* %, worst .* %\n")
        self.assertIn("cores in both modes\n", self.stderr)
        again = self.sim("compare", "s.yaml", *sweep, "--json")
        lines = [json.loads(line) for line in again.splitlines()]
        self.assertIn("(local): 2 of 2 repeats are finished already", self.stderr)
        self.assertEqual([line["point"]["network.nodes"] for line in lines], [1, 2])
        for line in lines:
            self.assertTrue(line["same_weights"])
            expected = line["virtual_seconds"] / line["local_seconds"] - 1
            self.assertAlmostEqual(line["difference"], expected, places=12)
        for mode in ("virtual", "local"):
            self.assertEqual(json.loads(self.sim("export", f"c/{mode}"))["mode"], mode)


class Calibrate(CliTest):
    def test_measures_once(self):
        self.write("s.yaml", REAL)
        file = self.folder / "cache" / "gradwire" / "calibration.json"
        output = self.sim("calibrate", "s.yaml")
        self.assertRegex(output, r"^ +model +optimizer +batch +gradients +update +samples/s\n")
        self.assertRegex(output, r"\n *mlp 784-16-10 relu cross-entropy +sgd +8 ")
        self.assertRegex(output, r"\narriving gradients are summed at [0-9.]+ GB/s\n$")
        kept = file.read_bytes()
        self.assertEqual(self.sim("calibrate", "s.yaml"), output)
        self.sim("run", "s.yaml")
        self.assertNotIn("calibrating", self.stderr)
        self.assertEqual(file.read_bytes(), kept)
        self.sim("calibrate", "s.yaml", "--again")
        self.assertNotEqual(file.read_bytes(), kept)
        # Results of another calibration are other results.
        self.assertIn("the calibration differs", self.refused("run", "s.yaml"))

    def test_a_scenario_that_gives_its_costs(self):
        self.write("s.yaml", TINY)
        self.assertRegex(self.sim("calibrate", "s.yaml"), "^arriving gradients are summed at .*\n$")


class Export(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", TINY)
        self.sim("run", "s.yaml", "--out", "r")

    def test_json(self):
        text = self.sim("export", "r")
        self.assertEqual(json.loads(text)["scenario"], "tiny")
        self.assertEqual(self.sim("export", "r/results.sqlite"), text)
        self.assertEqual(self.sim("export", "r", "--to", "r.json"), "")
        self.assertEqual((self.folder / "r.json").read_text(encoding="utf-8"), text)

    def test_csv(self):
        tables = ["confusion", "epoch_scores", "epochs", "link_checks", "links", "metrics",
                  "network_settings", "node_times", "repeats", "resource_samples",
                  "weights"]  # fmt: skip
        expected = [f"{table}.csv" for table in tables]
        self.sim("export", "r", "--format", "csv", "--to", "tables")
        self.assertEqual(sorted(p.name for p in (self.folder / "tables").iterdir()), expected)
        self.sim("export", "r", "--format", "csv")
        self.assertEqual(sorted(p.name for p in (self.folder / "r" / "csv").iterdir()), expected)
        shutil.rmtree(self.folder / "r" / "csv")
        self.sim("export", "r/results.sqlite", "--format", "csv")
        self.assertEqual(sorted(p.name for p in (self.folder / "r" / "csv").iterdir()), expected)

    def test_what_cannot_be_written(self):
        message = self.refused("export", "r", "--to", "none/r.json", expect=ENVIRONMENT)
        self.assertIn("none/r.json: cannot write", message)
        with pathlib.Path("/dev/full").open("w", encoding="utf-8") as full:
            done = subprocess.run(
                [SIM, "export", "r"],
                cwd=self.folder,
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
                check=False,
            )
        self.assertEqual(done.returncode, ENVIRONMENT)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
