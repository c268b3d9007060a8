#!/usr/bin/python3
"""scenarios/schema.json accepts every scenario of the project and refuses bad ones."""

import copy
import json
import os
import pathlib
import unittest

import jsonschema
import yaml

SCENARIOS = pathlib.Path(os.environ["GRADWIRE_SOURCE_DIR"]) / "scenarios"
SHORTEST = {
    "gradwire": 1,
    "name": "test",
    "network": {"nodes": 2, "bandwidth": "10Mbit"},
}


def changed(path, value):
    """SHORTEST with the key at this path set, or removed where the value is None."""
    scenario = copy.deepcopy(SHORTEST)
    *sections, last = path.split("/")
    place = scenario
    for section in sections:
        place = place.setdefault(section, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return scenario


GOOD = [
    ("network", {"hosts": [{"bandwidth": "1Gbit"}, {"latency": "1ms", "bandwidth": "1Mbps"}]}),
    ("network/loss", "0.5%"),
    ("network/latency", "1.5 min"),
    ("network/bandwidth", "10Mbit/s"),
    ("network/events", [{"do": "flap", "every": "2s", "for": "1s", "host": ["host0", "host1"]}]),
    ("network/traces", [{"link": "host0-switch", "file": "a.csv", "loop": True}]),
    ("network/background", [{"kind": "poisson", "from": "a", "to": "b", "size": ["1kB", "2MiB"]}]),
    ("training/epoch", "pass"),
    ("training/epoch", {"steps": 10}),
    ("training/batch", {"global": 64}),
    ("measure", "all"),
    ("measure", {"warmup": 0, "at_most": "1min"}),
    ("nodes/speed", 0.5),
    ("nodes/speed", [1, 0.5]),
    ("nodes/flops", "50Gflops"),
    ("sweep", {"network.nodes": [1, 2], "model.hidden": [[64], [64, 32]]}),
    ("sweep", {"training.epoch": ["pass", {"steps": 3}]}),
]

BAD = [
    ("gradwire", 2),
    ("gradwire", None),
    ("name", "My scenario"),
    ("network", None),
    ("network/nodes", None),
    ("network/nodes", 0),
    ("network/nodes", 2.5),
    ("network/nodes", "2"),
    ("network/bandwidth", 100),
    ("network/bandwidth", "100MB"),
    ("network/latency", "-1ms"),
    ("network/loss", 0.01),
    ("network/hosts", []),
    ("network/hosts", [{"speed": 1}]),
    ("network/events", [{"at": "1s", "host": "host0"}]),
    ("network/traces", [{"file": "a.csv", "loop": "yes"}]),
    ("network/background", [{"kind": "bursty", "from": "a", "to": "b"}]),
    ("netwrok", {}),
    ("model", "mlp"),
    ("model/hidden", [0]),
    ("training/batch", {"per_node": 32, "global": 64}),
    ("training/epoch", "once"),
    ("training/optimizer/momentum", 1),
    ("training/optimizer/rate", 0),
    ("nodes", {"step_time": "1ms", "flops": "1Gflops"}),
    ("measure", "some"),
    ("sweep", {"network.nodes": []}),
    ("sweep", {"network.node": [1]}),
    ("sweep", {"network.nodes": [1, 1]}),
    ("sweep", {"network.bandwidth": ["10Mbit", "10"]}),
    ("sweep", {"repeats": [1]}),
]


class Schema(unittest.TestCase):
    def setUp(self):
        self.schema = json.loads((SCENARIOS / "schema.json").read_text())
        self.validator = jsonschema.Draft7Validator(self.schema)

    def test_is_a_schema(self):
        jsonschema.Draft7Validator.check_schema(self.schema)

    def test_accepts_every_scenario(self):
        files = sorted(SCENARIOS.glob("*.yaml"))
        self.assertGreaterEqual(len(files), 7)
        for file in files:
            with self.subTest(file=file.name):
                self.validator.validate(yaml.safe_load(file.read_text()))

    def test_accepts_good_values(self):
        self.validator.validate(SHORTEST)
        for path, value in GOOD:
            with self.subTest(path=path, value=value):
                self.validator.validate(changed(path, value))

    def test_a_swept_key_need_not_be_given_elsewhere(self):
        scenario = changed("network/nodes", None)
        scenario["sweep"] = {"network.nodes": [1, 2]}
        self.validator.validate(scenario)

    def test_refuses_bad_values(self):
        for path, value in BAD:
            with self.subTest(path=path, value=value):
                self.assertFalse(self.validator.is_valid(changed(path, value)))


if __name__ == "__main__":
    unittest.main()
