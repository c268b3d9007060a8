"""The cases of pytorch_ddp.sh: steps of PyTorch DDP on four hosts, measured and predicted."""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

SCENARIO = pathlib.Path(__file__).parents[2] / "scenarios" / "pytorch-ddp.yaml"
HOSTS = 4
BATCH = 32
INPUTS, OUTPUTS = 784, 10
# Hidden layers. DDP sums the gradients of the first in one bucket, those of the second in two:
# from the last layer on, a bucket is full with 1 MiB, any later one with 25 MiB.
MODELS = {"one bucket": [512, 256], "two buckets": [512, 512, 512]}
# With how many measured steps each: none of them takes more than half a minute.
RATES = {"100Mbit": 20, "10Mbit": 4}
WARMUP = 2
STEPS_ALONE = 200


def parse():
    parser = argparse.ArgumentParser(
        prog="pytorch_ddp.sh", description="PyTorch DDP on four hosts against its prediction."
    )
    parser.add_argument("--model", choices=MODELS, help="only this one")
    parser.add_argument("--rate", choices=RATES, help="only this one")
    parser.add_argument("sim", help=argparse.SUPPRESS)
    return parser.parse_args()


def layers(hidden):
    """The rows of a profile: (n + 1) m parameters, and 2 n m operations forward a sample."""
    widths = [INPUTS, *hidden, OUTPUTS]
    return [
        {"name": f"layer{i}", "parameters": (n + 1) * m, "flops": 2 * n * m}
        for i, (n, m) in enumerate(zip(widths, widths[1:]))
    ]


def run(sim, out, mode, settings):
    """The only repeat of the scenario with these settings, in its own folder of results."""
    words = [sim, "run", str(SCENARIO), "--json", "--mode", mode, "--out", str(out)]
    for key, value in settings.items():
        words += ["--set", f"{key}={value if isinstance(value, str) else json.dumps(value)}"]
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"pytorch_ddp.sh: {' '.join(words)}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def settings_of(hidden, nodes, steps):
    words = ["/usr/bin/python3", "scripts/pytorch_ddp.py", "--batch", str(BATCH), "--hidden"]
    return {
        "command": words + [str(width) for width in hidden],
        "model.table": layers(hidden),
        "training.batch.per_node": BATCH,
        "training.epoch.steps": 10 * STEPS_ALONE,
        "network.nodes": nodes,
        "measure.warmup": WARMUP,
        "measure.steps": steps,
    }


def cores():
    """Of this machine, which all hosts share."""
    return int(subprocess.run(["nproc"], stdout=subprocess.PIPE, text=True, check=True).stdout)


def compare(sim, folder, hidden, rate, alone):
    """The predicted seconds of a step, and the result of the measurement."""
    common = settings_of(hidden, HOSTS, RATES[rate]) | {"network.bandwidth": rate}
    given = {"nodes.step_time": f"{round(alone * 1e9)}ns", "nodes.host_cores": cores()}
    predicted = run(sim, folder / f"virtual-{rate}", "virtual", common | given)
    measured = run(sim, folder / f"netns-{rate}", "netns", common)
    return predicted["seconds_per_step"], measured


def main():
    arguments = parse()
    print(f"{'case':32} {'alone':>9} {'predicted':>10} {'measured':>10} {'+-':>8} {'ratio':>6}",
          file=sys.stderr)  # fmt: skip
    for model, hidden in MODELS.items():
        if arguments.model not in (None, model):
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            alone = run(arguments.sim, folder / "alone", "netns",
                        settings_of(hidden, 1, STEPS_ALONE))["seconds_per_step"]  # fmt: skip
            for rate in RATES:
                if arguments.rate not in (None, rate):
                    continue
                predicted, measured = compare(arguments.sim, folder, hidden, rate, alone)
                seconds = measured["seconds_per_step"]
                case = f"{model}, {HOSTS} hosts, {rate}"
                line = {"case": case, "metric": "predicted_over_measured", "ours": predicted,
                        "peer": seconds, "ratio": predicted / seconds}  # fmt: skip
                print(json.dumps(line), flush=True)
                spread = measured["seconds_per_step_spread"] or 0.0
                print(f"{case:32} {alone * 1e3:7.2f} ms {predicted:8.4f} s {seconds:8.4f} s "
                      f"{spread * 1e3:5.1f} ms {predicted / seconds:6.3f}"
                      f"{' !' if measured['host_distorted'] else ''}",
                      file=sys.stderr)  # fmt: skip


if __name__ == "__main__":
    main()
