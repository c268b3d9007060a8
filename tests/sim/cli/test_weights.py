"""Weights out and in: trained weights for other programs, and a training that starts from some."""

import json
import struct
import unittest

from support import CliTest

# Weights that are kept, and a rate so small that 32-bit weights stay as they are.
TRAINED = """\
gradwire: 1
name: weights
model: {kind: layers, layers: [{conv: 4}, relu, {max-pool: 2}, flatten, {dense: 8}, relu]}
data: {kind: shapes, train: 64, test: 20}
training: {batch: {per_node: 16}, epochs: 1, weights: kept, optimizer: {kind: sgd, rate: 0.05}}
network: {nodes: 2, bandwidth: 100Mbit}
nodes: {step_time: 1ms}
"""
STANDING = ["--set", "training.optimizer.rate=1e-30"]


def read_safetensors(path):
    """Names, shapes and floats, by the documentation of the format."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    values = data[8 + length :]
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        floats = struct.unpack(f"<{(end - begin) // 4}f", values[begin:end])
        tensors[name] = (entry["dtype"], entry["shape"], floats)
    return tensors


def write_safetensors(path, tensors):
    header, values = {}, b""
    for name, (dtype, shape, floats) in tensors.items():
        begin = len(values)
        values += struct.pack(f"<{len(floats)}f", *floats)
        entry = {"dtype": dtype, "shape": shape, "data_offsets": [begin, len(values)]}
        header[name] = entry
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + values)


# A first layer that two nodes share, 1536 of its 3072 inputs each.
SPLIT = (
    TRAINED.replace("{conv: 4}, relu, {max-pool: 2}, flatten, ", "flatten, ")
    .replace("test: 20}", "test: 20, partition: {kind: features}}")
)


class Weights(CliTest):
    def run_it(self, *flags, out="results", text=TRAINED):
        self.write("s.yaml", text)
        self.sim("run", "s.yaml", "--out", out, *flags)
        return json.loads(self.sim("export", out))["repeats"][0]["weights_sha256"]

    def test_of_a_split_layer_come_out_whole(self):
        self.run_it(text=SPLIT)
        trained = json.loads(self.sim("export", "results"))["repeats"][0]
        self.sim("export", "results", "--format", "safetensors", "--to", "w.safetensors")
        tensors = read_safetensors(self.folder / "w.safetensors")
        self.assertEqual(tensors["1.weight"][1], [8, 3072])
        flags = ["--set", "model.weights.file=w.safetensors", *STANDING]
        self.run_it(*flags, "--set", "data.partition.kind=shuffle", out="again", text=SPLIT)
        again = json.loads(self.sim("export", "again"))["repeats"][0]
        self.assertEqual(again["accuracy"], trained["accuracy"])
        self.assertGreater(again["accuracy"], 0)

    def test_come_out_as_they_are_and_go_in_again(self):
        trained = self.run_it()
        self.sim("export", "results", "--format", "safetensors", "--to", "w.safetensors")
        self.sim("export", "results/results.sqlite", "--format", "npy")
        tensors = read_safetensors(self.folder / "w.safetensors")
        self.assertEqual(
            {name: shape for name, (_, shape, _) in tensors.items()},
            {
                "0.weight": [4, 3, 3, 3],
                "0.bias": [4],
                "4.weight": [8, 4 * 16 * 16],
                "4.bias": [8],
                "6.weight": [10, 8],
                "6.bias": [10],
            },
        )
        for number, file in enumerate(["w.safetensors", "results/weights/point-0-repeat-0"]):
            flags = ["--set", f"model.weights.file={file}", *STANDING]
            self.assertEqual(self.run_it(*flags, out=f"again-{number}"), trained)
        # Other weights of the output layer only where they are drawn.
        flags += ["--set", "model.weights.output=drawn"]
        self.assertNotEqual(self.run_it(*flags, out="drawn"), trained)
        self.sim("export", "drawn", "--format", "safetensors", "--to", "drawn.safetensors")
        drawn = read_safetensors(self.folder / "drawn.safetensors")
        others = {name for name in tensors if drawn[name] != tensors[name]}
        self.assertEqual(others, {"6.weight", "6.bias"})

    def test_the_same_in_every_mode(self):
        self.run_it()
        self.sim("export", "results", "--format", "safetensors", "--to", "w.safetensors")
        flags = ["--set", "model.weights.file=w.safetensors", "--set", "measure=all"]
        predicted = self.run_it(*flags, out="predicted")
        real = TRAINED.replace("nodes: {step_time: 1ms}\n", "")
        flags += ["--mode", "local"]
        self.assertEqual(self.run_it(*flags, out="measured", text=real), predicted)

    def test_frozen_weights_come_out_and_do_not_go_in(self):
        flags = ["--set", "model={kind: edge-popup-mlp, hidden: [4]}"]
        self.run_it(*flags)
        self.sim("export", "results", "--format", "safetensors", "--to", "w.safetensors")
        tensors = read_safetensors(self.folder / "w.safetensors")
        self.assertEqual(list(tensors), ["0.weight", "0.scores", "2.weight", "2.scores"])
        self.assertIn(
            "model: weights from a file for edge-popup layers",
            self.refused("check", "s.yaml", *flags, "--set", "model.weights.file=w.safetensors"),
        )

    def test_say_what_is_wrong(self):
        self.run_it()
        self.sim("export", "results", "--format", "safetensors", "--to", "w.safetensors")
        good = read_safetensors(self.folder / "w.safetensors")
        self.write("w.yaml", TRAINED.replace("kind: layers", "kind: layers, weights: {file: f}"))

        def refusal(change):
            tensors = dict(good)
            change(tensors)
            write_safetensors(self.folder / "f", tensors)
            message = self.refused("run", "w.yaml")
            self.assertRegex(message, r"^w\.yaml:3: model\.weights\.file: .*/f: ")
            return message

        wide = ("F32", [10, 9], [0.0] * 90)
        self.assertIn("no tensor '4.bias' of [8]", refusal(lambda tensors: tensors.pop("4.bias")))
        self.assertIn(
            "tensor '6.weight' is [10, 9]; allowed: [10, 8]",
            refusal(lambda tensors: tensors.update({"6.weight": wide})),
        )
        self.assertIn(
            "a tensor 'fc', which the model does not have; allowed: 0.weight to 6.bias",
            refusal(lambda tensors: tensors.update({"fc": wide})),
        )
        self.assertIn(
            "tensor '6.bias' has a value that is not finite",
            refusal(lambda tensors: tensors.update({"6.bias": ("F32", [10], [float("nan")] * 10)})),
        )
        (self.folder / "f").write_bytes(b"no such thing")
        self.assertIn("offset 0: no safetensors: a header of", self.refused("check", "w.yaml"))
        output = "kind: layers, weights: {output: drawn}"
        self.write("o.yaml", TRAINED.replace("kind: layers", output))
        self.assertIn(
            "o.yaml:3: model.weights.output: has no meaning without a file; allowed: only with "
            "model.weights.file",
            self.refused("check", "o.yaml"),
        )
        (self.folder / "f").unlink()
        self.assertIn("cannot be opened", self.refused("check", "w.yaml"))

    def test_of_results_without_any(self):
        self.run_it("--set", "training.weights=dropped")
        self.assertIn(
            "run the scenario with training.weights: kept",
            self.refused("export", "results", "--format", "safetensors"),
        )
        self.assertIn(
            "--point and --repeat with --format csv; allowed: with safetensors or npy",
            self.refused("export", "results", "--format", "csv", "--point", "0"),
        )


if __name__ == "__main__":
    unittest.main()
