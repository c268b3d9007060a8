"""Checks a training step of the experiments' models against PyTorch: with the same weights and
batch, loss and gradients must be the same. Exits with 77 where PyTorch is not installed.

usage: pytorch_check.py TRAINER_CASE [CASE ...]
"""

import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
except ImportError:
    print("skipped: no PyTorch (python3-torch)")
    sys.exit(77)

import pytorch_models

CASES = ["mlp-32", "big-mlp-8", "conv-4", "captioner-4"]
# Sums of up to some thousand products in different orders, each rounded to 2^-24 = 6e-8.
TOLERANCE = 1e-5


def read_dump(program, case):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "dump"
        subprocess.run([program, case, "--dump", file], check=True)
        return torch.frombuffer(bytearray(file.read_bytes()), dtype=torch.float32)


def inputs_of(kind, values, rows):
    values = values.reshape(rows, -1)
    if kind == "captioner":
        features = pytorch_models.Captioner.FEATURES
        return values[:, :features], values[:, features:].long()
    return values.reshape(rows, 3, 32, 32) if kind == "conv" else values


def error_of(ours, expected):
    return float((ours - expected).norm() / expected.norm())


def check(program, case):
    kind, rows = case.rsplit("-", 1)
    rows = int(rows)
    values = read_dump(program, case)
    model = pytorch_models.make(kind, channels_last=True)
    rest = values
    for module in pytorch_models.in_our_order(model):
        rest = pytorch_models.take_ours(module, rest)
    count = len(values) - len(rest)
    gradients = rest[-count:]
    loss = rest[-count - 1]
    labels = rest[-count - 1 - rows : -count - 1].long()
    inputs = inputs_of(kind, rest[: -count - 1 - rows], rows)
    expected_loss = torch.nn.CrossEntropyLoss()(model(inputs), labels)
    expected_loss.backward()
    parts = []
    for module in pytorch_models.in_our_order(model):
        parts += pytorch_models.flat(module, gradient=True)
    errors = {
        "loss": error_of(loss, expected_loss.detach()),
        "gradients": error_of(gradients, torch.cat(parts)),
    }
    text = ", ".join(f"{name} off by {error:.1e}" for name, error in errors.items())
    print(f"{case}: {count} parameters, {text} of its norm")
    return all(error < TOLERANCE for error in errors.values())


def main():
    torch.set_num_threads(1)
    results = [check(sys.argv[1], case) for case in sys.argv[2:] or CASES]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
