"""Every scenario of the project runs; a new one is found by being in the folder."""

import json
import struct
import unittest

from support import SCENARIOS, CliTest

# Data that cannot be generated, and what stands in for it.
NEEDS_DATA = {"captioner-flickr8k": ["--set", "data.path=flickr8k"]}

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
    def write_flickr8k(self, pictures):
        """A folder like that of Flickr8k, with grey pictures that all have the same captions."""
        (self.folder / "flickr8k").mkdir()
        names = [f"{number}.jpg" for number in range(pictures)]
        lines = "".join(f"{name}\n" for name in names)
        for part in ("train", "dev", "test"):
            self.write(f"flickr8k/Flickr_8k.{part}Images.txt", lines)
        self.write("flickr8k/images32_names.txt", lines)
        captions = [f"{name}#{n}\tA grey square .\n" for name in names for n in range(5)]
        self.write("flickr8k/Flickr8k.token.txt", "".join(captions))
        header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({pictures}, 32, 32, 3)}}\n"
        array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
        array += bytes(pictures * 32 * 32 * 3)
        (self.folder / "flickr8k" / "images32_uint8.npy").write_bytes(array)

    def test_all_of_them_run_in_virtual_time(self):
        files = sorted(SCENARIOS.glob("*.yaml"))
        self.assertGreater(len(files), 0)
        self.write_flickr8k(8)
        for file in files:
            with self.subTest(scenario=file.name):
                flags = [flag for key in SHORT for flag in ("--set", f"{key}={SHORT[key]}")]
                flags += NEEDS_DATA.get(file.stem, [])
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
