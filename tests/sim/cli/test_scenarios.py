"""Every scenario of the project runs; a new one is found by being in the folder."""

import json
import unittest

from support import SCENARIOS, CliTest

# A few steps of a few samples, at a given cost, whatever the scenario says.
SHORT = {
    "data.train": 2048,
    "data.test": 50,
    "training.epochs": 1,
    "training.epoch.steps": 2,
    "nodes.step_time": "1ms",
    "repeats": 1,
}


class Scenarios(CliTest):
    def test_all_of_them_run_in_virtual_time(self):
        files = sorted(SCENARIOS.glob("*.yaml"))
        self.assertGreater(len(files), 0)
        for file in files:
            with self.subTest(scenario=file.name):
                flags = [flag for key in SHORT for flag in ("--set", f"{key}={SHORT[key]}")]
                self.sim("run", file, *flags, "--jobs", "2", "--out", file.stem)
                results = json.loads(self.sim("export", file.stem))
                self.assertEqual(results["scenario"], file.stem)
                self.assertGreater(len(results["repeats"]), 0)
                for repeat in results["repeats"]:
                    self.assertEqual(repeat["steps_run"], 2)
                    self.assertGreater(repeat["train_seconds"], 0)
                    if repeat["arithmetic"] != "off":
                        self.assertRegex(repeat["weights_sha256"], "^[0-9a-f]{64}$")


if __name__ == "__main__":
    unittest.main()
