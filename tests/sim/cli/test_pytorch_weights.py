"""Weights of PyTorch: with them, a network makes of pictures what it makes there."""

import json
import sys
import unittest

try:
    import torch
except ImportError:
    print("skipped: no PyTorch (python3-torch)")
    sys.exit(77)

from support import CliTest
from test_weights import STANDING, read_safetensors, write_safetensors

# Of a convolution, a block, a pool and dense layers; its dense layers see what PyTorch flattens.
LAYERS = """\
gradwire: 1
name: pytorch
model:
  kind: layers
  layers: [{conv: 6, stride: 2}, relu, {residual: [{conv: 4}, tanh, {conv: 6}]}, {avg-pool: 2},
           flatten, {dense: 12}, leaky-relu]
  weights: {file: w.safetensors}
data: {kind: cifar10, path: data}
training: {batch: {per_node: 8}, epochs: 1, weights: kept}
network: {nodes: 1, bandwidth: 1Gbit}
nodes: {step_time: 1ms}
"""

# Of the pixels of CIFAR-10, as in trainer/data/cifar10.hpp.
MEAN = (0.4914, 0.4822, 0.4465)
DEVIATION = (0.2470, 0.2435, 0.2616)


class Residual(torch.nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


def network():
    nn = torch.nn
    return nn.Sequential(
        nn.Conv2d(3, 6, 3, stride=2, padding=1),
        nn.ReLU(),
        Residual(nn.Conv2d(6, 4, 3, padding=1), nn.Tanh(), nn.Conv2d(4, 6, 3, padding=1)),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(6 * 8 * 8, 12),
        nn.LeakyReLU(0.01),
        nn.Linear(12, 10),
    )


class PyTorch(CliTest):
    def test_gives_its_loss_and_its_accuracy(self):
        torch.manual_seed(1)
        model = network()
        tensors = {
            name: ("F32", list(tensor.shape), tensor.flatten().tolist())
            for name, tensor in model.state_dict().items()
        }
        write_safetensors(self.folder / "w.safetensors", tensors)
        labels = torch.randint(0, 10, (40,), dtype=torch.uint8)
        pixels = torch.randint(0, 256, (40, 3, 32, 32), dtype=torch.uint8)
        (self.folder / "data").mkdir()
        for name, part in (("data_batch_1.bin", slice(24)), ("test_batch.bin", slice(24, 40))):
            whole = torch.cat([labels[part].reshape(-1, 1), pixels[part].flatten(1)], dim=1)
            (self.folder / "data" / name).write_bytes(bytes(whole.flatten().tolist()))
        self.write("s.yaml", LAYERS)
        self.sim("run", "s.yaml", "--out", "results", *STANDING)
        result = json.loads(self.sim("export", "results"))["repeats"][0]

        scale = [torch.tensor(values).reshape(1, 3, 1, 1) for values in (MEAN, DEVIATION)]
        with torch.no_grad():
            outputs = model((pixels / 255 - scale[0]) / scale[1])
        loss = torch.nn.functional.cross_entropy(outputs[:24], labels[:24].long())
        self.assertAlmostEqual(result["loss"], float(loss), delta=1e-5 * float(loss))
        right = (outputs[24:].argmax(1) == labels[24:]).float().mean()
        self.assertAlmostEqual(result["accuracy"], float(right), delta=1e-6)
        # What stood still comes out as it went in.
        self.sim("export", "results", "--format", "safetensors", "--to", "out.safetensors")
        out = read_safetensors(self.folder / "out.safetensors")
        for name, (_, _, values) in tensors.items():
            self.assertEqual(list(out[name][2]), values)


if __name__ == "__main__":
    unittest.main()
