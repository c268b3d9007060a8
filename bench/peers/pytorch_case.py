"""Trains, or runs, a model in PyTorch for a while and prints how many samples a second
of processor time it took.

usage: pytorch_case.py CASE SECONDS
"""

import sys
import time

import torch

import pytorch_models


def main():
    case, rows = sys.argv[1].rsplit("-", 1)
    seconds = float(sys.argv[2])
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)
    model = pytorch_models.make(case)
    inputs, labels = pytorch_models.random_batch(case, int(rows), generator)
    loss_function = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4)

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss_function(model(inputs), labels).backward()
        optimizer.step()

    def run():
        with torch.no_grad():
            model(inputs)

    step = run if case == "vgg16-forward" else train
    for _ in range(3):
        step()
    steps = 0
    start = time.process_time()
    while time.process_time() - start < seconds:
        step()
        steps += 1
    print(steps * int(rows) / (time.process_time() - start))


if __name__ == "__main__":
    main()
