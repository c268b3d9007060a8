"""Compares training steps with PyTorch: both sides take turns, one thread each. Rates are a second
of processor time, so that what other programs take does not count.

One JSON line a comparison goes to standard output, a table to standard error.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

CASES = ["mlp-32", "mlp-128", "big-mlp-128", "conv-4", "conv-32", "captioner-32", "vgg16-forward-1"]
# PyTorch's products are OpenBLAS's, which does not know every processor of today.
SETTINGS = [{}, {"OPENBLAS_CORETYPE": "SkylakeX"}]


def output_of(command, setting):
    environment = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", **setting)
    return subprocess.run(
        command, env=environment, check=True, capture_output=True, text=True
    ).stdout


def report(case, metric, ours, peer):
    line = {"case": case, "metric": metric, "ours": round(ours, 1), "peer": round(peer, 1)}
    line["ratio"] = round(ours / peer, 3)
    print(json.dumps(line), flush=True)
    text = f"{case:18} {metric:14} {ours:12.1f} {peer:12.1f} {line['ratio']:7.2f}"
    print(text, file=sys.stderr, flush=True)


def compare(case, options):
    ours = []
    loops = []
    bare = []
    peer = {i: [] for i in range(len(SETTINGS))}
    script = pathlib.Path(__file__).with_name("pytorch_case.py")
    for _ in range(options.rounds):
        # OpenBLAS's setting is also in force for ours, which does not use it.
        own = json.loads(output_of([options.program, case, str(options.seconds)], SETTINGS[1]))
        ours.append(own["samples_per_second"])
        loops.append(own.get("gradient_samples_per_second"))
        bare.append(own.get("bare_samples_per_second"))
        for i, setting in enumerate(SETTINGS):
            command = ["/usr/bin/python3", "-B", script, case, str(options.seconds)]
            peer[i].append(float(output_of(command, setting)))
    best = max(statistics.median(values) for values in peer.values())
    report(case, "vs_pytorch", statistics.median(ours), best)
    if bare[0] is not None:
        ratio = statistics.median(own / loop for own, loop in zip(loops, bare))
        report(case, "vs_bare_loop", ratio * statistics.median(bare), statistics.median(bare))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="bench/trainer_case, built")
    parser.add_argument("--case", action="append", choices=CASES, help="only this; may be repeated")
    parser.add_argument("--rounds", type=int, default=5, help="processes a side (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each (default 1)")
    options = parser.parse_args()
    header = f"{'case':18} {'metric':14} {'ours/s':>12} {'peer/s':>12} {'ratio':>7}"
    print(header, file=sys.stderr)
    for case in options.case or CASES:
        compare(case, options)


if __name__ == "__main__":
    main()
