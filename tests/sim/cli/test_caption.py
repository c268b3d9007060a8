"""caption: what a captioner says that was trained a moment ago."""

import struct
import unittest

from support import CliTest

CAPTIONER = """\
gradwire: 1
name: talk
model: {kind: captioner, width: 8, dropout: 0}
data: {kind: scenes, train: 4, test: 3, min_count: 1}
training: {batch: {per_node: 16}, epoch: {steps: 3}, epochs: 2, weights: kept}
network: {nodes: 2, bandwidth: 100Mbit}
nodes: {step_time: 1ms}
"""


class Caption(CliTest):
    def run_it(self, *flags):
        self.write("s.yaml", CAPTIONER)
        self.sim("run", "s.yaml", *(flags if "--out" in flags else ("--out", "results", *flags)))

    def test_pictures_of_the_test_split_and_of_a_file(self):
        self.run_it()
        said = self.sim("caption", "--results", "results", "--test", "2", "--test", "0")
        lines = said.splitlines()
        self.assertEqual(len(lines), 2 * (1 + 5))
        self.assertRegex(lines[0], "^2: ")
        self.assertRegex(lines[1], "^    a [a-z]+ [a-z]+ ")  # what people said
        self.assertRegex(lines[6], "^0: ")
        again = self.sim("caption", "--results", "results", "--test", "0", "--test", "2")
        self.assertEqual(again.splitlines()[:6], lines[6:])
        header = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 32, 32, 3)}\n"
        array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
        (self.folder / "p.npy").write_bytes(array + bytes(2 * 3072))
        lines = self.sim("caption", "p.npy", "--results", "results", "--beam", "1").splitlines()
        self.assertEqual(len(lines), 2)
        self.assertEqual(lines[0], lines[1])  # two black pictures
        (self.folder / "small.npy").write_bytes(array.replace(b"(2, 32", b"(4, 16") + bytes(6144))
        self.assertRegex(
            self.refused("caption", "small.npy", "--results", "results"),
            r"^small.npy: offset 0: an array of \[4, 16, 32, 3\]; allowed: bytes of \[32, 32, 3\]",
        )

    def test_the_likeliest_captions_of_a_training_that_chooses_by_agreement(self):
        self.run_it("--out", "likely")
        agreeing = ["--set", "model.samples=20", "--set", "model.drafts=20"]
        self.run_it("--out", "agreed", *agreeing)
        asked = [flag for number in range(3) for flag in ("--test", str(number))]
        said = {
            (results, flags): self.sim("caption", "--results", results, *asked, *flags)
            for results in ("likely", "agreed")
            for flags in ((), ("--beam", "3"), ("--length-penalty", "0"))
        }
        for flags in (("--beam", "3"), ("--length-penalty", "0")):
            self.assertEqual(said["agreed", flags], said["likely", flags])
        self.assertEqual(said["likely", ("--beam", "3")], said["likely", ()])
        self.assertNotEqual(said["agreed", ()], said["likely", ()])

    def test_says_what_is_missing(self):
        self.run_it("--set", "training.weights=dropped")
        self.assertIn(
            "results: no scenario.yaml in this folder; run the scenario with training.weights: "
            "kept",
            self.refused("caption", "--results", "results", "--test", "0"),
        )
        self.run_it("--out", "kept")
        for arguments, expected in [
            (["--test", "3"], "--test 3: no such picture; allowed: 0 to 2"),
            (["--test", "0", "--point", "1"], "kept: no point 1; allowed: 0 to 0"),
            (["--test", "0", "--repeat", "1"], "kept: no weights of point 0, repeat 1"),
            ([], "no picture; allowed: either a file or --test NUMBER"),
        ]:
            self.assertIn(expected, self.refused("caption", "--results", "kept", *arguments))


if __name__ == "__main__":
    unittest.main()
