#!/usr/bin/python3
"""Distributed data parallelism by PyTorch: the dense network of vnx-mlp on made-up digits.

Started on every host by `sim run` or containers/launch.sh, which set what init_process_group()
reads. It knows nothing of Gradwire but the number of steps in GRADWIRE_STEPS and the lines that it
prints: `gradwire: step=... seconds=... loss=...`.
"""

import argparse
import os
import time

import torch
import torch.distributed as dist
from torch import nn


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=int(os.environ.get("GRADWIRE_STEPS", "10")))
    parser.add_argument("--batch", type=int, default=32, help="samples of each node a step")
    parser.add_argument("--hidden", type=int, nargs="*", default=[512, 256])
    return parser.parse_args()


def make_model(hidden):
    widths = [784, *hidden, 10]
    layers = []
    for width, following in zip(widths, widths[1:]):
        layers += [nn.Linear(width, following), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def main():
    arguments = parse()
    torch.set_num_threads(1)
    dist.init_process_group("gloo")
    torch.manual_seed(1)
    model = nn.parallel.DistributedDataParallel(make_model(arguments.hidden))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    torch.manual_seed(2 + dist.get_rank())
    for step in range(arguments.steps):
        samples = torch.rand(arguments.batch, 784)
        labels = torch.randint(10, (arguments.batch,))
        dist.barrier()
        started = time.monotonic()
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(samples), labels)
        loss.backward()
        optimizer.step()
        seconds = time.monotonic() - started
        print(f"gradwire: step={step} seconds={seconds:.6f} loss={loss.item():.6f}", flush=True)
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
